"""GeoPackage 1.3 (OGC 12-128r18) written with plain SQLite: no spatial library, no extension in the file but the schema's titles.

A geometry is its GeoPackage header (`GP`, little endian, an envelope unless it is a point or empty) followed by its WKB.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyproj import CRS

APPLICATION_ID, USER_VERSION = 0x47504B47, 10300
TYPES = {"TEXT", "INTEGER", "REAL", "BOOLEAN", "DATE", "DATETIME"}

TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
  srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT, CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
"""


@dataclass(frozen=True)
class Column:
    """A column of attributes: its name (an identifier), its title for people and one of `TYPES`."""

    name: str
    title: str
    kind: str = "TEXT"


@dataclass(frozen=True)
class Layer:
    """A feature table: rows are (id, WKB or None, values in the order of `columns`); coordinates in the EPSG code `srs`."""

    name: str
    title: str
    geometry_type: str
    columns: Sequence[Column]
    rows: Iterable[tuple[int, bytes | None, Sequence[Any]]]
    srs: int = 4490
    description: str = ""


def blob(wkb: bytes, srs: int) -> tuple[bytes, tuple[float, float, float, float] | None]:
    """A 2D geometry as GeoPackage keeps it, and its envelope (west, south, east, north); None when it is empty.

    ValueError for WKB that is none, big-endian or not two-dimensional.
    """
    xs: list[float] = []
    ys: list[float] = []
    end = _walk(wkb, 0, xs, ys)
    if end != len(wkb):
        raise ValueError("bytes after the geometry")
    if not xs:
        return b"GP\x00\x11" + struct.pack("<i", srs) + wkb, None
    box = (min(xs), min(ys), max(xs), max(ys))
    if wkb[1:5] == b"\x01\x00\x00\x00":  # the envelope of a point says nothing new
        return b"GP\x00\x01" + struct.pack("<i", srs) + wkb, box
    return b"GP\x00\x03" + struct.pack("<i4d", srs, box[0], box[2], box[1], box[3]) + wkb, box


def _walk(wkb: bytes, at: int, xs: list[float], ys: list[float]) -> int:
    try:
        order, kind = struct.unpack_from("<BI", wkb, at)
        at += 5
        if order != 1 or not 1 <= kind <= 7:
            raise ValueError(f"geometry type {kind}, byte order {order}")
        if kind == 1:
            x, y = struct.unpack_from("<2d", wkb, at)
            if x == x:  # a point of NaN is empty
                xs.append(x)
                ys.append(y)
            return at + 16
        (count,) = struct.unpack_from("<I", wkb, at)
        at += 4
        if kind >= 4:
            for _ in range(count):
                at = _walk(wkb, at, xs, ys)
            return at
        for _ in range(count if kind == 3 else 1):
            if kind == 3:
                (size,) = struct.unpack_from("<I", wkb, at)
                at += 4
            else:
                size = count
            values = struct.unpack_from(f"<{2 * size}d", wkb, at)
            xs.extend(values[::2])
            ys.extend(values[1::2])
            at += 16 * size
        return at
    except struct.error as error:
        raise ValueError("the geometry ends too early") from error


def quoted(name: str) -> str:
    """An identifier in SQL; only letters, digits and underscores may stand in a name of ours."""
    if not name.isidentifier():
        raise ValueError(f"{name!r} is no name of a table or column")
    return f'"{name}"'


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    if isinstance(value, date):
        return value.isoformat()
    return value


def write(path: Path, layers: Sequence[Layer]) -> int:
    """Write a new GeoPackage to `path` (must not exist); returns how many features it holds."""
    if path.exists():
        raise FileExistsError(path)
    db = sqlite3.connect(path)
    try:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {USER_VERSION}")
        db.execute("PRAGMA journal_mode = OFF")
        db.executescript(TABLES)
        _frames(db, {layer.srs for layer in layers})
        count = sum(_layer(db, layer) for layer in layers)
        db.commit()
        return count
    finally:
        db.close()


def _frames(db: sqlite3.Connection, codes: set[int]) -> None:
    rows: list[tuple[str, int, str, int, str, str]] = [
        ("Undefined cartesian SRS", -1, "NONE", -1, "undefined", "undefined cartesian coordinate reference system"),
        ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
    ]
    for code in sorted(codes | {4326}):
        crs = CRS.from_epsg(code)
        rows.append((crs.name, code, "EPSG", code, crs.to_wkt("WKT1_GDAL"), "longitude/easting first, as GeoPackage demands"))
    db.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", rows)
    schema = "http://www.geopackage.org/spec130/#extension_schema"
    tables = [(name, None, "gpkg_schema", schema, "read-write") for name in ("gpkg_data_columns", "gpkg_data_column_constraints")]
    db.executemany("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", tables)


def _layer(db: sqlite3.Connection, layer: Layer) -> int:
    if bad := {column.kind for column in layer.columns} - TYPES:
        raise ValueError(f"no such column type: {bad}")
    table = quoted(layer.name)
    body = "".join(f", {quoted(column.name)} {column.kind}" for column in layer.columns)
    db.execute(f"CREATE TABLE {table} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom {layer.geometry_type}{body})")
    box: list[float] = []
    count = 0
    insert = f"INSERT INTO {table} VALUES ({', '.join('?' * (len(layer.columns) + 2))})"  # noqa: S608 (names are checked)
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?, 'features', ?, ?, ?)",
        [layer.name, layer.title, layer.description, layer.srs],
    )
    db.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", [layer.name, layer.geometry_type, layer.srs])
    titles = [(layer.name, column.name, column.name, column.title) for column in layer.columns]
    db.executemany("INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)", titles)
    for fid, wkb, values in layer.rows:
        shape, around = blob(wkb, layer.srs) if wkb is not None else (None, None)
        if around:
            box = [*map(min, box[:2], around[:2]), *map(max, box[2:], around[2:])] if box else list(around)
        db.execute(insert, [fid, shape, *map(_cell, values)])
        count += 1
    if box:
        db.execute("UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?", [*box, layer.name])
    return count


__all__ = ["Column", "Layer", "blob", "write"]
