"""The one map's feeds: what each person sees of layers, search, cards and classes; the printed map; the way there and back."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from zhujian.foundation.audit.models import Record
from zhujian.foundation.cim import services
from zhujian.foundation.cim.models import Building
from zhujian.foundation.cim.onemap import catalogue, output
from zhujian.foundation.identity.testing import login, make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

pytestmark = pytest.mark.django_db
HONGSHAN, XILING = "420111000000", "420502000000"


def build(name: str, *, region: str = HONGSHAN, place: int = 0, on: date = date(2010, 1, 1), **values: Any) -> Building:
    west, south = (114.40 if region == HONGSHAN else 111.28) + place * 0.001, 30.50 if region == HONGSHAN else 30.70
    shape = MultiPolygon(Polygon.from_bbox((west, south, west + 0.0004, south + 0.0004)), srid=4490)
    with transaction.atomic(), scope.system("测试数据"):
        return services.register_building(
            region_code=region, outline=shape, on=on, name=name, use=values.pop("use", "10"), **values
        )


@pytest.fixture
def person(client: Client) -> Client:
    login(client, make_official("420100000000", roles=("viewer",), name="周看图"))
    return client


def read(client: Client, address: str) -> Any:
    answer = client.get(address, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.content[:300]
    return json.loads(answer.content)


def test_layers_have_what_a_map_needs() -> None:
    with transaction.atomic(), scope.acting(scope_of(make_official("420100000000", roles=("viewer",)))):
        boards = catalogue.tree()
        layers = {layer["key"]: layer for layer in catalogue.flat(boards)}
    assert [board.title for board in boards][-1] == "基础平台"
    building = layers["cim.building"]
    assert building["height"] == "height_m" and building["timed"] and building["geometry"] == "polygon"
    assert ["10", "住宅"] in [list(code[:2]) for code in building["colours"]]
    assert {field["name"]: field["kind"] for field in building["fields"]}["height_m"] == "number"
    pipes = layers["municipal_assets.pipe_line"]
    assert ("JS", "#1e9bd7") in [(code, colour) for code, _, colour in pipes["colours"]]  # CJJ 61: 给水天蓝
    shown = catalogue.first_shown(list(layers.values()))
    assert "cim.building" in shown and "municipal_assets.pipe_line" not in shown and "regions.boundary" not in shown


def test_colours_of_one_layer_differ() -> None:
    with transaction.atomic(), scope.acting(scope_of(make_official("420100000000", roles=("viewer",)))):
        for layer in catalogue.flat(catalogue.tree()):
            if layer["key"] == "municipal_assets.pipe_line":
                continue  # the standard gives several kinds one colour
            colours = [colour for _, _, colour in layer["colours"]]
            assert len(set(colours)) == len(colours), layer["key"]


def test_a_page_without_a_right_to_it(client: Client) -> None:
    assert client.get("/cim/map/").status_code == 302
    login(client, make_official("420100000000", roles=("security_admin",)))
    assert client.get("/cim/map/").status_code == 403


def test_search_shows_only_what_the_person_may_see(person: Client, client: Client) -> None:
    mine, other = build("同名大厦"), build("同名大厦", region=XILING)
    groups = read(person, "/cim/map/search.json?q=同名大厦")["groups"]
    hits = [hit for group in groups for hit in group["hits"]]
    assert [hit["id"] for hit in hits] == [mine.pk] and other.pk not in [hit["id"] for hit in hits]
    assert hits[0]["box"] == pytest.approx(mine.outline.extent) and hits[0]["key"] == "cim.building"


def test_search_finds_divisions_and_coordinates(person: Client) -> None:
    [group] = [one for one in read(person, "/cim/map/search.json?q=武昌区")["groups"] if one["title"] == "地名"]
    west, south, east, north = group["hits"][0]["box"]
    assert group["hits"][0]["label"] == "武昌区" and 114 < west < east < 115 and 30 < south < north < 31
    [town] = [one for one in read(person, "/cim/map/search.json?q=珞南街道")["groups"] if one["title"] == "地名"]
    assert town["hits"][0]["box"], "a town without an outline is found in its county's"
    [group] = read(person, "/cim/map/search.json?q=30.5928,114.3055")["groups"]
    assert group["title"] == "坐标" and group["hits"][0]["box"] == [114.3055, 30.5928, 114.3055, 30.5928]
    assert "武汉市" in group["hits"][0]["detail"]


def test_the_ground_has_cities_and_counties(client: Client) -> None:
    answer = client.get("/regions/boundaries/420000000000.geojson?deep=1")
    found = json.loads(answer.content)
    levels = [one["properties"]["level"] for one in found["features"]]
    assert levels.count("city") == 13 and levels.count("county") == 103 and found["notice"] == "示意，非法定界线"
    flat = json.loads(client.get("/regions/boundaries/420000000000.geojson").content)
    assert len(flat["features"]) == 17 < len(levels)


@pytest.mark.parametrize("text", ["", "a", "%", "\x00\x01", "'; DROP TABLE cim_building --", "武" * 200, "114,"])
def test_any_search_is_answered(person: Client, text: str) -> None:
    assert person.get("/cim/map/search.json", {"q": text}, headers={"Accept": "application/json"}).status_code == 200


def test_card_of_a_feature_and_of_a_neighbours(person: Client) -> None:
    mine, other = build("测试楼", height_m=30, floors_above=10), build("邻市楼", region=XILING)
    with transaction.atomic(), scope.system("测试"):
        services.new_version(mine, date(2020, 5, 1), height_m=36)
    card = read(person, f"/cim/map/feature/cim/building/{mine.pk}.json")
    assert (
        card["label"] == "测试楼" and card["geometry"]["type"] == "MultiPolygon" and card["url"] == f"/r/cim/building/{mine.pk}/"
    )
    assert ["用途", "住宅"] in card["facts"] and ["时态", "现状（2020-05-01 起）"] in card["facts"]
    assert [(one["from"], one["to"], one["stage"]) for one in card["versions"]] == [
        ("2020-05-01", "", "现状"),
        ("2010-01-01", "2020-05-01", "历史"),
    ]
    before = read(person, f"/cim/map/feature/cim/building/{card['versions'][1]['id']}.json")
    assert any(value.startswith("30") for label, value in before["facts"] if "高度" in label)
    for address in (f"cim/building/{other.pk}", "cim/building/999999999999999999999", "cim/unit/1", "no/such/1"):
        assert person.get(f"/cim/map/feature/{address}.json", headers={"Accept": "application/json"}).status_code == 404


def test_a_firm_sees_no_foreign_building(client: Client) -> None:
    one = build("某楼")
    login(client, make_enterprise())
    assert client.get("/cim/map/").status_code == 200
    assert client.get(f"/cim/map/feature/cim/building/{one.pk}.json", headers={"Accept": "application/json"}).status_code == 404
    assert read(client, "/cim/map/search.json?q=某楼")["groups"] == []


def test_classes_of_a_number_in_the_view(person: Client) -> None:
    for place, height in enumerate((6, 9, 18, 33, 99, 150)):
        build(f"{place}号", place=place, height_m=height)
    build("别处", region=XILING, height_m=500)
    address = "/cim/map/classes/cim/building/height_m.json?"
    found = read(person, address + "count=3&bbox=114.39,30.49,114.42,30.51")
    assert found == {"bounds": [6, 18, 99], "count": 6, "complete": True}
    assert read(person, address + "count=2&bbox=110,30,111,31")["bounds"] == []
    assert read(person, address + "count=3&datetime=2001-01-01")["bounds"] == []
    for wrong in ("count=1", "count=99", "method=jenks", "bbox=1,2,3"):
        assert person.get(address + wrong, headers={"Accept": "application/json"}).status_code == 422
    for field in ("name", "use", "region_code"):
        assert (
            person.get(f"/cim/map/classes/cim/building/{field}.json", headers={"Accept": "application/json"}).status_code == 404
        )


def test_span_of_time(person: Client) -> None:
    old = build("旧楼", on=date(1985, 3, 1))
    with transaction.atomic(), scope.system("测试"):
        services.retire(old, date(2012, 1, 1), "拆除")
    found = read(person, "/cim/map/times.json?layers=cim.building,project_management.project,nonsense")
    assert found["layers"] == ["cim.building"] and found["from"] == "1985-03-01" and found["to"] >= found["today"]


def test_the_way_from_a_record_to_the_map_and_back(person: Client) -> None:
    one = build("有位置的楼")
    page = person.get(f"/r/cim/building/{one.pk}/").content.decode()
    assert f'href="/cim/map/?show=cim.building:{one.pk}"' in page and "返回一张图" not in page
    page = person.get(f"/r/cim/building/{one.pk}/?from=map&back=c%3D114.4%2C30.5%26z%3D16%26l%3Dcim.building").content.decode()
    assert 'href="/cim/map/?c=114.4,30.5&amp;z=16&amp;l=cim.building"' in page
    page = person.get(f"/r/cim/building/{one.pk}/", {"from": "map", "back": 'x"><script>'}).content.decode()
    assert 'href="/cim/map/?"' in page and "<script>x" not in page


def canvas(width: int = 900, height: int = 600, kind: str = "PNG") -> io.BytesIO:
    out = io.BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(out, kind)
    out.seek(0)
    out.name = "map.png"
    return out


FORM = {
    "title": "洪山区房屋分布图", "lon": "114.4", "lat": "30.5", "zoom": "15", "pitch": "0", "width": "900", "time": "现状", "basemap": "区划界线",
    "legend": json.dumps([{"title": "房屋建筑（用途）", "items": [{"label": "住宅", "colour": "#1a63c9"}, {"label": "办公 #[x]", "colour": "#009E73"}]}]),
}  # fmt: skip


def test_the_printed_map(person: Client) -> None:
    answer = person.post("/cim/map/pdf/", {**FORM, "picture": canvas()})
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    page = PdfReader(io.BytesIO(answer.content)).pages[0]
    text = " ".join(page.extract_text().split())
    for wanted in ("洪山区房屋分布图", "图例", "住宅", "办公 #[x]", "示意，非法定界线", "周看图", "1:9 300", "114.40000"):
        assert wanted in text, wanted
    assert page.mediabox.width > page.mediabox.height
    with transaction.atomic(), scope.system("测试"):
        assert Record.objects.filter(act="resources.export", target="cim.map").count() == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": " "}, "onemap.title"), ({"zoom": "nan"}, "onemap.view"), ({"lat": "95"}, "onemap.view"), ({"width": ""}, "onemap.view"),
        ({"legend": "{"}, "onemap.legend"), ({"legend": '[{"title": "x", "items": [{"colour": "red"}]}]'}, "onemap.legend"),
        ({"legend": json.dumps([{"title": "x", "items": []}] * 30)}, "onemap.legend"), ({"legend": "[" * 5000}, "onemap.legend"),
    ],
)  # fmt: skip
def test_what_cannot_be_printed(person: Client, change: dict[str, str], code: str) -> None:
    answer = person.post("/cim/map/pdf/", {**FORM, **change, "picture": canvas(200, 150)}, headers={"Accept": "application/json"})
    assert answer.status_code == 422 and answer.json()["code"] == code


def test_pictures_are_checked_and_redrawn(person: Client) -> None:
    def post(data: bytes) -> Any:
        stream = io.BytesIO(data)
        stream.name = "map.png"
        return person.post("/cim/map/pdf/", {**FORM, "picture": stream}, headers={"Accept": "application/json"})

    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    gif = io.BytesIO()
    Image.new("RGB", (300, 300)).save(gif, "GIF")
    for data in (
        b"",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        b"<svg/>",
        gif.getvalue(),
        canvas(40, 40).getvalue(),
        canvas().getvalue()[:5000],
        bomb.getvalue(),
    ):
        assert post(data).status_code == 422
    hidden = canvas(300, 200).getvalue() + b"<script>alert(1)</script>"
    made, width, height = output.picture(hidden)
    assert b"script" not in made and (width, height) == (300, 200)
    assert person.post("/cim/map/pdf/", FORM, headers={"Accept": "application/json"}).status_code == 422


@given(st.binary(max_size=300))
def test_any_bytes_are_a_picture_or_refused(data: bytes) -> None:
    with pytest.raises(Refusal):
        output.picture(b"\x89PNG\r\n\x1a\n" + data)


PARTS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
NAMES = st.sampled_from(["title", "items", "colour", "label"])


@given(st.recursive(PARTS, lambda one: st.lists(one, max_size=3) | st.dictionaries(NAMES, one, max_size=4), max_leaves=12))
def test_any_legend_is_read_or_refused(raw: Any) -> None:
    try:
        assert isinstance(output.legend(json.dumps(raw)), list)
    except Refusal as refusal:
        assert refusal.code == "onemap.legend"
