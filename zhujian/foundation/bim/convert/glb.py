"""A binary glTF 2.0 of one storey: metres, Y up, normals, one material per colour, every vertex knows its element.

``EXT_mesh_features`` carries two feature ids per vertex: `_FEATURE_ID_0` is the element's index in the whole version (what a pick
gives), `_FEATURE_ID_1` its row in the property table of this file (``EXT_structural_metadata``: GlobalId, class, name).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

GREY = (0.78, 0.78, 0.78, 1.0)
FLOAT, USHORT, UINT = 5126, 5123, 5125
ARRAY, ELEMENTS = 34962, 34963
Colour = tuple[float, float, float, float]


@dataclass
class Group:
    """Everything of one colour."""

    positions: list[np.ndarray] = field(default_factory=list)
    normals: list[np.ndarray] = field(default_factory=list)
    indexes: list[np.ndarray] = field(default_factory=list)
    features: list[np.ndarray] = field(default_factory=list)
    rows: list[np.ndarray] = field(default_factory=list)
    count: int = 0


class Drawing:
    """Collects the elements of a storey and writes them."""

    def __init__(self) -> None:
        self.groups: dict[Colour, Group] = {}
        self.table: list[tuple[str, str, str]] = []
        self.low = np.full(3, np.inf)
        self.high = np.full(3, -np.inf)
        self.triangles = 0

    def add(
        self, feature: int, row: tuple[str, str, str], vertices: np.ndarray, normals: np.ndarray, faces: np.ndarray, materials: np.ndarray,
        colours: Sequence[Colour],
    ) -> None:  # fmt: skip
        """One element. `vertices`, `normals` (n, 3) in model metres, Z up, origin already taken off; `faces` (m, 3); `materials` (m,)."""
        place = len(self.table)
        self.table.append(row)
        self.low = np.minimum(self.low, vertices.min(axis=0))
        self.high = np.maximum(self.high, vertices.max(axis=0))
        self.triangles += len(faces)
        for material in np.unique(materials):
            part = faces[materials == material] if len(colours) > 1 else faces
            used, local = np.unique(part, return_inverse=True)
            colour = colours[material] if 0 <= material < len(colours) else GREY
            self._append(colour, vertices[used], normals[used], local.reshape(-1), feature, place)
            if len(colours) <= 1:
                break

    def _append(
        self, colour: Colour, vertices: np.ndarray, normals: np.ndarray, index: np.ndarray, feature: int, place: int
    ) -> None:
        group = self.groups.setdefault(colour, Group())
        group.positions.append(y_up(vertices).astype(np.float32))
        group.normals.append(y_up(normals).astype(np.float32))
        group.indexes.append((index + group.count).astype(np.uint32))
        group.features.append(np.full(len(vertices), feature, np.float32))
        group.rows.append(np.full(len(vertices), place, np.float32))
        group.count += len(vertices)

    def write(self, path: Path) -> None:
        """Write the file; there must be at least one element."""
        buffer = _Buffer()
        primitives, materials, features = [], [], len(self.table)
        for number, (colour, group) in enumerate(sorted(self.groups.items())):
            positions = np.concatenate(group.positions)
            distinct = len(np.unique(np.concatenate(group.rows)))
            small = group.count <= 65_535
            index = np.concatenate(group.indexes).astype(np.uint16 if small else np.uint32)
            attributes = {
                "POSITION": buffer.accessor(positions, FLOAT, "VEC3", ARRAY, bounds=True),
                "NORMAL": buffer.accessor(_unit(np.concatenate(group.normals)), FLOAT, "VEC3", ARRAY),
                "_FEATURE_ID_0": buffer.accessor(np.concatenate(group.features), FLOAT, "SCALAR", ARRAY),
                "_FEATURE_ID_1": buffer.accessor(np.concatenate(group.rows), FLOAT, "SCALAR", ARRAY),
            }
            ids = [  # viewers pick by the first set: the one whose ids lead to names and GlobalIds
                {"featureCount": distinct, "attribute": 1, "label": "storey", "propertyTable": 0},
                {"featureCount": distinct, "attribute": 0, "label": "version"},
            ]
            primitives.append(
                {
                    "attributes": attributes, "indices": buffer.accessor(index, USHORT if small else UINT, "SCALAR", ELEMENTS),
                    "material": number, "mode": 4, "extensions": {"EXT_mesh_features": {"featureIds": ids}},
                }
            )  # fmt: skip
            materials.append(_material(colour))
            group.positions, group.normals, group.indexes = [], [], []
        metadata = {
            "schema": {"id": "bim_element", "classes": {"element": {"name": "构件", "properties": {
                name: {"name": title, "type": "STRING"} for name, title in (("global_id", "GlobalId"), ("ifc_class", "类别"), ("name", "名称"))
            }}}},
            "propertyTables": [{"class": "element", "count": features, "properties": {
                name: buffer.strings([row[place] for row in self.table]) for place, name in enumerate(("global_id", "ifc_class", "name"))
            }}],
        }  # fmt: skip
        gltf = {
            "asset": {"version": "2.0", "generator": "zhujian bim"},
            "extensionsUsed": ["EXT_mesh_features", "EXT_structural_metadata"], "extensions": {"EXT_structural_metadata": metadata},
            "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}], "meshes": [{"primitives": primitives}], "materials": materials,
            "accessors": buffer.accessors, "bufferViews": buffer.views, "buffers": [{"byteLength": buffer.size}],
        }  # fmt: skip
        _write(path, gltf, buffer)


class _Buffer:
    """The binary chunk, eight-byte aligned as property tables demand."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def view(self, data: bytes | np.ndarray, target: int | None = None) -> int:
        """Append bytes; the number of the buffer view."""
        raw = np.ascontiguousarray(data).tobytes() if isinstance(data, np.ndarray) else data
        length = len(raw)
        entry: dict[str, Any] = {"buffer": 0, "byteOffset": self.size, "byteLength": length}
        if target:
            entry["target"] = target
        self.views.append(entry)
        self.parts += [raw, bytes(-length % 8)]
        self.size += length + -length % 8
        return len(self.views) - 1

    def accessor(self, data: np.ndarray, kind: int, shape: str, target: int, *, bounds: bool = False) -> int:
        """Append an array; the number of the accessor."""
        entry: dict[str, Any] = {"bufferView": self.view(data, target), "componentType": kind, "count": len(data), "type": shape}
        if bounds:
            entry["min"], entry["max"] = data.min(axis=0).tolist(), data.max(axis=0).tolist()
        self.accessors.append(entry)
        return len(self.accessors) - 1

    def strings(self, values: Sequence[str]) -> dict[str, Any]:
        """A property of a table: UTF-8 bytes and offsets."""
        encoded = [value.encode() for value in values]
        offsets = np.concatenate([[0], np.cumsum([len(one) for one in encoded])]).astype(np.uint32)
        joined = b"".join(encoded) or b"\0"  # a buffer view may not be empty
        return {"values": self.view(joined), "stringOffsets": self.view(offsets), "stringOffsetType": "UINT32"}


def y_up(vectors: np.ndarray) -> np.ndarray:
    """Model axes (Z up) as glTF's (Y up)."""
    return np.stack([vectors[:, 0], vectors[:, 2], -vectors[:, 1]], axis=1)


def _unit(normals: np.ndarray) -> np.ndarray:
    """Normals of length one; what has no direction points up."""
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    fixed = np.where(length > 1e-6, normals / np.maximum(length, 1e-12), np.array([[0.0, 1.0, 0.0]]))
    return fixed.astype(np.float32)


def _material(colour: Colour) -> dict[str, Any]:
    found: dict[str, Any] = {
        "pbrMetallicRoughness": {
            "baseColorFactor": [round(c, 4) for c in colour],
            "metallicFactor": 0.0,
            "roughnessFactor": 0.85,
        },
        "doubleSided": True,
    }
    if colour[3] < 1:
        found["alphaMode"] = "BLEND"
    return found


def _write(path: Path, gltf: dict[str, Any], buffer: _Buffer) -> None:
    text = json.dumps(gltf, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    # Header and both chunk heads are 28 bytes: four more blanks bring the binary data to a multiple of eight in the file.
    text += b" " * (-(20 + len(text) + 8) % 8)
    total = 12 + 8 + len(text) + 8 + buffer.size
    with path.open("wb") as stream:
        stream.write(struct.pack("<4sII", b"glTF", 2, total))
        stream.write(struct.pack("<I4s", len(text), b"JSON"))
        stream.write(text)
        stream.write(struct.pack("<I4s", buffer.size, b"BIN\0"))
        for part in buffer.parts:
            stream.write(part)
