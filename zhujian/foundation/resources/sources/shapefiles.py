"""ESRI shapefiles, through pyshp (which here gets bytes only and opens nothing itself)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapefile
import shapely

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources.sources import Source, broken, too_many

POINTS, LINES, AREAS, MANY = {1, 11, 21}, {3, 13, 23}, {5, 15, 25}, {8, 18, 28}
WITH_Z = {11, 13, 15, 18}
_PAGES = {0x4D: "gbk", 0x7A: "gbk", 0x4E: "cp949", 0x4F: "big5", 0x57: ""}  # dBASE language drivers that matter here


class _OtherEncoding(Exception):
    """The attribute table is not in the encoding that was tried."""


def read(parts: dict[str, bytes], *, most: int) -> Source:
    """The layer whose parts are given by suffix (``.shp``, ``.dbf``, ``.shx``, ``.prj``, ``.cpg``)."""
    missing = [suffix for suffix in (".shp", ".dbf") if suffix not in parts]
    if missing:
        raise Refusal("import.shp_parts", f"压缩包里缺少 {'、'.join(missing)} 文件，请把图层的全部文件一起压缩后上传。", "file")
    if len(parts[".dbf"]) >= 8 and int.from_bytes(parts[".dbf"][4:8], "little") > most:
        raise too_many(most)
    notes: list[str] = []
    try:
        shapes, levels = _shapes(parts, most)
        heads, rows = _records(parts, notes, most)
    except Refusal:
        raise
    except Exception as error:  # pyshp lets many kinds through for malformed bytes; all mean the same to the person
        raise broken("SHP 文件") from error
    if len(rows) != len(shapes):
        raise broken("SHP 文件", f"图形 {len(shapes)} 个，属性 {len(rows)} 行")
    wkt = parts.get(".prj", b"").decode("utf-8", "replace").strip("\ufeff\x00 \r\n")
    if not wkt:
        notes.append("没有 .prj 文件，坐标系须由您指明。")
    return Source("shp", heads, [(n, cells) for n, cells in enumerate(rows, 1)], shapes, levels, wkt=wkt, notes=notes)


def _shapes(parts: dict[str, bytes], most: int) -> tuple[np.ndarray, np.ndarray | None]:
    reader = shapefile.Reader(shp=io.BytesIO(parts[".shp"]))
    kind = reader.shapeType
    if kind == 31:
        raise Refusal("import.multipatch", "图层是三维多面体（MultiPatch），这里需要点、线或面，请转换后再上传。", "file")
    if kind not in POINTS | LINES | AREAS | MANY | {0}:
        raise broken("SHP 文件", f"图形类型 {kind}")
    made: list[Any] = []
    levels: list[float] = []
    for shape in reader.iterShapes():
        if len(made) >= most:
            raise too_many(most)
        made.append(_shape(shape))
        if kind == 11:
            levels.append(float(shape.z[0]) if shape.shapeType == 11 and shape.z else np.nan)
    array = np.empty(len(made), dtype=object)
    array[:] = made
    return array, np.array(levels) if kind == 11 else None


def _shape(shape: Any) -> Any:
    """One shape without Z; None where the record has none."""
    kind = shape.shapeType
    if kind == 0 or not shape.points:
        return None
    points = np.asarray(shape.points, dtype=float)[:, :2]
    if kind in POINTS:
        return shapely.points(points[0])
    if kind in MANY:
        return shapely.multipoints(points)
    if kind in LINES:
        starts = [*shape.parts, len(points)]
        runs = [points[a:b] for a, b in zip(starts, starts[1:], strict=False) if b - a >= 2]
        lines = [shapely.linestrings(run) for run in runs]
        return None if not lines else lines[0] if len(lines) == 1 else shapely.multilinestrings(lines)
    from shapely.geometry import shape as from_mapping

    try:
        return shapely.force_2d(from_mapping(shape.__geo_interface__))
    except Exception:  # rings of fewer than four points and the like: a fault of this feature, reported with its row
        return None


def _records(parts: dict[str, bytes], notes: list[str], most: int) -> tuple[list[str], list[list[Any]]]:
    last: _OtherEncoding | None = None
    for number, encoding in enumerate(_encodings(parts)):
        try:
            found = _decode(parts, encoding, most)
        except _OtherEncoding as error:
            last = error
            continue
        if number and parts.get(".cpg"):
            notes.append(
                f"文字编码声明为 {parts['.cpg'][:20].decode('ascii', 'replace').strip()}，实际按 {encoding} 读取，请核对中文是否正确。"
            )
        return found
    raise Refusal(
        "import.encoding", "属性表的文字编码无法识别，请在 .cpg 文件中注明（UTF-8 或 GBK）后重新压缩上传。", "file"
    ) from last


def _encodings(parts: dict[str, bytes]) -> Iterator[str]:
    """Encodings to try: what the .cpg file says, what the table's language byte says, then the usual two."""
    import codecs

    said = parts.get(".cpg", b"")[:40].decode("ascii", "ignore").strip().lower().replace("ansi ", "cp").replace(" ", "")
    tried = set()
    for name in (
        f"cp{said}" if said.isdigit() else said,
        _PAGES.get(parts[".dbf"][29] if len(parts[".dbf"]) > 29 else 0, ""),
        "utf-8",
        "gb18030",
    ):
        name = {"cp936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "cp65001": "utf-8"}.get(name, name)
        try:
            name = codecs.lookup(name).name if name else ""
        except (LookupError, ValueError):
            continue
        if (
            name
            and name not in tried
            and name not in ("base64", "zlib", "hex", "bz2", "rot13", "uu", "quopri", "idna", "punycode")
        ):
            tried.add(name)
            yield name


def _decode(parts: dict[str, bytes], encoding: str, most: int) -> tuple[list[str], list[list[Any]]]:
    """Heads and rows of the attribute table in one encoding. `_OtherEncoding` when it is another."""
    table = _whole_names(parts[".dbf"], encoding)
    try:
        reader = shapefile.Reader(dbf=io.BytesIO(table), encoding=encoding)
        heads = [field[0] for field in reader.fields if field[0] != "DeletionFlag"]
        rows: list[list[Any]] = []
        for record in reader.iterRecords():
            if len(rows) >= most:
                raise too_many(most)
            rows.append([value.strip() if isinstance(value, str) else value for value in record])
    except (shapefile.ShapefileException, UnicodeDecodeError) as error:
        if isinstance(error, UnicodeDecodeError) or "decode" in str(error):  # pyshp speaks of encodings in its own words
            raise _OtherEncoding from error
        raise
    return heads, rows


def _whole_names(table: bytes, encoding: str) -> bytes:
    """The table with field names that end in half a character (cut after ten bytes) shortened to whole ones."""
    made = bytearray(table)
    for at in range(32, min(len(made) - 32, 32 * 260), 32):
        if made[at] == 0x0D:
            break
        name = bytes(made[at : at + 11]).split(b"\0")[0]
        for cut in range(4):
            try:
                name[: len(name) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            made[at : at + 11] = name[: len(name) - cut].ljust(11, b"\0")
            break
    return bytes(made)
