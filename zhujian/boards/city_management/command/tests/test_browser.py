"""The loop in a real browser: acceptance by keyboard, dispatch, disposal on a phone, check, closing; the screens at both widths.

The citizen's page, the call-back and the inspector's app belong to other modules: here their services are called.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageDraw

from tests import axe
from tests.browser import PHONE, picture
from zhujian.boards.city_management.command import services
from zhujian.boards.city_management.command.models import Case, DutyRoster
from zhujian.boards.city_management.command.services import PhotoIn
from zhujian.boards.city_management.command.tests.kit import COUNTY, HERE, Loop, build
from zhujian.foundation.kernel import scope

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HANDSET = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2}


def scene(heaps: int, sky: str = "#9db8cf") -> bytes:
    """A picture of a street with so many heaps of rubbish."""
    out = io.BytesIO()
    image = Image.new("RGB", (1200, 900), sky)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 430, 1200, 900), fill="#7b7f85")
    draw.polygon([(520, 430), (680, 430), (1000, 900), (200, 900)], fill="#5d6168")
    for left in (40, 330, 820, 1010):
        draw.rectangle((left, 120, left + 150, 430), fill="#c9b79c")
    for number in range(heaps):
        x = 240 + 170 * number
        draw.ellipse((x, 600, x + 220, 760), fill="#4e3b2a")
        draw.ellipse((x + 40, 560, x + 170, 680), fill="#6a5138")
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def snap(role: str, heaps: int) -> PhotoIn:
    return PhotoIn(ContentFile(scene(heaps), name=f"{role}{heaps}.jpg"), role, timezone.now() - timedelta(seconds=1), *HERE)


@pytest.fixture
def loop(live) -> Loop:
    with transaction.atomic(), scope.system("test"):
        return Loop(build())


def saved(do: Callable[[], Any]) -> Any:
    """What a service does, committed."""
    with transaction.atomic():
        return do()


def newest() -> Case:
    with transaction.atomic(), scope.system("test"):
        return Case.objects.order_by("-id").first()


def task_of(case: Case) -> int:
    with transaction.atomic(), scope.system("test"):
        return Case.objects.values_list("task", flat=True).get(pk=case.pk)


def fits(page: Any) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def look(page: Any, name: str) -> None:
    """The page is accessible, nothing sticks out; keep a picture."""
    assert fits(page), f"{name} is wider than the window"
    axe.check(page)
    picture(page, f"command-{name}", full=True)


def test_the_loop_from_the_citizens_report_to_the_closed_case(loop: Loop, new_page: Any, tmp_path: Path) -> None:
    """Citizen → acceptance → 核实 → filing → dispatch → disposal → feedback → check → close → call-back; four people, two devices."""
    people = loop.people
    after = tmp_path / "after.jpg"
    after.write_bytes(scene(0))
    first = saved(lambda: loop.report(description="小区门口堆了两天的垃圾，味道很大", address="测试路18号门口", files=[snap("wide", 3), snap("close", 2)],
                                      reporter_name="王居民", reporter_phone="13800001234"))  # fmt: skip
    saved(lambda: loop.report("neighbour", lon=HERE[0] + 0.0001, description="垃圾没人清", files=[snap("wide", 3)]))

    desk = new_page(account=people.acceptor)
    desk.goto("/command/desk/")
    look(desk, "desk-empty")
    desk.keyboard.press("Control+Enter")
    desk.wait_for_url(f"**/command/desk/{first.pk}/")
    desk.wait_for_selector(".map[data-ready]")
    assert desk.locator("#conditions input").count() >= 1, "the class the citizen chose is proposed with its conditions"
    look(desk, "desk")
    desk.keyboard.press("c")
    desk.keyboard.type("0112")
    desk.keyboard.press("Enter")
    desk.locator("#conditions").get_by_text("2个工作时").first.wait_for()
    desk.locator("#id_class_key_find").fill("暴露")
    desk.keyboard.press("Enter")
    desk.locator("#conditions").get_by_text("4个工作时").first.wait_for()
    desk.keyboard.press("Control+Enter")
    desk.wait_for_url(lambda url: str(first.pk) not in url.split("/desk/")[-1])
    assert "已受理" in desk.locator(".page-notice").inner_text()
    assert "是不是同一件事" in desk.locator("main").inner_text(), "the neighbour's report is compared with the case just made"
    look(desk, "desk-duplicate")
    desk.on("dialog", lambda dialog: dialog.accept())
    desk.locator("[data-key=M]").click()
    desk.wait_for_url("**/command/desk/")
    case = newest()
    assert (case.state, case.report_count) == ("verifying", 2)

    saved(lambda: loop.do(case, "inspector", "true", comment="属实", files=[snap("check", 3)]))  # the inspector's app
    desk.goto("/command/todo/")
    look(desk, "todo")
    desk.get_by_role("link", name="暴露生活垃圾").first.click()
    look(desk, "case-register")
    desk.locator("#work button[value=register]").click()
    desk.wait_for_selector(".page-notice")

    centre = new_page(account=people.dispatcher)
    centre.goto(f"/command/tasks/{task_of(case)}/")
    assert "建议" in centre.locator(".ladder").inner_text() and "王居民" not in centre.content()
    look(centre, "dispatch")
    centre.locator("#work button[value=dispatch]").click()
    centre.wait_for_selector(".page-notice")

    office = new_page(account=people.department_desk)
    office.goto(f"/command/cases/{case.pk}/")
    office.get_by_label("处置人员").select_option(label="crew")
    look(office, "department")
    office.locator("#work button[value=assign]").click()
    office.wait_for_selector(".page-notice")

    hand = new_page(PHONE, account=people.crew, **HANDSET)
    hand.goto("/command/todo/")
    look(hand, "todo-phone")
    hand.get_by_role("link", name="暴露生活垃圾").first.click()
    look(hand, "handle-phone")
    hand.locator("input[name=after]").set_input_files(after)
    hand.locator("#id_comment").fill("已清运，地面已冲洗")
    hand.locator("#work button[value=done]").click()
    hand.wait_for_selector(".page-notice")

    office.goto(f"/command/cases/{case.pk}/")
    assert office.locator(".pair img").count() == 2, "before and after side by side"
    look(office, "confirm")
    office.locator("#work button[value=pass]").click()
    office.wait_for_selector(".page-notice")

    desk.goto(f"/command/cases/{case.pk}/")
    desk.get_by_label("监督员").select_option(label="other_inspector")
    desk.locator("#work button[value=send]").click()
    desk.wait_for_selector(".page-notice")
    field = new_page(PHONE, account=people.other_inspector, **HANDSET)
    field.goto(f"/command/cases/{case.pk}/")
    field.locator("input[name=photos]").set_input_files(after)
    look(field, "check-phone")
    field.locator("#work button[value=pass]").click()
    field.wait_for_selector(".page-notice")

    desk.goto(f"/command/cases/{case.pk}/")
    look(desk, "close")
    desk.keyboard.press("Control+Enter")
    desk.wait_for_selector(".page-notice")
    desk.goto(f"/command/cases/{case.pk}/")
    assert "已结案" in desk.locator("h1").inner_text()
    look(desk, "closed")
    with transaction.atomic(), scope.system("test"):
        services.do_resolve_call_back(case.pk, "1", "很快")
    field.goto(f"/command/cases/{case.pk}/")
    assert "非常满意" in field.locator("main").inner_text()
    look(field, "case-phone")


def test_screens_and_maintenance_at_both_widths(loop: Loop, new_page: Any) -> None:
    with transaction.atomic():
        for number in range(6):
            report = loop.report(
                "inspector", "patrol", lon=HERE[0] + number * 0.00007, description=f"第{number + 1}处垃圾", address="测试路18号"
            )
            case = loop.dispatch(loop.accept(report))
            if number < 2:
                with scope.system("test"):
                    Case.objects.filter(pk=case.pk).update(due=timezone.now() - timedelta(hours=number + 1))
        loop.report(description="路灯不亮")
        today = timezone.localdate()
        with scope.system("test"):
            for name, role in (("李敏", "acceptor"), ("周涛", "dispatcher"), ("陈局长", "leader")):
                DutyRoster.objects.create(day=today, role=role, name=name, starts="00:00", ends="23:59", region_code=COUNTY)
    page = new_page({"width": 1920, "height": 1080}, account=loop.people.shift_leader)
    page.goto("/command/wall/")
    page.wait_for_selector(".map[data-ready]")
    assert page.locator(".screen-kpis a").count() == 6
    assert page.evaluate(
        "[...document.querySelectorAll('.screen-kpis a, .wall-flow a')].every(a => a.getAttribute('href') !== '#' && a.title)"
    )
    look(page, "wall")
    chief = new_page(PHONE, account=loop.people.leader, **HANDSET)
    chief.goto("/command/leader/")
    look(chief, "leader-phone")
    chief.get_by_role("link", name="超期").first.click()
    assert chief.locator("tbody tr").count() == 2, "a number opens its rows"
    look(chief, "cases-phone")
    desktop = new_page(account=loop.people.shift_leader)
    for path, name in (("", "home"), ("maintain/", "maintain"), ("cases/", "cases"), ("rules/", "rules"), ("intake/", "intake")):
        desktop.goto(f"/command/{path}")
        look(desktop, name)
    handset = new_page(PHONE, account=loop.people.shift_leader, **HANDSET)
    for path, name in (
        ("", "home-phone"),
        ("maintain/", "maintain-phone"),
        ("wall/", "wall-phone"),
        ("desk/", "desk-phone"),
        ("intake/", "intake-phone"),
    ):
        handset.goto(f"/command/{path}")
        look(handset, name)
