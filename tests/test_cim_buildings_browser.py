"""A building's page, its floor table on a desk and on a phone, units from a template, and the report of what stands alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import transaction

from tests import axe
from tests.browser import PHONE, picture
from zhujian.foundation.cim import services
from zhujian.foundation.cim.models import Building
from zhujian.foundation.cim.rules.floors import Template, expand
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.browser
REGION = "420111000000"


def outline(column: int) -> MultiPolygon:
    west = 114.40 + column * 0.0006
    return MultiPolygon(Polygon.from_bbox((west, 30.505, west + 0.0004, 30.50515)), srid=4490)


@pytest.fixture
def building(live) -> Building:
    """Eleven floors of two entrances, shops on the ground floor, a garage below; and a neighbour that stands half on it."""
    with transaction.atomic(), scope.system("test"):
        made = services.register_building(
            region_code=REGION, outline=outline(0), on=date(2021, 6, 30), name="光谷花园3栋", use="10", structure="2", floors_above=11, floors_below=1,
            height_m=Decimal("34.2"), base_m=Decimal("25.1"), area_m2=Decimal("4956.00"), accuracy_m=Decimal("0.3"), cim_level=5,
            built_on=date(2021, 5, 1), address="高新大道77号",
        )  # fmt: skip
        homes = Template(2, 11, 2, 2, "10", (Decimal("98.50"), Decimal("120.30")), Decimal("0.79"))
        shops = Template(1, 1, 1, 5, "20", (Decimal("116.00"),))
        garage = Template(-1, -1, 1, 36, "50", (Decimal("12.50"),), numbering="through")
        for template in (homes, shops, garage):
            services.add_units(made, [asdict(room) for room in expand(template)])
        services.register_building(region_code=REGION, outline=MultiPolygon(Polygon.from_bbox((114.4003, 30.505, 114.4006, 30.5051)), srid=4490), name="临时板房",
                                   use="90", on=date(2022, 1, 1))  # fmt: skip
        services.link(made, "sensor", "BJ-420111-0007", label="沉降监测点")
        return made


@pytest.fixture
def keeper(live):
    return make_official(REGION, roles=("data_admin",), name="赵数据")


def test_floor_table_on_a_desk_and_on_a_phone(new_page, building: Building, keeper) -> None:
    page = new_page(account=keeper)
    page.goto(f"/r/cim/building/{building.pk}/")
    page.get_by_text("核验达到").wait_for()
    table = page.locator(".floors").first
    assert table.locator("tbody tr").count() == 11
    homes = page.locator("td.use-10 a")
    assert homes.count() == 40 and homes.first.locator("b").inner_text() == "1101"
    lines = [row.bounding_box() for row in table.locator("tbody tr").all()[:2]]
    assert lines[0]["y"] < lines[1]["y"], "the top floor comes first"
    assert page.locator(".room.use-50").count() == 36
    page.get_by_text("轮廓与").wait_for()
    axe.check(page)
    picture(page, "cim-building", full=True)
    homes.first.click()
    page.wait_for_url("**/r/cim/unit/**")
    page.get_by_role("heading", name="1101").wait_for()
    page.goto(f"/cim/buildings/{building.pk}/table/")
    axe.check(page)
    picture(page, "cim-floor-table", full=True)
    phone = new_page(PHONE, account=keeper)
    phone.goto(f"/r/cim/building/{building.pk}/")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    boxes = [cell.bounding_box() for cell in phone.locator("td.use-10 a").all()[:2]]
    assert all(box["height"] >= 44 for box in boxes)
    axe.check(phone)
    picture(phone, "cim-building-phone", full=True)


def test_units_from_a_template_and_a_new_version(new_page, building: Building, keeper) -> None:
    page = new_page(account=keeper)
    page.goto("/r/cim/building/")
    axe.check(page)
    page.get_by_text("空间格式").click()
    assert page.get_by_role("link", name="GeoPackage").is_visible()
    picture(page, "cim-buildings")
    page.goto(f"/cim/buildings/{building.pk}/units/")
    page.fill("#id_first", "1")
    page.fill("#id_last", "1")
    page.fill("#id_areas", "88 x")
    page.get_by_role("button", name="预览").click()
    page.locator(".error-summary").wait_for()
    axe.check(page)
    page.fill("#id_areas", "88.5")
    page.get_by_role("button", name="预览").click()
    page.get_by_text("已经登记").first.wait_for()
    page.fill("#id_first", "11")
    page.fill("#id_last", "11")
    page.fill("#id_entrances", "3")
    page.fill("#id_per_floor", "1")
    page.get_by_label("流水编号").check()
    page.get_by_role("button", name="预览").click()
    page.get_by_role("button", name="生成 3 户").wait_for()
    picture(page, "cim-add-units", full=True)
    page.get_by_role("button", name="生成 3 户").click()
    page.get_by_text("已生成3户").wait_for()
    page.get_by_role("link", name="变更", exact=True).click()
    page.fill("#id_on", "2025-01-01")
    page.fill("#id_floors_above", "12")
    axe.check(page)
    picture(page, "cim-new-version", full=True)
    page.get_by_role("button", name="形成新版本").click()
    page.get_by_text("原版本已转为历史").wait_for()
    assert page.locator("#h-versions .count").inner_text() == "2"


def test_orphans_and_cityjson(new_page, building: Building, keeper) -> None:
    page = new_page(account=keeper)
    page.goto("/cim/orphans/")
    page.get_by_text("没有项目代码").first.wait_for()
    page.get_by_text("感知设备 沉降监测点 不存在或看不到").wait_for()
    axe.check(page)
    picture(page, "cim-orphans", full=True)
    phone = new_page(PHONE, account=keeper)
    phone.goto("/cim/orphans/")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(phone, "cim-orphans-phone", full=True)
    page.goto("/cim/cityjson/")
    page.set_input_files(
        "#id_file", {"name": "x.city.json", "mimeType": "application/json", "buffer": b'{"type": "CityJSON", "version": "2.0"}'}
    )
    page.get_by_role("button", name="先检查").click()
    page.locator(".error-summary").wait_for()
    axe.check(page)
    picture(page, "cim-cityjson", full=True)
