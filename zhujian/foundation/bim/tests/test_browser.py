"""People at work: a firm hands in and mends, an official reviews and puts onto the map; pages on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests import browser
from tests.browser import PHONE
from zhujian.foundation.bim import samples
from zhujian.foundation.bim.models import Version
from zhujian.foundation.bim.tests.conftest import COUNTY, work
from zhujian.foundation.bim.tests.test_intake import house
from zhujian.foundation.identity.testing import make_enterprise, make_official
from zhujian.foundation.kernel import scope

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def picture(page: Any, name: str) -> None:
    browser.picture(page, f"bim-{name}", full=True)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (
        f"{name}: wider than the screen"
    )


def test_from_desk_to_map(new_page: Callable[..., Any], tmp_path: Path) -> None:
    with transaction.atomic(), scope.system("测试"):
        firm = make_enterprise(region="420100000000", name="湖北某某设计院有限公司")
        official = make_official(COUNTY, roles=("reviewer", "approver", "viewer"), name="陈审查")
    with transaction.atomic():
        building = house()
    bad = tmp_path / "三号楼.ifc"
    bad.write_bytes(samples.building("IFC4X3", name="三号楼", faults=["narrow_door", "no_fire_rating"]))
    good = tmp_path / "三号楼-修改.ifc"
    good.write_bytes(samples.building("IFC4X3", name="三号楼", extra=1))

    page = new_page(account=firm)
    page.goto("/bim/submit/")
    picture(page, "submit")
    page.get_by_role("button", name="提交并检查").click()
    page.locator("#errors").wait_for()
    page.get_by_label("模型名称").fill("光谷三号楼 建筑模型")
    page.get_by_label("专业").select_option("arch")
    page.locator("select[name=region_code]").evaluate("(box, code) => { box.value = code; }", COUNTY)
    if page.locator("select[name=region_code]").input_value() != COUNTY:
        page.locator("select[name=region_code]").evaluate(
            "(box, code) => { const o = document.createElement('option'); o.value = code; o.selected = true; box.append(o); }",
            COUNTY,
        )
    page.set_input_files("input[type=file]", bad)
    page.get_by_role("button", name="提交并检查").click()
    page.locator("#progress").wait_for()
    picture(page, "running")
    work()
    page.get_by_text("自动检查未通过").first.wait_for()  # the page looked by itself
    page.get_by_text("FE-01").first.wait_for()
    picture(page, "failed")
    page.get_by_role("link", name="FE-01").click()
    page.get_by_text("0.65").first.wait_for()
    picture(page, "rule")
    page.goto("/r/bim/model/")
    page.get_by_role("link", name="光谷三号楼 建筑模型").click()
    page.get_by_role("link", name="补正后重新提交").click()
    page.set_input_files("input[type=file]", good)
    page.get_by_role("button", name="提交并检查").click()
    page.locator("#progress").wait_for()
    work()
    page.get_by_text("自动检查通过").first.wait_for()
    picture(page, "passed")
    page.get_by_role("link", name="第1版").last.click()
    page.get_by_role("heading", name="第1版 → 第2版").wait_for()
    picture(page, "compare")

    desk = new_page(account=official)
    desk.goto("/workflow/todo/")
    desk.get_by_role("link", name="人工审查").first.click()
    desk.get_by_role("heading", name="自动检查结果").wait_for()
    picture(desk, "review")
    desk.get_by_role("button", name="审查通过").click()
    desk.get_by_label("房屋代码").fill(building.code)
    picture(desk, "publish")
    desk.get_by_role("button", name="入CIM").click()
    desk.get_by_text("已办结").first.wait_for()
    with transaction.atomic(), scope.system("测试"):
        version = Version.objects.get(number=2)
    assert version.state == "published"

    small = new_page(PHONE, account=official)
    for name, address in (
        ("version", f"/bim/versions/{version.pk}/"), ("model", f"/bim/models/{version.model_id}/"), ("list", "/r/bim/model/"),
    ):  # fmt: skip
        small.goto(address)
        small.locator("h1").wait_for()
        picture(small, f"phone-{name}")
    small = new_page(PHONE, account=firm)
    small.goto("/bim/submit/")
    picture(small, "phone-submit")
