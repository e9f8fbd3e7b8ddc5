"""Units of a building: written many at a time, with codes of their building."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.foundation.cim.models import Building, Unit
from zhujian.foundation.cim.rules import codes
from zhujian.foundation.cim.rules.floors import Room
from zhujian.foundation.cim.services import levels
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel.errors import Conflict, Reason, refuse_if


def check_units(building: Building, rows: Iterable[Mapping[str, Any]]) -> list[Reason]:
    """Why these units may not join the building: codes of another building, two of one code or one room."""
    reasons = []
    seen: set[Any] = set()
    for row in rows:
        code = row.get("code") or ""
        room = (row["floor"], row.get("entrance", ""), row["room_no"])
        if code:
            found = codes.code_reasons(code, unit=True)
            if not found and not codes.belongs(code, building.code):
                found = [Reason("house_code.building", f"户的代码 {code} 不属于这幢房屋，前21位应与幢代码相同。", "code")]
            reasons += found
        if row["floor"] == 0:
            reasons.append(Reason("unit.floor", "没有0层：地面一层为1，地下一层为-1。", "floor"))
        if room in seen or (code and code in seen):
            reasons.append(Reason("unit.twice", f"{row['floor']}层 {row['room_no']} 重复出现，请核对。", "room_no"))
        seen |= {room, code} if code else {room}
    return reasons


def check_rooms(building: Building, rooms: Iterable[Room]) -> None:
    """Refuse when a room of `rooms` stands in the building already (``unit.taken``)."""
    present = set(Unit.objects.filter(building=building, valid_to=None).values_list("floor", "entrance", "room_no"))
    twice = [room for room in rooms if (room.floor, room.entrance, room.room_no) in present]
    if twice:
        names = "、".join(room.room_no for room in twice[:5])
        more = f"等{len(twice)}户" if len(twice) > 5 else ""
        raise Conflict("unit.taken", f"{names}{more}已经登记，请调整楼层范围，或先核对楼盘表。", "first")


@transaction.atomic
def add_units(building: Building, rows: Iterable[Mapping[str, Any]], on: date | None = None) -> list[Unit]:
    """Add units (columns of `Unit`; without `code` its `number`, or the next free one, makes it), true from `on` (default: since the building is).

    One statement, one event ``cim.building_changed`` and one piece of evidence for all. Refusals: `check_units`, ``building.closed``.
    """
    building = Building.objects.select_for_update().get(pk=building.pk)
    if building.valid_to is not None:
        raise Conflict("building.closed", "这幢房屋已灭失或是历史版本，不能再增加户。")
    given = [dict(row) for row in rows]
    check_rooms(building, (Room(row["floor"], row.get("entrance", ""), row["room_no"], "", None, None, 1, 0) for row in given))
    refuse_if(check_units(building, given))
    used = {code[21:25] for code in Unit.objects.filter(building=building).values_list("code", flat=True)}
    used |= {row["code"][21:25] for row in given if row.get("code")}
    numbers = (free for free in range(1, 10_001) if f"{free:04d}" not in used)
    made = []
    for row in given:
        number = row.pop("number", 0)
        if not row.get("code"):
            wish = f"{number:04d}"
            if number and wish not in used:
                used.add(wish)
            else:
                number = next(numbers)
                used.add(f"{number:04d}")
            row["code"] = codes.unit_code(building.code, number)
        made.append(
            Unit(
                building=building, region_code=building.region_code, parties=building.parties,
                valid_from=on or min(building.valid_from, timezone.localdate()), planned=building.planned, **row,
            )
        )  # fmt: skip
    kept = Unit.objects.bulk_create(made, batch_size=500)
    if kept:
        levels.verify([building.pk], timezone.localdate())
        payload = {"code": building.code, "units": len(kept), "first": kept[0].code, "last": kept[-1].code}
        common: dict[str, Any] = {"region_code": building.region_code, "parties": building.parties, "payload": payload}
        events.publish("cim.building_changed", subject=building.subject, **common)
        evidence.record("cim.units_added", object_id=building.subject, **common)
    return kept


__all__ = ["add_units", "check_rooms", "check_units"]
