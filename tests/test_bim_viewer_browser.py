"""The BIM viewer in a real browser (WebGL on the processor): asserts on picked elements and on what the box tells, never on pixels."""

from __future__ import annotations

import json

import pytest
from django.template import engines
from django.test import RequestFactory

from tests import axe
from tests.browser import picture
from tests.glb import building
from zhujian.foundation.kernel.csp import POLICY

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

SMALL = {"width": 1100, "height": 640}
FINDINGS = [
    {
        "rule": "D-03",
        "severity": "fail",
        "message": "1层入户门缺少耐火等级。",
        "demand": "门应填写耐火等级",
        "feature_index": 5,
        "global_id": "1-入户门",
    },
    {
        "rule": "D-07",
        "severity": "warn",
        "message": "南窗名称不规范。",
        "demand": "名称含类型和编号",
        "feature_index": 6,
        "global_id": "1-南窗",
    },
    {
        "rule": "P-01",
        "severity": "fail",
        "message": "项目未填写建设单位。",
        "demand": "项目信息完整",
        "feature_index": None,
        "global_id": "",
    },
]
BODY = """<div class="solid" data-island="bim-viewer" data-tree="/m/7/tree.json" data-element="/m/7/elements/{index}.json" data-findings="/m/7/findings.json"
 data-name="光谷大厦" data-others='[{"id": 6, "title": "第1版", "tree": "/m/6/tree.json", "compare": "/m/6/compare/7.json"}]'>
<table class="table"><tbody><tr><td>1层南墙</td></tr></tbody></table></div>"""


def _versions() -> dict[str, tuple[str, bytes | str]]:
    """Answers of two versions: the newer has one more wall, the older a west wall upstairs that is gone."""
    served: dict[str, tuple[str, bytes | str]] = {}
    for number, (tree, files) in {7: building(extra=True, without=frozenset({"2-西墙"})), 6: building(first=50)}.items():
        for place, storey in enumerate(tree["storeys"]):
            storey["glb"] = f"/m/{number}/{place}.glb"
            for kind in storey["types"]:  # rules applied to all but one
                kind["elements"] = [[*element, element[0] != 2] for element in kind["elements"]]
            served[storey["glb"]] = ("model/gltf-binary", files[place])
        served[f"/m/{number}/tree.json"] = ("application/json", json.dumps(tree))
    changed = {
        "added": [{"global_id": "1-内隔墙"}],
        "removed": [{"global_id": "2-西墙"}],
        "changed": [{"global_id": "1-入户门", "index_a": 55, "index_b": 5, "fields": ["Width"]}],
    }
    served["/m/6/compare/7.json"] = ("application/json", json.dumps(changed))
    served["/m/7/findings.json"] = ("application/json", json.dumps(FINDINGS))
    properties = {
        "name": "1层南墙",
        "properties": {"Pset_WallCommon": {"FireRating": "2.0h", "IsExternal": True}},
        "quantities": {"净面积": 33.6},
        "findings": [],
    }
    served["**/m/7/elements/*.json"] = ("application/json", json.dumps(properties))
    return served


@pytest.fixture
def open_viewer(new_page, live):
    """`open_viewer(viewport, …)` shows the viewer on a page of the platform; returns the page, ready."""

    def show(viewport=SMALL, *, wait: bool = True, init: str = "", **options):
        page = new_page(viewport, **options)
        if init:
            page.add_init_script(init)
        source = '{% extends "base.html" %}{% block title %}模型{% endblock %}{% block heading %}光谷大厦 第2版{% endblock %}'
        source += f'{{% block content %}}{BODY}{{% endblock %}}{{% block scripts %}}{{% island "bim-viewer" %}}{{% endblock %}}'
        html = engines["django"].from_string(source).render({}, RequestFactory().get("/viewer/"))
        headers = {"Content-Security-Policy": POLICY}
        page.route("**/viewer/", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers))
        for path, (kind, body) in _versions().items():
            page.route(
                path if "*" in path else "**" + path,
                lambda route, kind=kind, body=body: route.fulfill(body=body, content_type=kind),
            )
        page.goto("/viewer/")
        if wait:
            page.wait_for_selector(".solid[data-ready]")
        return page

    return show


def told(page, name: str) -> str:
    return page.locator(".solid").get_attribute(f"data-{name}") or ""


def until(page, name: str, value: str) -> None:
    page.wait_for_function("([n, v]) => (document.querySelector('.solid').dataset[n] ?? '') === v", arg=[name, value])


def spot(page, index: int) -> tuple[float, float]:
    """Pixels of the middle of element `index` on the page."""
    at = page.evaluate(
        "i => { const v = document.querySelector('.solid').viewer; const r = v.stage.renderer.domElement.getBoundingClientRect(); const p = v.where(i); return [p[0] + r.left, p[1] + r.top] }",
        index,
    )
    return at[0], at[1]


def test_the_model_is_shown_picked_and_explained(open_viewer):
    page = open_viewer()
    assert (told(page, "loaded"), told(page, "elements"), told(page, "visible")) == ("2", "14", "14")
    page.wait_for_function("() => Number(document.querySelector('.solid').dataset.calls) > 0")
    assert int(told(page, "calls")) <= 10  # sky, and at most three batches with their edges for each storey
    page.get_by_role("button", name="正视").click()
    page.mouse.click(*spot(page, 1))
    until(page, "selected", "1")
    panel = page.get_by_role("tabpanel", name="属性")
    panel.get_by_text("2.0h").wait_for()
    assert panel.locator("h2").inner_text() == "1层南墙" and "1-南墙" in panel.inner_text() and "33.6" in panel.inner_text()
    assert page.locator("[role=treeitem][aria-selected=true]").get_attribute("aria-label") == "1层南墙"
    # Hidden, the wall no longer counts: the same place is what stands behind it.
    page.locator("canvas").focus()
    page.keyboard.press("h")
    until(page, "visible", "13")
    page.mouse.click(*spot(page, 1))
    page.wait_for_function("() => document.querySelector('.solid').dataset.selected !== '1'")
    assert told(page, "selected") in {"2", "0", "7"}
    page.get_by_role("button", name="只看所选").click()
    until(page, "visible", "1")
    page.get_by_role("button", name="全部显示").click()
    until(page, "visible", "14")
    axe.check(page)
    picture(page, "bim-viewer")


def test_storeys_free_their_memory_and_the_tree_works_by_keyboard(open_viewer):
    page = open_viewer()
    tree = page.get_by_role("tree", name="楼层与构件")
    first = tree.get_by_role("treeitem").first
    first.focus()
    page.keyboard.press("Space")
    until(page, "loaded", "1")
    memory = "document.querySelector('.solid').viewer.stage.renderer.info.memory.geometries"
    small = page.evaluate(memory)
    assert told(page, "visible") == "6"
    page.keyboard.press("Space")
    until(page, "loaded", "2")
    page.wait_for_function(f"() => {memory} > {small}")
    page.keyboard.press("ArrowRight")  # opens the storey
    page.keyboard.press("ArrowRight")  # its first type
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "墙，5 个"
    page.keyboard.press("Space")
    until(page, "visible", "9")
    page.keyboard.press("i")
    until(page, "visible", "5")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    until(page, "selected", "1")
    page.get_by_role("searchbox", name="搜索构件").fill("2-东")
    page.locator(".bim-found button").click()
    until(page, "selected", "11")


def test_section_and_tape(open_viewer):
    page = open_viewer()
    page.get_by_role("button", name="剖切").click()
    assert told(page, "section").startswith("y+")
    slider = page.get_by_role("slider", name="剖切位置")
    slider.fill("0.25")
    page.get_by_role("button", name="俯视").click()
    low, high = -0.2, 5.8
    assert abs(float(told(page, "section")[2:]) - (low + (high - low) * 0.25)) < 0.02
    page.mouse.click(*spot(page, 0))  # above the cut nothing counts: the ground slab is seen from above
    until(page, "selected", "0")
    page.get_by_role("button", name="反向").click()
    assert told(page, "section").startswith("y-")
    page.get_by_role("button", name="剖切").click()
    assert told(page, "section") == ""
    page.get_by_role("button", name="测量").click()
    corners = page.evaluate(
        """() => { const v = document.querySelector('.solid').viewer; const r = v.stage.renderer.domElement.getBoundingClientRect();
        const b = v.model.box(10); const c = b.min.clone().setY(b.max.y); const d = c.clone().setX(b.max.x);
        const at = p => { const q = p.clone().project(v.stage.camera); return [(q.x + 1) / 2 * r.width + r.left, (1 - q.y) / 2 * r.height + r.top] };
        return [at(c), at(d)] }"""
    )
    # A few pixels beside the upper corners of the north wall: the tape snaps to them.
    for (x, y), side in zip(corners, (4, -4), strict=True):
        page.mouse.click(x + side, y + 3)
    page.wait_for_function("() => document.querySelector('.solid').dataset.measured > ''")
    assert abs(float(told(page, "measured")) - 12) < 0.05
    assert "水平" in page.locator(".solid-tape").inner_text()


def test_checks_colour_the_model_and_versions_are_compared(open_viewer):
    page = open_viewer()
    page.get_by_role("tab", name="检查").click()
    page.get_by_role("button", name="按检查结果着色").click()
    until(page, "coloured", "checks")
    panel = page.get_by_role("tabpanel", name="检查")
    assert "不通过 2" in panel.inner_text() and "提醒 1" in panel.inner_text()
    tints = page.evaluate(
        "(() => { const s = document.querySelector('.solid').viewer.model.states.texture.image.data; return [5, 6, 1, 2].map(i => [...s.slice(i * 4, i * 4 + 4)]) })()"
    )
    assert [tint[:3] for tint in tints[:3]] == [[0xD9, 0x2D, 0x20], [0xE6, 0x9A, 0x00], [0x2A, 0x8A, 0x47]]
    assert [tint[3] for tint in tints[:3]] == [2, 2, 2]
    assert tints[3][:3] == [0, 0, 0] and "未检查 1" in panel.inner_text(), "what no rule applied to has passed nothing"
    panel.get_by_role("button", name="1层入户门缺少耐火等级").click()
    until(page, "selected", "5")
    page.get_by_role("tab", name="版本对比").click()
    page.get_by_label("与哪个版本对比").select_option("6")
    until(page, "compared", "1/1/1")
    until(page, "gone", "1")
    listed = page.get_by_role("tabpanel", name="版本对比").inner_text()
    assert "新增 1" in listed and "1层内隔墙" in listed and "2层西墙" in listed and "Width" in listed
    page.get_by_role("button", name="1层内隔墙").click()
    until(page, "selected", "7")
    picture(page, "bim-compare")


def test_on_a_phone_the_panels_are_a_sheet(open_viewer):
    page = open_viewer({"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    sheet = page.locator(".solid-sheet")
    assert sheet.get_attribute("data-open") == "no"
    page.get_by_role("button", name="正视").click()
    page.touchscreen.tap(*spot(page, 1))
    until(page, "selected", "1")
    assert sheet.get_attribute("data-open") == "yes" and "1层南墙" in sheet.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "bim-phone")


def test_without_webgl_the_table_stays(open_viewer):
    init = "HTMLCanvasElement.prototype.getContext = new Proxy(HTMLCanvasElement.prototype.getContext, { apply: (f, o, a) => (String(a[0]).startsWith('webgl') ? null : Reflect.apply(f, o, a)) });"
    page = open_viewer(wait=False, init=init)
    page.wait_for_selector(".solid[data-flat]")
    assert "不支持三维" in page.locator(".solid").inner_text() and page.get_by_text("1层南墙").is_visible()
