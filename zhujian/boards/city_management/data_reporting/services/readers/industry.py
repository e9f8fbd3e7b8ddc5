"""行业应用 and 运行监测: registers of other boards that the parameter names, the city's own register, and readings of devices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.data_reporting.models import IndustryObject, Reading
from zhujian.boards.city_management.data_reporting.rules.schema import Schema, business_key
from zhujian.boards.city_management.data_reporting.services import schemas
from zhujian.boards.city_management.data_reporting.services.sources import (
    Row,
    Source,
    kept,
    of_register,
    register,
    register_family,
    stream,
)
from zhujian.foundation.kernel.canonical import moment
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import registry
from zhujian.foundation.resources.releasing import gated

CHUNK = 500
FACTS = {
    "org_name": "organisation", "state": "state", "dated": "date", "valid_to": "validTo", "quantity": "quantity", "unit": "unit",
    "address": "address", "note": "note",
}  # fmt: skip


def objects(schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """The city's own register."""
    rows = IndustryObject.objects.filter(region_code__gte=prefix, region_code__lt=prefix + "~").order_by("pk")
    for one in (rows.filter(pk__in=ids) if ids is not None else rows).iterator(chunk_size=CHUNK):
        facts = {
            told: value if isinstance(value, str) else str(value)
            for name, told in FACTS.items()
            if (value := getattr(one, name)) not in (None, "")
        }
        payload = kept({
            "trade": one.trade, "kind": one.kind, "code": one.code, "name": one.name, "facts": facts, "regionCode": one.region_code,
            "geometry": json.loads(one.location.json) if one.location else None,
        })  # fmt: skip
        yield Row(business_key(schema, payload), one.region_code, payload, one.updated_at, one.pk)


def _named() -> list[tuple[Any, str, str]]:
    """(register, trade, kind) that the parameter names, as far as this installation has them and no gate stands before them."""
    known = {one.key: one for one in registry.resources()}
    listed = parameters.value("data_reporting.industry_registers", on=timezone.localdate()).value
    return [(known[key], trade, kind) for key, trade, kind in listed if key in known and not gated(known[key])]


def _register(resource: Any, trade: str, kind: str, schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """Rows of a declared register: its code (or its id), its name, its place, and what its list shows as facts."""
    has = {one.name for one in resource.model._meta.concrete_fields}
    shape = resource.shape.name if resource.shape else ""
    masked = {*resource.masked, *resource.hashed}
    facts = [name for name in resource.columns if name not in {"code", "name", "region_code", shape, *masked}]
    names = [name for name in ("code", "name", "region_code", shape) if name and name in has]
    for pk, values, at in stream(resource, [*names, *facts], prefix, ids):
        if "code" in names and not values["code"]:
            continue
        payload = kept({
            "trade": trade, "kind": kind, "code": values.get("code") or f"{resource.name}-{pk}", "name": values.get("name") or "",
            "facts": {name: value for name in facts if (value := values[name]) not in (None, "", [])}, "regionCode": values["region_code"],
            "geometry": values.get(shape),
        })  # fmt: skip
        yield Row(business_key(schema, payload), values["region_code"], payload, at, pk)


def members() -> list[Source]:
    """One source per named register."""
    return [of_register(one, partial(_register, one, trade, kind)) for one, trade, kind in _named()]


def readings(schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """Readings with the device's place and the threshold they were judged by; a full look goes back as far as reconciliation does."""
    rows = Reading.objects.filter(region_code__gte=prefix, region_code__lt=prefix + "~").select_related("device").order_by("pk")
    since = timezone.now() - timedelta(days=schemas.number("reconcile_days"))
    rows = rows.filter(pk__in=ids) if ids is not None else rows.filter(at__gte=since)
    for one in rows.iterator(chunk_size=CHUNK):
        device = one.device
        payload = kept({
            "device": device.code, "kind": device.kind, "time": moment(one.at), "value": str(one.value), "unit": device.unit,
            "threshold": None if one.threshold is None else str(one.threshold), "alarm": one.alarm, "regionCode": one.region_code,
            "geometry": json.loads(device.location.json) if device.location else None,
        })  # fmt: skip
        yield Row(business_key(schema, payload), one.region_code, payload, one.created_at, one.pk)


register("data_reporting.industry_object", objects, tables={"data_reporting_industryobject": None})
register_family("industry_registers", members)
register("data_reporting.readings", readings, grows={Reading: None}, lasting=True)
