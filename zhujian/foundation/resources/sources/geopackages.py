"""GeoPackages: SQLite in memory, read only, with a time limit and no way to reach another file."""

from __future__ import annotations

import contextlib
import sqlite3
import struct
import time
from typing import Any

import numpy as np
import shapely

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources.sources import Source, broken, too_many

SECONDS_MOST = 60
_ENVELOPE = (0, 32, 48, 48, 64)
_READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def read(data: bytes, *, most: int, layer: str = "") -> Source:
    """One feature table of a GeoPackage (the first, or `layer`)."""
    try:
        with contextlib.closing(_open(data)) as db:
            return _read(db, most, layer)
    except (sqlite3.Error, struct.error, UnicodeError, ValueError, OverflowError, MemoryError) as error:
        raise broken("GeoPackage 文件") from error


def _open(data: bytes) -> sqlite3.Connection:
    raw = bytearray(data)
    if len(raw) > 20 and raw[18] == 2:  # write-ahead mode cannot be opened from memory; the pages are the same
        raw[18] = raw[19] = 1
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.deserialize(bytes(raw))
    db.execute("PRAGMA trusted_schema = OFF")
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 64 * 1024 * 1024)
    db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    end = time.monotonic() + SECONDS_MOST
    db.set_progress_handler(lambda: int(time.monotonic() > end), 100_000)
    db.set_authorizer(
        lambda act, first, *_: (
            sqlite3.SQLITE_OK
            if act in _READS or (act == sqlite3.SQLITE_PRAGMA and first == "table_info")
            else sqlite3.SQLITE_DENY
        )
    )
    return db


def _read(db: sqlite3.Connection, most: int, layer: str) -> Source:
    rows = db.execute(
        "SELECT c.table_name, g.column_name, g.srs_id FROM gpkg_contents c JOIN gpkg_geometry_columns g USING (table_name)"
        " JOIN sqlite_master m ON m.name = c.table_name AND m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%'"
        " WHERE c.data_type = 'features' ORDER BY c.table_name"
    ).fetchall()
    tables = {str(name): (str(column), srs) for name, column, srs in rows}
    if not tables:
        raise Refusal("import.no_layer", "GeoPackage 里没有矢量图层，请检查导出内容。", "file")
    chosen = layer if layer in tables else next(iter(tables))
    column, srs = tables[chosen]
    names = [str(row[1]) for row in db.execute(f"PRAGMA table_info({_quote(chosen)})")]
    if column not in names:
        raise broken("GeoPackage 文件", "没有图形列")
    count = db.execute(f"SELECT count(*) FROM {_quote(chosen)}").fetchone()[0]  # noqa: S608 (quoted)
    if count > most:
        raise too_many(most)
    place = names.index(column)
    heads = [name for name in names if name != column]
    found: list[tuple[int, list[Any]]] = []
    blobs: list[bytes | None] = []
    for number, row in enumerate(db.execute(f"SELECT {', '.join(map(_quote, names))} FROM {_quote(chosen)}"), 1):  # noqa: S608
        blobs.append(_wkb(row[place]))
        found.append((number, [_cell(value) for at, value in enumerate(row) if at != place]))
    shapes = shapely.from_wkb(np.array(blobs, dtype=object), on_invalid="ignore")
    epsg, wkt = _frame(db, srs)
    made = Source(
        "gpkg", heads, found, shapely.force_2d(shapes), levels_of(shapes), wkt=wkt, epsg=epsg, layer=chosen, layers=list(tables)
    )
    if not (epsg or wkt):
        made.notes.append("图层没有说明坐标系，须由您指明。")
    return made


def levels_of(shapes: np.ndarray) -> np.ndarray | None:
    """Z of point features, or None when nothing has one."""
    if not shapely.has_z(shapes).any():
        return None
    return np.where(shapely.get_type_id(shapes) == 0, shapely.get_z(shapes), np.nan)


def _wkb(blob: Any) -> bytes | None:
    """The WKB inside a GeoPackage geometry; None where empty or no geometry (told with its row)."""
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        return None
    flags = blob[3]
    size = flags >> 1 & 7
    if size > 4 or flags & 0x30:  # empty, or an extension's own format
        return None
    return blob[8 + _ENVELOPE[size] :]


def _cell(value: Any) -> Any:
    return "" if isinstance(value, bytes) else value


def _frame(db: sqlite3.Connection, srs: Any) -> tuple[int | None, str]:
    row = db.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?", [srs]
    ).fetchone()
    if not row or not isinstance(srs, int) or srs <= 0:
        return None, ""
    wkt = str(row[2] or "")
    is_epsg = str(row[0] or "").upper() == "EPSG" and isinstance(row[1], int) and 1000 < row[1] < 1_000_000
    return (row[1] if is_epsg else None), ("" if wkt.lower() == "undefined" else wkt)
