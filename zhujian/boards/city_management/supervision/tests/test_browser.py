"""A task from the province to a city and its answer back, in a real browser, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from tests.browser import PHONE, picture
from zhujian.boards.city_management.supervision.models import UnitTask
from zhujian.boards.city_management.supervision.services import tasks
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope

PROVINCE, WUHAN, YICHANG = "420000000000", "420100000000", "420500000000"


@pytest.fixture
def people(live: str) -> dict[str, Any]:
    with transaction.atomic():
        testing.make_organisation(WUHAN, "UMB", name="武汉市城市管理执法委员会")
        testing.make_organisation(YICHANG, "UMB", name="宜昌市城市管理执法委员会")
        testing.make_organisation(PROVINCE, "HUD", name="湖北省住房和城乡建设厅")
        return {
            "province": testing.make_official(PROVINCE, "HUD", roles=["superviser"], name="省督查"),
            "wuhan": testing.make_official(WUHAN, "UMB", roles=["department_desk"], name="武汉经办"),
        }


def fits(page: Any) -> bool:
    """Nothing is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def test_the_province_issues_the_city_answers_from_a_phone_and_the_province_closes(
    new_page: Callable[..., Any], people: dict[str, Any]
) -> None:
    desk = new_page(account=people["province"])
    desk.goto("/supervision/")
    desk.get_by_role("link", name="布置任务").first.click()
    desk.get_by_label("标题").fill("窨井盖安全专项治理")
    desk.get_by_label("要求").fill("全面排查窨井盖病害隐患，建立台账，限期整改。")
    desk.get_by_label("接收单位").select_option(label=["武汉市城市管理执法委员会", "宜昌市城市管理执法委员会"])
    picture(desk, "supervision-new", full=True)
    desk.get_by_role("button", name="保存草稿").click()
    desk.get_by_role("button", name="下发").click()
    assert "已下发 2 个单位" in desk.inner_text("main")
    picture(desk, "supervision-task")

    phone = new_page(PHONE, account=people["wuhan"], has_touch=True, is_mobile=True, device_scale_factor=2)
    phone.goto("/supervision/")
    picture(phone, "supervision-home-phone")
    phone.get_by_role("link", name="窨井盖安全专项治理").click()
    phone.get_by_role("button", name="签收").click()
    phone.get_by_role("button", name="本单位办理").click()
    phone.get_by_role("button", name="反馈").click()
    assert "请写明办理过程和结果" in phone.inner_text("main")
    phone.get_by_label("办理意见").fill("已排查 1200 处，整改 37 处。")
    phone.get_by_role("button", name="反馈").click()
    assert "已反馈" in phone.inner_text("h1") and fits(phone)
    picture(phone, "supervision-unit-phone", full=True)

    desk.goto("/supervision/")
    desk.get_by_role("link", name="窨井盖安全专项治理").first.click()
    assert "已排查 1200 处" in desk.inner_text("main")
    picture(desk, "supervision-unit", full=True)
    desk.get_by_role("button", name="退回重办").click()
    assert "请写明退回意见" in desk.inner_text("main")
    desk.get_by_label("办理意见").fill("属实。")
    desk.get_by_role("button", name="办结").click()
    assert "已办结" in desk.inner_text("h1") and fits(desk)
    with transaction.atomic(), scope.system("test"):
        assert sorted(UnitTask.objects.values_list("state", flat=True)) == ["closed", "issued"]
        other = UnitTask.objects.get(state="issued")
    with transaction.atomic(), scope.acting(testing.scope_of(people["province"])):
        tasks.do_urge(other.pk, text="请尽快签收。")
    desk.goto(f"/supervision/units/{other.pk}/")
    assert "请尽快签收。" in desk.inner_text("main")
    for name, address in (
        ("check", "/supervision/checks/new/"),
        ("emergency", "/r/supervision/emergency/"),
        ("guidance", "/guidance/"),
        ("exchange", "/data-reporting/"),
    ):
        desk.goto(address)
        picture(desk, f"province-{name}")
        assert fits(desk)
