"""The field app in a real Chromium on a phone: duty, track and queue with and without a network, through reload and re-login."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from tests import axe
from tests.browser import picture, sign_in
from zhujian.boards.city_management.collection.models import Receipt, Shift, TrackPoint
from zhujian.boards.city_management.collection.services import limits
from zhujian.boards.city_management.collection.tests import world
from zhujian.boards.city_management.collection.tests.kit import CONTROLLED, SMALL, STORED, rows, until
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def beat(live: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A beat of nine grids with its inspector; positions are kept five times a second."""
    number = limits.number
    monkeypatch.setattr(
        limits,
        "number",
        lambda name, *more: 0.2 if name == "track_interval" else 1000 if name == "track_speed" else number(name, *more),
    )
    with transaction.atomic(), scope.system("测试"):
        inspector = world.make_inspector()
        grids = world.make_grids()
        return {"inspector": inspector, "grids": grids, "beat": world.make_beat(grids, inspector), "live": live}


def go(page: Any, *cells: tuple[float, float]) -> None:
    """Walk through the middles of grids."""
    for cell in cells:
        lon, lat = world.middle(*cell)
        page.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": 8})
        page.wait_for_timeout(450)


def send(page: Any) -> None:
    """Open the list of what waits, press “upload now”, and close it."""
    page.locator(".status").click()
    page.get_by_role("button", name="立即上传").click()
    page.get_by_role("button", name="返回").click()


def test_a_shift_with_its_track_goes_on_without_a_network_through_reload_and_login(beat: dict[str, Any], field: Any) -> None:
    page = field(beat["inspector"], world.middle(0, 0), "patrol")
    page.evaluate(CONTROLLED)
    page.get_by_text("关东一号责任网格").wait_for()
    picture(page, "field-off-duty")
    axe.check(page)
    page.get_by_role("button", name="上岗").click()
    page.get_by_role("button", name="下岗").wait_for()
    shift = until(lambda: rows(Shift), "the shift")[0]
    go(page, (0, 0), (1, 0), (1, 1))
    page.get_by_text("已巡 3 / 应巡 9 个网格").wait_for()
    send(page)
    until(lambda: rows(Shift, visited_count=3), "three grids")

    page.context.set_offline(True)
    page.get_by_text("离线", exact=False).first.wait_for()
    go(page, (2, 1), (2, 2))
    page.get_by_text("已巡 5 / 应巡 9 个网格").wait_for()
    waiting = len(page.evaluate(STORED, "points"))
    assert waiting >= 2
    worker = page.context.service_workers[0]  # the worker is cut off too: what comes after the reload comes from the device
    assert worker.evaluate("() => fetch('/collection/app/').then(() => 'online', () => 'offline')") == "offline"
    page.reload()
    page.wait_for_selector("#field[data-ready=patrol]")
    page.get_by_text("已巡 5 / 应巡 9 个网格").wait_for()
    assert len(page.evaluate(STORED, "points")) >= waiting
    picture(page, "field-offline")
    axe.check(page)
    assert page.evaluate(SMALL) == []
    page.get_by_role("button", name="下岗").click()
    page.locator("dialog.ask").get_by_role("button", name="下岗").click()
    page.get_by_role("button", name="上岗").wait_for()
    assert len(page.evaluate(STORED, "queue")) == 1

    page.context.clear_cookies()  # the login ended while the device was away
    page.context.set_offline(False)
    page.get_by_text("登录已过期").wait_for()
    assert len(page.evaluate(STORED, "queue")) == 1 and len(page.evaluate(STORED, "points")) >= waiting
    picture(page, "field-signed-out")
    axe.check(page)
    page.get_by_role("button", name="重新登录").click()
    page.wait_for_url("**/login/?next=**")
    sign_in(page, beat["inspector"], beat["live"])
    page.goto("/collection/app/#patrol")
    ended = until(lambda: rows(Shift, ended_at__isnull=False), "the end of the shift")[0]
    assert (ended.pk, ended.visited_count, ended.dropped_points) == (shift.pk, 5, 0)
    until(lambda: page.evaluate(STORED, "points") == [] and page.evaluate(STORED, "queue") == [], "an empty store")
    moments = [point.at for point in rows(TrackPoint, shift_id=shift.pk)]
    assert len(moments) == len(set(moments)) == ended.valid_points


def test_another_person_on_the_device_sends_nothing_of_the_first(beat: dict[str, Any], field: Any) -> None:
    page = field(beat["inspector"], world.middle(0, 0), "patrol")
    page.evaluate(CONTROLLED)
    page.context.set_offline(True)
    page.get_by_role("button", name="上岗").click()
    page.get_by_role("button", name="下岗").wait_for()
    with transaction.atomic(), scope.system("测试"):
        other = world.make_inspector("后来者")
    sign_in(page, other, beat["live"])
    page.context.set_offline(False)  # the app notices the other person by itself
    page.get_by_role("button", name="上岗").wait_for()
    page.get_by_text("待传 1").wait_for()
    send(page)
    assert rows(Shift) == [] and rows(Receipt) == []
    sign_in(page, beat["inspector"], beat["live"])
    page.goto("/collection/app/?3#patrol")
    until(lambda: rows(Shift, inspector=beat["inspector"].pk), "the shift of the first person")


def test_the_first_load_stays_under_200_kilobytes(beat: dict[str, Any], field: Any, new_page: Any) -> None:
    """Everything transferred until the app can be used, the map excepted (the app has none)."""
    page = new_page(account=beat["inspector"])
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto("/collection/app/#patrol")
    page.wait_for_selector("#field[data-ready=patrol]")
    page.wait_for_load_state("networkidle")
    print(f"field app, first load: {sum(received) / 1000:.1f} kB in {len(received)} answers")
    assert len(received) >= 4 and sum(received) < 200_000


def test_whoever_is_not_signed_in_or_has_no_post_is_told_what_to_do(beat: dict[str, Any], new_page: Any) -> None:
    from zhujian.foundation.identity.testing import make_resident

    stranger = new_page()
    stranger.goto("/collection/app/")
    stranger.get_by_role("heading", name="请登录").wait_for()
    axe.check(stranger)
    with transaction.atomic(), scope.system("测试"):
        resident = make_resident()
    page = new_page(account=resident)
    page.goto("/collection/app/")
    page.get_by_role("heading", name="当前岗位不使用采集终端").wait_for()


def test_the_app_can_be_installed(beat: dict[str, Any], new_page: Any) -> None:
    page = new_page(account=beat["inspector"])
    page.goto("/collection/app/")
    found = page.context.new_cdp_session(page).send("Page.getAppManifest")
    assert found["errors"] == [] and '"start_url": "/collection/app/"' in found["data"]
    worker = page.request.get("/collection/app/sw.js")
    assert worker.headers["service-worker-allowed"] == "/collection/app/"
    for icon in ("icon-192.png", "icon-512.png", "icon-maskable-512.png"):
        assert page.request.get(f"/static/collection/{icon}").body().startswith(b"\x89PNG")
