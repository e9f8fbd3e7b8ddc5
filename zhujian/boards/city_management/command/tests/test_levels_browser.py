"""City and district, the coordination meeting and the partition check in a real browser, at both widths."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.gis.geos import Polygon
from django.db import transaction

from tests import axe
from tests.browser import PHONE, picture
from zhujian.boards.city_management.command.tests.kit import COMMUNITY, COUNTY, Loop, build
from zhujian.boards.city_management.digital_city import services as city
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import scope

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def press(page: Any, name: str, **how: bool) -> None:
    """A button that leads to the next page."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, **how).first.click()


def look(page: Any, name: str) -> None:
    """The page is accessible, nothing sticks out; keep a picture."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is wider than the window"
    axe.check(page)
    picture(page, f"command-{name}", full=True)


def test_hand_down_meeting_and_partition(live: str, new_page: Any) -> None:
    with transaction.atomic(), scope.system("test"):
        loop = Loop(build("one_two"))
        city.do_set_area(
            "managed",
            COUNTY,
            Polygon.from_bbox((114.3, 30.5, 114.302, 30.501)),
            date(2026, 1, 1),
            name="武昌区数字城管管理区域",
            basis="武昌政办〔2026〕1号",
        )
        city.do_set_area(
            "community",
            COMMUNITY,
            Polygon.from_bbox((114.3, 30.5, 114.3007, 30.501)),
            date(2026, 1, 1),
            name="测试社区",
            basis="社区勘界成果",
        )
        clerk = make_official(COUNTY, roles=("data_admin",))
    with transaction.atomic():
        case = loop.accept(loop.report("city_inspector", "patrol", address="测试路18号"), "city_acceptor")
    page = new_page(account=loop.people.city_dispatcher)
    page.goto(f"/command/cases/{case.pk}/")
    press(page, "下派到区")
    with transaction.atomic():
        assert loop.see(case).level == "district"
    page = new_page(account=loop.people.dispatcher)
    page.goto(f"/command/cases/{case.pk}/")
    assert page.get_by_text("市指挥中心已下派").is_visible()
    look(page, "district")
    page.get_by_label("其他单位", exact=True).select_option(loop.people.umb.code)
    press(page, "派遣", exact=False)
    with transaction.atomic():
        case = loop.see(case)
    assert case.org_code == loop.people.umb.code
    page.goto(f"/command/cases/{case.pk}/")
    assert page.get_by_text("区级时限", exact=True).is_visible()
    look(page, "district-clock")
    with transaction.atomic():
        for _ in range(2):
            case = loop.do(case, "department_desk", "return", comment="管沟归属不清", reason_code="not_mine")
            case = loop.do(case, "dispatcher", "dispatch", org_code=loop.people.umb.code)
        case = loop.do(case, "department_desk", "return", comment="仍不属我委", reason_code="not_mine")
    page = new_page(PHONE, account=loop.people.superviser)
    page.goto(f"/command/cases/{case.pk}/")
    look(page, "meeting-phone")
    page.get_by_label("参加单位").select_option([loop.people.umb.code, loop.people.wrb.code])
    page.get_by_label("指定主办单位").select_option(loop.people.wrb.code)
    page.get_by_label("协调决定").fill("经踏勘由水务部门主办")
    page.set_viewport_size({"width": 1440, "height": 900})
    look(page, "meeting")
    press(page, "指定主办单位")
    with transaction.atomic():
        assert loop.see(case).designated == loop.people.wrb.code
    page = new_page(account=clerk)
    page.goto("/digital-city/partition/")
    page.wait_for_selector(".map[data-ready]")
    assert page.get_by_role("heading", name="缝隙").is_visible() and page.get_by_role("heading", name="跨社区").is_visible()
    look(page, "partition")
    page.set_viewport_size(PHONE)
    look(page, "partition-phone")
