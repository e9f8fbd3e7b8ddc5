"""GeoJSON (RFC 7946, and the older ``crs`` member, which says a frame other than longitude and latitude)."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import orjson
import shapely

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources.sources import Source, broken, too_many
from zhujian.foundation.resources.sources.geopackages import levels_of


def read(data: bytes, *, most: int) -> Source:
    """The features of a FeatureCollection, or one feature."""
    try:
        document = orjson.loads(_text(data))
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise broken("GeoJSON 文件", "不是有效的 JSON") from error
    features = _features(document)
    if len(features) > most:
        raise too_many(most)
    heads: dict[str, int] = {}
    for feature in features:
        properties = feature.get("properties")
        for name in properties if isinstance(properties, dict) else ():
            heads.setdefault(name, len(heads))
        if len(heads) > 1000:
            break
    rows, texts = [], []
    for number, feature in enumerate(features, 1):
        properties = feature.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        rows.append((number, [_cell(properties.get(name)) for name in heads]))
        shape = feature.get("geometry")
        texts.append(orjson.dumps(shape).decode() if isinstance(shape, dict) else None)
    shapes = _shapes(texts)
    epsg = _crs(document)
    made = Source("geojson", list(heads), rows, shapely.force_2d(shapes), levels_of(shapes), epsg=epsg)
    if epsg is None:
        made.notes.append("GeoJSON 没有说明坐标系；按标准应为经纬度，请核对是否 CGCS2000。")
    return made


def _text(data: bytes) -> bytes:
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return data.decode("gb18030").encode()
        except UnicodeError as error:
            raise Refusal("import.encoding", "文件的文字编码无法识别，请另存为 UTF-8 编码。", "file") from error
    return data


def _features(document: Any) -> list[dict[str, Any]]:
    if isinstance(document, dict) and document.get("type") == "Feature":
        return [document]
    found = document.get("features") if isinstance(document, dict) and document.get("type") == "FeatureCollection" else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Refusal("import.not_geojson", "文件不是 GeoJSON 要素集（FeatureCollection），请在制图软件中重新导出。", "file")
    return found


def _shapes(texts: list[str | None]) -> np.ndarray:
    try:
        return shapely.from_geojson(np.array(texts, dtype=object), on_invalid="ignore")
    except (shapely.errors.ShapelyError, ValueError, RecursionError) as error:
        raise broken("GeoJSON 文件", "图形无法读取") from error


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return orjson.dumps(value).decode()
    return value


def _crs(document: Any) -> int | None:
    said = document.get("crs") if isinstance(document, dict) else None
    properties = said.get("properties") if isinstance(said, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if "CRS84" in name:
        return 4326
    found = re.search(r"EPSG:{1,2}(?:[\d.]*:)?(\d{4,6})$", name)
    return int(found.group(1)) if found else None
