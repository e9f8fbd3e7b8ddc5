"""Rows of any guarded table, made without knowing the table, to prove who can see them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from itertools import count
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from zhujian.foundation.identity.models import Account
from zhujian.foundation.kernel.guards import guarded
from zhujian.foundation.kernel.models import History

_serial = count(1)
SHAPES = {"POINT": "POINT(114.3 30.5)", "LINESTRING": "LINESTRING(114.3 30.5,114.4 30.6)", "GEOMETRY": "POINT(114.3 30.5)"}
SHAPES["POLYGON"] = "POLYGON((114.3 30.5,114.4 30.5,114.4 30.6,114.3 30.5))"
SHAPES |= {f"MULTI{kind}": f"MULTI{kind}({SHAPES[kind].removeprefix(kind)})" for kind in ("POINT", "LINESTRING", "POLYGON")}
# Columns whose values the database checks by a pattern.
PATTERNS: dict[str, Callable[[int], Any]] = {
    "advice.LearnedModel.state": lambda n: "retired",  # of those that wait or are in use a city has one
    "cim.Unit.code": lambda n: f"{n:026d}",
    "cim.Building.code": lambda n: f"{n:026d}",
    "collection.Duty.ends": lambda n: dt.time(17),  # after it starts
    "digital_city.Grid.code": lambda n: f"{n:015d}",
    "command.DutyRoster.starts": lambda n: "08:00",
    "command.DutyRoster.ends": lambda n: "20:00",
    "municipal_assets.BridgeDefect.points": lambda n: n % 100,
}


# Columns that may be empty, but not in a row of this kit: the table wants one of several.
WANTED = frozenset({"command.Photo.report"})


def guarded_models() -> list[type[models.Model]]:
    """Every table under row-level security that the application may write to (the history fills itself)."""
    return [model for model in apps.get_models() if guarded(model) and model is not History]


def make_row(model: type[models.Model], region_code: str, parties: list[str], **given: Any) -> models.Model:
    """One row of `model` with every required field filled somehow; call it in a system scope."""
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.name in given:
            values[field.name] = given[field.name]
        elif field.name == "region_code":
            values[field.name] = region_code
        elif field.name == "parties":
            values[field.name] = parties
        elif needed(field):
            values[field.name] = value(field, region_code, parties)
    return model.objects.create(**values)  # type: ignore[attr-defined]


def needed(field: models.Field) -> bool:
    """Whether a row cannot be stored without a value for the field."""
    if f"{field.model._meta.label}.{field.name}" in WANTED:
        return True
    if field.primary_key and not isinstance(field, models.AutoField | models.BigAutoField):
        return True
    if field.primary_key or field.generated or field.null or field.has_default() or field.has_db_default():  # type: ignore[attr-defined]
        return isinstance(field, models.OneToOneField) and not field.null
    return not getattr(field, "auto_now", False) and not getattr(field, "auto_now_add", False)


def value(field: models.Field, region_code: str, parties: list[str]) -> Any:
    """Something the field accepts, different at every call."""
    number = next(_serial)
    if isinstance(field, models.ForeignKey):
        if field.related_model is Account:
            return Account.objects.create_user(f"kit{number}", name="某人")
        if field.related_model is ContentType:
            return ContentType.objects.get_for_model(Account)
        return make_row(field.related_model, region_code, parties)  # type: ignore[arg-type]
    if pattern := PATTERNS.get(f"{field.model._meta.label}.{field.name}"):
        return pattern(number)
    if isinstance(field, GeometryField):
        return GEOSGeometry(SHAPES[field.geom_type], srid=field.srid)
    if field.choices:
        return field.flatchoices[0][0]
    by_kind: list[tuple[type, Any]] = [
        (ArrayField, []), (models.JSONField, {}), (models.BooleanField, False), (models.DateTimeField, timezone.now()),
        (models.DateField, dt.date(2026, 1, 5)), (models.TimeField, dt.time(9)), (models.UUIDField, uuid.uuid4()),
        (models.BinaryField, str(number).encode()), (models.DurationField, dt.timedelta(hours=1)),
        (models.DecimalField, number), (models.FloatField, float(number)), (models.IntegerField, number),
    ]  # fmt: skip
    for kind, found in by_kind:
        if isinstance(field, kind):
            return found
    return f"k{number}"[: field.max_length or 20] if field.max_length else f"k{number}"
