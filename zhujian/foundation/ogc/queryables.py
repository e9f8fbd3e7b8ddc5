"""What may be asked for: the declared fields of a resource that are shown to everybody who may see the row, with their types.

Masked and encrypted fields are neither properties nor queryables: a filter on them would tell what the mask hides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.db import models

from zhujian.foundation.resources import periods
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.fields import Field, bind
from zhujian.foundation.resources.links import Link

VERSION_FIELDS = ("feature_id", "valid_from", "valid_to", "planned")
_TYPES: tuple[tuple[type[models.Field], str], ...] = (
    (GeometryField, "geometry"), (models.BooleanField, "boolean"), (models.DateTimeField, "timestamp"), (models.DateField, "date"),
    (models.IntegerField, "integer"), (models.DecimalField, "number"), (models.FloatField, "number"), (models.UUIDField, "uuid"),
    (models.ForeignKey, "integer"), (models.CharField, "text"), (models.TextField, "text"),
)  # fmt: skip
_JSON: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"}, "timestamp": {"type": "string", "format": "date-time"}, "date": {"type": "string", "format": "date"},
    "integer": {"type": "integer"}, "number": {"type": "number"}, "uuid": {"type": "string", "format": "uuid"}, "text": {"type": "string"},
}  # fmt: skip


@dataclass(frozen=True)
class Queryable:
    """One property: `sql` is its expression (alias ``t``), `kind` text, integer, number, boolean, date, timestamp, uuid or geometry."""

    name: str
    sql: str
    kind: str
    field: Field

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the property."""
        title = {"title": self.field.heading}
        if self.kind == "geometry":
            kind = str(getattr(self.field.kind, "geometry", "GEOMETRY")).lower()
            form = "geometry-any" if kind == "geometry" else f"geometry-{kind}"
            return {**title, "format": form, "x-ogc-role": "primary-geometry"}
        found = {**title, **_JSON[self.kind]}
        if self.name in ("valid_from", "valid_to"):
            found["x-ogc-role"] = "primary-interval-start" if self.name == "valid_from" else "primary-interval-end"
        if self.field.kind.name == "choice":
            # A record keeps a code after it has left its list, so the list describes and does not bind.
            found["description"] = str(self.field.kind.schema().get("description", ""))[:1000]
        return found


@cache
def of(resource: Resource) -> Mapping[str, Queryable]:
    """Properties of `resource` by name, in order of declaration; the one geometry is the layer's."""
    fields = dict(resource.fields)
    if periods.timed(resource):
        fields |= {name: bind(resource, name) for name in VERSION_FIELDS if name not in fields}
    found: dict[str, Queryable] = {}
    for name, item in fields.items():
        kind = _kind(resource, item)
        if kind and (kind != "geometry" or (resource.shape and name == resource.shape.name)):
            found[name] = Queryable(name, f"t.{item.column}", kind, item)
    return found


def _kind(resource: Resource, item: Field) -> str:
    if item.mask is not None or item.decode is not None or item.name in resource.hashed:
        return ""
    column = resource.model._meta.get_field(item.name)
    found = next((name for kind, name in _TYPES if isinstance(column, kind)), "")
    if found == "integer" and isinstance(column, models.ForeignKey):
        target = column.target_field
        return "integer" if isinstance(target, models.IntegerField) else ""
    return found


def document(resource: Resource, address: str) -> dict[str, Any]:
    """The JSON Schema document (OGC 19-079r2, 6.2)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": address, "type": "object",
        "title": resource.layer.title if resource.layer and resource.layer.title else resource.title,
        "description": f"{resource.module.title} · {resource.title}",
        "properties": {name: one.schema() for name, one in of(resource).items()}, "additionalProperties": False,
    }  # fmt: skip


@cache
def columns(resource: Resource) -> str:
    """Select list of a feature's properties; a link also gives the label of what it leads to."""
    parts = []
    for name, one in of(resource).items():
        if one.kind == "geometry":
            continue
        parts.append(f'{one.sql} AS "{name}"')
        if isinstance(one.field.kind, Link):
            meta = one.field.kind.target._meta
            label, key = meta.get_field(one.field.kind.label_field).column, meta.pk.column  # type: ignore[union-attr]
            found = f'SELECT j."{label}" FROM "{meta.db_table}" j WHERE j."{key}" = {one.sql}'  # noqa: S608  (declared names)
            parts.append(f'({found}) AS "{name}_label"')
    return ", ".join(parts)
