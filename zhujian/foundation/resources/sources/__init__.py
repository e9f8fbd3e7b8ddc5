"""Foreign files with geometry: shapefiles, GeoPackages, GeoJSON and plain tables, read into one form before anything is believed.

Nothing here goes through GDAL: a user's file is parsed by code that opens no other file and no address. Every fault of a file is one
`Refusal` with a sentence that says what to do; a fault of one feature stays with that feature.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources import sheets

HEADS_MOST = 300
SUFFIXES = (".zip", ".gpkg", ".geojson", ".json")


@dataclass
class Source:
    """What a file holds. Coordinates are still in the file's own frame; `shapes` is None for a plain table.

    `rows`: (number as the person counts it, cells). `levels`: Z of point features (NaN where there is none), None without Z.
    """

    kind: str  # shp, gpkg, geojson, table
    heads: list[str]
    rows: list[tuple[int, list[Any]]]
    shapes: np.ndarray | None = None
    levels: np.ndarray | None = None
    wkt: str = ""  # the frame as the file says it, in WKT
    epsg: int | None = None  # or by number
    layer: str = ""
    layers: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what was noticed while reading, in sentences


def looks_spatial(data: bytes, name: str) -> bool:
    """Whether a file is one of the formats that carry geometry (an .xlsx is a zip too, but a table)."""
    if data[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return "xl/workbook.xml" not in archive.namelist()
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError, NotImplementedError):
            return not name.lower().endswith((".xlsx", ".xlsm"))
    return (
        data[:6] == b"SQLite"
        or name.lower().endswith((*SUFFIXES, ".shp", ".dbf", ".shx", ".prj"))
        or data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{"
    )


def read(data: bytes, name: str, *, most: int, layer: str = "") -> Source:
    """The features of a file; `layer` names one of several. Refusal when it is none of the formats, broken, or has over `most`."""
    from zhujian.foundation.resources.sources import archives, geojsons, geopackages

    if not data:
        raise Refusal("import.empty", "文件是空的，请重新选择。", "file")
    if name.lower().endswith((".shp", ".dbf", ".shx", ".prj")):
        raise _lone()
    if not looks_spatial(data, name):
        table = sheets.read(data, name, most_rows=most)
        return Source("table", _distinct(table.heads), table.rows)
    if data[:4] == b"PK\x03\x04":
        source = archives.read(data, most=most, layer=layer)
    elif data[:6] == b"SQLite":
        source = geopackages.read(data, most=most, layer=layer)
    else:
        source = geojsons.read(data, most=most)
    if len(source.heads) > HEADS_MOST:
        raise Refusal("import.heads", f"属性列超过 {HEADS_MOST} 个，不像是设施成果，请只保留需要的列。", "file")
    if not source.rows:
        raise Refusal("import.empty", "文件里没有要素，请检查导出时选择的图层。", "file")
    source.heads = _distinct(source.heads)
    return source


def _distinct(heads: list[str]) -> list[str]:
    """Headings that differ from one another: 名称, 名称_2."""
    seen: dict[str, int] = {}
    found = []
    for head in heads:
        seen[head] = seen.get(head, 0) + 1
        found.append(head if seen[head] == 1 else f"{head}_{seen[head]}")
    return found


def _lone() -> Refusal:
    return Refusal(
        "import.shp_parts", "SHP 由 .shp、.shx、.dbf、.prj 等多个文件组成，请把它们一起压缩成一个 .zip 再上传。", "file"
    )


def too_many(most: int) -> Refusal:
    """The refusal of a file with more than `most` features."""
    return Refusal("import.too_many", f"一次最多导入 {most:,} 个要素，请按图幅或图层拆成几个文件。", "file")


def broken(what: str, cause: str = "") -> Refusal:
    """The refusal of a damaged file of the format `what`."""
    return Refusal("import.broken", f"{what}已损坏或不完整{f'（{cause}）' if cause else ''}，请重新导出后再上传。", "file")
