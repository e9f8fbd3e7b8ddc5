"""Files with geometry: every format in, every trap answered in words, and no bytes that crash a reader."""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
import struct
import zipfile
from functools import cache

import pytest
import shapefile
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources import sources
from zhujian.foundation.resources.sources import archives, frames, geopackages, mapping, shaping

MOST = 1000
pytestmark = pytest.mark.filterwarnings("ignore::shapefile.PossiblyCorruptFileHeader")


def zipped(parts: dict[str, bytes], **how: object) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


def shp_parts(
    kind: int = shapefile.POINT, *, encoding: str = "gbk", epsg: int | None = 4547, count: int = 3, stem: str = "管点"
) -> dict[str, bytes]:
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=kind, encoding=encoding) as writer:
        writer.field("点号", "C", 20)
        writer.field("地面高程", "N", 10, 3)
        for number in range(count):
            x, y = 530_000 + number, 3_380_000
            if kind == shapefile.POINT:
                writer.point(x, y)
            elif kind == shapefile.POINTZ:
                writer.pointz(x, y, 21.5 + number)
            elif kind == shapefile.POLYLINE:
                writer.line([[(x, y), (x + 10, y)]])
            else:
                writer.poly([[(x, y), (x, y + 9), (x + 9, y + 9), (x + 9, y), (x, y)]])
            writer.record(f"雨{number}", 21.5)
    found = {f"{stem}.shp": shp.getvalue(), f"{stem}.shx": shx.getvalue(), f"{stem}.dbf": dbf.getvalue()}
    if epsg:
        found[f"{stem}.prj"] = CRS.from_epsg(epsg).to_wkt("WKT1_ESRI").encode()
    return found


@cache
def shp_zip() -> bytes:
    return zipped(shp_parts())


@cache
def gpkg(epsg: int = 4547, *, z: bool = False) -> bytes:
    db = sqlite3.connect(":memory:")
    db.executescript(
        "PRAGMA application_id=1196444487;"
        "CREATE TABLE gpkg_contents(table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, srs_id INT);"
        "CREATE TABLE gpkg_geometry_columns(table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INT, z INT, m INT);"
        "CREATE TABLE gpkg_spatial_ref_sys(srs_name TEXT, srs_id INT PRIMARY KEY, organization TEXT, organization_coordsys_id INT, definition TEXT);"
        'CREATE TABLE "管 线"(fid INTEGER PRIMARY KEY, geom BLOB, "管径" INT);'
        f"INSERT INTO gpkg_spatial_ref_sys VALUES('x',{epsg},'EPSG',{epsg},'undefined');"
        f"INSERT INTO gpkg_contents VALUES('管 线','features','管线',{epsg});"
        f"INSERT INTO gpkg_geometry_columns VALUES('管 线','geom','LINESTRING',{epsg},{int(z)},0);"
    )
    for number in range(3):
        line = shapely.LineString([(530_000 + number, 3_380_000), (530_100, 3_380_100)])
        blob = b"GP\x00\x01" + struct.pack("<i", epsg) + shapely.to_wkb(line, byte_order=1)
        db.execute('INSERT INTO "管 线" VALUES(?,?,?)', [number, blob, 300])
    return db.serialize()


def geojson(shapes: list[dict | None], **more: object) -> bytes:
    features = [{"type": "Feature", "geometry": shape, "properties": {"编号": n}} for n, shape in enumerate(shapes)]
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def refused(data: bytes, name: str = "x.zip", **more: object) -> str:
    with pytest.raises(Refusal) as refusal:
        sources.read(data, name, most=MOST, **more)  # type: ignore[arg-type]
    assert refusal.value.reasons[0].message
    return refusal.value.code


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
@pytest.mark.parametrize("kind", [shapefile.POINT, shapefile.POLYLINE, shapefile.POLYGON])
def test_a_shapefile_gives_its_rows_shapes_and_frame(kind: int, encoding: str) -> None:
    source = sources.read(zipped(shp_parts(kind, encoding=encoding)), "a.zip", most=MOST)
    assert source.heads == ["点号", "地面高程" if encoding == "gbk" else "地面高"]  # a name holds ten bytes
    assert source.rows[1] == (2, ["雨1", 21.5])
    assert frames.from_wkt(source.wkt) == 4547 and len(source.shapes) == 3 and source.levels is None


def test_a_wrong_cpg_is_noticed_and_read_right() -> None:
    source = sources.read(zipped({**shp_parts(), "管点.cpg": b"UTF-8"}), "a.zip", most=MOST)
    assert source.rows[0][1][0] == "雨0" and any("UTF-8" in note for note in source.notes)


def test_names_packed_on_windows_are_read_as_they_were_meant() -> None:
    data = zipped({name: body for name, body in shp_parts(stem="AB").items()}).replace(b"AB.", "管".encode("gbk") + b".")
    assert sources.read(data, "a.zip", most=MOST).layer == "管"


def test_several_layers_are_offered() -> None:
    data = zipped({**shp_parts(stem="a"), **shp_parts(shapefile.POLYLINE, stem="b")})
    assert sources.read(data, "a.zip", most=MOST).layers == ["a", "b"]
    assert shaping.census(sources.read(data, "a.zip", most=MOST, layer="b").shapes) == {"线": 3}


def test_heights_of_points_are_kept_apart_from_the_shape() -> None:
    source = sources.read(zipped(shp_parts(shapefile.POINTZ)), "a.zip", most=MOST)
    assert list(source.levels) == [21.5, 22.5, 23.5] and not shapely.has_z(source.shapes).any()
    data = geojson([{"type": "Point", "coordinates": [114.3, 30.5, 20]}])
    assert sources.read(data, "a.geojson", most=MOST).levels[0] == 20


def test_traps_of_zip_files() -> None:
    parts = shp_parts()
    assert refused(zipped({"管点.shp": parts["管点.shp"]})) == "import.shp_parts"
    assert refused(parts["管点.shp"], "管点.shp") == "import.shp_parts"
    assert refused(zipped({"a.txt": b"x"})) == "import.zip_content"
    assert refused(zipped({"a.shp": b"\0" * (30 << 20), "a.dbf": b"x"})) == "import.bomb"
    assert refused(zipped({**parts, "管点.dbf": parts["管点.dbf"][:40]})) == "import.broken"
    assert refused(zipped(shp_parts(count=MOST + 1))) == "import.too_many"
    note = sources.read(zipped(shp_parts(epsg=None)), "a.zip", most=MOST).notes[0]
    assert ".prj" in note


def test_a_geopackage_gives_its_layer_and_reaches_nothing_else(tmp_path) -> None:
    source = sources.read(gpkg(), "a.gpkg", most=MOST)
    assert (source.epsg, source.layer, source.heads) == (4547, "管 线", ["fid", "管径"])
    assert shaping.census(source.shapes) == {"线": 3}
    with contextlib.closing(geopackages._open(gpkg())) as db:
        for statement in (
            f"ATTACH '{tmp_path}/x.db' AS x",
            "CREATE TABLE x(a)",
            "DELETE FROM gpkg_contents",
            "PRAGMA journal_mode=WAL",
        ):
            with pytest.raises(sqlite3.Error):
                db.execute(statement).fetchall()
    assert not (tmp_path / "x.db").exists()


def test_geojson_and_its_traps() -> None:
    point = {"type": "Point", "coordinates": [114.3, 30.5]}
    assert sources.read(geojson([point]), "a.geojson", most=MOST).epsg is None
    said = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
    assert sources.read(geojson([point], crs=said), "a.json", most=MOST).epsg == 4547
    assert refused(b'{"type": "Topology"}', "a.json") == "import.not_geojson"
    assert refused(b"{", "a.json") == "import.broken"
    assert refused(b'{"a":' * 5000, "a.json") == "import.broken"
    assert refused(geojson([]), "a.json") == "import.empty"
    mixed = sources.read(geojson([point, None, {"type": "Point", "coordinates": []}, {"type": "Nonsense"}]), "a.json", most=MOST)
    fitted = shaping.fit(mixed.shapes, "4490", "POINT")
    assert [isinstance(one, shaping.Unfit) for one in fitted] == [False, True, True, True]


def fit(shape: object, frame: str = "4490", geometry: str = "LINESTRING") -> object:
    import numpy as np

    array = np.empty(1, dtype=object)
    array[0] = shape
    return shaping.fit(array, frame, geometry)[0]


def test_shapes_are_brought_into_the_registers_form_or_refused_with_words() -> None:
    point = fit(shapely.Point(530_000, 3_380_000), "4547", "POINT")
    assert (round(point.x, 4), round(point.y, 4), point.srid) == (114.3126, 30.5398, 4490)
    assert fit(shapely.Point(38_530_000, 3_380_000), "4526", "POINT").equals_exact(point, 1e-9)
    assert fit(shapely.from_wkt("MULTILINESTRING((114 30,114.1 30),(114.1 30,114.2 30))")).num_coords == 3
    assert fit(shapely.from_wkt("MULTILINESTRING((114 30,114.1 30),(115 30,115.2 30))")).code == "shape_parts"
    assert fit(shapely.from_wkt("LINESTRING(114 30,114 30)")).code == "shape_valid"
    assert fit(shapely.Point(30, 114), geometry="POINT").code == "shape_swapped"
    assert fit(shapely.Point(1, 1), geometry="POINT").code == "shape_range"
    assert fit(shapely.Point(1e12, 1e12), "4547", "POINT").code == "shape"
    assert fit(shapely.Point(114, 30)).code == "shape_type"
    assert (
        fit(shapely.from_wkt("POLYGON((114 30,114.1 30,114.1 30.1,114 30))"), geometry="MULTIPOLYGON").geom_type == "MultiPolygon"
    )


@pytest.mark.parametrize("epsg", [2383, 4610, 4214, 2437])
def test_old_frames_without_a_known_transformation_are_refused(epsg: int) -> None:
    """Xi'an 80 and Beijing 54: a transformation of accuracy −1 would return the input (foundation.md §13)."""
    with pytest.raises(Refusal) as refusal:
        shaping.mover(str(epsg))
    assert refusal.value.code == "geo.accuracy" and "西安80" in str(refusal.value)


def test_points_picked_on_internet_maps_come_back_to_where_they_are() -> None:
    moved = fit(shapely.Point(114.3122, 30.5379), "gcj02", "POINT")
    assert 400 < ((moved.x - 114.3122) ** 2 + (moved.y - 30.5379) ** 2) ** 0.5 * 100_000 < 900


def test_frames_are_told_from_files_and_numbers() -> None:
    for epsg in (4490, 4547, 4526, 4497, 4509, 2383, 4610):
        assert frames.from_wkt(CRS.from_epsg(epsg).to_wkt("WKT1_ESRI")) == epsg
    own = CRS.from_epsg(4547).to_wkt("WKT1_ESRI").replace("CGCS2000_3_Degree_GK_CM_114E", "测区坐标")
    assert frames.from_wkt(own) == 4547
    assert frames.from_wkt("+init=file:/etc/passwd") == 0 and frames.from_wkt("PROJCS[") == 0
    zone = frames.guess((38_500_000, 3.37e6, 38_510_000, 3.38e6), 0, 114.3)
    assert zone.epsg == 4526 and "38" in zone.reason and zone.warning
    assert frames.guess((19_500_000, 3.37e6, 19_510_000, 3.38e6), 0, 111).epsg == 4497
    assert frames.guess((500_000, 3.37e6, 510_000, 3.38e6), 0, 111.3).epsg == 4546
    assert "写反" in frames.guess((3.37e6, 500_000, 3.38e6, 510_000), 0, 114).warning
    contradicted = frames.guess((38_500_000, 3.37e6, 38_510_000, 3.38e6), 4547, 114.3)
    assert contradicted.epsg == 4526 and "不符" in contradicted.warning
    assert frames.guess((500_000, 3.37e6, 510_000, 3.38e6), 4547, 114.3) == frames.Guess(4547, "文件声明")


def test_columns_are_guessed_once_each_and_memory_wins() -> None:
    names = {"code": ("code", "标识码", "物探点号"), "kind": ("kind", "管类"), "ground_elev": ("地面高程",)}
    heads = ["物探点号", "管类", "地面高程(m)", "X", "备注", "标识码"]
    found = mapping.guess(heads, names, {})
    assert found == {"物探点号": "code", "管类": "kind", "地面高程(m)": "ground_elev", "X": mapping.X}
    assert mapping.guess(heads, names, {"标识码": "code", "物探点号": ""})["标识码"] == "code"


@given(st.lists(st.text(max_size=12), max_size=12, unique=True))
def test_guessing_never_gives_a_field_twice(heads: list[str]) -> None:
    names = {"code": ("code", "编号"), "name": ("名称",), "built_on": ("建成日期", "日期")}
    found = mapping.guess(heads, names, {})
    assert set(found) <= set(heads) and len(set(found.values())) == len(found)


def good_files() -> st.SearchStrategy[tuple[str, bytes]]:
    parts = shp_parts(shapefile.POLYGON)
    point = {"type": "Polygon", "coordinates": [[[114, 30], [114.1, 30], [114.1, 30.1], [114, 30]]]}
    return st.sampled_from(
        [("a.zip", shp_zip()), ("a.gpkg", gpkg()), ("a.json", geojson([point, point])), ("parts.zip", zipped(parts))]
    )


@settings(max_examples=250)
@given(good_files(), st.data())
def test_broken_bytes_end_in_a_refusal(file: tuple[str, bytes], data: st.DataObject) -> None:
    name, body = file
    raw = bytearray(body)
    for _ in range(data.draw(st.integers(0, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    raw = raw[: data.draw(st.integers(0, len(raw)))]
    with contextlib.suppress(Refusal):
        source = sources.read(bytes(raw), name, most=MOST)
        if source.shapes is not None:
            shaping.fit(source.shapes, "4547", "POLYGON")


@settings(max_examples=200)
@given(st.sampled_from([".shp", ".dbf", ".prj", ".cpg"]), st.data())
def test_a_shapefile_with_any_part_mutated_ends_in_a_refusal(part: str, data: st.DataObject) -> None:
    parts = {name[2:]: body for name, body in {**shp_parts(shapefile.POLYLINE), "管点.cpg": b"GBK"}.items()}
    raw = bytearray(parts[part])
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, min(len(raw) - 1, 300)))] = data.draw(st.sampled_from([0, 1, 127, 128, 255, 3]))
    parts[part] = bytes(raw[: data.draw(st.integers(1, len(raw)))])
    from zhujian.foundation.resources.sources import shapefiles

    with contextlib.suppress(Refusal):
        source = shapefiles.read(parts, most=MOST)
        frames.from_wkt(source.wkt)
        shaping.fit(source.shapes, "4547", "LINESTRING")


def test_unpacking_stops_at_its_limits() -> None:
    assert len(archives.unpack(zipped({f"{n}.prj": b"x" for n in range(10)}))) == 10
    assert refused(zipped({f"{n}.prj": b"x" for n in range(archives.ENTRIES_MOST + 1)})) == "import.bomb"
