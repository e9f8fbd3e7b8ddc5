"""Features part 1 and 2: documents, parameters, paging, coordinate systems, scope."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from zhujian.foundation.identity.testing import login, make_enterprise, make_official
from zhujian.foundation.kernel import geo
from zhujian.foundation.ogc import conformance, crs
from zhujian.foundation.ogc.tests.conftest import LAT, LON, WUCHANG, XILING
from zhujian.foundation.ogc.tests.test_tiles import place
from zhujian.foundation.resources import registry
from zhujian.foundation.resources.maps.grids import WEB
from zhujian.foundation.resources.tests import mvt

ITEMS = "/ogc/collections/cim.building/items"
EPSG = crs.EPSG


def dashed(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters of the standard have dashes, properties have not."""
    return {key.replace("_", "-") if key in ("bbox_crs", "filter_lang", "filter_crs") else key: v for key, v in params.items()}


def found(client, **params: Any) -> list[str]:
    """Names of the features that the parameters give."""
    answer = client.get(ITEMS, dashed(params))
    assert answer.status_code == 200, answer.content.decode()
    return [feature["properties"]["name"] for feature in answer.json()["features"]]


def refusal(client, **params: Any) -> dict[str, Any]:
    """The problem document that the parameters give."""
    answer = client.get(ITEMS, dashed(params))
    assert answer.status_code == 400, answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == 400 and body["errors"][0]["message"] and any("\u4e00" <= c <= "\u9fff" for c in body["title"])
    return body


def test_core_landing_leads_everywhere(official) -> None:
    body = official.get("/ogc/").json()
    rels = {one["rel"]: one["href"] for one in body["links"]}
    assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= set(rels)
    for rel, media in (
        ("conformance", "application/json"),
        ("data", "application/json"),
        ("service-desc", "application/vnd.oai.openapi+json"),
    ):
        answer = official.get(rels[rel].removeprefix("http://testserver"))
        assert answer.status_code == 200 and answer["Content-Type"].startswith(media)
    assert official.get("/ogc/conformance").json()["conformsTo"] == list(conformance.CLASSES)


def test_every_layer_is_a_collection_and_nothing_else(official) -> None:
    body = official.get("/ogc/collections").json()
    layers = {one.key for one in registry.resources() if one.layer}
    assert "cim.building" in layers
    with_view = {one["id"] for one in body["collections"]}
    assert with_view <= layers and "cim.building" in with_view
    one = next(one for one in body["collections"] if one["id"] == "cim.building")
    assert one["storageCrs"] == EPSG + "4490" and one["crs"][0] == crs.CRS84 and one["itemType"] == "feature"
    assert {EPSG + code for code in ("4490", "4326", "3857", "4547", "4526")} <= set(one["crs"])
    west, south, east, north = one["extent"]["spatial"]["bbox"][0]
    assert west < LON < east and south < LAT < north
    for link in one["links"]:
        assert official.get(link["href"].removeprefix("http://testserver")).status_code == 200, link


def test_geojson_has_what_the_standard_asks(official, city) -> None:
    answer = official.get(ITEMS, {"limit": 2})
    assert answer["Content-Type"] == "application/geo+json" and answer["Content-Crs"] == f"<{crs.CRS84}>"
    body = answer.json()
    assert body["numberReturned"] == 2 and "numberMatched" not in body
    assert datetime.fromisoformat(body["timeStamp"].replace("Z", "+00:00"))
    feature = body["features"][0]
    assert feature["geometry"]["type"] == "MultiPolygon" and feature["geometry"]["coordinates"][0][0][0] == [LON, LAT]
    assert "crs" not in feature["geometry"]
    assert feature["properties"]["height_m"] == 4.2 and feature["properties"]["planned"] is False
    one = official.get(f"{ITEMS}/{feature['id']}").json()
    assert one["properties"] == feature["properties"] and {"self", "alternate", "collection"} <= {
        link["rel"] for link in one["links"]
    }


def test_pages_go_on_by_key_until_the_end(official, city) -> None:
    address, seen = f"{ITEMS}?limit=1&stage=all", []
    while address:
        body = official.get(address).json()
        seen += [feature["properties"]["name"] for feature in body["features"]]
        address = next((link["href"].removeprefix("http://testserver") for link in body["links"] if link["rel"] == "next"), "")
    assert seen == ["江边平房", "江汉大厦", "ABC Tower", "老仓库", "规划中心"]


def test_box_in_every_offered_system_finds_the_same(official, city) -> None:
    west, south, east, north = 114.305, 30.545, 114.325, 30.555  # the middle one only
    assert found(official, bbox=f"{west},{south},{east},{north}") == ["江汉大厦"]
    assert found(official, bbox=f"{west},{south},-5,{east},{north},900") == ["江汉大厦"]
    uris = official.get("/ogc/collections/cim.building").json()["crs"]
    assert len(uris) >= 6
    for uri in uris:
        frame = crs.FRAME84 if uri == crs.CRS84 else crs.frame(int(uri.rpartition("/")[2]))
        low = geo.transform(4490, frame.epsg, west, south) if not frame.degrees else (west, south)
        high = geo.transform(4490, frame.epsg, east, north) if not frame.degrees else (east, north)
        pair = [list(low[:2]), list(high[:2])]
        numbers = [n for one in pair for n in (one[::-1] if frame.flipped else one)]
        assert found(official, bbox=",".join(f"{n:.9f}" for n in numbers), bbox_crs=uri) == ["江汉大厦"], frame.name
    assert found(official, bbox="170,-10,-170,10") == []
    assert set(found(official, bbox="114,-10,-170,40")) == {"江边平房", "江汉大厦", "ABC Tower"}  # across the antimeridian


def test_axis_order_is_the_authoritys(official, city) -> None:
    """CRS84 lon,lat; 4490 and 4326 lat,lon; 3857 east,north; 4547 and 4526 north,east, the latter with its zone in front."""
    easting, northing = geo.project(LON, LAT, 4547)
    mercator = geo.transform(4326, 3857, LON, LAT)
    expected = {
        crs.CRS84: (LON, LAT), EPSG + "4490": (LAT, LON), EPSG + "4326": (LAT, LON), EPSG + "3857": mercator,
        EPSG + "4547": (northing, easting), EPSG + "4526": (northing, easting + 38_000_000),
    }  # fmt: skip
    for uri, point in expected.items():
        answer = official.get(ITEMS, {"crs": uri, "limit": 1})
        assert answer["Content-Crs"] == f"<{uri}>"
        first = answer.json()["features"][0]["geometry"]["coordinates"][0][0][0]
        assert first == pytest.approx(point, abs=1e-8 if abs(point[0]) < 200 else 0.0006), uri
        pk = answer.json()["features"][0]["id"]
        single = official.get(f"{ITEMS}/{pk}", {"crs": uri})
        assert single["Content-Crs"] == f"<{uri}>" and single.json()["geometry"]["coordinates"][0][0][0] == first


def test_time_asks_for_versions(official, city) -> None:
    assert set(found(official)) == {"江边平房", "江汉大厦", "ABC Tower"}
    assert found(official, datetime="2015-06-01") == ["老仓库"]
    assert found(official, datetime="2018-01-01T00:00:00Z/2020-06-01T00:00:00Z") == ["江边平房", "老仓库"]
    assert "规划中心" in found(official, datetime="2031-01-01/..")
    assert found(official, stage="planned") == ["规划中心"]


def test_properties_are_parameters(official, city) -> None:
    assert found(official, floors_above=18) == ["江汉大厦"]
    assert found(official, status="building") == ["ABC Tower"]
    assert found(official, height_m="4.20", planned="false") == ["江边平房"]
    assert found(official, valid_from="2022-05-01") == ["江汉大厦"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"bbox": "1,2,3"}, "ogc.bbox"), ({"bbox": "114,31,115,30"}, "ogc.bbox"), ({"bbox": "a,b,c,d"}, "ogc.bbox"),
        ({"bbox": "114,30,9,115,31,1"}, "ogc.bbox"), ({"bbox_crs": EPSG + "2436"}, "ogc.crs"), ({"crs": EPSG + "4554"}, "ogc.crs"),
        ({"crs": "nonsense"}, "ogc.crs"), ({"datetime": "gestern"}, "filter.datetime"), ({"datetime": "2020-02-30"}, "filter.datetime"),
        ({"stage": "x"}, "filter.stage"), ({"limit": "0"}, "api.limit"), ({"limit": "-1"}, "api.limit"), ({"after": "x"}, "api.after"),
        ({"nonsense": "1"}, "api.parameter"), ({"outline": "1"}, "api.parameter"), ({"floors_above": "many"}, "ogc.value"),
        ({"planned": "ja"}, "ogc.value"), ({"f": "gml"}, "ogc.format"), ({"name": ""}, "api.empty"), ({"filter_lang": "sql"}, "filter.lang"),
        ({"valid_from": "2022"}, "filter.cql2"), ({"bbox": "0,0,1e99,1e99", "bbox_crs": EPSG + "4547"}, "ogc.coordinates"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_told(official, city, params: dict[str, str], code: str) -> None:
    assert refusal(official, **params)["code"] == code


def test_a_limit_above_the_most_is_the_most(official, city) -> None:
    assert len(found(official, limit=10**9)) == 3


def test_scope_holds_for_items_and_single_features(official, city) -> None:
    assert "西陵楼" not in found(official, stage="all")
    assert official.get(f"{ITEMS}/{city['elsewhere'].pk}").status_code == 404
    assert official.get(f"{ITEMS}/{city['past'].pk}").status_code == 200  # whoever names a version wants that one
    assert found(official, filter="name = '西陵楼' OR true") == ["江边平房", "江汉大厦", "ABC Tower"]


def test_whoever_may_not_view_sees_no_collection(client, db) -> None:
    login(client, make_official(WUCHANG, roles=("system_admin",)))
    ids = [one["id"] for one in client.get("/ogc/collections").json()["collections"]]
    assert "cim.building" not in ids
    for part in ("", "/items", "/items/1", "/queryables", "/tiles", "/tiles/WebMercatorQuad", "/tiles/WebMercatorQuad/0/0/0"):
        assert client.get(f"/ogc/collections/cim.building{part}").status_code == 404, part
    assert client.get("/ogc/collections/no.such").status_code == 404


def test_a_firm_sees_only_what_it_is_party_to(client, build) -> None:
    firm = make_enterprise()
    code = firm.posts.get().organisation.code
    build("别人的楼")
    build("自己的楼", parties=[f"org:{code}"])
    login(client, firm)
    assert found(client) == ["自己的楼"]


def test_visitors_are_turned_away(client, db) -> None:
    assert client.get("/ogc/", headers={"Accept": "application/json"}).status_code == 403
    assert client.get("/ogc/", headers={"Accept": "text/html"}).status_code == 302


def test_masked_and_encrypted_fields_are_no_properties(official) -> None:
    for resource in registry.resources():
        if not resource.layer:
            continue
        from zhujian.foundation.ogc import queryables

        known = queryables.of(resource)
        hidden = {name for name, item in resource.fields.items() if item.mask is not None or item.decode is not None}
        assert not hidden & set(known), resource.key
        assert resource.shape is not None and resource.shape.name in known


@pytest.mark.parametrize(
    "path",
    ["", "conformance", "api", "collections", "collections/cim.building", "collections/cim.building/items", "collections/cim.building/queryables",
     "collections/cim.building/tiles", "collections/cim.building/tiles/CGCS2000", "tileMatrixSets", "tileMatrixSets/WebMercatorQuad"],
)  # fmt: skip
def test_html_form_by_parameter_and_by_accept(official, city, path: str) -> None:
    page = official.get(f"/ogc/{path}", {"f": "html"})
    assert page.status_code == 200 and page["Content-Type"].startswith("text/html") and "<h1>" in page.content.decode()
    assert official.get(f"/ogc/{path}", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})[
        "Content-Type"
    ].startswith("text/html")
    assert "json" in official.get(f"/ogc/{path}", {"f": "json"}, headers={"Accept": "text/html"})["Content-Type"]


def test_html_of_items_and_of_one(official, city) -> None:
    page = official.get(ITEMS, {"f": "html", "limit": 2}).content.decode()
    assert "江边平房" in page and "下一页" in page and "使用" in page
    one = official.get(f"{ITEMS}/{city['low'].pk}", {"f": "html"}).content.decode()
    assert "江边平房" in one and f"/r/cim/building/{city['low'].pk}/" in one
    assert "坐标系" in official.get(ITEMS, {"f": "html", "crs": "x"}).content.decode()


def test_queries_per_page_are_few(official, city, django_assert_max_num_queries) -> None:
    official.get(ITEMS)
    with django_assert_max_num_queries(12):
        official.get(ITEMS, {"bbox": "114,30,115,31", "limit": 10})


def test_addresses_keep_their_parameters(official, city) -> None:
    text = "floors_above >= 1 AND name LIKE '江%'"
    body = official.get(f"{ITEMS}?limit=1&filter={quote(text)}").json()
    following = next(link["href"] for link in body["links"] if link["rel"] == "next")
    assert [
        f["properties"]["name"] for f in json.loads(official.get(following.removeprefix("http://testserver")).content)["features"]
    ] == ["江汉大厦"]


def test_every_layer_of_every_module_is_served(client, db) -> None:
    """Nothing is written per resource, so nothing may be left out: each collection answers in every form."""
    everybody = ("viewer", "window", "reviewer", "approver", "supervisor", "parameter_admin", "process_admin", "data_admin")
    login(client, make_official(WUCHANG, roles=everybody))
    shown = [one["id"] for one in client.get("/ogc/collections").json()["collections"]]
    assert set(shown) == {one.key for one in registry.resources() if one.layer}
    for key in shown:
        base = f"/ogc/collections/{key}"
        known = client.get(f"{base}/queryables").json()["properties"]
        assert any(one.get("x-ogc-role") == "primary-geometry" for one in known.values()), key
        shape = next(name for name, one in known.items() if one.get("x-ogc-role") == "primary-geometry")
        for asked in (
            {},
            {"crs": EPSG + "4547"},
            {"filter": f"S_INTERSECTS({shape}, BBOX(114,30,115,31))"},
            {"f": "html"},
            {"datetime": "2020-01-01"},
        ):
            answer = client.get(f"{base}/items", {"limit": 5, **asked})
            assert answer.status_code == 200, (key, asked, answer.content.decode()[:300])
        for name, one in known.items():  # every property can be compared with itself, whatever its type
            if "type" in one:
                assert client.get(f"{base}/items", {"filter": f'"{name}" = "{name}"'}).status_code == 200, (key, name)
        assert client.get(f"{base}/tiles/CGCS2000").status_code == 200
        assert client.get(f"{base}/tiles/WebMercatorQuad/14/6718/13391").status_code in (200, 204), key


def test_a_neighbours_rows_in_the_same_place_are_nobodys_here(official, build) -> None:
    build("自己的", LON, LAT)
    theirs = build("邻区的", LON, LAT, region=XILING)
    assert found(official, bbox=f"{LON},{LAT},{LON + 0.001},{LAT + 0.001}") == ["自己的"]
    assert found(official, filter=f"S_INTERSECTS(outline, POINT({LON + 0.0001} {LAT + 0.0001})) AND region_code <> 'x'") == [
        "自己的"
    ]
    assert found(official, code=theirs.code) == []
    row, col = place(16, WEB)
    tile = official.get(f"/ogc/collections/cim.building/tiles/WebMercatorQuad/16/{row}/{col}").content
    assert {feature.properties["name"] for feature in mvt.layers(tile)["building"]} == {"自己的"}
