"""The 3D page in a real browser over a real server: blocks from tiles, pipes at their depth, a model in place, sun, saved views.

Asserts on what the box tells and on picked ids, never on pixels."""

from __future__ import annotations

import math
from datetime import date
from functools import partial

import pytest
from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from django.db import transaction

from tests import axe
from tests.browser import picture, sign_in
from tests.glb import building
from zhujian.foundation.cim import services
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources import registry

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

LON, LAT = 114.3950, 30.5080
SMALL = {"width": 1000, "height": 620}


def metres(x: float, y: float) -> tuple[float, float]:
    """Degrees of a place `x` metres east and `y` metres north of the middle."""
    return LON + x / (111_320 * math.cos(math.radians(LAT))), LAT + y / 110_850


def block(x: float, y: float, wide: float, deep: float) -> MultiPolygon:
    ring = [metres(x + a * wide, y + b * deep) for a, b in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5))]
    return MultiPolygon(Polygon(ring, srid=4490), srid=4490)


def flat(x: float, y: float, wide: float, deep: float) -> Polygon:
    ring = [metres(x + a * wide, y + b * deep) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]
    return Polygon(ring, srid=4490)


def standing() -> dict[str, int]:
    """Ids of the town that an earlier test of this module left; empty in a new database."""
    with transaction.atomic(), scope.system("测试数据"):
        blocks = dict(registry.get("cim.building").model.objects.values_list("name", "pk"))
        units = registry.get("cim.unit").model.objects.values_list("room_no", "pk")
        sewers = registry.get("municipal_assets.pipe_line").model.objects.filter(code="WS1").values_list("pk", flat=True)
        return {**blocks, **dict(units), "sewer": sewers[0]} if blocks else {}


def town() -> dict[str, int]:
    """Nine blocks, a street of sewer, water and cable, two wells; ids by name."""
    if ids := standing():
        return ids
    with transaction.atomic(), scope.system("测试数据"):
        for column in range(3):
            for row in range(3):
                name = f"{column}{row}号楼"
                shape = block((column - 1) * 70, (row - 1) * 60 + 20, 36, 16)
                made = services.register_building(region_code="420111000000", outline=shape, name=name, use=["10", "20", "30"][column], floors_above=3, height_m=18 + 12 * row + 9 * column)  # fmt: skip
                ids[name] = made.pk
                if name == "11号楼":
                    halves = [(-18, "201"), (0, "202")]
                    rooms = [{"floor": 2, "room_no": room, "use": "10", "shape": flat(x, 12, 18, 16)} for x, room in halves]
                    ids |= {unit.room_no: unit.pk for unit in services.add_units(made, rooms)}
        points = registry.get("municipal_assets.pipe_point").model.objects
        lines = registry.get("municipal_assets.pipe_line").model.objects
        common = {"region_code": "420111000000", "valid_from": date(2020, 1, 1)}
        ends = []
        for at, x in enumerate((-60, 60)):
            ends.append(points.create(code=f"W{at}", kind="WS", geom=Point(*metres(x, -10), srid=4490), ground_elev=25, bottom_elev=21.5 - at * 0.3, well_depth=3.5 + at * 0.3, source_datum="1985", **common))  # fmt: skip
        sewer = lines.create(code="WS1", kind="WS", geom=LineString(metres(-60, -10), metres(60, -10), srid=4490), start=ends[0], end=ends[1], start_invert=21.6, end_invert=21.3, diameter_mm=1200, source_datum="1985", **common)  # fmt: skip
        lines.create(code="JS1", kind="JS", geom=LineString(metres(-60, -14), metres(60, -14), srid=4490), start_depth=2.6, end_depth=2.6, diameter_mm=400, **common)  # fmt: skip
        lines.create(code="DL1", kind="DL", geom=LineString(metres(-60, -6), metres(60, -6), srid=4490), width_mm=600, height_mm=400, start_depth=1, end_depth=1, **common)  # fmt: skip
        ids["sewer"] = sewer.pk
    return ids


def told(page, name: str) -> str:
    return page.locator(".solid").get_attribute(f"data-{name}") or ""


def until(page, name: str, value: str) -> None:
    page.wait_for_function("([n, v]) => (document.querySelector('.solid').dataset[n] ?? '') === v", arg=[name, value])


def spot(page, x: float, y: float, height: float) -> tuple[float, float]:
    """Pixels of a place, metres east, north and up of the middle."""
    script = "([lon, lat, h]) => { const c = document.querySelector('.solid').city; const r = c.stage.renderer.domElement.getBoundingClientRect(); const p = c.where(lon, lat, h); return [p[0] + r.left, p[1] + r.top] }"
    at = page.evaluate(script, [*metres(x, y), height])
    return at[0], at[1]


def _answer(file: bytes, route) -> None:
    route.fulfill(body=file, content_type="model/gltf-binary")


@pytest.fixture
def city(new_page, live):
    """`city(viewport, hash, **options)` opens the page for an official of 武汉; the town is there."""
    ids = town()
    with transaction.atomic():
        who = make_official("420100000000", roles=["viewer", "data_admin"])

    def show(viewport=SMALL, view: str = f"v={LON},{LAT},320,38,20&t=2026-06-21T10:00&g=1", models: bool = False, **options):
        page = new_page(viewport, **options)
        sign_in(page, who, live)
        tree, files = building()
        placed = [
            {
                "id": 7,
                "name": "样板楼",
                "lon": metres(0, -60)[0],
                "lat": metres(0, -60)[1],
                "rotation": 15,
                "above": 0,
                "building": None,
            }
        ]
        page.route("**/cim/scene/models.json", lambda route: route.fulfill(json=placed if models else []))
        page.route("**/bim/versions/7/tree.json", lambda route: route.fulfill(json=tree | {"storeys": [one | {"glb": f"/bim/versions/7/{one['glb']}"} for one in tree["storeys"]]}))  # fmt: skip
        for place, file in enumerate(files):
            page.route(f"**/bim/versions/7/storeys/{place}.glb", partial(_answer, file))
        page.goto(f"/cim/scene/#{view}")
        page.wait_for_selector(".solid[data-ready]")
        until(page, "buildings", "9")
        until(page, "pipes", "3")
        return page, ids

    return show


def test_blocks_pipes_sun_and_views(city):
    page, ids = city()
    assert (told(page, "shafts"), told(page, "models")) == ("2", "0")
    # 10:00 is 9:35.7 of true solar time at 114.395° E on that day (equation of time −1.9 min): hour angle −36.1°, declination 23.44°.
    angle, tilt, phi = math.radians(36.08), math.radians(23.436), math.radians(LAT)
    height = math.asin(math.sin(phi) * math.sin(tilt) + math.cos(phi) * math.cos(tilt) * math.cos(angle))
    side = math.atan2(math.sin(angle), math.cos(angle) * math.sin(phi) - math.tan(tilt) * math.cos(phi))
    assert abs(float(told(page, "sun-elevation")) - math.degrees(height)) < 0.5
    assert abs(float(told(page, "sun-azimuth")) - (180 - math.degrees(side))) < 0.5
    page.mouse.click(*spot(page, 0, 20, 39))  # roof of the middle block: 18 + 12 + 9 m
    until(page, "selected", f"cim.building:{ids['11号楼']}")
    panel = page.get_by_role("tabpanel", name="信息")
    panel.get_by_role("link", name="打开登记页").wait_for()
    assert panel.locator("h2").inner_text() == "11号楼" and "39" in panel.inner_text()
    assert panel.get_by_role("link", name="打开登记页").get_attribute("href").endswith(f"/{ids['11号楼']}/")
    assert f"s=cim.building:{ids['11号楼']}" in page.url and "v=114.395" in page.url
    page.get_by_label("建筑着色").select_option("height_m")
    page.get_by_role("tab", name="日照").click()
    page.get_by_label("日期", exact=True).fill("2026-12-21")
    page.wait_for_function("() => Number(document.querySelector('.solid').dataset.sunElevation) < 40")
    assert "t=2026-12-21T10:00" in page.url
    page.get_by_role("tab", name="视角").click()
    page.get_by_role("textbox", name="视角名称").fill("光谷广场")
    page.get_by_role("button", name="保存当前视角").click()
    page.get_by_role("tabpanel", name="视角").get_by_role("button", name="光谷广场 我的视角").wait_for()
    axe.check(page)
    picture(page, "scene")
    page.get_by_role("tab", name="图层").click()
    page.get_by_label("数据日期").fill("2021-06-01")  # the pipes are there since 2020, the blocks were registered today
    until(page, "buildings", "0")
    until(page, "pipes", "3")
    assert told(page, "on") == "2021-06-01"


def test_a_building_opens_into_storeys_and_units(city):
    page, ids = city(view=f"v={metres(0, 20)[0]},{metres(0, 20)[1]},140,40,0&s=cim.building:0")
    page.mouse.click(*spot(page, 0, 20, 39))
    panel = page.get_by_role("tabpanel", name="信息")
    panel.get_by_role("button", name="看室内楼层").click()
    until(page, "floors", "3")
    panel.get_by_label("显示到哪一层").select_option("1")
    panel.get_by_role("button", name="201").wait_for()
    # Storeys are 13 m (39 m by three floors), pulled 2.4 m apart: the roof of the second storey's units.
    page.mouse.click(*spot(page, -9, 20, 26 - 0.45 + 2.4))
    until(page, "selected", f"cim.unit:{ids['201']}")
    panel.get_by_role("link", name="打开登记页").wait_for()
    assert panel.locator("h2").inner_text() == "201"
    panel.get_by_role("button", name="合上楼层").click()
    until(page, "floors", "0")
    page.mouse.click(*spot(page, 0, 20, 39))
    until(page, "selected", f"cim.building:{ids['11号楼']}")


def test_below_the_ground_a_pipe_is_picked(city):
    page, ids = city(view=f"v={LON},{metres(0, -10)[1]},60,30,0&g=0.1")
    page.get_by_role("button", name="地下", exact=True).click()
    until(page, "below", "yes")
    page.mouse.click(*spot(page, 0, -10, -2.9))  # the sewer's middle: invert 3.55 m below the ground, 1.2 m wide
    until(page, "selected", f"municipal_assets.pipe_line:{ids['sewer']}")
    panel = page.get_by_role("tabpanel", name="信息")
    panel.get_by_role("link", name="打开登记页").wait_for()
    assert "污水" in panel.inner_text() and "1200" in panel.inner_text().replace(",", "")
    page.get_by_role("tabpanel", name="图层").get_by_label("污水").uncheck()
    until(page, "pipes", "2")
    picture(page, "scene-below")
    page.get_by_role("button", name="地下", exact=True).click()
    until(page, "below", "no")
    assert told(page, "ground") == "1.00"


def test_a_model_stands_in_its_place_and_opens_by_storeys(city):
    # The middle of the slabs lies 6 m east and 4 m south of the model's origin, turned clockwise by 15° with the model.
    turn = math.radians(15)
    x, south = 6 * math.cos(turn) - 4 * math.sin(turn), 6 * math.sin(turn) + 4 * math.cos(turn)
    lon, lat = metres(x, -60 - south)
    page, _ = city(view=f"v={lon},{lat},45,70,0", models=True)
    until(page, "models", "1")
    page.wait_for_function("() => document.querySelector('.solid').city.models.meshes().length >= 4")
    page.mouse.click(*spot(page, x, -60 - south, 3))
    page.wait_for_function("() => document.querySelector('.solid').dataset.selected === 'bim.element:7/7'")
    panel = page.get_by_role("tabpanel", name="信息")
    assert (
        "2层楼板" in panel.inner_text() and panel.get_by_role("link").get_attribute("href") == "/bim/versions/7/view/?element=7"
    )
    panel.get_by_label("显示到哪一层").select_option("0")
    page.wait_for_function("() => document.querySelector('.solid').city.models.meshes().length === 2")
    assert page.locator(".scene-labels .strong").inner_text() == "样板楼"
    page.locator(".solid canvas").focus()
    page.keyboard.press("Enter")  # chooses what stands in the middle, for people without a mouse

    page.wait_for_function("() => document.querySelector('.solid').dataset.selected === 'bim.element:7/0'")
    picture(page, "scene-model")


def test_on_a_phone(city):
    page, ids = city({"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    page.touchscreen.tap(*spot(page, 0, 20, 39))
    until(page, "selected", f"cim.building:{ids['11号楼']}")
    sheet = page.locator(".solid-sheet")
    assert sheet.get_attribute("data-open") == "yes"
    sheet.get_by_role("link", name="打开登记页").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "scene-phone")


def test_without_scripts_there_are_lists(new_page, live):
    with transaction.atomic():
        who = make_official("420100000000", roles=["viewer"])
    page = new_page(SMALL, java_script_enabled=False)
    sign_in(page, who, live)
    page.goto("/cim/scene/")
    assert "已发布的建筑模型" in page.inner_text("main") and page.get_by_role("link", name="房屋建筑清单").is_visible()
