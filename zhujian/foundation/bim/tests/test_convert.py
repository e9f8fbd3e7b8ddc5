"""The child's parts one by one: container and header, georeference, rules in words, tiles, quantities."""

from __future__ import annotations

import io
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhujian.foundation.bim import samples
from zhujian.foundation.bim.convert import geometry, georef, glb, ids, quantities, reading, tiles, unpack, work
from zhujian.foundation.bim.convert.report import Findings, Refused
from zhujian.foundation.kernel import geo

FOLDER = Path(__file__).resolve().parents[1] / "ids"
PACKS = (
    ids.Pack("national_delivery", "国家交付规则包", "2026.1", FOLDER / "national_delivery.ids", frozenset({"ND-12"})),
    ids.Pack("fire_egress", "消防疏散规则包", "2026.1", FOLDER / "fire_egress.ids", frozenset({"FE-08"})),
)
JOB = work.Job(most_bytes=50 << 20, ratio=40, most_elements=10_000, most_findings=100, packs=PACKS)


def converted(data: bytes, folder: Path, job: work.Job = JOB) -> dict[str, Any]:
    """Convert in this process."""
    source = folder / "in.ifc"
    source.write_bytes(data)
    return work.convert(source, folder, job, lambda *_: None)


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def ifc4(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    folder = tmp_path_factory.mktemp("ifc4")
    return converted(samples.building("IFC4"), folder), folder


# -- container and header ------------------------------------------------------------------------------------------------


def refusal(data: bytes, folder: Path) -> str:
    path = folder / "x.ifc"
    path.write_bytes(data)
    with pytest.raises(Refused) as told:
        unpack.header(unpack.plain(path, folder, most=20 << 20, ratio=40))
    assert told.value.message.endswith("。")
    return told.value.code


GOOD = samples.building("IFC4", storeys=1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bim.empty"), (b"  \n", "bim.empty"), (b"hello", "bim.header"), (GOOD[: len(GOOD) // 2], "bim.truncated"),
        (b"ISO-10303-21;\nHEADER;\nENDSEC;\nEND-ISO-10303-21;", "bim.schema_missing"), (GOOD.replace(b"'IFC4'", b"'IFC5'"), "bim.schema"),
        (b"PK\x03\x04garbage", "bim.zip_broken"),
    ],
)  # fmt: skip
def test_refused_before_parsing(data: bytes, code: str, tmp_path: Path) -> None:
    assert refusal(data, tmp_path) == code


def packed(*files: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files:
            package.writestr(name, data)
    return stream.getvalue()


def test_zipped(tmp_path: Path) -> None:
    path = tmp_path / "x.ifczip"
    path.write_bytes(packed(("模型.ifc", GOOD)))
    plain = unpack.plain(path, tmp_path, most=20 << 20, ratio=40)
    assert plain.read_bytes() == GOOD and unpack.header(plain).system == "示例建模软件 1.0"
    assert refusal(packed(("a.ifc", GOOD), ("b.ifc", GOOD)), tmp_path) == "bim.zip_content"
    assert refusal(packed(("a.txt", GOOD)), tmp_path) == "bim.zip_content"
    assert refusal(packed(("a.ifc", b"ISO-10303-21;" + b" " * (60 << 20))), tmp_path) == "bim.zip_bomb"


@settings(max_examples=60)
@given(st.data())
def test_header_never_crashes(data: st.DataObject) -> None:
    import tempfile

    raw = bytearray(GOOD[:3000] + b"END-ISO-10303-21;")
    for _ in range(data.draw(st.integers(1, 30))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.ifc")
        path.write_bytes(bytes(raw))
        try:
            unpack.header(unpack.plain(path, Path(folder), most=1 << 20, ratio=40))
        except Refused as refused:
            assert refused.code.startswith("bim.") and refused.message


# -- where it stands -----------------------------------------------------------------------------------------------------


def test_map_conversion(ifc4: tuple[dict[str, Any], Path]) -> None:
    """Scenario 13 of foundation.md §17: 114.3055, 30.5928 is E 529299.860, N 3385869.453 in EPSG:4547."""
    place = ifc4[0]["georef"]
    assert place["kind"] == "map" and place["epsg"] == 4547
    assert place["lon"] == pytest.approx(114.3055, abs=1e-7) and place["lat"] == pytest.approx(30.5928, abs=1e-7)
    # Grid north lies east of true north here: (L − L0)·sin B = 0.3055°·sin 30.5928°.
    assert place["rotation"] == pytest.approx(0.3055 * math.sin(math.radians(30.5928)), abs=1e-4)


def test_turned_model(tmp_path: Path) -> None:
    place = converted(samples.building("IFC4X3", storeys=1, place=samples.Place(angle=90)), tmp_path)["georef"]
    assert place["rotation"] == pytest.approx(270.1555, abs=1e-3)  # X to the north: Y looks west


@pytest.mark.parametrize(("fault", "kind"), [("no_georef", "none"), ("unknown_crs", "map"), ("site_only", "site")])
def test_unplaced(fault: str, kind: str, tmp_path: Path) -> None:
    found = converted(samples.building("IFC4", storeys=1, faults=[fault]), tmp_path)
    check = next(c for c in found["checks"] if c["rule"] == "MD-08")
    assert found["georef"]["kind"] == kind
    assert (found["georef"]["lon"] is not None) == (kind == "site") == (check["status"] == "pass")


def test_position_by_hand(tmp_path: Path) -> None:
    job = work.Job(**{**JOB.__dict__, "hand": {"lon": 114.4, "lat": 30.5, "height": 20.0, "rotation": 15.0}})
    found = converted(samples.building("IFC4", storeys=1, faults=["no_georef"]), tmp_path, job)
    assert (found["georef"]["kind"], found["georef"]["lon"], found["georef"]["rotation"]) == ("hand", 114.4, 15.0)


@pytest.mark.parametrize(
    ("name", "code"),
    [("EPSG:4547", 4547), ("epsg: 4526", 4526), ("urn:ogc:def:crs:EPSG::4549", 4549), ("CGCS2000 / 3-degree Gauss-Kruger CM 114E", 4547),
     ("4547", None), ("武汉2000", None), ("", None), ("EPSG:4547; DROP", None)],
)  # fmt: skip
def test_frames_are_never_guessed(name: str, code: int | None) -> None:
    assert georef.epsg_of(name) == code


def test_frame_without_accuracy_is_refused() -> None:
    found = georef.place(georef.Georef("map", 2436, "EPSG:2436", easting=500_000, northing=3_400_000), (0, 0, 0))  # Beijing 54
    assert not found.placed and "EPSG:2436" in found.problem or "参数" in found.problem


@given(st.floats(110, 118), st.floats(29, 33.5), st.floats(-50, 500), st.floats(0, 360))
def test_transform_is_a_turn_at_the_point(lon: float, lat: float, height: float, rotation: float) -> None:
    m = np.array(tiles.transform(lon, lat, height, rotation)).reshape(4, 4).T
    turn = m[:3, :3]
    assert np.allclose(turn.T @ turn, np.eye(3), atol=1e-12) and np.linalg.det(turn) == pytest.approx(1)
    assert np.allclose(m[:3, 3], geo.geocentric(lon, lat, height), atol=1e-3)


@pytest.mark.parametrize(
    ("parts", "value"),
    [((30, 35, 34, 80_000), 30.5928), ((-87, -38, -21, -839_999), -87.6394), ((1, 30, 0), 1.5), ((1,), None), ("x", None)],
)
def test_plane_angles(parts: Any, value: float | None) -> None:
    found = georef.degrees(parts)
    assert found == (None if value is None else pytest.approx(value, abs=1e-6))


# -- rules ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", PACKS, ids=lambda p: p.key)
def test_own_reading_of_a_pack_is_that_of_the_schema(pack: ids.Pack) -> None:
    from ifctester import ids as library

    theirs = library.open(str(pack.path), validate=True)
    ours = ids.read(pack.path)
    assert len(ours) == len(theirs.specifications) > 8
    for rule, other in zip(ours, theirs.specifications, strict=True):
        assert rule.code and rule.name == other.name and list(rule.schemas) == other.ifcVersion
        assert rule.instructions == other.instructions and rule.description == other.description
        assert (rule.least, rule.most) == (other.minOccurs, other.maxOccurs)
        for mine, wanted in ((rule.applicability, other.applicability), (rule.requirements, other.requirements)):
            assert sorted(str(f.asdict("requirement")) for f in mine) == sorted(str(f.asdict("requirement")) for f in wanted)


def test_good_model_keeps_every_rule(ifc4: tuple[dict[str, Any], Path]) -> None:
    failed = {c["rule"] for c in ifc4[0]["checks"] if c["status"] == "fail"}
    assert failed == {"ND-12"}  # no classification: advisory
    assert ifc4[0]["level"] == 6 and ifc4[0]["elements"] == 52 and ifc4[0]["spaces"] == 12


FAULTY = [
    ("narrow_door", "FE-01", "0.65", "不小于 0.8"), ("no_fire_rating", "FE-05", "没有填写", "FireRating"), ("nameless", "ND-05", "未命名", "Name"),
    ("duplicate_id", "MD-06", "重复", "GlobalId"), ("no_units", "MD-05", "单位", "没有声明"), ("no_spaces", "ND-04", "没有", "空间"),
    ("lost_element", "MD-04", "没有归属", "未归属楼层"), ("steep_stair", "FE-08", "0.19", "不大于 0.175"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "rule", "found", "wanted"), FAULTY)
def test_each_fault_is_told_with_its_element(fault: str, rule: str, found: str, wanted: str, tmp_path: Path) -> None:
    result = converted(samples.building("IFC4X3", faults=[fault]), tmp_path)
    check = next(c for c in result["checks"] if c["rule"] == rule)
    assert check["status"] == "fail" and check["failed"] >= 1
    told = [row for row in rows(tmp_path, "findings.ndjson") if row["rule"] == rule]
    assert found in told[0]["message"] and wanted in told[0]["message"] and told[0]["demand"]
    if fault not in ("no_units", "no_spaces"):
        assert len(told[0]["global_id"]) == 22 and told[0]["element"] is not None


def test_rules_agree_with_ifctester(tmp_path: Path) -> None:
    """The same elements fail when ifctester runs its own loop over the same pack."""
    import ifcopenshell
    from ifctester import ids as library

    (tmp_path / "x.ifc").write_bytes(samples.building("IFC4", faults=["narrow_door", "no_fire_rating", "steep_stair"]))
    model = reading.open_model(tmp_path / "x.ifc")
    reading.structure(model, 1000)
    for pack in PACKS:
        findings = Findings(1000)
        ids.apply(model, pack, findings)
        theirs = library.open(str(pack.path))
        theirs.validate(ifcopenshell.open(str(tmp_path / "x.ifc")))
        expected = [{e.GlobalId for e in rule.failed_entities} for rule in theirs.specifications]
        ours = [{f.global_id for f in findings.faults if f.rule == check.rule} for check in findings.checks]
        assert ours == expected and any(ours)


# -- drawing and counting ------------------------------------------------------------------------------------------------


def test_quantities(ifc4: tuple[dict[str, Any], Path]) -> None:
    found = {(row["storey"], row["ifc_class"], row["type_name"]): row for row in rows(ifc4[1], "quantities.ndjson")}
    slab = found[0, "IfcSlab", "现浇板120"]
    assert (slab["area_m2"], slab["volume_m3"], slab["source"]) == (108.0, 12.96, "mesh|qto|qto")
    outer = found[0, "IfcWall", "外墙240"]
    assert (
        outer["count"] == 4 and outer["length_m"] == pytest.approx(12 + 12 + 8.52 + 8.52) and outer["source"].startswith("qto|")
    )
    inner = found[0, "IfcWall", "内墙200"]  # no quantity set: the mesh, less the door
    assert inner["volume_m3"] == pytest.approx(0.2 * (8.52 * 2.88 - 0.9 * 2.1), abs=1e-4) and inner["source"] == "mesh|mesh|mesh"
    assert inner["area_m2"] == pytest.approx(8.52 * 2.88 - 0.9 * 2.1, abs=1e-4)
    rooms = found[0, "IfcSpace", ""]
    assert rooms["area_m2"] == pytest.approx(4 * 5.5 * 4.1) and rooms["volume_m3"] == pytest.approx(4 * 5.5 * 4.1 * 2.88)


@given(st.floats(0.05, 50), st.floats(0.05, 50), st.floats(0.05, 50))
def test_a_box_has_its_volume(x: float, y: float, z: float) -> None:
    corners = np.array([[i, j, k] for i in (0, x) for j in (0, y) for k in (0, z)])
    faces = np.array(
        [
            [0, 1, 3],
            [0, 3, 2],
            [4, 6, 7],
            [4, 7, 5],
            [0, 4, 5],
            [0, 5, 1],
            [2, 3, 7],
            [2, 7, 6],
            [0, 2, 6],
            [0, 6, 4],
            [1, 5, 7],
            [1, 7, 3],
        ]
    )
    found = quantities.complete(quantities.Amount(), corners + 1000.0, faces)
    assert found.volume == pytest.approx(x * y * z, rel=1e-6) and found.area == pytest.approx(max(x * y, y * z, x * z), rel=1e-6)
    assert found.length == pytest.approx(max(x, y, z), rel=1e-6) and found.sources == ("mesh",) * 3
    assert quantities.complete(quantities.Amount(), corners, faces[1:]).volume is None  # not closed: no volume


def test_far_coordinates_are_taken_near(tmp_path: Path) -> None:
    """A model drawn at map coordinates keeps its millimetres in 32-bit floats."""
    text = samples.building("IFC4", storeys=1).decode()
    model_path = tmp_path / "far.ifc"
    model_path.write_text(text)
    model = reading.open_model(model_path)
    site = model.file.by_type("IfcSite")[0]
    site.ObjectPlacement.RelativePlacement.Location.Coordinates = (529_299_860.0, 3_385_869_450.0, 0.0)
    model.file.write(str(model_path))
    found = work.convert(model_path, tmp_path, JOB, lambda *_: None)
    assert found["offset"][0] == pytest.approx(529_300, abs=20) and found["offset"][1] == pytest.approx(3_385_870, abs=20)
    assert max(abs(v) for v in found["storeys"][0]["low"] + found["storeys"][0]["high"]) < 40


def test_colours_of_one_element_are_kept_apart() -> None:
    drawing = glb.Drawing()
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
    faces = np.array([[0, 1, 2], [0, 1, 3]])
    drawing.add(
        7, ("g", "IfcWall", "墙"), vertices, np.tile([0.0, 0, 1], (4, 1)), faces, np.array([0, 1]), [(1, 0, 0, 1), (0, 1, 0, 0.5)]
    )
    assert len(drawing.groups) == 2 and {g.count for g in drawing.groups.values()} == {3}


def test_level() -> None:
    assert [work.level(*given) for given in ((0, 0, 5), (3, 0, 5), (3, 2, 0), (3, 2, 5))] == [4, 4, 5, 6]


def test_geometry_yields_only_what_has_a_body(tmp_path: Path) -> None:
    (tmp_path / "x.ifc").write_bytes(GOOD)
    model = reading.open_model(tmp_path / "x.ifc")
    reading.structure(model, 1000)
    stair = next(item for item in model.items if item.ifc_class == "IfcStair")
    assert not geometry.solid(stair) and list(geometry.shapes(model, [])) == []
    with pytest.raises(Refused):
        reading.structure(model, 3)
