"""The pages that follow from a declaration, in a real browser: list, filters without a reload, forms with faults, import, phone."""

from __future__ import annotations

import io

import pytest
from django.db import transaction
from openpyxl import Workbook

from tests import axe
from tests.browser import PHONE, picture
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.standards import demo

pytestmark = pytest.mark.browser
LIST = "/r/standards/standard/"


@pytest.fixture
def keeper(live):
    """The province's data administrator, with the demo's standards on the shelf."""
    with transaction.atomic(), scope.system("演示数据"):
        demo.load()
    return make_official("420000000000", roles=("data_admin",), name="赵数据")


def test_list_filters_and_search_stay_in_the_address(new_page, keeper) -> None:
    page = new_page(account=keeper)
    page.goto(LIST)
    assert page.locator("tbody tr").count() == 41
    axe.check(page)
    picture(page, "resource-list")
    page.select_option("#f-level", "industry")
    page.wait_for_url("**level=industry**")
    page.locator("#results").get_by_text("共 10 条").wait_for()
    page.fill("#f-q", "住房")
    page.wait_for_url("**q=%E4%BD%8F%E6%88%BF**")
    page.locator("#results").get_by_text("共 3 条").wait_for()
    page.reload()
    assert page.locator("tbody tr").count() == 3 and page.input_value("#f-q") == "住房"
    page.get_by_role("link", name="实施日期").click()
    page.wait_for_url("**sort=-effective**")
    page.fill("#f-q", "没有这样的标准")
    page.get_by_text("没有符合条件的标准").wait_for()


def test_form_with_faults_then_record_and_change(new_page, keeper) -> None:
    page = new_page(account=keeper)
    page.goto(LIST + "new/")
    axe.check(page)
    page.fill("#id_no", "GBT 51231")
    page.fill("#id_title", "装配式混凝土建筑技术标准")
    page.get_by_role("button", name="保存").click()
    page.locator(".error-summary").wait_for()
    assert page.locator(".error-summary li").count() == 3
    axe.check(page)
    picture(page, "resource-form-errors", full=True)
    page.locator(".error-summary a", has_text="标准号").click()
    assert page.evaluate("document.activeElement.id") == "id_no"
    page.fill("#id_no", "GB/T 51231-2016")
    page.select_option("#id_class5", "apply")
    page.select_option("#id_level", "national")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("heading", name="GB/T 51231-2016").wait_for()
    page.get_by_role("link", name="修改").click()
    page.fill("#id_effective", "2017-06-01")
    page.get_by_role("button", name="保存").click()
    page.get_by_text("修改已保存").wait_for()
    axe.check(page)
    picture(page, "resource-detail", full=True)
    assert "实施日期" in page.locator(".timeline").inner_text()


def test_import_report(new_page, keeper) -> None:
    book = Workbook()
    book.active.append(["标准号", "标准名称", "类别", "级别", "实施日期"])
    for number in range(1, 41):
        book.active.append(
            [f"CJJ {number}-2026", f"标准{number}", "管理类", "行业标准", "2026-02-30" if number % 13 == 0 else "2026-03-01"]
        )
    out = io.BytesIO()
    book.save(out)
    page = new_page(account=keeper)
    page.goto(LIST + "import/")
    axe.check(page)
    picture(page, "resource-import", full=True)
    page.set_input_files("#id_file", {"name": "标准.xlsx", "mimeType": "application/octet-stream", "buffer": out.getvalue()})
    page.get_by_role("button", name="上传并检查").click()
    page.get_by_text("其中 3 行有问题").wait_for()
    axe.check(page)
    picture(page, "resource-import-report", full=True)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="只导入没有问题的 37 行").click()
    page.get_by_text("新增 37 条").wait_for()


def test_on_a_phone_rows_are_cards(new_page, keeper) -> None:
    page = new_page(PHONE, account=keeper, is_mobile=True, has_touch=True, device_scale_factor=2)
    for name, address in (("list", LIST), ("form", LIST + "new/"), ("api", "/api/v1/docs"), ("catalogue", "/r/catalogue/")):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        axe.check(page)
        picture(page, f"resource-{name}-phone")


def test_without_scripts_everything_still_works(new_page, keeper) -> None:
    page = new_page(account=keeper, java_script_enabled=False)
    page.goto(LIST)
    page.select_option("#f-level", "industry")
    page.get_by_role("button", name="查询").click()
    assert "共 10 条" in page.locator("#results").inner_text()
    page.goto("/r/regions/region/?level=village")
    assert "1000+" in page.locator(".pager").inner_text()
    page.get_by_role("link", name="下一页").click()
    page.get_by_role("link", name="上一页").click()
    assert page.locator("tbody tr").count() == 50


def test_a_place_is_drawn_on_the_map(new_page, live) -> None:
    page = new_page(account=make_official("420000000000", roles=("viewer",)))
    page.goto("/r/regions/boundary/?code=420106000000")
    page.locator("tbody a").click()
    page.locator(".map canvas").wait_for()
    page.wait_for_timeout(1500)
    axe.check(page)
    picture(page, "resource-place", full=True)
