"""The city leaves as GeoPackage, GeoJSON and CityJSON that others read, and comes back; foreign bytes end in a reason."""

from __future__ import annotations

import copy
import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.contrib.gis.gdal import DataSource
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from zhujian.foundation.cim import services
from zhujian.foundation.cim.formats import cityjson, cityjson_read, geopackage
from zhujian.foundation.cim.formats.cityjson_check import problems
from zhujian.foundation.cim.models import Building
from zhujian.foundation.cim.rules import floors
from zhujian.foundation.cim.services import cityjson_import
from zhujian.foundation.cim.tests.conftest import REGION
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

Make = Callable[..., Building]
SQUARE = [(0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0), (0.0, 0.0)]
HOLE = [(5.0, 3.0), (5.0, 6.0), (9.0, 6.0), (9.0, 3.0), (5.0, 3.0)]
MASSING = cityjson.Massing(
    "B1", [[SQUARE, HOLE]], 24.0, 12.0, {"name": "甲楼"}, 4, 1, [cityjson.UnitPlan("U1", 1, {"room_no": "101"}, SQUARE[:5]), cityjson.UnitPlan("U2", 2, {})],
)  # fmt: skip


def made(*found: cityjson.Massing) -> dict[str, Any]:
    return json.loads(orjson.dumps(cityjson.document(found or (MASSING,), epsg=4547, title="试", date="2026-01-01")))


# CityJSON ----------------------------------------------------------------------------------------------------------------


def test_what_we_write_is_cityjson(tmp_path: Path) -> None:
    document = made()
    assert problems(document) == []
    kinds = [one["type"] for one in document["CityObjects"].values()]
    assert sorted(kinds) == [
        "Building",
        "BuildingStorey",
        "BuildingStorey",
        "BuildingStorey",
        "BuildingStorey",
        "BuildingStorey",
        "BuildingUnit",
        "BuildingUnit",
    ]
    solid = document["CityObjects"]["B1"]["geometry"][0]
    assert solid["type"] == "Solid" and solid["lod"] == "1.2" and len(solid["boundaries"][0]) == 2 + 4 + 4
    assert document["metadata"]["geographicalExtent"] == [0.0, 0.0, 21.0, 20.0, 10.0, 36.0]
    cjio = pytest.importorskip("cjio.cityjson")
    path = tmp_path / "city.json"
    path.write_bytes(orjson.dumps(document))
    with path.open() as stream:
        read = cjio.CityJSON(stream)
    assert (read.get_version(), read.get_epsg(), read.number_city_objects_level1()) == ("2.0", 4547, 1)
    before = len(read.j["vertices"])
    read.remove_duplicate_vertices()
    read.remove_orphan_vertices()
    assert len(read.j["vertices"]) == before and read.calculate_bbox() == pytest.approx(
        document["metadata"]["geographicalExtent"]
    )


def test_every_solid_is_closed_and_looks_outwards() -> None:
    """Each edge of a shell is used once each way; the signed volume is that of the prism."""
    document = made(MASSING, cityjson.Massing("B2", [[SQUARE], [[(30, 0), (40, 0), (40, 9), (30, 0)]]], 20.0, 9.0, {}))
    scale, move = document["transform"]["scale"], document["transform"]["translate"]
    points = [[v * s + m for v, s, m in zip(one, scale, move, strict=True)] for one in document["vertices"]]
    volumes = {}
    for key, one in document["CityObjects"].items():
        for geometry in one["geometry"]:
            if geometry["type"] != "Solid":
                continue
            edges: dict[tuple[int, int], int] = {}
            volume = 0.0
            for surface in geometry["boundaries"][0]:
                for ring in surface:
                    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
                        edges[a, b] = edges.get((a, b), 0) + 1
                    x0, y0, z0 = points[ring[0]]
                    for a, b in zip(ring[1:], ring[2:], strict=False):
                        (x1, y1, z1), (x2, y2, z2) = points[a], points[b]
                        volume += (x0 * (y1 * z2 - y2 * z1) - y0 * (x1 * z2 - x2 * z1) + z0 * (x1 * y2 - x2 * y1)) / 6
            assert all(count == 1 and edges.get((b, a)) == 1 for (a, b), count in edges.items()), key
            volumes[key] = volume
    assert volumes["B1"] == pytest.approx((200 - 12) * 12) and volumes["B1-F1"] == pytest.approx((200 - 12) * 3)
    assert volumes["B2-P1"] == pytest.approx(200 * 9) and volumes["B2-P2"] == pytest.approx(45 * 9)


def test_unknown_height_is_a_footprint_not_a_guess() -> None:
    document = made(cityjson.Massing("B1", [[SQUARE]], 0.0, 0.0, {}))
    assert problems(document) == [] and document["CityObjects"]["B1"]["geometry"][0]["lod"] == "0.1"
    (found,) = cityjson_read.buildings(document)
    assert isinstance(found, cityjson_read.Found) and found.height_m is None and found.footprint.area == pytest.approx(200)


def test_what_we_write_is_what_we_read() -> None:
    (found,) = cityjson_read.buildings(cityjson_read.parse(orjson.dumps(made())))
    assert isinstance(found, cityjson_read.Found)
    assert found.footprint.area == pytest.approx(188) and (found.base_m, found.height_m) == (24.0, 12.0)
    assert (found.storeys, found.units, found.attributes["name"]) == (5, 2, "甲楼")


FAULTS: list[tuple[str, Callable[[dict], Any]]] = [
    ("type", lambda d: d.update(type="GeoJSON")), ("version", lambda d: d.update(version="1.1")), ("transform", lambda d: d.pop("transform")),
    ("transform.scale", lambda d: d["transform"].update(scale=[0, 1, 1])), ("vertices", lambda d: d["vertices"].append([1.5, 2, 3])),
    ("vertices", lambda d: d.update(vertices={})), ("geographicalExtent", lambda d: d["metadata"].update(geographicalExtent=[9, 0, 0, 1, 1, 1])),
    ("referenceSystem", lambda d: d["metadata"].update(referenceSystem="EPSG:4547")), ("CityObjects", lambda d: d.pop("CityObjects")),
    ("B1", lambda d: d["CityObjects"]["B1"].update(type="House")), ("U1", lambda d: d["CityObjects"]["U1"].pop("parents")),
    ("U1", lambda d: d["CityObjects"]["U1"].update(parents=["nobody"])), ("B1", lambda d: d["CityObjects"]["B1"]["children"].append("nobody")),
    ("U1", lambda d: d["CityObjects"]["U1"].update(parents=["U2"])), ("geometry", lambda d: d["CityObjects"]["B1"]["geometry"][0].update(lod=1.2)),
    ("geometry", lambda d: d["CityObjects"]["B1"]["geometry"][0].update(type="Box")),
    ("geometry", lambda d: d["CityObjects"]["B1"]["geometry"][0]["boundaries"][0][0][0].__setitem__(0, 10**6)),
    ("geometry", lambda d: d["CityObjects"]["B1"]["geometry"][0]["boundaries"][0][0][0].__setitem__(slice(None), [0, 1])),
    ("geometry", lambda d: d["CityObjects"]["B1"]["geometry"][0].update(boundaries=[[[0, 1, 2]]])),
    ("geometry", lambda d: d["CityObjects"]["B1"]["geometry"][0]["semantics"].update(values=[[9]])),
]  # fmt: skip


@pytest.mark.parametrize(("where", "spoil"), FAULTS)
def test_each_fault_is_found_and_named(where: str, spoil: Callable[[dict], Any]) -> None:
    document = made()
    spoil(document)
    found = problems(document)
    assert found and where in found[0].where


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**7) | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "geometry", "boundaries", "x"]), inner, max_size=3), max_leaves=8,
)  # fmt: skip


@settings(max_examples=80)
@given(st.data(), JUNK)
def test_no_document_however_twisted_gets_past_the_checks_and_breaks_the_reader(data: st.DataObject, junk: Any) -> None:
    """Anything put anywhere: either it is named, or the reader copes."""
    document = made()
    at: Any = document
    for _ in range(data.draw(st.integers(0, 6))):
        keys = list(at) if isinstance(at, dict) else list(range(len(at))) if isinstance(at, list) else []
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(at[key], (dict, list)):
            break
        at = at[key]
    if isinstance(at, dict) and at:
        at[data.draw(st.sampled_from(list(at)))] = junk
    elif isinstance(at, list) and at:
        at[data.draw(st.integers(0, len(at) - 1))] = junk
    if not problems(document):
        list(cityjson_read.buildings(document))


@settings(max_examples=60)
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_foreign_bytes_end_in_a_refusal(data: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        cityjson_read.parse(data)
    assert caught.value.code.startswith("cityjson.")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(Refusal):
        cityjson_read.parse(b"[" * 100_000)
    document = made()
    nest: Any = [0, 1, 2]
    for _ in range(400):
        nest = [nest]
    document["CityObjects"]["B1"]["geometry"][0]["boundaries"] = nest
    with pytest.raises(Refusal):
        cityjson_read.parse(json.dumps(document).encode())


# GeoPackage --------------------------------------------------------------------------------------------------------------


def test_geopackage_is_what_gdal_reads(tmp_path: Path) -> None:
    shape = MultiPolygon(Polygon(((114.1, 30.1), (114.2, 30.1), (114.2, 30.2), (114.1, 30.1))), srid=4490)
    columns = [geopackage.Column("name", "名称"), geopackage.Column("floors", "层数", "INTEGER"), geopackage.Column("height", "高度", "REAL"),
               geopackage.Column("since", "启用日期", "DATE")]  # fmt: skip
    rows = [(7, bytes(shape.wkb), ["甲楼'; DROP TABLE x", 6, 18.5, date(2020, 1, 2)]), (8, None, ["乙楼", None, None, None])]
    path = tmp_path / "a.gpkg"
    assert geopackage.write(path, [geopackage.Layer("building", "房屋建筑", "MULTIPOLYGON", columns, rows)]) == 2
    assert path.read_bytes()[68:72] == b"GPKG"
    (layer,) = DataSource(str(path))
    assert layer.name == "building" and layer.num_feat == 2 and str(layer.geom_type) == "MultiPolygon"
    assert layer.srs is not None and "China Geodetic Coordinate System 2000" in layer.srs.wkt
    first, second = list(layer)
    assert (
        first.fid == 7 and first.get("name") == "甲楼'; DROP TABLE x" and first.get("floors") == 6 and first.get("height") == 18.5
    )
    assert first.get("since") == date(2020, 1, 2) and first.geom.geos.equals_exact(shape, 1e-12)
    assert layer.extent.tuple == (114.1, 30.1, 114.2, 30.2) and second.get("name") == "乙楼"
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",) and db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert db.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
    assert {row[0] for row in db.execute("SELECT srs_id FROM gpkg_spatial_ref_sys")} >= {-1, 0, 4326, 4490}
    assert db.execute("SELECT title FROM gpkg_data_columns WHERE column_name = 'floors'").fetchone() == ("层数",)
    db.close()


def test_bad_geometry_and_names_are_errors_not_files(tmp_path: Path) -> None:
    for wrong in (b"", b"\x00" * 21, b"\x01\x09\x00\x00\x00", b"\x01\x03\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\xff"):
        with pytest.raises(ValueError, match="geometry|bytes"):
            geopackage.blob(wrong, 4490)
    layer = geopackage.Layer('x" (y)', "x", "POINT", [], [])
    with pytest.raises(ValueError, match="no name"):
        geopackage.write(tmp_path / "b.gpkg", [layer])


# Through pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(make_building: Make) -> list[Building]:
    """Two buildings, one with units; a third in another county."""
    found = [make_building(area_m2=1080, base_m=25.5), make_building(height_m=None)]
    rooms = floors.expand(floors.Template(1, 6, 1, 2, "10"))
    with scope.system("test"):
        services.add_units(found[0], map(asdict, rooms))
    make_building(region_code="420102000000", name="邻区楼")
    return found


@pytest.fixture(autouse=True)
def inside(db: None):
    with transaction.atomic():
        yield


def test_list_exports_in_three_formats_under_scope(client: Client, two: list[Building], tmp_path: Path) -> None:
    login(client, make_official(REGION, roles=("viewer",)))
    html = client.get("/r/cim/building/").content.decode()
    assert all(f"format={name}" in html for name in ("gpkg", "geojson", "cityjson"))
    body = client.get("/r/cim/building/export/?format=gpkg").content
    path = tmp_path / "x.gpkg"
    path.write_bytes(body)
    (layer,) = DataSource(str(path))
    rows = {feature.get("code"): feature for feature in layer}
    assert set(rows) == {one.code for one in two}
    assert rows[two[0].code].get("use") == "10" and rows[two[0].code].get("use_label") == "住宅"
    collection = json.loads(client.get("/r/cim/building/export/?format=geojson").content)
    assert collection["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::4490" and len(collection["features"]) == 2
    assert collection["features"][0]["geometry"]["type"] == "MultiPolygon"
    document = json.loads(client.get("/r/cim/building/export/?format=cityjson").content)
    assert problems(document) == [] and {two[0].code, two[1].code} <= set(document["CityObjects"])
    assert sum(one["type"] == "BuildingUnit" for one in document["CityObjects"].values()) == 12
    assert "邻区楼" not in json.dumps(document, ensure_ascii=False)
    assert client.get("/r/cim/building/export/?format=dwg").status_code == 422


def test_cityjson_goes_out_and_comes_back(as_keeper: Client, two: list[Building]) -> None:
    body = as_keeper.get("/r/cim/building/export/?format=cityjson").content
    again = as_keeper.post("/cim/cityjson/", {"file": SimpleUploadedFile("a.city.json", body)}).content.decode()
    assert again.count("已经登记在另一幢房屋上") == 2
    fresh = json.loads(body)
    for one in fresh["CityObjects"].values():
        one.get("attributes", {}).pop("house_code", None)
    moved = {f"x{key}": one for key, one in copy.deepcopy(fresh["CityObjects"]).items()}
    for one in moved.values():
        for name in ("parents", "children"):
            if name in one:
                one[name] = [f"x{key}" for key in one[name]]
    fresh["CityObjects"] = moved
    with scope.system("test"):
        before = Building.objects.count()
    checked = as_keeper.post("/cim/cityjson/", {"file": SimpleUploadedFile("a.city.json", orjson.dumps(fresh))})
    assert checked.status_code == 200 and checked.content.decode().count("可以登记") == 2
    saved = as_keeper.post(
        "/cim/cityjson/", {"save": "1", "on": "2021-01-01", "file": SimpleUploadedFile("a.city.json", orjson.dumps(fresh))}
    )
    assert "已登记 2 幢" in saved.content.decode()
    with scope.system("test"):
        rows = list(Building.objects.order_by("-id")[: Building.objects.count() - before])
    assert len(rows) == 2 and {row.valid_from for row in rows} == {date(2021, 1, 1)}
    twin = next(row for row in rows if row.name == two[0].name)
    assert twin.outline.equals_exact(two[0].outline, 2e-8) or twin.outline.sym_difference(two[0].outline).area < 1e-12
    assert (twin.height_m, twin.base_m, twin.floors_above, twin.use) == (two[0].height_m, two[0].base_m, 6, "10")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda d: d["metadata"].pop("referenceSystem"), "cityjson.crs"),
        (lambda d: d["metadata"].update(referenceSystem="https://www.opengis.net/def/crs/EPSG/0/4610"), "geo.accuracy"),
        (lambda d: d["CityObjects"].clear(), "cityjson.empty"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_placed_is_refused_whole(db: None, spoil: Callable[[dict], Any], code: str) -> None:
    document = made()
    spoil(document)
    with scope.system("test"), pytest.raises(Refusal) as caught:
        cityjson_import.check(orjson.dumps(document))
    assert caught.value.code == code


def test_what_lies_elsewhere_is_told_row_by_row(keeper: Any) -> None:
    from zhujian.foundation.identity.testing import scope_of

    far = cityjson.Massing("B9", [[[(x + 400_000, y + 3_300_000) for x, y in SQUARE]]], 20.0, 9.0, {"name": "外地"})
    sea = cityjson.Massing("B8", [[[(x + 9_000_000, y + 3_300_000) for x, y in SQUARE]]], 20.0, 9.0, {"name": "海里"})
    with scope.acting(scope_of(keeper)):
        lines = cityjson_import.check(orjson.dumps(cityjson.document([far], epsg=4547, title="", date="2026-01-01")))
        assert [reason.code for reason in lines[0].reasons] == ["cityjson.scope"] or lines[0].reasons[0].code == "cityjson.region"
        assert cityjson_import.save(lines) == 0
        with pytest.raises(Refusal):
            document = cityjson.document([sea], epsg=4547, title="", date="2026-01-01")
            lines = cityjson_import.check(orjson.dumps(document))
            raise Refusal("x", str(lines[0].reasons[0].message)) if lines[0].reasons else AssertionError(lines)
