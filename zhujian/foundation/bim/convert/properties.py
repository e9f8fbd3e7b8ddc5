"""What an element says about itself, and the digest by which two versions are compared."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

import ifcopenshell.util.element as util
import ifcopenshell.util.placement as placement
import numpy as np

from zhujian.foundation.bim.convert.reading import Item, attribute, name_of
from zhujian.foundation.bim.convert.report import text_of

MOST = 24_000  # characters of one element's properties as JSON
ATTRIBUTES = ("Name", "LongName", "Description", "ObjectType", "Tag", "PredefinedType", "OverallWidth", "OverallHeight")
PART = 16  # bytes of each of the three digests


def of(item: Item) -> dict[str, Any]:
    """Attributes, type, materials and property sets, as JSON values; what is too long is cut and says so."""
    entity = item.entity
    found: dict[str, Any] = {"attributes": _attributes(entity)}
    try:
        if (kind := util.get_type(entity)) is not None and kind != entity:
            item.type_name = name_of(kind)
            found["type"] = {"name": item.type_name, "class": kind.is_a()}
        materials = [text_of(one.Name or "", 80) for one in util.get_materials(entity)]
        if any(materials):
            found["materials"] = sorted({one for one in materials if one})
        found["sets"] = {
            text_of(name, 80): {text_of(k, 80): _value(v) for k, v in values.items() if k != "id"}
            for name, values in sorted(util.get_psets(entity).items())
            if isinstance(values, dict)
        }
    except Exception as error:  # a broken relation of a foreign file must not end the check of the others
        found["broken"] = f"属性读取不完整：{text_of(error, 80)}"
    item.type_name = item.type_name or str(found["attributes"].get("ObjectType", ""))[:200]
    if len(json.dumps(found, ensure_ascii=False)) > MOST:
        found = _cut(found)
    return found


def _attributes(entity: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ATTRIBUTES:
        try:
            value = getattr(entity, name, None)
        except Exception:
            continue
        if value not in (None, ""):
            found[name] = _value(value)
    return found


def _value(value: Any, depth: int = 0) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value if abs(value) < 1e15 else text_of(value, 40)
    if isinstance(value, str):
        return text_of(value, 500)
    if isinstance(value, dict) and depth < 2:
        return {text_of(k, 80): _value(v, depth + 1) for k, v in list(value.items())[:50] if k != "id"}
    if isinstance(value, list | tuple) and depth < 2:
        return [_value(one, depth + 1) for one in value[:50]]
    if hasattr(value, "is_a"):
        return attribute(value, "Name") or value.is_a()
    return text_of(value, 200)


def _cut(found: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {**found, "sets": {}, "cut": "属性过多，只显示前一部分。"}
    size = 0
    for name, values in found.get("sets", {}).items():
        size += len(json.dumps(values, ensure_ascii=False))
        if size > MOST:
            break
        kept["sets"][name] = values
    return kept


def matrix_of(entity: Any, scale: float) -> np.ndarray:
    """Placement in model metres, 4×4."""
    try:
        matrix = np.array(placement.get_local_placement(entity.ObjectPlacement), dtype=float)
        matrix[:3, 3] *= scale
        return matrix if matrix.shape == (4, 4) and np.isfinite(matrix).all() else np.eye(4)
    except Exception:
        return np.eye(4)


def digest_of_properties(item: Item, properties: dict[str, Any], storey: str) -> str:
    """Digest of what is said: class, name, type, storey, attributes, materials, property sets."""
    text = json.dumps([item.ifc_class, item.name, item.type_name, storey, properties], ensure_ascii=False, sort_keys=True)
    return blake2b(text.encode(), digest_size=PART).hexdigest()


def digest_of_placement(matrix: np.ndarray) -> str:
    """Digest of where it stands, to a tenth of a millimetre."""
    rounded = np.round(matrix[:3], 4) + 0.0  # + 0.0: no negative zero
    return blake2b(rounded.tobytes(), digest_size=PART).hexdigest()


def digest_of_shape(vertices: np.ndarray, faces: np.ndarray) -> str:
    """Digest of its form in its own coordinates, to a tenth of a millimetre."""
    state = blake2b((np.round(vertices, 4) + 0.0).tobytes(), digest_size=PART)
    state.update(np.ascontiguousarray(faces, dtype=np.int64).tobytes())
    return state.hexdigest()


NO_SHAPE = "0" * (PART * 2)
