"""The islands in a real browser, under the platform's content policy: map, chart, live diagram, decision, upload.

Each test serves one page made from the platform's own base page; data comes from routes answered by the test.
"""

import json

import pytest
from django.template import engines
from django.test import RequestFactory

from tests import axe
from tests.browser import picture
from zhujian.foundation.kernel.csp import POLICY

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

AREAS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": {"type": "Polygon", "coordinates": [[[x, 30], [x + 1, 30], [x + 1, 31], [x, 31], [x, 30]]]},
        }
        for code, name, x in (("420100000000", "武汉市", 114), ("420500000000", "宜昌市", 111), ("420600000000", "襄阳市", 112.5))
    ],
}
POINTS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": 7,
            "properties": {"name": "甲工程", "state": "在建"},
            "geometry": {"type": "Point", "coordinates": [114.3, 30.6]},
        },
        {
            "type": "Feature",
            "id": 8,
            "properties": {"name": "乙工程", "state": "停工"},
            "geometry": {"type": "Point", "coordinates": [111.4, 30.4]},
        },
    ],
}
BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
 xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zj="urn:zhujian:bpmn:1" id="d" targetNamespace="urn:t">
<bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="s"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
<bpmn:userTask id="accept" name="窗口受理" zj:step="C01" zj:role="window"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing></bpmn:userTask>
<bpmn:callActivity id="permit" name="施工许可" calledElement="q" zj:step="C07"><bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing></bpmn:callActivity>
<bpmn:endEvent id="e"><bpmn:incoming>f3</bpmn:incoming></bpmn:endEvent>
<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="accept"/><bpmn:sequenceFlow id="f2" sourceRef="accept" targetRef="permit"/>
<bpmn:sequenceFlow id="f3" sourceRef="permit" targetRef="e"/></bpmn:process>
<bpmndi:BPMNDiagram id="di"><bpmndi:BPMNPlane id="pl" bpmnElement="p">
<bpmndi:BPMNShape id="s_di" bpmnElement="s"><dc:Bounds x="100" y="120" width="36" height="36"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="a_di" bpmnElement="accept"><dc:Bounds x="200" y="98" width="120" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="c_di" bpmnElement="permit"><dc:Bounds x="400" y="98" width="120" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="e_di" bpmnElement="e"><dc:Bounds x="600" y="120" width="36" height="36"/></bpmndi:BPMNShape>
<bpmndi:BPMNEdge id="f1_di" bpmnElement="f1"><di:waypoint x="136" y="138"/><di:waypoint x="200" y="138"/></bpmndi:BPMNEdge>
<bpmndi:BPMNEdge id="f2_di" bpmnElement="f2"><di:waypoint x="320" y="138"/><di:waypoint x="400" y="138"/></bpmndi:BPMNEdge>
<bpmndi:BPMNEdge id="f3_di" bpmnElement="f3"><di:waypoint x="520" y="138"/><di:waypoint x="600" y="138"/></bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"""
DMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="项目类型" namespace="urn:t">
<decision id="kind" name="项目类型"><decisionTable id="t" hitPolicy="FIRST"><input id="i" label="投资来源"><inputExpression id="ie" typeRef="string"><text>fund</text></inputExpression></input>
<output id="o" label="类型" name="type" typeRef="string"/><rule id="r"><inputEntry id="x"><text>"政府"</text></inputEntry><outputEntry id="y"><text>"T1"</text></outputEntry></rule></decisionTable></decision></definitions>"""


@pytest.fixture
def serve(page, live):
    """`serve(body, islands=[…], data={path: (type, text)})` shows a page with this body; returns the Playwright page."""

    def show(body: str, *names: str, data: dict | None = None):
        tags = "".join(f'{{% island "{name}" %}}' for name in names)
        source = '{% extends "base.html" %}{% block title %}试{% endblock %}{% block heading %}试验页{% endblock %}'
        source += f"{{% block content %}}{body}{{% endblock %}}{{% block scripts %}}{tags}{{% endblock %}}"
        html = engines["django"].from_string(source).render({}, RequestFactory().get("/island/"))
        headers = {"Content-Security-Policy": POLICY}
        page.route("**/island/", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers))
        for path, (kind, text) in (data or {}).items():
            page.route("**" + path, lambda route, kind=kind, text=text: route.fulfill(body=text, content_type=kind))
        page.goto("/island/")
        return page

    return show


def test_map_shades_areas_and_opens_a_feature(serve):
    data = {
        "/areas.geojson": ("application/json", json.dumps(AREAS)),
        "/points.geojson": ("application/json", json.dumps(POINTS)),
    }
    page = serve(
        """<div class="map" data-island="map" data-boundary="/areas.geojson" data-geojson="/points.geojson" data-title="工程" data-colour-by="state"
        data-colours='{"在建":"#1a63c9","停工":"#b42318"}' data-link="/projects/{id}/" data-choropleth='{"title":"在建工程","unit":"个","values":{"4201":9,"420500000000":3}}'>
        <ul><li><a href="/projects/7/">甲工程</a></li></ul></div>""",
        "map", data=data,
    )  # fmt: skip
    page.wait_for_selector(".map[data-ready]")
    page.evaluate(
        "new Promise(done => { const m = document.querySelector('.map').map; m.loaded() ? done() : m.once('idle', () => done()) })"
    )
    assert page.evaluate("document.querySelector('.map').map.queryRenderedFeatures({layers: ['page-layer-point']}).length") == 2
    shades = page.evaluate(
        "(() => { const map = document.querySelector('.map').map;"
        "return Object.fromEntries(map.queryRenderedFeatures({layers: ['choropleth']}).map(f => [f.properties.name, f.layer.paint['fill-color'].toString()])) })()"
    )
    assert len(set(shades.values())) == 3, shades
    assert "示意，非法定界线" in page.locator(".map").inner_text()
    spot = page.evaluate(
        "(() => { const b = document.querySelector('.map'); const p = b.map.project([114.3, 30.6]); const r = b.getBoundingClientRect();"
        "return [p.x + r.left, p.y + r.top] })()"
    )
    page.mouse.click(*spot)
    assert page.locator(".map-popup").inner_text().startswith("甲工程")
    assert page.locator(".map-popup a").get_attribute("href") == "/projects/7/"
    assert page.locator(".island-fold a").get_attribute("href") == "/projects/7/"
    axe.check(page)
    picture(page, "island-map")


def test_map_writes_the_chosen_place_into_the_form(serve):
    page = serve(
        """<form><label for="id_lon">经度</label><input id="id_lon"><label for="id_lat">纬度</label><input id="id_lat"></form>
        <div class="map" data-island="map" data-boundary="/areas.geojson" data-pick="#id_lon,#id_lat"></div>""",
        "map", data={"/areas.geojson": ("application/json", json.dumps(AREAS))},
    )  # fmt: skip
    page.wait_for_selector(".map[data-ready]")
    page.locator(".map canvas").click(position={"x": 300, "y": 200})
    lon, lat = float(page.input_value("#id_lon")), float(page.input_value("#id_lat"))
    assert 105 < lon < 120 and 27 < lat < 34
    page.fill("#id_lon", "112.5")
    page.fill("#id_lat", "30.5")
    page.locator(".map canvas").focus()
    page.keyboard.press("Enter")
    assert abs(float(page.input_value("#id_lon")) - 112.5) < 0.001


def test_chart_is_drawn_from_its_table(serve):
    page = serve(
        """<div class="chart" data-island="chart" data-chart="hbar"><table class="table" data-unit="个"><caption>按市州</caption><thead><tr><th>市州</th><th>在建</th></tr></thead>
        <tbody><tr><td><a href="/r/?city=4201">武汉市</a></td><td>1,204</td></tr><tr><td>宜昌市</td><td>317</td></tr></tbody></table></div>""",
        "chart",
    )
    page.wait_for_selector(".chart[data-ready] canvas")
    assert page.locator(".chart-canvas").get_attribute("aria-label") == "按市州：武汉市 1204个，宜昌市 317个"
    assert page.locator(".island-fold table").count() == 1
    picture(page, "island-chart")


def test_live_diagram_shows_states_in_words_and_opens_what_it_calls(serve):
    live = {
        "title": "项目全过程", "xml": BPMN, "called": {"permit": "/called.json"},
        "nodes": {
            "accept": {"state": "done", "who": "武昌区政务窗口"},
            "permit": {"state": "late", "label": "施工许可", "who": "武昌区住建局", "due": "超期 2 天", "link": "/tasks/9/"},
        },
    }  # fmt: skip
    data = {
        "/live.json": ("application/json", json.dumps(live)),
        "/called.json": ("application/json", json.dumps({"title": "施工许可", "xml": BPMN})),
    }
    page = serve(
        '<div class="diagram" data-island="bpmn" data-src="/live.json"><ol><li>窗口受理：已办结</li></ol></div>',
        "bpmn",
        data=data,
    )
    page.wait_for_selector(".diagram[data-ready]")
    assert page.locator(".diagram-note.zj-late").inner_text() == "施工许可\n武昌区住建局 · 超期 2 天"
    assert page.locator(".djs-element.zj-done").count() == 1
    assert page.locator(".bjs-powered-by").is_visible()
    axe.check(page)
    picture(page, "island-bpmn")
    page.get_by_role("button", name="展开").click()
    page.wait_for_selector(".diagram-crumbs li:nth-child(2)")
    assert page.locator(".diagram-crumbs").inner_text().split() == ["项目全过程", "施工许可"]
    page.get_by_role("button", name="项目全过程").click()
    page.wait_for_selector(".diagram-note.zj-late")


def test_decision_table_is_shown(serve):
    page = serve(
        '<div class="diagram" data-island="dmn" data-src="/kind.dmn"></div>', "dmn", data={"/kind.dmn": ("text/xml", DMN)}
    )
    page.wait_for_selector(".diagram[data-ready]")
    assert "T1" in page.locator(".dmn-stage").inner_text()
    picture(page, "island-dmn")


def test_an_island_that_cannot_load_says_so_and_keeps_the_list(serve):
    body = '<div class="diagram" data-island="bpmn" data-src="/gone.json"><ol><li>窗口受理</li></ol></div>'
    page = serve(body, "bpmn", data={"/gone.json": ("application/json", "{}")})
    page.wait_for_selector(".island-fault")
    page.locator(".island-fold summary").click()
    assert page.get_by_text("窗口受理").is_visible()


def test_chosen_files_are_listed_with_their_size(serve):
    page = serve(
        '<form><div class="drop-zone" data-island="upload"><input type="file" aria-label="材料" multiple data-max-bytes="10"></div></form>',
        "upload",
    )
    page.wait_for_selector(".upload-list", state="attached")
    page.set_input_files("input[type=file]", [{"name": "批文.pdf", "mimeType": "application/pdf", "buffer": b"x" * 2048}])
    assert page.locator(".upload-list li").inner_text() == "批文.pdf（2 KB），超过 1 KB，请压缩后再传"


def test_editor_changes_attributes_lists_findings_and_saves_with_the_form_token(serve):
    saved = []
    finding = {"code": "x", "message": "环节“窗口受理”没有办理结果。", "element": "accept", "level": "error"}
    given = {"xml": BPMN, "options": {"roles": [["window", "窗口"], ["reviewer", "审查"]]}, "findings": [finding]}
    body = '<form>{% csrf_token %}</form><div class="diagram-editor" data-island="bpmn-editor" data-src="/definition.json" data-save="/save-definition"></div>'
    page = serve(body, "bpmn-editor", data={"/definition.json": ("application/json", json.dumps(given))})

    def answer(route):
        saved.append((route.request.headers.get("x-csrftoken"), json.loads(route.request.post_data)["xml"]))
        route.fulfill(body=json.dumps({"findings": []}), content_type="application/json")

    page.route("**/save-definition", answer)
    page.wait_for_selector("[data-island=bpmn-editor][data-ready]")
    page.get_by_role("button", name="没有办理结果").click()
    page.get_by_label("步骤编码").fill("C02")
    page.get_by_label("办理角色").select_option("reviewer")
    page.get_by_label("办理结果").fill("pass:同意\nreject:不予同意")
    page.get_by_label("说明").fill("当场核对")
    titles = page.locator(".djs-palette .entry").evaluate_all(
        "all => all.map(e => e.title || e.getAttribute('aria-label') || e.dataset.title || e.outerHTML)"
    )
    assert "人工办理环节" in titles and not any("Create" in title for title in titles), titles
    axe.check(page)
    picture(page, "island-editor")
    page.get_by_role("button", name="保存并检查").click()
    page.get_by_text("已保存，检查通过").wait_for()
    token, xml = saved[0]
    assert token
    assert (
        'zj:step="C02"' in xml
        and 'zj:role="reviewer"' in xml
        and 'zj:outcomes="pass:同意|reject:不予同意"' in xml
        and "当场核对" in xml
    )
