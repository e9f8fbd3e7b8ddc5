"""What projects tell the map: a building is handed over, a building is gone, a whole project is gone. All are safe to hear twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from zhujian.foundation.cim import services
from zhujian.foundation.cim.models import Building
from zhujian.foundation.events import subscribe
from zhujian.foundation.events.models import Event

_CODE = re.compile(r"\d{26}", re.ASCII)


def day_of(payload: dict[str, Any], name: str) -> date:
    """The day `name` of an event's facts, else the day it occurred, else today."""
    said = str((payload.get("told") or {}).get(name) or payload.get("occurredAt") or "")
    try:
        moment = parse_datetime(said) if len(said) > 10 else None
        found = timezone.localtime(moment).date() if moment else parse_date(said[:10])
    except ValueError:
        found = None
    return found or timezone.localdate()


def named(payload: dict[str, Any]) -> list[str]:
    """House codes that an event's facts name."""
    told = payload.get("told") or {}
    return _CODE.findall(f"{told.get('buildings') or ''} {told.get('building_code') or ''}")


def retire_each(buildings: Iterable[Building], on: date, basis: str) -> int:
    """Retire buildings on the day `on`; one that was only registered later is retired the day after. How many were still there."""
    count = 0
    for building in buildings:
        if building.valid_to is None:
            services.retire(building, max(on, building.valid_from + timedelta(days=1)), basis)
            count += 1
    return count


@subscribe("building.extinct", by="cim.building_extinct")
def building_extinct(event: Event) -> None:
    """灭失: the buildings the registration names; without names those of the project, which goes with it."""
    payload = event.payload
    on, basis = day_of(payload, "extinct_on"), f"building.extinct {payload.get('number') or event.pk}"
    codes = named(payload)
    rows = Building.objects.filter(valid_to=None)
    if codes and Building.objects.filter(code__in=codes).exists():
        found = rows.filter(code__in=codes)  # none when they are gone already: then the others of the project are not meant
    else:
        found = rows.filter(project_code=payload["projectCode"]) if payload.get("projectCode") else rows.none()
    retire_each(found, on, basis)


@subscribe("project.extinct", by="cim.project_extinct")
def project_extinct(event: Event) -> None:
    """The whole project is gone: all its buildings are."""
    code = event.payload.get("projectCode")
    if code:
        rows = Building.objects.filter(project_code=code, valid_to=None)
        retire_each(rows, day_of(event.payload, "extinct_on"), f"project.extinct {code}")


@subscribe("building.delivered", by="cim.building_delivered")
def building_delivered(event: Event) -> None:
    """交付: what was planned or being built stands and is used from that day on."""
    code = event.payload.get("projectCode")
    if not code:
        return
    on = day_of(event.payload, "delivered_on")
    for building in Building.objects.filter(project_code=code, valid_to=None, status__in=["planned", "building"]):
        changes: dict[str, Any] = {"status": Building.Status.IN_USE, "planned": False}
        if building.built_on is None:
            changes["built_on"] = on
        day = on if building.planned else max(on, building.valid_from + timedelta(days=1))
        services.new_version(building, day, **changes)
