"""Features of any resource with a geometry as files: GeoJSON with its coordinate system named, GeoPackage. Under the reader's scope."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from django.contrib.gis.db.models import GeometryField
from django.db import connection

from zhujian.foundation.cim.formats import geopackage
from zhujian.foundation.resources import exporting, releasing
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.kinds import Choice, Truth
from zhujian.foundation.resources.links import Place, Shape
from zhujian.foundation.resources.measures import Day, Moment, Number, Whole
from zhujian.foundation.resources.query import Query

CRS_URN = "urn:ogc:def:crs:EPSG::4490"
CRS_URI = "http://www.opengis.net/def/crs/EPSG/0/4490"
NATIVE = (Choice, Place, Truth, Whole, Number, Day, Moment)  # kinds whose values programs understand as they are
NOTICE = "坐标系 CGCS2000（EPSG:4490），先经度后纬度，单位为度。"


def geometry_column(resource: Resource) -> str:
    """Name of the field that holds the place."""
    shape = resource.shape
    if shape is None:
        raise LookupError(f"{resource.key} has no geometry")
    return shape.name


def fields_of(resource: Resource) -> list[Field]:
    """Exported attributes: what a table export shows, without geometries."""
    return [item for item in exporting.columns(resource) if not isinstance(item.kind, Shape)]


def labelled(item: Field) -> bool:
    """Whether the value is a code that needs words beside it."""
    return isinstance(item.kind, (Choice, Place)) and not isinstance(item.kind, Truth)


def columns_of(fields: Sequence[Field]) -> list[geopackage.Column]:
    """Columns of a feature table: codes get a second column with their words."""
    made = []
    for item in fields:
        kind = "TEXT"
        if item.mask is None:
            for types, name in (
                ((Truth,), "BOOLEAN"),
                ((Whole,), "INTEGER"),
                ((Number,), "REAL"),
                ((Day,), "DATE"),
                ((Moment,), "DATETIME"),
            ):
                kind = name if isinstance(item.kind, types) else kind
        made.append(geopackage.Column(item.name, item.heading, kind))
        if labelled(item):
            made.append(geopackage.Column(f"{item.name}_label", f"{item.label}（名称）"))
    return made


def values_of(fields: Sequence[Field], values: Sequence[Any]) -> list[Any]:
    """Cells in the order of `columns_of`; masked fields stay masked, links are words."""
    cells: list[Any] = []
    for item, value in zip(fields, values, strict=True):
        native = item.mask is None and isinstance(item.kind, NATIVE)
        cells.append(value if native else item.shown(value) or None)
        if labelled(item):
            cells.append(item.shown(value) or None)
    return cells


def shapes(resource: Resource, query: Query, most: int) -> dict[int, bytes]:
    """Id → WKB of the rows that have a place."""
    column = f"t.{resource.field(geometry_column(resource)).column}"
    where, params = query.where()
    sql = f"SELECT t.\"id\", ST_AsBinary(ST_Force2D({releasing.column(column)}), 'NDR') FROM {resource.table} t WHERE {column} IS NOT NULL AND {where}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f'{sql} ORDER BY t."id" DESC LIMIT {most:d}', params)
        return {pk: bytes(wkb) for pk, wkb in cursor.fetchall()}


def rows(resource: Resource, query: Query, most: int) -> Iterator[tuple[int, bytes | None, list[Any]]]:
    """(id, WKB, cells) of at most `most` rows, newest first."""
    fields = fields_of(resource)
    found = shapes(resource, query, most)
    for chunk in query.stream(fields, limit=most):
        for row in chunk:
            yield row.id, found.get(row.id), values_of(fields, row.values)


def _notice() -> str:
    """The coordinate system, and under which mark sensitive data was let out."""
    stamp = releasing.current()
    return f"{NOTICE}{stamp.mark}" if stamp else NOTICE


def to_geopackage(resource: Resource, query: Query, most: int) -> bytes:
    """One layer in a GeoPackage file."""
    shape = resource.model._meta.get_field(geometry_column(resource))
    assert isinstance(shape, GeometryField)
    layer = geopackage.Layer(
        resource.name, f"{resource.module.title} {resource.title}", shape.geom_type, columns_of(fields_of(resource)),
        rows(resource, query, most), description=_notice(),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="zj-gpkg-") as folder:
        path = Path(folder) / "layer.gpkg"
        geopackage.write(path, [layer])
        return path.read_bytes()


def to_geojson(resource: Resource, query: Query, most: int) -> bytes:
    """A FeatureCollection whose coordinate system is named both ways programs look for it (``crs``, ``coordRefSys``)."""
    column = f"t.{resource.field(geometry_column(resource)).column}"
    where, params = query.where()
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT t."id", ST_AsGeoJSON({releasing.column(column)}, 8, 0) FROM {resource.table} t WHERE {column} IS NOT NULL AND {where} '  # noqa: S608
            f'ORDER BY t."id" DESC LIMIT {most:d}',
            params,
        )
        places = dict(cursor.fetchall())
    fields = fields_of(resource)
    names = [column.name for column in columns_of(fields)]
    features = [
        {
            "type": "Feature", "id": row.id, "geometry": orjson.Fragment(places[row.id]) if places.get(row.id) else None,
            "properties": dict(zip(names, values_of(fields, row.values), strict=True)),
        }
        for chunk in query.stream(fields, limit=most) for row in chunk
    ]  # fmt: skip
    made = {
        "type": "FeatureCollection", "name": resource.name, "title": resource.title, "notice": _notice(), "coordRefSys": CRS_URI,
        "crs": {"type": "name", "properties": {"name": CRS_URN}}, "features": features,
    }  # fmt: skip
    return orjson.dumps(made, default=lambda value: float(value) if hasattr(value, "as_tuple") else str(value))


__all__ = ["columns_of", "fields_of", "rows", "to_geojson", "to_geopackage", "values_of"]
