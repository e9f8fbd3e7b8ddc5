"""The duty wall, the leader's phone and the pages of maintenance in a real browser, at both widths.

The loop itself is walked through in `tests/test_journey_city_management.py`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from tests import axe
from tests.browser import PHONE, picture
from zhujian.boards.city_management.command.models import Case, DutyRoster
from zhujian.boards.city_management.command.tests.kit import COUNTY, HERE, Loop, build
from zhujian.foundation.kernel import scope

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HANDSET = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2}


@pytest.fixture
def loop(live) -> Loop:
    with transaction.atomic(), scope.system("test"):
        return Loop(build())


def fits(page: Any) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


# Rows of tables that stick out of their panel or the window, rows of lists that are cut in half, a legend over the map.
WHOLE = """() => {
  const box = (one) => one.getBoundingClientRect(), found = [];
  for (const row of document.querySelectorAll(".wall-table tr, .wall-flow li, .screen-kpis a"))
    if (box(row).bottom > innerHeight || (row.closest(".panel") && box(row).bottom > box(row.closest(".panel")).bottom)) found.push(row.innerText);
  for (const row of document.querySelectorAll(".wall-list li")) {
    const list = box(row.parentElement), mine = box(row);
    if (mine.left < list.right && mine.bottom > list.bottom + 1) found.push(row.innerText);
  }
  const legend = document.querySelector(".map-legends"), canvas = document.querySelector(".map-canvas");
  if (legend && box(legend).top < box(canvas).bottom) found.push("legend");
  return found;
}"""


def look(page: Any, name: str) -> None:
    """The page is accessible, nothing sticks out; keep a picture."""
    assert fits(page), f"{name} is wider than the window"
    axe.check(page)
    picture(page, f"command-{name}", full=True)


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
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_timeout(300)
    assert page.evaluate(WHOLE) == [], "nothing of the wall is cut on a smaller screen"
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
