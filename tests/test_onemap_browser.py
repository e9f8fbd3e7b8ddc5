"""The one map in a real browser: layers, cards, search, shapes, time, comparison, sharing, phone, keyboard; judged by what is rendered."""

from __future__ import annotations

import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from django.contrib.gis.geos import Polygon
from django.db import transaction
from PIL import Image
from pypdf import PdfReader
from pyproj import Geod

from tests import axe
from tests.browser import PHONE, picture
from tests.onemap_kit import HERE, LAT, LON, build, centre, names, pixel, ready, settled
from zhujian.foundation.cim.models import Building
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.valid_time import present

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
PAGE = "/cim/map/"
DESK = {"width": 1100, "height": 720}  # the first journey has the full desk; drawing is done by the processor here
ONLY = "l=cim.building"


@pytest.fixture
def city(live: str) -> dict[str, Any]:
    return build()


@pytest.fixture
def clerk(live: str) -> Any:
    return make_official("420100000000", roles=("viewer", "data_admin"), name="郑地图")


def test_layer_identify_page_and_back(new_page: Any, city: dict[str, Any], clerk: Any) -> None:
    page = new_page(account=clerk)
    page.goto(f"{PAGE}?{HERE}&l=")
    ready(page)
    assert names(page) == []
    page.get_by_role("checkbox", name="房屋建筑").first.check()
    settled(page)
    assert names(page) == ["一号楼", "二号楼", "新办公楼"]
    axe.check(page, ".onemap")
    picture(page, "onemap-buildings")
    page.mouse.click(*pixel(page, *centre(1)))
    card = page.locator(".om-card")
    card.wait_for()
    assert card.get_attribute("data-id") == str(city["二号楼"].pk)
    assert "33" in card.inner_text() and "住宅" in card.inner_text()
    axe.check(page, ".onemap")
    before = page.url
    card.get_by_role("link", name="查看详情").click()
    page.wait_for_url("**/r/cim/building/**")
    page.get_by_role("link", name="返回一张图").click()
    ready(page)
    was, now = (parse_qs(urlparse(url).query) for url in (before, page.url))
    assert was["c"] == now["c"] and was["z"] == now["z"] and now["sel"] == [f"cim.building:{city['二号楼'].pk}"]
    assert names(page) == ["一号楼", "二号楼", "新办公楼"]


def test_search_finds_places_codes_and_coordinates_and_measures_are_true(new_page: Any, city: dict[str, Any], clerk: Any) -> None:
    page = new_page(DESK, account=clerk)
    page.goto(f"{PAGE}?{ONLY}")
    ready(page)
    box = page.get_by_role("searchbox", name="搜索地名、名称、代码、项目或坐标")
    box.fill("新办公")
    page.locator(".om-hit").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".om-card").wait_for()
    settled(page)
    assert page.locator(".om-card").get_attribute("data-id") == str(city["新办公楼"].pk)
    assert "新办公楼" in names(page)
    box.fill(city["一号楼"].code[:20])
    page.locator(".om-hit", has_text="一号楼").wait_for()
    box.fill("武昌区")
    page.locator(".om-hit", has_text="武昌区").first.click()
    settled(page)
    lon, lat = page.evaluate("document.querySelector('.onemap').app.view.map.getCenter().toArray()")
    assert 114.2 < lon < 114.5 and 30.4 < lat < 30.7
    box.fill("30.5, 114.4")
    page.locator(".om-hit", has_text="东经 114.400000°").click()
    settled(page)
    lon, lat = page.evaluate("document.querySelector('.onemap').app.view.map.project([114.4, 30.5]).x"), 0
    assert 0 < lon < 1440 and page.evaluate("document.querySelector('.onemap').app.view.map.getZoom()") > 14
    box.fill("没有这样的地方")
    page.get_by_text("没有找到“没有这样的地方”").wait_for()
    # Measures agree with the ellipsoid.
    page.evaluate("document.querySelector('.onemap').app.view.map.jumpTo({center: [113.2, 30.6], zoom: 7})")
    geod = Geod(ellps="GRS80")  # its flattening differs from CGCS2000's in the eleventh digit
    points = [(112.2, 30.1), (113.9, 30.4), (113.4, 31.2)]
    page.get_by_role("button", name="量算").click()
    for kind, wanted in (
        ("量距离", geod.line_length(*zip(*points, strict=True))),
        ("量面积", abs(geod.polygon_area_perimeter(*zip(*points, strict=True))[0])),
    ):
        page.get_by_role("button", name=kind).click()
        places = page.evaluate(
            "([points]) => { const {app} = document.querySelector('.onemap'); for (const point of points) app.mode.click(point); app.mode.finish(); }",
            [points],
        )
        assert places is None
        result = page.locator("[data-panel=measure] .om-result")
        found = float(result.get_attribute("data-length" if kind == "量距离" else "data-area") or 0)
        assert found == pytest.approx(wanted, rel=2e-5)


def test_a_shape_is_counted_as_the_database_counts(new_page: Any, city: dict[str, Any], clerk: Any) -> None:
    """A circle by keyboard, a region by name, a polygon by pointer: statistics, then the list of what lies within."""
    page = new_page(account=clerk)
    page.goto(f"{PAGE}?{HERE}&{ONLY}")
    ready(page)
    page.get_by_role("button", name="统计").click()
    panel = page.locator("[data-panel=draw]")
    panel.get_by_role("button", name="圆").click()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        settled(page)
    page.keyboard.press("Enter")
    panel.locator(".om-part[data-count='3']").wait_for()
    panel.get_by_role("button", name="清除范围").click()
    panel.get_by_label("或选择行政区划").select_option(label="\u3000洪山区")
    panel.locator(".om-part[data-count='3']").wait_for()
    settled(page)
    assert parse_qs(urlparse(page.url).query)["a"] == ["r.420111000000"]
    page.goto(f"{PAGE}?{HERE}&{ONLY}")
    ready(page)
    page.get_by_role("button", name="统计").click()
    panel.get_by_role("button", name="多边形").click()
    corners = [
        (LON - 0.0003, LAT - 0.0003),
        (LON + 0.0018, LAT - 0.0003),
        (LON + 0.0018, LAT + 0.0009),
        (LON - 0.0003, LAT + 0.0009),
    ]
    for corner in corners:
        page.mouse.click(*pixel(page, *corner))
    page.mouse.dblclick(*pixel(page, *corners[0]))
    panel.locator(".om-result[data-ready]").wait_for()
    shape = Polygon([*corners, corners[0]], srid=4490)
    with transaction.atomic(), scope.system("测试"):
        counted = Building.objects.filter(present(date.today()), outline__intersects=shape).count()
    part = panel.locator(".om-part[data-key='cim.building']")
    assert counted == 2 and part.get_attribute("data-count") == "2"
    assert "住宅" in part.inner_text()
    axe.check(page, ".onemap")
    picture(page, "onemap-statistics")
    part.get_by_role("link", name="查看清单").click()
    page.wait_for_url("**/r/cim/building/**within=**")
    assert page.locator("tbody tr").count() == 2


def test_time_changes_what_is_there_and_two_times_stand_side_by_side(new_page: Any, city: dict[str, Any], clerk: Any) -> None:
    page = new_page(DESK, account=clerk)
    page.goto(f"{PAGE}?{HERE}&{ONLY}")
    ready(page)
    page.get_by_role("button", name="时间").click()
    panel = page.locator("[data-panel=time]")
    page.locator(f"#om-time[min='{2001 * 12}']").wait_for()
    panel.get_by_label("规划").check()
    settled(page)
    assert names(page) == ["规划学校"]
    panel.get_by_label("历史").check()
    settled(page)
    assert names(page) == ["老厂房"]
    slider = panel.get_by_label("沿时间拖动")
    slider.fill(str(2003 * 12))
    settled(page)
    assert names(page) == ["老厂房"]
    slider.fill(str(2014 * 12))
    settled(page)
    assert names(page) == ["一号楼", "二号楼", "老厂房"]
    assert parse_qs(urlparse(page.url).query)["t"] == ["2014-01-01"]
    slider.focus()
    page.keyboard.press("End")
    settled(page)
    assert "老厂房" not in names(page) and "新办公楼" in names(page)
    axe.check(page, ".onemap")
    slider.fill(str(2014 * 12))
    settled(page)
    page.get_by_role("button", name="对比").click()
    page.get_by_role("slider", name="左右对比的分隔线").wait_for()
    settled(page)
    assert names(page) == ["一号楼", "二号楼", "老厂房"]
    assert names(page, second=True) == ["一号楼", "二号楼", "新办公楼"]
    divider = page.get_by_role("slider", name="左右对比的分隔线")
    divider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    assert divider.input_value() == "40"
    assert page.locator(".om-second").evaluate("node => node.style.clipPath") == "inset(0px 0px 0px calc(40% + 4.4px))"
    page.evaluate("document.querySelector('.onemap').app.view.map.jumpTo({zoom: 16.5, bearing: 20})")
    camera = "(({zoom, bearing}) => [zoom, bearing])({zoom: %s.map.getZoom(), bearing: %s.map.getBearing()})"
    first, second = (
        page.evaluate(camera.replace("%s", f"document.querySelector('.onemap').app.{name}")) for name in ("view", "second")
    )
    assert first == pytest.approx(second)
    axe.check(page, ".onemap")
    picture(page, "onemap-compare")
    settled(page)
    page.reload()
    ready(page)
    page.get_by_role("slider", name="左右对比的分隔线").wait_for()
    settled(page)
    assert names(page, second=True) == ["一号楼", "二号楼", "新办公楼"]
    page.get_by_role("button", name="结束对比", exact=True).last.click()
    assert page.evaluate("document.querySelector('.onemap').app.second") is None


def test_prints_and_a_shared_link_shows_the_same_map(new_page: Any, city: dict[str, Any], clerk: Any) -> None:
    page = new_page(account=clerk, accept_downloads=True)
    page.goto(f"{PAGE}?{HERE}&{ONLY}")
    ready(page)
    page.get_by_role("button", name="出图").click()
    page.get_by_label("图名").fill("光谷房屋分布图")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="图片").click()
    path = Path(waiting.value.path())
    assert waiting.value.suggested_filename == "光谷房屋分布图.png"
    with Image.open(path) as made:
        assert made.width > 1200 and made.height > 800
    with page.expect_download() as waiting:
        page.get_by_role("button", name="PDF").click()
    assert waiting.value.suggested_filename == "光谷房屋分布图.pdf"
    text = PdfReader(waiting.value.path()).pages[0].extract_text()
    for wanted in ("光谷房屋分布图", "图例", "比例尺", "示意，非法定界线", "郑地图", "住宅"):
        assert wanted in text
    assert "医疗卫生" not in text, "the legend explains what is on the map and nothing else"
    axe.check(page, ".onemap")
    page.get_by_role("button", name="专题").click()
    panel = page.locator("[data-panel=theme]")
    panel.get_by_label("按什么着色").select_option("height_m")
    page.get_by_text("按当前视图内 3 个要素分级").wait_for()
    page.get_by_role("button", name="立体").click()
    page.get_by_role("button", name="分享").click()
    link = page.locator("#om-link").input_value()
    other = new_page(account=make_official("420111000000", roles=("viewer",)))
    other.goto(link)
    ready(other)
    assert names(other) == ["一号楼", "二号楼", "新办公楼"]
    read = "(() => {const app = document.querySelector('.onemap').app; return [app.state.theme, app.state.raised, app.view.map.getPitch(), app.view.map.getZoom()]})()"
    assert other.evaluate(read) == page.evaluate(read)
    extruded = "document.querySelector('.onemap').app.view.map.queryRenderedFeatures({layers: ['cim.building|height']}).length"
    assert other.evaluate(extruded) >= 3
    assert (
        "建筑高度" in other.locator("[data-layer='cim.building'] .om-key").inner_text()
        or other.locator("[data-layer='cim.building'] .om-key li").count() >= 3
    )


def test_on_a_phone_panels_are_sheets(new_page: Any, city: dict[str, Any], clerk: Any) -> None:
    page = new_page(PHONE, account=clerk, is_mobile=True, has_touch=True, device_scale_factor=2)
    page.goto(f"{PAGE}?c={LON + 0.0015},{LAT + 0.0003}&z=16&{ONLY}")
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert names(page) == ["一号楼", "二号楼", "新办公楼"]
    axe.check(page, ".onemap")
    picture(page, "onemap-phone")
    page.get_by_role("button", name="图层").click()
    page.get_by_role("heading", name="图层").wait_for()
    axe.check(page, ".onemap")
    picture(page, "onemap-phone-layers")
    page.get_by_role("button", name="关闭图层").click()
    page.touchscreen.tap(*pixel(page, *centre(1)))
    page.locator("[data-panel=card] .om-card").wait_for()
    assert page.locator(".om-card").get_attribute("data-id") == str(city["二号楼"].pk)
    picture(page, "onemap-phone-card")


def test_by_keyboard_alone(new_page: Any, city: dict[str, Any], clerk: Any) -> None:
    page = new_page(DESK, account=clerk)
    lon, lat = centre(1)
    page.goto(f"{PAGE}?c={lon},{lat}&z=16&{ONLY}")
    ready(page)
    page.locator("#om-q").focus()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('maplibregl-canvas')"):
            break
    assert page.evaluate("document.activeElement.classList.contains('maplibregl-canvas')")
    assert page.locator(".om-cross").is_visible()
    page.keyboard.press("Enter")
    page.locator(".om-card").wait_for()
    assert page.locator(".om-card").get_attribute("data-id") == str(city["二号楼"].pk)
    before = page.evaluate("document.querySelector('.onemap').app.view.map.getZoom()")
    page.locator(".om-map canvas").first.focus()
    page.keyboard.press("+")
    settled(page)
    assert page.evaluate("document.querySelector('.onemap').app.view.map.getZoom()") > before
    page.get_by_role("button", name="清单", exact=True).press("Enter")
    page.locator("[data-panel=list] .om-hit", has_text="二号楼").press("Enter")
    page.locator(".om-card").wait_for()
    page.locator(".om-map canvas").first.focus()
    page.keyboard.press("Escape")


def test_a_configured_basemap_comes_through_the_platform(new_page: Any, clerk: Any, settings: Any, tmp_path: Path) -> None:
    asked: list[str] = []

    class Wmts(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            asked.append(self.path)
            out = BytesIO()
            Image.new("RGB", (256, 256), "#cfe8d5").save(out, "PNG")
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(out.tell()))
            self.end_headers()
            self.wfile.write(out.getvalue())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Wmts)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.VAR, settings.BASEMAPS_FILE = tmp_path, tmp_path / "basemaps.toml"
    address = f"http://127.0.0.1:{server.server_port}/wmts?TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}"
    settings.BASEMAPS_FILE.write_text(
        f'[[basemap]]\nname = "hills"\ntitle = "地形底图"\nurl = "{address}"\nmatrix = "3857"\ndatum = "gcj02"\nattribution = "某图商"\n',
        encoding="utf-8",
    )
    page = new_page(DESK, account=clerk)
    page.goto(f"{PAGE}?{HERE}&l=")
    ready(page)
    page.get_by_role("radio", name="地形底图（原图为 GCJ-02，已纠正，只作参考）").check()
    settled(page)
    assert asked and page.evaluate("document.querySelector('.onemap').app.view.map.isSourceLoaded('base|hills')")
    assert "GCJ-02 偏移坐标" in page.locator(".om-note").inner_text() and "某图商" in page.locator(".om-note").inner_text()
    assert parse_qs(urlparse(page.url).query)["base"] == ["hills"]
    server.shutdown()
    server.server_close()


def test_without_scripts_layers_are_links(new_page: Any, city: dict[str, Any], clerk: Any) -> None:
    page = new_page(DESK, account=clerk, java_script_enabled=False)
    page.goto(PAGE)
    assert "允许本网站运行脚本" in page.locator(".om-noscript").inner_text()
    page.get_by_role("link", name="房屋建筑清单").click()
    assert page.locator("tbody tr").count() == 3


def test_a_record_leads_to_its_place_and_elder_mode_is_clean(new_page: Any, city: dict[str, Any], clerk: Any) -> None:
    page = new_page(account=clerk, elder=True)
    page.goto(f"/r/cim/building/{city['一号楼'].pk}/")
    page.get_by_role("link", name="在一张图上查看").click()
    ready(page)
    page.locator(".om-card").wait_for()
    settled(page)
    assert "一号楼" in names(page)
    assert page.evaluate("document.querySelector('.onemap').app.view.map.getZoom()") > 14
    axe.check(page)
    picture(page, "onemap-elder")
