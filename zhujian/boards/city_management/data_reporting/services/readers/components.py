"""部件: everything with a component's class, whichever board's register it stands in, as the foundation's classification knows registers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from zhujian.boards.city_management.data_reporting.rules.schema import Schema, business_key
from zhujian.boards.city_management.data_reporting.services.sources import (
    Row,
    Source,
    kept,
    of_register,
    plain,
    register_family,
    stream,
)
from zhujian.foundation.classification import selectors as classification
from zhujian.foundation.classification import things
from zhujian.foundation.resources.releasing import gated


def registers() -> list[Any]:
    """Registers of classified things with a place; those behind a gate (underground pipes) leave the platform by approval only."""
    return [one for one in things.registers() if not gated(one)]


def read(resource: Any, schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """Components of one register: rows with a code and a class of the scheme in force. What a register has no field for is left out."""
    known = {one.code for one in classification.items("component", prefix.ljust(12, "0"))}
    has = {one.name for one in resource.model._meta.concrete_fields}
    shape = resource.shape.name
    wanted = {one.name: shape if one.type == "geometry" else one.source for one in schema.fields}
    wanted = {name: source for name, source in wanted.items() if source in has}
    types = {one.name: one.type for one in schema.fields}
    for pk, values, at in stream(resource, list(dict.fromkeys([*wanted.values(), "class_code"])), prefix, ids):
        if values["class_code"] not in known:
            continue
        payload = kept({name: plain(values[source], types[name]) for name, source in wanted.items()})
        yield Row(business_key(schema, payload), str(payload.get(schema.region_field, "")), payload, at, pk)


def members() -> list[Source]:
    """One source per register."""
    return [of_register(one, partial(read, one)) for one in registers()]


register_family("components", members)
