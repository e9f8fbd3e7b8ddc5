"""A survey comes in through a real browser: mapped, confirmed, seen on the map before it is saved; then the overview shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests import axe
from tests.browser import PHONE, picture
from zhujian.boards.urban_rural.municipal_assets.models import PipePoint
from zhujian.boards.urban_rural.municipal_assets.tests.test_import import POINTS, WUCHANG, points
from zhujian.boards.urban_rural.municipal_assets.tests.world import make
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import scope

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

# Rows that the map really draws; it fetches them after the page is there.
ROWS = "m => [...new Set(m.queryRenderedFeatures().filter(f => f.properties.row).map(f => f.properties.state + f.properties.row))].sort()"
DRAWN = f"() => {{ const m = document.querySelector('.map')?.map; return m && ({ROWS})(m).length >= 4; }}"


def count() -> int:
    with transaction.atomic(), scope.system("test"):
        return PipePoint.objects.count()


@pytest.fixture
def keeper(live: str) -> Any:
    return make_official(WUCHANG, roles=("data_admin",), name="钱普查")


def test_a_survey_is_mapped_previewed_and_saved(new_page: Any, keeper: Any, tmp_path: Path) -> None:
    file = tmp_path / "管点.zip"
    file.write_bytes(points(4, epsg=None))
    page = new_page(account=keeper)
    page.goto(POINTS)
    page.set_input_files("#id_file", str(file))
    page.get_by_role("button", name="上传并检查").click()
    page.get_by_role("heading", name="对照字段和坐标系").wait_for()
    assert "没有 .prj 文件" in page.inner_text("main") and page.locator("#id_frame").input_value() == "4547"
    axe.check(page, "main")
    picture(page, "import-mapping", full=True)
    page.get_by_role("button", name="检查").click()
    summary = page.locator("[data-error-summary]")
    summary.wait_for()
    assert "勾选确认" in summary.inner_text() and "高程基准" in summary.inner_text()
    page.select_option("#id_datum", "1985")
    page.check("#id_confirmed")
    page.get_by_role("button", name="检查").click()
    page.get_by_role("heading", name="检查结果").wait_for()
    page.wait_for_function(DRAWN)
    assert page.evaluate(f"({ROWS})(document.querySelector('.map').map)") == [f"可以导入{row}" for row in range(1, 5)]
    assert count() == 0
    picture(page, "import-preview", full=True)
    page.get_by_role("button", name="导入全部 4 行").click()
    page.get_by_text("导入完成：新增 4 条").wait_for()
    assert count() == 4


def test_the_overview_on_a_desk_and_on_a_phone(new_page: Any, keeper: Any) -> None:
    with transaction.atomic():
        make("Road", code="DL1", name="中南路")
        make("PipeLine", code="L1", owner_name="水务局", condition=2, condition_original="CJJ 181 1级")
        make("Manhole", code="4201060103000001")
    for viewport in (None, PHONE):
        page = new_page(account=keeper) if viewport is None else new_page(viewport, account=keeper)
        page.goto("/municipal-assets/")
        page.get_by_role("heading", name="市政设施总览").wait_for()
        text = page.inner_text("main")
        assert "窨井盖确权率 0.00%" in text and "雨水" in text
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
        if viewport is None:
            axe.check(page, "main")
            page.get_by_role("link", name="雨水").first.click()
            page.wait_for_url("**/r/municipal_assets/pipe_line/?kind=YS")
            assert "L1" in page.inner_text("main")
