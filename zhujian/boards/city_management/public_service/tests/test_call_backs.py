"""Call-backs: everybody who reported is asked, once; the rate; the follow-up of the dissatisfied, once."""

from __future__ import annotations

import re
import uuid
from datetime import date

import pytest
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import timezone

from zhujian.boards.city_management.command import services as command
from zhujian.boards.city_management.command.models import Case, Report
from zhujian.boards.city_management.command.tests.kit import HERE, Loop, at, photo
from zhujian.boards.city_management.public_service import selectors
from zhujian.boards.city_management.public_service.models import CallBack, Submission
from zhujian.boards.city_management.public_service.services import call_backs, reports
from zhujian.boards.city_management.public_service.tests.conftest import Operator, deliver
from zhujian.foundation.audit.models import Record
from zhujian.foundation.events.models import Event
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal
from zhujian.foundation.messages.models import Message, TextMessage

pytestmark = pytest.mark.django_db
PHONE = "13912345678"


def submit(phone: str = "", lon: float = HERE[0], description: str = "垃圾没清", **more: object) -> Submission:
    """A citizen without an account reports."""
    return reports.do_submit(
        client_key=uuid.uuid4(), source="public_web", lon=lon, lat=HERE[1], description=description, kind="event", class_code="0110",
        phone=phone, **more,  # type: ignore[arg-type]
    ).submission  # fmt: skip


def report_of(row: Submission) -> Report:
    with scope.system("test"):
        return Report.objects.get(number=row.number)


def again(row: Submission) -> Submission:
    with scope.system("test"):
        return Submission.objects.get(pk=row.pk)


def finish(loop: Loop, case: Case) -> Case:
    """From a filed case to its end."""
    case = loop.check(loop.feed_back(loop.dispatch(case)))
    return loop.close(case)


def filed(loop: Loop, row: Submission) -> Case:
    """Accepted, found true on site, filed."""
    case = loop.accept(report_of(row))
    case = loop.do(case, "inspector", "true", comment="属实", files=[photo("check")])
    return loop.do(case, "acceptor", "register")


def asked(row: Submission) -> CallBack:
    with scope.system("test"):
        return CallBack.objects.select_related("submission", "follow_up").get(submission=row)


def test_scenario_14_a_duplicate_is_confirmed_and_both_reporters_are_answered(loop: Loop) -> None:
    """22 m away: proposed and confirmed, one case, two reports, both reporters get the closing reply and are asked."""
    first = submit(PHONE)
    case = filed(loop, first)
    near = submit("13800001234", lon=HERE[0] + 22 / 95_800)
    far = submit(lon=HERE[0] + 35 / 95_800)
    with loop.act("acceptor"):
        command.do_take(report_of(near).pk)
        command.do_take(report_of(far).pk)
        report = report_of(near)
        with scope.system("test"):
            proposals = {r: Report.objects.get(pk=r).proposals.count() for r in (report.pk, report_of(far).pk)}
        assert list(proposals.values()) == [1, 0], "at 35 m no proposal"
        command.do_merge(report.pk, case.pk)
    deliver()
    case = finish(loop, loop.see(case))
    deliver()
    assert (case.report_count, case.state) == (2, "closed")
    for row in (first, near):
        row = again(row)
        assert (row.stage, row.case_no, row.merged) == ("closed", case.number, True), row.number
        assert case.number in row.reason and report_of(row).answered_at is not None
        assert asked(row).state == "waiting"
    assert again(far).stage == "received"
    with scope.system("test"):
        texts = [t.text for t in TextMessage.objects.order_by("pk")]
        assert {t.phone for t in TextMessage.objects.all()} == {PHONE, "13800001234"}
    assert len(texts) == 2 and all("请回复数字评价" in text and "http" not in text for text in texts)
    late = submit(PHONE)
    with loop.act("acceptor"):
        command.do_take(report_of(late).pk)
    with scope.system("test"):
        assert not report_of(late).proposals.exists(), "the first is closed: a new case"


def test_the_public_sees_where_its_report_stands(loop: Loop, now) -> None:
    row = submit(PHONE)
    seen = [again(row).stage]
    case = filed(loop, row)
    deliver()
    seen.append(again(row).stage)
    case = loop.dispatch(case)
    deliver()
    seen.append(again(row).stage)
    assert (again(row).unit, again(row).expected_at) == (loop.people.umb.name, case.due)
    case = loop.feed_back(case)
    deliver()
    seen.append(again(row).stage)
    case = loop.close(loop.check(case))
    deliver()
    seen.append(again(row).stage)
    assert seen == ["received", "registered", "dispatched", "handled", "closed"]
    before = again(row).version
    deliver()
    from zhujian.boards.city_management.public_service.services import progress

    with scope.system("test"):
        assert progress.do_follow(case.number, [row.number]) == 0, "the same event again changes nothing"
    assert again(row).version == before


def closed(loop: Loop, phone: str = PHONE, **more: object) -> tuple[Submission, CallBack, Case]:
    row = submit(phone, **more)
    case = finish(loop, filed(loop, row))
    deliver()
    return again(row), asked(row), case


def test_a_caller_written_down_at_the_desk_is_answered_and_called_back_too(loop: Loop) -> None:
    row = submit(PHONE)
    case = filed(loop, row)
    more = {"who": "acceptor", "source": "public_phone", "description": "门口垃圾没人管"}
    called = [loop.report(**more, reporter_phone=phone) for phone in ("13800001234", "027-87654321", "")]
    with loop.act("acceptor"):
        for report in called:
            command.do_take(report.pk)
            command.do_merge(report.pk, case.pk)
    deliver()
    finish(loop, loop.see(case))
    deliver()
    with scope.system("test"):
        asked_now = {one.submission.number: one for one in CallBack.objects.select_related("submission")}
        texts = {text.phone for text in TextMessage.objects.all()}
    assert set(asked_now) == {row.number, called[0].number, called[1].number}, "without a phone there is nobody to ask"
    assert texts == {PHONE, "13800001234"}, "a landline is called, not texted"
    assert not asked_now[called[0].number].submission.shown
    with loop.act("acceptor"):
        assert selectors.to_call().count() == 3


def test_dissatisfied_by_a_text_starts_one_linked_follow_up_and_never_a_second(loop: Loop, sms: Operator) -> None:
    row, _, case = closed(loop)
    assert call_backs.do_sms_reply(PHONE, "谢谢") is None, "no digit, no answer"
    found = call_backs.do_sms_reply("+86 139 1234 5678", "4 还是很脏")
    assert found is not None and found.follow_up is not None and (found.channel, found.level) == ("sms", 4)
    with scope.system("test"):
        report = Report.objects.get(number=found.follow_up.number)
        kept = Case.objects.get(pk=case.pk)
    assert report.previous_id == case.pk and kept.state == "closed" and kept.satisfaction == "4", "the closed case stays as it is"
    assert found.follow_up.follow_of_id == row.pk and "还是很脏" in report.description
    with scope.system("test"):
        assert list(Event.objects.filter(name="call_back.follow_up").values_list("payload__follow_up", flat=True)) == [
            report.number
        ]
    with pytest.raises(Conflict):
        call_backs.do_answer(found.pk, 1, channel="link")
    assert call_backs.do_sms_reply(PHONE, "4") is None, "nothing else is open"
    second = finish(loop, filed(loop, found.follow_up))
    deliver()
    again_asked = asked(found.follow_up)
    after = call_backs.do_answer(again_asked.pk, 4, channel="link", note="还是不行")
    assert after.follow_up is None, "a follow-up is not followed up again"
    with scope.system("test"):
        assert Report.objects.filter(previous=second).count() == 0 and Report.objects.filter(previous=case).count() == 1


def test_two_reporters_one_follow_up(loop: Loop) -> None:
    first = submit(PHONE)
    case = filed(loop, first)
    second = submit("13800001234", lon=HERE[0] + 5 / 95_800)
    third = submit("13800005678", lon=HERE[0] + 6 / 95_800)
    with loop.act("acceptor"):
        for row in (second, third):
            command.do_take(report_of(row).pk)
            command.do_merge(report_of(row).pk, case.pk)
    finish(loop, loop.see(case))
    deliver()
    assert call_backs.do_answer(asked(first).pk, 1, channel="link").follow_up is None
    follow = call_backs.do_answer(asked(second).pk, 4, channel="link", note="没清干净").follow_up
    assert follow is not None
    assert call_backs.do_answer(asked(third).pk, 4, channel="link", note="我也觉得").follow_up == follow, (
        "one rework for the case, linked to both"
    )


@pytest.mark.parametrize(("level", "note"), [(0, ""), (6, ""), (4, ""), (4, "  "), (1, "长" * 501)])
def test_what_is_no_answer(loop: Loop, level: int, note: str) -> None:
    _, found, _ = closed(loop)
    with pytest.raises(Refusal):
        call_backs.do_answer(found.pk, level, channel="link", note=note)
    assert asked(found.submission).state == "waiting"


def test_by_the_link_and_by_the_receipt(loop: Loop, citizen: Client) -> None:
    """A signed-in reporter gets a link; somebody without account and phone answers on their receipt."""
    with loop.act("resident"):
        own = submit()
    case = filed(loop, own)
    plain = submit(lon=HERE[0] + 5 / 95_800)
    with loop.act("acceptor"):
        command.do_take(report_of(plain).pk)
        command.do_merge(report_of(plain).pk, case.pk)
    finish(loop, loop.see(case))
    deliver()
    with scope.system("test"):
        link = Message.objects.filter(account=loop.people.resident, link__startswith="/public-service/rate/").get().link
    page = citizen.get(link).content.decode()
    assert "非常满意" in page and "不满意" in page and own.number in page
    assert citizen.post(link, {"level": "4"}).status_code == 422, "why?"
    done = citizen.post(link, {"level": "2", "note": "<script>alert(1)</script>"})
    assert done.status_code == 200 and "已评价：满意" in done.content.decode() and "<script>alert" not in done.content.decode()
    assert citizen.post(link, {"level": "1"}).status_code == 422, "once"
    assert citizen.get("/public-service/rate/" + "x" * 16 + "/").status_code == 404
    code = reports.query_code(report_of(plain).client_key)
    citizen.post("/public-service/mine/", {"act": "number", "number": plain.number, "query": code})
    assert "请您评价" in citizen.get(f"/public-service/mine/{plain.number}/").content.decode()
    citizen.post(f"/public-service/mine/{plain.number}/rate/", {"level": "1", "solved": "1"})
    assert (asked(plain).level, asked(plain).solved, asked(plain).channel) == (1, True, "link")
    assert "非常满意" in citizen.get(f"/public-service/mine/{plain.number}/").content.decode()


def test_the_call_back_desk(loop: Loop, now) -> None:
    _, found, _ = closed(loop)
    _, other, _ = closed(loop, "13800001234", lon=HERE[0] + 0.0004)
    _, silent, _ = closed(loop, "", lon=HERE[0] - 0.0004)
    desk = Client()
    testing.login(desk, loop.people.acceptor)
    page = desk.get("/public-service/call-backs/").content.decode()
    assert found.case_no in page and other.case_no in page and silent.case_no not in page, (
        "whoever left no phone cannot be called"
    )
    assert PHONE not in page
    address = f"/public-service/call-backs/{found.pk}/"
    assert PHONE in desk.get(address).content.decode()
    with scope.system("test"):
        assert Record.objects.filter(act="reveal", target=f"public_service.call_back:{found.pk}").count() == 1
    desk.post(address, {"act": "unreached"})
    assert found.case_no not in desk.get("/public-service/call-backs/").content.decode()
    tried = asked(found.submission)
    assert (tried.attempts, timezone.localtime(tried.next_at).strftime("%m-%d %H:%M")) == (1, "11-07 14:30"), (
        "three working hours on"
    )
    now.move_to(at("2025-11-07 14:31"))
    desk = Client()  # hours later the session is over
    testing.login(desk, loop.people.acceptor)
    assert found.case_no in desk.get("/public-service/call-backs/").content.decode()
    assert desk.post(address, {"level": "4"}).status_code == 422
    assert desk.post(address, {"level": "4", "note": "没清", "solved": "0"}).status_code == 302
    answered = asked(found.submission)
    assert (answered.channel, answered.level, answered.answered_by, answered.solved) == (
        "desk",
        4,
        "acceptor",
        False,
    ) and answered.follow_up
    assert PHONE not in desk.get(address).content.decode(), "afterwards masked again"
    for _ in range(3):
        call_backs_page = f"/public-service/call-backs/{other.pk}/"
        desk.post(call_backs_page, {"act": "unreached"})
    assert asked(other.submission).state == "unreached"
    crew = Client()
    testing.login(crew, loop.people.crew)
    assert crew.get("/public-service/call-backs/").status_code == 403 and crew.get(address).status_code == 403


def test_time_runs_out(loop: Loop, now) -> None:
    _, found, _ = closed(loop)
    now.move_to(at("2025-11-20 09:30"))
    with scope.system("test"):
        assert call_backs.do_expire() == 1
    with pytest.raises(Conflict):
        call_backs.do_answer(found.pk, 1, channel="link")
    assert asked(found.submission).state == "expired"


def test_scenario_24_a_hundred_call_backs(loop: Loop) -> None:
    """40 + 35 + 10 + 9 + 6: 满意率 85/94 = 90.43 %, nine linked follow-ups."""
    answers = [1] * 40 + [2] * 35 + [3] * 10 + [4] * 9 + [None] * 6
    moment = timezone.now()
    with scope.system("test"):
        cases = [
            Case.objects.create(
                number=f"42010620251107{n:05d}", state="closed", close_kind="normal", closed_at=moment, kind="event", class_code="0110",
                class_name="暴露垃圾", description="垃圾", location=Point(*HERE, srid=4490), source="public_web", reported_at=moment,
                org_code=loop.people.umb.code, org_name=loop.people.umb.name, region_code="420106001001",
            )
            for n in range(10_000, 10_100)
        ]  # fmt: skip
        for case in cases:
            row = submit()
            Report.objects.filter(number=row.number).update(case=case, state="registered")
            from zhujian.boards.city_management.public_service.services import progress

            progress.do_follow(case.number, [row.number])
        waiting = list(CallBack.objects.order_by("pk"))
        for found, level in zip(waiting, answers, strict=True):
            if level:
                call_backs.do_answer(found.pk, level, channel="desk", note="没清干净" if level == 4 else "")
        whole = selectors.satisfaction(date(2025, 11, 1), date(2025, 11, 30))[0]
        assert (whole.rate.numerator, whole.rate.denominator, whole.rate.asked, whole.rate.text) == (85, 94, 100, "90.43%")
        assert whole.counts == {1: 40, 2: 35, 3: 10, 4: 9, 5: 6} and whole.follow_ups == 9
        assert Report.objects.exclude(previous=None).count() == 9
        assert {c.satisfaction for c in Case.objects.filter(recurrences__isnull=False)} == {"4"}
        assert selectors.satisfaction(date(2025, 10, 1), date(2025, 10, 31))[0].rate.text == "—"
    page = Client()
    testing.login(page, loop.people.assessor)
    text = page.get("/public-service/satisfaction/", {"from": "2025-11-01", "to": "2025-11-30"}).content.decode()
    assert "90.43%" in text and "85 ÷ 94" in text and loop.people.umb.name in text
    link = re.search(r'href="(/r/public_service/call_back/\?[^"]+)"', text)
    assert link is not None
    rows = page.get(link.group(1).replace("&amp;", "&")).content.decode()
    assert "暴露垃圾" in rows and page.get("/public-service/satisfaction/", {"from": "x", "by": "y"}).status_code == 200
