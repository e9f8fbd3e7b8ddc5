"""Register, change and retire a building. Nothing is overwritten, nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.foundation.cim.models import Building, Unit
from zhujian.foundation.cim.numbering import propose_code
from zhujian.foundation.cim.rules import codes
from zhujian.foundation.cim.services import levels
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, refuse_if

# What a new version may change. The code stays for life; place and time have their own arguments.
CHANGEABLE = frozenset(
    {
        "name", "address", "use", "structure", "floors_above", "floors_below", "height_m", "base_m", "area_m2", "built_on", "cim_level",
        "project_code", "status", "outline", "source", "accuracy_m", "planned",
    }
)  # fmt: skip


def tell_imported(buildings: Sequence[Building]) -> None:
    """Levels of imported buildings, one event and one piece of evidence for all of them."""
    if not buildings:
        return
    levels.verify([one.pk for one in buildings], timezone.localdate())
    first = buildings[0]
    payload = {"count": len(buildings), "first": first.code, "last": buildings[-1].code}
    events.publish("cim.building_registered", subject=first.subject, region_code=first.region_code, payload=payload)
    evidence.record_many(
        [
            evidence.Record("cim.building_imported", one.subject, one.region_code, facts_of(one), tuple(one.parties), "")
            for one in buildings
        ]
    )


def facts_of(building: Building) -> dict[str, Any]:
    """Small JSON of a building for events and evidence; the outline by its extent only."""
    return {
        "code": building.code, "name": building.name, "use": building.use, "status": building.status, "projectCode": building.project_code,
        "from": building.valid_from.isoformat(), "to": building.valid_to.isoformat() if building.valid_to else None,
        "floors": [building.floors_above, building.floors_below], "extent": [round(v, 7) for v in building.outline.extent],
    }  # fmt: skip


def check_building(*, code: str, region_code: str, status: str = "in_use", planned: bool = False) -> list[Reason]:
    """Why a building may not be registered with this code: form, check digit, district, or the code was used before."""
    reasons = codes.code_reasons(code, unit=False)
    if reasons:
        return reasons
    if code[:6] != region_code[:6]:
        reasons.append(Reason("house_code.place", "房屋代码的行政区划与所在区划不一致，请核对代码或区划。", "code"))
    if status == Building.Status.DEMOLISHED:
        reasons.append(Reason("building.demolished", "新登记的房屋不能直接是“灭失”，请先登记，再办理灭失。", "status"))
    # The code carries its district: whoever may register there sees every building that could have it.
    known = Building.objects.filter(code=code).order_by("-valid_from").first()
    if known:
        text = "已随灭失房屋停用，不能再用" if known.valid_to else "已经登记在另一幢房屋上"
        reasons.append(Reason("house_code.used", f"这个房屋代码{text}，请核对，或留空由系统编码。", "code"))
    return reasons


@transaction.atomic
def register_building(
    *, region_code: str, outline: Any, on: date | None = None, parties: Iterable[str] = (), **values: Any
) -> Building:
    """A new building, true from the day `on` (default today). `values`: columns of `Building`; without `code` one is given.

    Refusals: `check_building`. Leaves event ``cim.building_registered`` and evidence.
    """
    values["code"] = codes.tidy(values.get("code") or "") or propose_code(region_code, outline)
    refuse_if(
        check_building(
            code=values["code"],
            region_code=region_code,
            status=values.get("status", "in_use"),
            planned=values.get("planned", False),
        )
    )
    building = Building.objects.create(
        region_code=region_code, outline=outline, cim_level_verified=levels.of_new(outline, region_code, values), valid_from=on or timezone.localdate(), parties=list(parties),
        created_by=scope.current().actor_id, **values,
    )  # fmt: skip
    _tell("registered", building, {})
    return building


def check_level(building: Building) -> None:
    """What was verified is verified again: the building is no longer what it was."""
    levels.verify([building.pk], timezone.localdate())
    building.refresh_from_db(fields=["cim_level_verified"])


def _tell(act: str, building: Building, more: dict[str, Any]) -> None:
    common: dict[str, Any] = {"region_code": building.region_code, "parties": building.parties}
    payload = {**facts_of(building), **more}
    events.publish(f"cim.building_{act}", subject=building.subject, payload=payload, **common)
    evidence.record(f"cim.building_{act}", object_id=building.subject, payload=payload, **common)


def _locked(building: Building) -> Building:
    found = Building.objects.select_for_update().filter(pk=building.pk).first()
    if found is None:
        raise NotFound("cim.building.not_found", "没有找到这幢房屋，可能不在您的管辖范围内。")
    if found.valid_to is not None:
        raise Conflict("building.closed", "这是历史版本或已灭失的房屋，不能再变更。请打开现状版本。")
    return found


@transaction.atomic
def new_version(building: Building, on: date, **changes: Any) -> Building:
    """The building from the day `on` on, with `changes`; what it was until then is kept as a row of its own.

    The open version keeps its id, so that units, links, evidence and addresses stay; the former one gets a new id and ends on `on`.
    A planned version is simply rewritten when it comes true (``planned=False``). Refusals: ``building.closed``, ``building.version_date``,
    ``building.unchanged``. Leaves event ``cim.building_changed`` and evidence.
    """
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"a version cannot change {sorted(unknown)}")
    row = _locked(building)
    before = facts_of(row)
    if all(getattr(row, name) == value for name, value in changes.items()):
        raise Conflict("building.unchanged", "没有任何变化，不需要形成新版本。")
    if not row.planned:
        if on <= row.valid_from:
            day = f"{row.valid_from:%Y-%m-%d}"
            raise Conflict("building.version_date", f"新版本的启用日期应晚于现状版本的启用日期（{day}）。", "valid_from")
        _keep(row, on)
    for name, value in changes.items():
        setattr(row, name, value)
    row.valid_from = on
    row.save_version(row.version, fields=[*changes, "valid_from"])
    check_level(row)
    _tell("changed", row, {"changed": sorted(changes), "before": before})
    return row


def _keep(row: Building, until: date) -> Building:
    """A copy of `row` that ends on `until`; made closed, so that there is never more than one open version."""
    copy = Building.objects.get(pk=row.pk)
    copy.pk, copy._state.adding = None, True
    copy.valid_to = until
    copy.save(force_insert=True)
    return copy


@transaction.atomic
def retire(building: Building, on: date, basis: str) -> Building:
    """灭失: the building is true until `on` and its units with it; nothing is deleted. Doing it again changes nothing.

    `basis`: why, as it stands in the evidence (document number, event). Refusals: ``building.retire_date``.
    """
    row = Building.objects.select_for_update().filter(pk=building.pk).first()
    if row is None:
        raise NotFound("cim.building.not_found", "没有找到这幢房屋，可能不在您的管辖范围内。")
    if row.valid_to is not None:
        return row
    if on <= row.valid_from:
        raise Conflict("building.retire_date", f"灭失日期应晚于启用日期（{row.valid_from:%Y-%m-%d}），请核对。", "on")
    row.valid_to, row.status = on, Building.Status.DEMOLISHED
    row.save_version(row.version, fields=["valid_to", "status"])
    open_units = Unit.objects.filter(building=row, valid_to=None)
    closed = open_units.filter(valid_from__lt=on).update(valid_to=on)
    _tell("retired", row, {"basis": basis, "units": closed})
    return row


__all__ = ["check_building", "check_level", "facts_of", "new_version", "register_building", "retire", "tell_imported"]
