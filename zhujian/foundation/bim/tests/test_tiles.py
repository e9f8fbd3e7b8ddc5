"""The drawn tiles: what stands in them, byte by byte, and what readers say that were not written here (docs/bim.md)."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyproj import Geod

from tests import readers
from zhujian.foundation.bim import samples
from zhujian.foundation.bim.tests.test_convert import converted, rows


@pytest.fixture(scope="module")
def ifc4(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    folder = tmp_path_factory.mktemp("ifc4")
    return converted(samples.building("IFC4"), folder), folder


def chunks(path: Path) -> tuple[dict[str, Any], bytes]:
    raw = path.read_bytes()
    magic, version, total = struct.unpack_from("<4sII", raw)
    length = struct.unpack_from("<I", raw, 12)[0]
    assert (magic, version, total) == (b"glTF", 2, len(raw))
    return json.loads(raw[20 : 20 + length]), raw[28 + length :]


def accessor(gltf: dict[str, Any], data: bytes, number: int) -> np.ndarray:
    one = gltf["accessors"][number]
    view = gltf["bufferViews"][one["bufferView"]]
    kind = {5126: np.float32, 5123: np.uint16, 5125: np.uint32}[one["componentType"]]
    width = {"SCALAR": 1, "VEC3": 3}[one["type"]]
    found = np.frombuffer(data, kind, one["count"] * width, view["byteOffset"])
    return found.reshape(-1, width) if width > 1 else found


def test_tiles_hold_what_they_say(ifc4: tuple[dict[str, Any], Path]) -> None:
    """OGC 22-025r4: version, refine, errors falling to the leaves, content inside its box and that inside the parent's; ids on every vertex."""
    result, folder = ifc4
    tileset = json.loads((folder / "tileset.json").read_text())
    root = tileset["root"]
    assert (
        tileset["asset"]["version"] == "1.1"
        and tileset["geometricError"] >= root["geometricError"] > 0
        and root["refine"] == "ADD"
    )
    assert len(root["transform"]) == 16 and len(root["children"]) == 3
    whole = np.array(root["boundingVolume"]["box"])
    elements = {row["index"]: row for row in rows(folder, "elements.ndjson")}
    seen: set[int] = set()
    for child in root["children"]:
        gltf, data = chunks(folder / child["content"]["uri"])
        box = np.array(child["boundingVolume"]["box"])
        half = np.array([box[3], box[7], box[11]])
        assert (np.abs(box[:3] - whole[:3]) + half <= np.array([whole[3], whole[7], whole[11]]) + 1e-3).all()
        table = gltf["extensions"]["EXT_structural_metadata"]["propertyTables"][0]
        for primitive in gltf["meshes"][0]["primitives"]:
            points = accessor(gltf, data, primitive["attributes"]["POSITION"])
            up = np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1)
            assert (np.abs(up - box[:3]) <= half + 1e-4).all()
            normals = accessor(gltf, data, primitive["attributes"]["NORMAL"])
            assert np.allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
            features = accessor(gltf, data, primitive["attributes"]["_FEATURE_ID_0"])
            local = accessor(gltf, data, primitive["attributes"]["_FEATURE_ID_1"])
            assert local.max() < table["count"] and len(points) == len(features) == len(local)
            first, second = primitive["extensions"]["EXT_mesh_features"]["featureIds"]
            assert first["featureCount"] == second["featureCount"] == len(np.unique(features)) and "propertyTable" in first
            assert accessor(gltf, data, primitive["indices"]).max() < len(points)
            seen |= set(features.astype(int).tolist())
    drawn = {i for i, row in elements.items() if row["box"] is not None and row["ifc_class"] != "IfcSpace"}
    assert seen == drawn and result["triangles"] > 300


def by_index(folder: Path) -> dict[int, dict[str, Any]]:
    """Elements of a conversion by feature index."""
    return {row["index"]: row for row in rows(folder, "elements.ndjson")}


def test_readers_not_written_here_take_every_tile(ifc4: tuple[dict[str, Any], Path], tmp_path: Path) -> None:
    """3d-tiles-renderer and Khronos' glTF validator on IFC4 and IFC4.3: tiles, boxes, feature ids, place on the earth, a picked element."""
    converted(samples.building("IFC4X3"), tmp_path)
    for folder in (ifc4[1], tmp_path):
        found = readers.read_whole(folder, by_index(folder))
        assert len(found["tiles"]) == 4
        top = by_index(folder)[found["picked"]["id"]]
        assert top["ifc_class"] == "IfcSlab" and found["picked"]["z"] == pytest.approx(top["box"][5], abs=1e-3)
    place = ifc4[0]["georef"]
    (lon, lat, height), north = found["origin"], found["north"]
    assert (lon, lat) == pytest.approx((place["lon"], place["lat"]), abs=1e-8) and height == pytest.approx(
        place["height"], abs=1e-3
    )
    azimuth, _, metres = Geod(ellps="WGS84").inv(lon, lat, *north[:2])
    assert azimuth == pytest.approx(place["rotation"], abs=1e-3) and metres == pytest.approx(100, abs=0.01)


def test_the_readers_do_complain(ifc4: tuple[dict[str, Any], Path], tmp_path: Path) -> None:
    """The proof above can fail: a box too small, an error that grows, a file that is missing or cut off."""
    shutil.copytree(ifc4[1], tmp_path, dirs_exist_ok=True)
    tileset = json.loads((tmp_path / "tileset.json").read_text())
    first, second, third = tileset["root"]["children"]
    first["boundingVolume"]["box"][11] /= 2
    second["geometricError"] = 99
    third["content"]["uri"] = "storeys/9.glb"
    (tmp_path / "tileset.json").write_text(json.dumps(tileset))
    faults = " ".join(readers.tileset(tmp_path, 6, 4.5)["faults"])
    for words in ("outside tile bounding volume", "geometric error is larger", "storeys/9.glb"):
        assert words in faults
    cut = tmp_path / "storeys" / "0.glb"
    cut.write_bytes(cut.read_bytes()[:-100])
    assert readers.gltf([cut])[0]["errors"] > 0
