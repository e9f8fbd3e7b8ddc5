"""Whose a follow-up is, and what a camera or a sensor has found: verified on site, or judged by a person (urban-management.md §1.5, §3.4)."""

from __future__ import annotations

import pytest

from zhujian.boards.city_management.command import services
from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.command.tests.kit import HERE, Loop, photo, set_parameter
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal


def test_the_original_reporter_is_kept_when_the_office_notes_that_it_happens_again(loop: Loop) -> None:
    first = loop.report("resident", reporter_name="王居民", reporter_phone="13912345678")
    case = loop.accept(first)
    case = loop.dispatch(loop.do(loop.do(case, "inspector", "true", comment="属实"), "acceptor", "register"))
    case = loop.close(loop.check(loop.feed_back(case)))
    with loop.act("acceptor"):
        again = services.do_recur(case.pk, "来电说又堆上了")
    assert (again.reporter, again.source, again.reporter_name, again.previous_id) == (
        loop.people.resident.pk,
        "public_web",
        "王居民",
        case.pk,
    )
    assert (again.phone_hash, again.parties) == (first.phone_hash, first.parties) and again.created_by == loop.people.acceptor.pk
    with loop.act("inspector"):
        seen = services.do_recur(case.pk, "现场又有垃圾")
    assert (seen.reporter, seen.source) == (loop.people.inspector.pk, "patrol"), "who sees it reports it"


def test_the_office_may_note_for_an_inspector_that_it_happens_again(loop: Loop) -> None:
    case = loop.whole()
    with loop.act("acceptor"):
        again = services.do_recur(case.pk, "巡查员来电，又有垃圾")
    assert (again.reporter, again.source) == (loop.people.inspector.pk, "patrol")


@pytest.mark.parametrize("source", ["video", "iot"])
def test_what_a_camera_or_a_sensor_finds_is_verified_unless_the_city_lets_it_be_judged(loop: Loop, source: str) -> None:
    with scope.system("test"):
        found = services.do_report(source=source, lon=HERE[0], lat=HERE[1], description="识别到垃圾", files=[photo("wide")])
        bare = services.do_report(source=source, lon=HERE[0], lat=HERE[1], description="识别到垃圾")
    with pytest.raises(Refusal) as refused:
        loop.accept(found, verify=False, opinion="画面清楚")
    assert refused.value.code == "case.verify"
    with scope.system("test"):
        set_parameter("command.machine_verify", "judged")
    with pytest.raises(Refusal) as refused:
        loop.accept(bare, verify=False)
    assert [r.code for r in refused.value.reasons] == ["case.judged_photo", "case.judged_text"]
    assert loop.accept(found, verify=False, opinion="画面可见垃圾，非误报").state == "to_dispatch"
    assert loop.accept(bare).state == "verifying", "unless somebody judges, it is looked at"


def test_pitfall_10_a_position_is_kept_as_measured_and_a_swapped_one_refused(loop: Loop) -> None:
    lon, lat = 114.300512345678, 30.500598765432
    kept = loop.report(lon=lon, lat=lat)
    with scope.system("test"):
        place = Report.objects.get(pk=kept.pk).location
    assert (place.srid, place.x, place.y) == (4490, lon, lat), "not rounded: two decimals are a kilometre"
    for wrong in ({"lon": lat, "lat": lon}, {"lon": lon, "lat": -lat}, {"lon": 0, "lat": 0}):
        with pytest.raises(Refusal) as refused:
            loop.report(**wrong)
        assert [reason.code for reason in refused.value.reasons] == ["report.location"]
