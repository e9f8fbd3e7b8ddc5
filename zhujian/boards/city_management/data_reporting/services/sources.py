"""Where records come from: registers by their declaration (principle 1), the rest by a small reader each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhujian.boards.city_management.data_reporting.rules.schema import Schema, business_key
from zhujian.foundation.kernel.canonical import moment
from zhujian.foundation.resources import registry
from zhujian.foundation.resources.fields import bind
from zhujian.foundation.resources.query import Query, region_condition

CHUNK = 500


@dataclass(frozen=True)
class Row:
    """One thing as it is now; `event_time` None when its register does not say since when."""

    key: str
    region_code: str
    payload: dict[str, Any]
    event_time: datetime | None
    source_id: int | None


Reader = Callable[[Schema, str, list[int] | None], Iterator[Row]]
_readers: dict[str, tuple[str, Reader]] = {}
_lasting: set[str] = set()


def register(name: str, reader: Reader, *, table: str = "", lasting: bool = False) -> None:
    """Let data sets whose `source` is `name` be read by `reader(schema, region prefix, ids or None)`.

    `table`: the register's table, when its change history (`kernel_history`) says which ids have changed. `lasting`: its rows are never deleted,
    and a full look need not bring all of them.
    """
    _readers[name] = (table, reader)
    if lasting:
        _lasting.add(name)


def may_vanish(source: str) -> bool:
    """Whether a thing that a full look does not bring is gone."""
    return source not in _lasting


def tables(source: str) -> list[str]:
    """Tables whose history tells of changes; empty when only a full comparison can."""
    if source in _readers:
        return [_readers[source][0]] if _readers[source][0] else []
    return [found.model._meta.db_table for found in _resources(source) if found.scoped]


def known(source: str) -> bool:
    """Whether anything can be read for `source` in this installation."""
    return source in _readers or bool(_resources(source))


def rows(source: str, schema: Schema, prefix: str, ids: list[int] | None = None) -> Iterator[Row]:
    """All things of a region (its significant digits), or those with these ids; call it in a system scope."""
    if source in _readers:
        yield from _readers[source][1](schema, prefix, ids)
        return
    for resource in _resources(source):
        yield from _declared(resource, schema, prefix, ids)


def _resources(source: str) -> list[Any]:
    known_keys = {resource.key: resource for resource in registry.resources()}
    return [known_keys[key] for key in source.split("|") if key in known_keys]


def _declared(resource: Any, schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """Rows of a declared resource, each data field bound to the register's field that the data set names."""
    names = [one.source for one in schema.fields]
    stamp = ["updated_at"] if resource.scoped else []
    fields = [bind(resource, name) for name in [*names, *stamp]]
    query = Query(resource, narrowed=False)
    query.conditions.append(region_condition(resource, prefix))
    if ids is not None:
        query.conditions.append(('t."id" = ANY(%s)', [ids]))
    for chunk in query.stream(fields, limit=10**9, chunk=CHUNK):
        for found in chunk:
            values = dict(zip([one.name for one in schema.fields], found.values, strict=False))
            payload = {
                field.name: _plain(bound.kind.json(values[field.name]), field.type)
                for field, bound in zip(schema.fields, fields, strict=False)
            }
            payload = {name: value for name, value in payload.items() if value not in (None, "", [])}
            at = found.values[-1] if stamp else None
            yield Row(business_key(schema, payload), str(payload.get(schema.region_field, "")), payload, at, found.id)


def _plain(value: Any, kind: str) -> Any:
    """A register's value as the data set's type wants it."""
    if kind in ("text", "region") and value is not None and not isinstance(value, str):
        return str(value.get("id", value)) if isinstance(value, dict) else str(value)
    if kind == "datetime" and isinstance(value, datetime):
        return moment(value)
    return value
