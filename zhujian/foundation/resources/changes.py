"""A record's history in words: who changed what, with field labels and code labels instead of columns and codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from zhujian.foundation.kernel.models import History
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.links import Link, Shape
from zhujian.foundation.resources.measures import Day, Moment

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

ACTIONS = {"insert": "登记", "update": "修改", "delete": "移除"}


@dataclass(frozen=True)
class Change:
    """One field's change, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One act on the record."""

    at: datetime
    actor: str
    action: str
    changes: list[Change]


def of_record(resource: Resource, record: models.Model, *, since: int | None = None, limit: int = 20) -> list[Entry]:
    """The latest `limit` acts on `record`, newest first; with `since`, only those after that version."""
    if not resource.scoped:
        return []
    found = History.objects.filter(table=resource.model._meta.db_table, row_id=record.pk)
    if since is not None:
        found = found.filter(row_version__gt=since)
    rows = list(found.order_by("-id")[:limit])
    by_column = {field.column.strip('"'): field for field in _all_fields(resource)}
    names = _link_names(by_column, rows)
    return [
        Entry(row.at, row.actor_name or "系统", ACTIONS.get(row.action, row.action), _changes(by_column, names, row.diff))
        for row in rows
    ]


def _all_fields(resource: Resource) -> list[Field]:
    from zhujian.foundation.resources.fields import NEVER_WRITTEN, bind

    known = dict(resource.fields)
    for column in resource.model._meta.concrete_fields:
        if column.name not in known and column.name not in NEVER_WRITTEN:
            known[column.name] = bind(resource, column.name)
    return list(known.values())


def _link_names(by_column: dict[str, Field], rows: list[History]) -> dict[tuple[type[models.Model], int], str]:
    wanted: dict[Link, set[int]] = {}
    for row in rows:
        for column, pair in row.diff.items():
            field = by_column.get(column)
            if field and isinstance(field.kind, Link):
                wanted.setdefault(field.kind, set()).update(pk for pk in pair if pk is not None)
    names = {}
    for kind, keys in wanted.items():
        found = kind.target._default_manager.filter(pk__in=keys).values_list("pk", kind.label_field)
        names.update({(kind.target, pk): str(label) for pk, label in found})
    return names


def _changes(by_column: dict[str, Field], names: dict, diff: dict[str, list]) -> list[Change]:
    found = []
    for column, (before, after) in diff.items():
        field = by_column.get(column)
        if field is not None:
            found.append(Change(field.heading, _words(field, before, names), _words(field, after, names)))
    return found


def _words(field: Field, value: Any, names: dict) -> str:
    if value is None or value == "" or value == []:
        return "（空）"
    if isinstance(field.kind, Link):
        return names.get((field.kind.target, value), "（不在您的查看范围内）")
    if isinstance(field.kind, Shape):
        return "（位置）"
    if field.decode:
        value = field.decode(value)
    elif isinstance(field.kind, Day):
        value = date.fromisoformat(value)
    elif isinstance(field.kind, Moment):
        value = datetime.fromisoformat(value)
    return field.shown(value) or "（空）"
