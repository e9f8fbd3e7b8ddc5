"""A small building as GLB: boxes with `_FEATURE_ID_0` (EXT_mesh_features), written by hand so that the viewers are tested against bytes
that no other part of the platform made. glTF: metres, Y up."""

from __future__ import annotations

import json
import struct
from array import array

Box = tuple[float, float, float, float, float, float]  # x0, y0, z0, x1, y1, z1
FACES = (
    ((0, 1, 3, 2), (-1, 0, 0)), ((4, 6, 7, 5), (1, 0, 0)), ((0, 4, 5, 1), (0, -1, 0)), ((2, 3, 7, 6), (0, 1, 0)),
    ((0, 2, 6, 4), (0, 0, -1)), ((1, 5, 7, 3), (0, 0, 1)),
)  # fmt: skip


def glb(elements: list[tuple[int, Box, tuple[float, float, float, float]]]) -> bytes:
    """GLB of `elements`: (feature id, box, RGBA). One mesh primitive per colour."""
    chunks, views, accessors, primitives, materials = bytearray(), [], [], [], []

    def add(data: bytes, target: int, kind: int, shape: str, count: int, **more: object) -> int:
        while len(chunks) % 4:
            chunks.append(0)
        views.append({"buffer": 0, "byteOffset": len(chunks), "byteLength": len(data), "target": target})
        chunks.extend(data)
        accessors.append({"bufferView": len(views) - 1, "componentType": kind, "type": shape, "count": count, **more})
        return len(accessors) - 1

    for colour in dict.fromkeys(colour for _, _, colour in elements):
        points, normals, ids, index = array("f"), array("f"), array("f"), array("I")
        for feature, box, own in elements:
            if own != colour:
                continue
            corners = [(box[0 if not i & 4 else 3], box[1 if not i & 2 else 4], box[2 if not i & 1 else 5]) for i in range(8)]
            for face, normal in FACES:
                first = len(ids)
                for corner in face:
                    points.extend(corners[corner])
                    normals.extend(normal)
                    ids.append(feature)
                index.extend([first, first + 1, first + 2, first, first + 2, first + 3])
        low, high = [[f(points[axis::3]) for axis in range(3)] for f in (min, max)]
        attributes = {
            "POSITION": add(points.tobytes(), 34962, 5126, "VEC3", len(ids), min=low, max=high),
            "NORMAL": add(normals.tobytes(), 34962, 5126, "VEC3", len(ids)),
            "_FEATURE_ID_0": add(ids.tobytes(), 34962, 5126, "SCALAR", len(ids)),
        }
        count = len({feature for feature, _, own in elements if own == colour})
        materials.append(
            {
                "pbrMetallicRoughness": {"baseColorFactor": colour, "metallicFactor": 0},
                **({"alphaMode": "BLEND"} if colour[3] < 1 else {}),
            }
        )
        primitives.append(
            {
                "attributes": attributes, "indices": add(index.tobytes(), 34963, 5125, "SCALAR", len(index)), "material": len(materials) - 1,
                "extensions": {"EXT_mesh_features": {"featureIds": [{"featureCount": count, "attribute": 0}]}},
            }
        )  # fmt: skip
    while len(chunks) % 4:
        chunks.append(0)
    document = {
        "asset": {"version": "2.0"}, "extensionsUsed": ["EXT_mesh_features"], "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": primitives}], "materials": materials, "accessors": accessors, "bufferViews": views,
        "buffers": [{"byteLength": len(chunks)}],
    }  # fmt: skip
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(chunks), 0x004E4942) + bytes(chunks)
    return struct.pack("<III", 0x46546C67, 2, 12 + len(body)) + body


WALL, SLAB, DOOR, GLASS = (0.86, 0.82, 0.76, 1.0), (0.72, 0.74, 0.77, 1.0), (0.55, 0.38, 0.24, 1.0), (0.55, 0.75, 0.9, 0.4)
TYPES = {"IfcSlab": "楼板", "IfcWall": "墙", "IfcDoor": "门", "IfcWindow": "窗"}


def building(
    storeys: int = 2, *, first: int = 0, without: frozenset[str] = frozenset(), extra: bool = False
) -> tuple[dict, list[bytes]]:
    """A house of 12 × 8 m: its tree (as ``/bim/versions/<id>/tree.json``) and one GLB per storey.

    GlobalIds are ``<storey>-<name>``; `without` leaves elements out, `extra` adds a wall on the ground floor; numbers begin at `first`.
    """
    tree, files, number = [], [], first
    for storey in range(storeys):
        base = storey * 3.0
        parts: list[tuple[str, str, Box, tuple[float, float, float, float]]] = [
            ("IfcSlab", "楼板", (0, base - 0.2, 0, 12, base, 8), SLAB),
            ("IfcWall", "南墙", (0, base, 7.8, 12, base + 2.8, 8), WALL), ("IfcWall", "北墙", (0, base, 0, 12, base + 2.8, 0.2), WALL),
            ("IfcWall", "西墙", (0, base, 0.2, 0.2, base + 2.8, 7.8), WALL), ("IfcWall", "东墙", (11.8, base, 0.2, 12, base + 2.8, 7.8), WALL),
            ("IfcDoor", "入户门", (2, base, 8, 3, base + 2.1, 8.06), DOOR), ("IfcWindow", "南窗", (7.5, base + 0.9, 8, 9.5, base + 2.2, 8.05), GLASS),
        ]  # fmt: skip
        if extra and storey == 0:
            parts.append(("IfcWall", "内隔墙", (4, base, 0.2, 4.1, base + 2.8, 7.8), WALL))
        kinds: dict[str, list] = {}
        elements = []
        for kind, name, box, colour in parts:
            key = f"{storey + 1}-{name}"
            if key in without:
                continue
            kinds.setdefault(kind, []).append([number, key, f"{storey + 1}层{name}"])
            elements.append((number, box, colour))
            number += 1
        types = [{"ifc_class": kind, "label": TYPES[kind], "elements": rows} for kind, rows in kinds.items()]
        tree.append({"id": storey, "name": f"{storey + 1}层", "elevation": base, "glb": f"storeys/{storey}.glb", "types": types})
        files.append(glb(elements))
    return {"storeys": tree, "origin": {"lon": 114.395, "lat": 30.508, "height": 25, "rotation": 0}}, files
