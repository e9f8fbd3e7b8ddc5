"""In a real browser: check → finding on the map → work order → closed; a burst with its valves on the map."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests import axe
from tests.browser import PHONE, picture
from zhujian.boards.urban_rural.municipal_assets.models import PipeLine, TopologyFinding, WorkOrder
from zhujian.boards.urban_rural.municipal_assets.tests import network_world as world
from zhujian.foundation.identity.selectors import posts_of
from zhujian.foundation.identity.testing import make_enterprise, make_official
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db(transaction=True)

# Ids that the map really draws in a layer, once it is at rest.
DRAWN = """layer => new Promise(done => {
  const map = document.querySelector('.map').map;
  const read = () => done([...new Set(map.queryRenderedFeatures({layers: [layer]}).map(f => f.properties.id))].sort((a, b) => a - b));
  map.loaded() ? read() : map.once('idle', read);
})"""


@pytest.fixture
def town(live: str) -> dict[str, Any]:
    """A drain with a reverse slope and a water main, kept by a firm; two officials of the county."""
    from django.db import transaction

    with transaction.atomic(), scope.system("测试"):
        firm = make_enterprise(name="测试养护公司", region=world.WUCHANG)
        org = posts_of(firm)[0].organisation
        points, lines = world.drain()
        water, mains = world.main()
        PipeLine.objects.filter(pk=lines[0].pk).update(
            start_invert=21, maintainer_org=org.code, maintainer_name=org.name, parties=[f"org:{org.code}"]
        )
        return {
            "firm": firm, "lines": lines, "mains": mains, "water": water,
            "one": make_official(world.WUCHANG, roles=("supervisor", "reviewer")), "two": make_official(world.WUCHANG, roles=("supervisor",)),
        }  # fmt: skip


def _photo(folder: Path, name: str, shade: int) -> Path:
    path = folder / name
    Image.new("RGB", (40, 30), (shade, 90, 60)).save(path, "JPEG")
    return path


def test_from_a_check_to_a_closed_order(town: dict[str, Any], new_page: Any, tmp_path: Path) -> None:
    page = new_page(account=town["one"])
    page.goto("/municipal-assets/topology/")
    page.select_option("#id_region_code", world.WUCHANG)
    page.get_by_role("button", name="开始检查").click()
    page.wait_for_selector(".map[data-ready]")
    found = _only_finding()
    assert page.evaluate(DRAWN, "page-findings-point") == [found]
    at = page.evaluate(
        "() => { const map = document.querySelector('.map').map; const f = map.queryRenderedFeatures({layers: ['page-findings-point']})[0];"
        " const p = map.project(f.geometry.coordinates); const box = map.getCanvas().getBoundingClientRect();"
        " return [box.left + p.x, box.top + p.y] }"
    )
    picture(page, "topology-run")
    axe.check(page)
    page.mouse.click(*at)
    page.get_by_role("link", name="查看详情").click()
    page.wait_for_url(f"**/topology_finding/{found}/")
    page.get_by_role("link", name="转为工单").click()
    assert "下游管底比上游高" in page.input_value("#id_text")
    page.get_by_role("button", name="转为工单").click()
    page.wait_for_url(re.compile(r"/municipal-assets/orders/\d+/$"))
    page.get_by_role("link", name="派单", exact=True).first.click()
    page.get_by_role("button", name="派单", exact=True).click()

    firm = new_page(PHONE, account=town["firm"], has_touch=True, is_mobile=True)
    firm.goto("/workflow/todo/")
    firm.get_by_role("link", name="处置").first.click()
    firm.set_input_files("#id_before", _photo(tmp_path, "before.jpg", 30))
    firm.set_input_files("#id_after", _photo(tmp_path, "after.jpg", 200))
    firm.fill("#id_text", "已复测，管底高程登记有误，已更正。")
    firm.get_by_role("button", name="处置完成").click()
    firm.wait_for_url(re.compile(r"/workflow/(todo|tasks)/"))

    other = new_page(account=town["two"])
    other.goto("/workflow/todo/")
    other.get_by_role("link", name="核查").first.click()
    assert other.locator("figure img").count() == 2
    axe.check(other)
    other.get_by_role("button", name="核查通过").click()
    other.wait_for_url(re.compile(r"/workflow/todo/"))
    page.goto("/r/municipal_assets/work_order/")
    assert page.get_by_text("已办结").count() >= 1


def _only_finding() -> int:
    """The id of the finding, read outside the browser's session."""
    from django.db import transaction

    with transaction.atomic(), scope.system("测试"):
        return TopologyFinding.objects.get(rule="reverse_slope").pk


def test_a_burst_shows_its_valves(town: dict[str, Any], new_page: Any) -> None:
    burst = town["mains"][2]
    page = new_page(account=town["one"])
    page.goto(f"/municipal-assets/trace/?line={burst.pk}&mode=burst")
    page.wait_for_selector(".map[data-ready]")
    roles = page.evaluate(
        "() => new Promise(done => { const map = document.querySelector('.map').map; const read = () => done(Object.fromEntries("
        "map.queryRenderedFeatures({layers: ['page-trace-point', 'page-trace-line']}).map(f => [f.properties.name, f.properties.role])));"
        " map.loaded() ? read() : map.once('idle', read) })"
    )
    assert roles == {
        "W1": "关阀后停供管段", "W2": "起始管线", "W3": "关阀后停供管段", "W5": "关阀后停供管段", "W4": "失去来源的管段", "J1": "应关阀门", "J4": "应关阀门",
    }  # fmt: skip
    picture(page, "trace-burst")
    axe.check(page)
    page.get_by_label("关不动，改关下一个").nth(1).check()
    page.get_by_role("button", name="重新计算").click()
    page.wait_for_selector(".map[data-ready]")
    assert page.get_by_text("关不动，已跳过").count() == 1


def test_an_inspector_on_a_phone(town: dict[str, Any], new_page: Any, tmp_path: Path) -> None:
    from datetime import timedelta

    from django.contrib.gis.geos import LineString
    from django.db import transaction
    from django.utils import timezone

    from zhujian.boards.urban_rural.municipal_assets.models import Bridge
    from zhujian.boards.urban_rural.municipal_assets.services import inspections, plans

    with transaction.atomic(), scope.system("测试"):
        Bridge.objects.create(
            code="Q1", name="测试桥", kind="ordinary", maintenance_grade="I", geom=LineString(world.at(0, 0), world.at(1, 0), srid=4490),
            region_code=world.WUCHANG, valid_from=world.SINCE,
        )  # fmt: skip
        plans.do_plan(world.WUCHANG, starts_on=timezone.localdate() - timedelta(days=3), classes=["bridge"])
        inspections.make_dues()
    phone = new_page(PHONE, account=town["one"], has_touch=True, is_mobile=True)
    phone.goto("/municipal-assets/overdue/")
    assert phone.get_by_text("2 天").count() == 1
    phone.get_by_role("link", name="测试桥").click()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    axe.check(phone)
    phone.get_by_label("需要维修").check()
    phone.fill("#id_note", "伸缩缝堵塞")
    phone.get_by_role("button", name="提交").click()
    assert phone.get_by_text("至少拍一张照片").count() >= 1
    phone.get_by_label("需要维修").check()
    phone.set_input_files("#id_photos", _photo(tmp_path, "joint.jpg", 120))
    phone.get_by_role("button", name="提交").click()
    phone.get_by_text("并生成工单").wait_for()
    with transaction.atomic(), scope.system("测试"):
        order = WorkOrder.objects.get()
        assert (order.source, order.photos.count()) == ("inspection", 1)
