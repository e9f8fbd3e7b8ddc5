"""Supervision between province and city in a real browser, on a desk and on a phone: a task, an emergency, a check on site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from tests.browser import PHONE, picture
from zhujian.boards.city_management.command.tests.kit import png
from zhujian.boards.city_management.supervision.models import UnitTask
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
            "head": testing.make_official(PROVINCE, "HUD", roles=["approver"], name="省厅负责人"),
            "wuhan": testing.make_official(WUHAN, "UMB", roles=["department_desk"], name="武汉经办"),
        }


def fits(page: Any) -> bool:
    """Nothing is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def photo(colour: int) -> dict[str, Any]:
    """A picture as an upload."""
    return {"name": f"现场{colour}.png", "mimeType": "image/png", "buffer": png(colour)}


def test_a_dispatch_its_answer_and_a_circular_an_emergency_and_a_check_on_site(
    new_page: Callable[..., Any], people: dict[str, Any]
) -> None:
    desk = new_page(account=people["province"])
    desk.goto("/supervision/")
    desk.get_by_role("link", name="布置任务").first.click()
    desk.get_by_label("标题").fill("窨井盖安全专项治理")
    desk.get_by_label("要求").fill("全面排查窨井盖病害隐患，建立台账，限期整改。")
    desk.get_by_role("button", name="全选、全不选").first.click()
    assert "已选 2 个单位" in desk.inner_text("[data-chosen]")
    picture(desk, "supervision-new", full=True)
    desk.get_by_role("button", name="直接下发").click()
    assert "已下发 2 个单位" in desk.inner_text("main")
    picture(desk, "supervision-task")

    phone = new_page(PHONE, account=people["wuhan"], has_touch=True, is_mobile=True, device_scale_factor=2)
    phone.goto("/supervision/")
    picture(phone, "supervision-home-phone")
    phone.get_by_role("button", name="签收所选，由本单位办理").click()  # one tap: signed for, taken in hand, and on its page
    phone.get_by_role("button", name="反馈").click()
    assert "请写明办理过程和结果" in phone.inner_text("main")
    phone.get_by_label("办理过程和结果").fill("已排查 1200 处，整改 37 处。")
    phone.get_by_role("button", name="反馈").click()
    assert "已反馈" in phone.inner_text("h1") and fits(phone)
    picture(phone, "supervision-unit-phone", full=True)

    desk.goto("/supervision/")
    desk.get_by_role("link", name="窨井盖安全专项治理").first.click()
    assert "已排查 1200 处" in desk.inner_text("main")
    picture(desk, "supervision-unit", full=True)
    desk.get_by_role("button", name="退回重办").click()
    assert "请写明退回意见" in desk.inner_text("main")
    desk.get_by_label("审核意见").fill("属实。")
    desk.get_by_role("button", name="办结").click()
    assert "已办结" in desk.inner_text("h1") and "全部审完" in desk.inner_text("main") and fits(desk)
    with transaction.atomic(), scope.system("test"):
        assert sorted(UnitTask.objects.values_list("state", flat=True)) == ["closed", "issued"]
        other = UnitTask.objects.get(state="issued")
    desk.goto(f"/supervision/tasks/{other.task_id}/")
    desk.get_by_role("link", name="催办未反馈的 1 个单位").click()
    desk.get_by_role("button", name="发送催办").click()  # the words are there already
    assert "已催办 1 个单位" in desk.inner_text("main")

    desk.goto(f"/supervision/units/{other.pk}/")
    desk.get_by_role("link", name="起草通报").click()
    assert other.org_name in desk.input_value("[name=title]") and desk.is_checked(f"input[value='{other.org_code}']")
    desk.get_by_role("button", name="提交").click()
    head = new_page(account=people["head"])
    head.goto("/supervision/")
    assert "待您签发的通报" in head.inner_text("main")
    head.get_by_role("link", name="关于宜昌市").click()
    head.get_by_role("button", name="签发通报").click()
    assert "已签发，文号" in head.inner_text("main") and fits(head)

    phone.goto("/supervision/")
    phone.get_by_role("link", name="突发事件首报").click()
    phone.get_by_label("事件名称").fill("珞喻路供水管道破裂积水")
    phone.get_by_label("地点").fill("珞喻路鲁磨路口")
    phone.get_by_label("基本情况").fill("路面积水约80平方米，已设置围挡。")
    phone.get_by_role("button", name="提交首报").click()  # level and time stand at the usual
    assert "首报已提交" in phone.inner_text("main") and "待研判是否启动响应" in phone.inner_text("main") and fits(phone)
    head.goto("/supervision/")
    head.get_by_role("link", name="珞喻路供水管道破裂积水").click()
    head.get_by_role("link", name="启动响应").click()
    head.get_by_role("button", name="提交").click()
    assert "响应中" in head.inner_text("h1")

    desk.goto("/r/supervision/site_check/")
    desk.get_by_role("link", name="开始检查").first.click()
    desk.get_by_role("link", name="市容环境现场检查").click()
    desk.get_by_label("检查对象").fill("光谷步行街")
    desk.get_by_label("地点").fill("珞喻路")
    desk.get_by_label("责任单位").select_option(label="武汉市城市管理执法委员会")
    desk.locator("[name=result_A2][value=fault]").check()
    desk.locator("[name=text_A2]").fill("垃圾桶满溢")
    desk.locator("[name=photo_A2]").set_input_files(photo(3))
    desk.get_by_role("button", name="提交检查结果").click()  # what was not touched is good
    assert "1 项不合格" in desk.inner_text("main")
    phone.goto("/supervision/")
    phone.get_by_role("link", name="垃圾桶满溢").click()
    phone.get_by_label("整改情况").fill("已清运。")
    phone.get_by_label("整改后照片").set_input_files(photo(4))
    phone.get_by_role("button", name="提交整改情况").click()
    assert "等待复核" in phone.inner_text("main") and fits(phone)
    desk.goto("/supervision/")
    desk.get_by_role("link", name="垃圾桶满溢").click()
    assert desk.locator(".photos img").count() == 2
    desk.get_by_role("button", name="复核通过").click()
    assert "已办结" in desk.inner_text("h1") and fits(desk)
    for name, address in (("guidance", "/guidance/"), ("exchange", "/data-reporting/")):
        desk.goto(address)
        picture(desk, f"province-{name}")
        assert fits(desk)
