"""In a real browser: a shape is drawn on a form's map, by pointer and by keyboard; a large import shows how far it is and is saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests import axe
from tests.browser import PHONE, picture
from zhujian.boards.urban_rural.municipal_assets.models import Manhole, PipePoint, Road
from zhujian.boards.urban_rural.municipal_assets.tests.test_import import POINTS, WUCHANG, points
from zhujian.boards.urban_rural.municipal_assets.tests.world import make
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources.background import asking, lane

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
READY = "() => document.querySelector('[data-island=shape]')?.dataset.ready !== undefined"


@pytest.fixture
def keeper(live: str) -> Any:
    return make_official(WUCHANG, roles=("data_admin",), name="钱普查")


def corners(page: Any) -> int:
    return int(page.get_attribute("[data-island=shape]", "data-corners"))


def test_a_road_is_drawn_with_the_keyboard_and_saved(new_page: Any, keeper: Any) -> None:
    page = new_page(account=keeper)
    page.goto("/r/municipal_assets/road/new/")
    page.wait_for_function(READY)
    axe.check(page, "[data-island=shape]")
    for place in ("114.3301,30.5301", "114.3321 30.5301", "114.3341，30.5311"):  # commas, blanks and Chinese commas do
        page.fill(".shape-entry", place)
        page.press(".shape-entry", "Enter")
    assert corners(page) == 3 and json.loads(page.input_value("#id_geom"))["coordinates"][1] == [114.3321, 30.5301]
    page.fill(".shape-entry", "不是坐标")
    page.press(".shape-entry", "Enter")
    assert "请写成“经度,纬度”" in page.inner_text(".shape-status") and corners(page) == 3
    page.get_by_text("逐点修改").click()
    page.get_by_label("第3点的经度,纬度").fill("114.3345,30.5311")
    page.get_by_label("第3点的经度,纬度").press("Tab")
    page.get_by_label("删除第2点").click()
    assert corners(page) == 2
    picture(page, "shape-road", full=True)
    page.fill("#id_name", "画出来的路")
    page.select_option("#id_grade", "branch")
    page.fill("#id_valid_from", "2024-01-01")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("heading", name="画出来的路").wait_for()
    with transaction.atomic(), scope.system("test"):
        assert Road.objects.get().geom.coords == ((114.3301, 30.5301), (114.3345, 30.5311))


def test_a_point_is_set_by_a_tap_on_a_phone_and_typed_text_is_shown(new_page: Any, keeper: Any) -> None:
    with transaction.atomic():
        cover = make("Manhole", code="4201060103000001", class_code="0103")
    page = new_page(PHONE, account=keeper, is_mobile=True, has_touch=True, device_scale_factor=2)
    page.goto(f"/r/municipal_assets/manhole/{cover.pk}/edit/")
    page.wait_for_function(READY)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390 and corners(page) == 1
    was = page.input_value("#id_geom")
    page.locator(".shape-map").scroll_into_view_if_needed()
    box = page.locator(".shape-map canvas").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 + 40)
    page.wait_for_function(f"() => document.querySelector('#id_geom').value !== {json.dumps(was)}")
    picture(page, "shape-phone")
    page.fill("#id_geom", "114.3401,30.5401")  # the text stays the field: what is typed there moves the mark
    page.wait_for_function("() => Math.abs(document.querySelector('[data-island=shape]').map.getCenter().lng - 114.3401) < 1e-4")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url(f"**/manhole/{cover.pk}/")
    with transaction.atomic(), scope.system("test"):
        assert Manhole.objects.get().geom.coords == (114.3401, 30.5401)


def test_without_scripts_the_text_is_enough(new_page: Any, keeper: Any) -> None:
    page = new_page(account=keeper, java_script_enabled=False)
    page.goto("/r/municipal_assets/road/new/")
    assert page.locator("#id_geom").is_visible() and page.locator(".shape-map").count() == 0


def test_a_large_import_shows_its_progress_and_ends_with_a_message(
    new_page: Any, keeper: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = asking.number
    monkeypatch.setattr(asking, "number", lambda name: 10 if name == "import_background_rows" else known(name))
    file = tmp_path / "管点.zip"
    file.write_bytes(points(40))
    page = new_page(account=keeper)
    page.goto(POINTS)
    page.set_input_files("#id_file", str(file))
    page.get_by_role("button", name="上传并检查").click()
    page.get_by_role("heading", name="对照字段和坐标系").wait_for()
    page.select_option("#id_datum", "1985")
    page.check("#id_confirmed")
    page.get_by_role("button", name="检查").click()
    page.get_by_text("在后台处理，可以离开本页").wait_for()
    axe.check(page, "main")
    picture(page, "import-progress")
    assert lane.run(lambda: False)
    page.get_by_role("button", name="导入全部 40 行").wait_for()  # the page comes by itself
    page.get_by_role("button", name="导入全部 40 行").click()
    page.get_by_role("button", name="取消").wait_for()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="取消").click()
    page.get_by_text("已取消，没有保存任何内容").wait_for()
    assert not lane.run(lambda: False)
    page.get_by_role("button", name="导入全部 40 行").click()
    page.get_by_text("在后台处理，可以离开本页").wait_for()
    assert lane.run(lambda: False)
    page.get_by_text("导入完成：新增 40 条").wait_for()
    with transaction.atomic(), scope.system("test"):
        assert PipePoint.objects.count() == 40
    page.goto("/messages/")
    assert "批量导入管点：导入完成" in page.inner_text("main")


def test_the_elder_header_fits_a_phone(new_page: Any, keeper: Any) -> None:
    page = new_page(PHONE, account=keeper, elder=True)
    page.goto("/municipal-assets/plans/")
    picture(page, "elder-phone")
    wide = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 391).map(e => e.tagName + '.' + e.className).slice(0, 8)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.evaluate(wide)
    desk = new_page(account=keeper)
    desk.goto("/municipal-assets/plans/")
    picture(desk, "patrol-plans", full=True)
