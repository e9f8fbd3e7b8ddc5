"""Where records come from: registers by their declaration (principle 1), the rest by a small reader each.

A data set's `source` names one or several parts, divided by ``|``. What may have changed since the last look is told by each part: from the
change history of tables that have one, by the highest id for tables that only grow, or by the part itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from django.utils import timezone

from zhujian.boards.city_management.data_reporting.rules.schema import Schema, business_key
from zhujian.foundation.kernel.canonical import moment
from zhujian.foundation.kernel.models import History
from zhujian.foundation.resources import periods, registry
from zhujian.foundation.resources.fields import bind
from zhujian.foundation.resources.query import Query, region_condition

CHUNK = 500
SETTLED = timedelta(minutes=2)  # a line is looked at again this long, for transactions that commit late


@dataclass(frozen=True)
class Row:
    """One thing as it is now; `event_time` None when its register does not say since when."""

    key: str
    region_code: str
    payload: dict[str, Any]
    event_time: datetime | None
    source_id: int | None


Reader = Callable[[Schema, str, list[int] | None], Iterator[Row]]
Ids = list[int]


@dataclass(frozen=True)
class Source:
    """A reader, and how it learns what has changed. Ids of the source are what the reader takes.

    `tables`: table with a change history → the source's ids that changed rows of it stand for (None: the same ids). `grows`: models whose
    rows are only added → likewise. `lately`: ids to look at every time. `lasting`: its things are never deleted, and a full look need not
    bring all of them.
    """

    read: Reader
    tables: Mapping[str, Callable[[Ids], Ids] | None] = field(default_factory=dict)
    grows: Mapping[type[Model], Callable[[Ids], Ids] | None] = field(default_factory=dict)
    lately: Callable[[], Ids] | None = None
    lasting: bool = False

    @property
    def incremental(self) -> bool:
        """Whether anything but a full comparison can find changes."""
        return bool(self.tables or self.grows or self.lately)


_sources: dict[str, Source] = {}
_families: dict[str, Callable[[], list[Source]]] = {}


def register(name: str, reader: Reader, **how: Any) -> None:
    """Let data sets whose `source` names `name` be read by `reader(schema, region prefix, ids or None)`; `how`: see `Source`."""
    _sources[name] = Source(reader, **how)


def register_family(name: str, members: Callable[[], list[Source]]) -> None:
    """Let `name` stand for whatever registers `members` finds among those that are declared (several boards may hold some)."""
    _families[name] = members


def _named(name: str) -> list[Source]:
    if name in _sources:
        return [_sources[name]]
    if name in _families:
        return _families[name]()
    resource = next((one for one in registry.resources() if one.key == name), None)
    return [of_register(resource, lambda schema, prefix, ids: _declared(resource, schema, prefix, ids))] if resource else []


def of_register(resource: Any, read: Reader) -> Source:
    """A source over one declared register, whose change history tells of changes."""
    return Source(read, {resource.model._meta.db_table: None} if resource.scoped else {})


def parts(source: str) -> list[Source]:
    """The parts of a source that this installation knows."""
    return [one for name in source.split("|") for one in _named(name)]


def known(source: str) -> bool:
    """Whether anything can be read for `source` in this installation."""
    return bool(parts(source))


def may_vanish(source: str) -> bool:
    """Whether a thing that a full look does not bring is gone."""
    return not any(one.lasting for one in parts(source))


def incremental(source: str) -> bool:
    """Whether changes of every part can be told without a full comparison."""
    found = parts(source)
    return bool(found) and all(one.incremental for one in found)


def rows(source: str, schema: Schema, prefix: str, ids: Ids | None = None) -> Iterator[Row]:
    """All things of a region (its significant digits), or those with these ids; call it in a system scope."""
    for one in parts(source):
        yield from one.read(schema, prefix, ids)


def changed(source: str, history_after: int, grown_after: Mapping[str, int]) -> Ids:
    """Ids that may have changed since the marks: lines of the change history, and the highest id of each growing table."""
    found: set[int] = set()
    for one in parts(source):
        lines = History.objects.filter(pk__gt=history_after, table__in=list(one.tables)) if one.tables else History.objects.none()
        by_table: dict[str, Ids] = {}
        for table, row_id in lines.values_list("table", "row_id").distinct():
            by_table.setdefault(table, []).append(row_id)
        for table, ids in by_table.items():
            mapped = one.tables[table]
            found.update(mapped(ids) if mapped else ids)
        for model, mapped in one.grows.items():
            rows_ = model._default_manager.filter(pk__gt=grown_after.get(model._meta.db_table, 0))
            fresh = list(rows_.values_list("pk", flat=True))
            found.update(mapped(fresh) if mapped and fresh else fresh)
        if one.lately is not None:
            found.update(one.lately())
    return sorted(found)


def marks(source: str, now: datetime | None = None) -> tuple[int, dict[str, int]]:
    """(line of the change history, highest id of each growing table) up to which everything is certainly committed."""
    settled = (now or timezone.now()) - SETTLED
    line = History.objects.filter(at__lt=settled).order_by("-id").values_list("id", flat=True).first() or 0
    grown = {
        model._meta.db_table: model._default_manager.filter(created_at__lt=settled).order_by("-pk").values_list("pk", flat=True).first() or 0
        for one in parts(source)
        for model in one.grows
    }  # fmt: skip
    return line, grown


# -- declared registers ----------------------------------------------------------------------------------------------------


def stream(
    resource: Any, names: list[str], prefix: str, ids: Ids | None
) -> Iterator[tuple[int, dict[str, Any], datetime | None]]:
    """(id, values by field name as JSON, when last changed) of a declared register's present rows in a region, unnarrowed."""
    stamp = ["updated_at"] if resource.scoped else []
    fields = [bind(resource, name) for name in [*names, *stamp]]
    query = Query(resource, narrowed=False)
    query.conditions.append(region_condition(resource, prefix))
    if present := periods.present_condition(resource):
        query.conditions.append(present)
    if ids is not None:
        query.conditions.append(('t."id" = ANY(%s)', [ids]))
    for chunk in query.stream(fields, limit=10**9, chunk=CHUNK):
        for found in chunk:
            values = {name: one.kind.json(value) for name, one, value in zip(names, fields, found.values, strict=False)}
            yield found.id, values, found.values[-1] if stamp else None


def _declared(resource: Any, schema: Schema, prefix: str, ids: Ids | None) -> Iterator[Row]:
    """Rows of a declared resource, each data field bound to the register's field that the data set names."""
    names = list(dict.fromkeys(one.source for one in schema.fields))
    for pk, values, at in stream(resource, names, prefix, ids):
        payload = kept({one.name: plain(values[one.source], one.type) for one in schema.fields})
        yield Row(business_key(schema, payload), str(payload.get(schema.region_field, "")), payload, at, pk)


def kept(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What of a payload says something."""
    return {name: value for name, value in payload.items() if value not in (None, "", [])}


def plain(value: Any, kind: str) -> Any:
    """A register's value as the data set's type wants it."""
    if kind in ("text", "region") and value is not None and not isinstance(value, str):
        return str(value.get("id", value)) if isinstance(value, dict) else str(value)
    if kind == "datetime" and isinstance(value, datetime):
        return moment(value)
    return value
