"""Inspection plans by class: one for each bridge, road, gallery or station; one for all pipes, lamps or covers of one body in one region."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import InspectionDue, InspectionPlan
from zhujian.boards.urban_rural.municipal_assets.rules import patrols
from zhujian.boards.urban_rural.municipal_assets.rules.patrols import PatrolClass
from zhujian.boards.urban_rural.municipal_assets.selectors import assets
from zhujian.boards.urban_rural.municipal_assets.services.values import Values, label
from zhujian.foundation import resources
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.scope import region_range
from zhujian.foundation.kernel.valid_time import present
from zhujian.foundation.regions import selectors as regions

UNKNOWN = "养护单位待定"


@dataclass(frozen=True)
class _Wanted:
    """A plan that ought to exist: what it is about and its interval."""

    columns: dict[str, Any]
    kind: str
    every: int
    unit: str
    basis: str
    org_code: str
    org_name: str

    @property
    def key(self) -> tuple[Any, ...]:
        """What a plan is told apart by."""
        if self.columns["asset_id"]:
            return self.columns["resource"], self.columns["asset_id"], self.kind
        return self.columns["patrol"], self.columns["region_code"], self.org_name, self.kind


@transaction.atomic
def do_plan(region_code: str, *, starts_on: date, classes: Collection[str] = ()) -> int:
    """Make the plans that facilities in a region still lack, of all classes or of `classes`; how many were made."""
    values = Values(timezone.localdate(), region_code)
    made = []
    for one in patrols.CLASSES:
        if classes and one.code not in classes:
            continue
        known = _known(one)
        wanted = _each(one, region_code, values) if one.each else _walks(one, region_code, values)
        made += [
            InspectionPlan(
                **plan.columns, kind=plan.kind, every=plan.every, unit=plan.unit, basis=plan.basis[:160], starts_on=starts_on,
                org_code=plan.org_code, org_name=plan.org_name, created_by=scope.current().actor_id,
            )
            for plan in wanted
            if plan.key not in known
        ]  # fmt: skip
    InspectionPlan.objects.bulk_create(made, batch_size=500)
    return len(made)


def _known(one: PatrolClass) -> set[tuple[Any, ...]]:
    rows = InspectionPlan.objects.filter(resource=one.resource, active=True)
    if one.each:
        return {(one.resource, *row) for row in rows.exclude(asset_id=0).values_list("asset_id", "kind")}
    return {(one.code, *row) for row in rows.filter(patrol=one.code, asset_id=0).values_list("region_code", "org_name", "kind")}


def _facilities(one: PatrolClass, region_code: str) -> Any:
    low, high = region_range(region_code)
    model = resources.get(one.resource).model
    rows = model._default_manager.filter(
        present(timezone.localdate()), region_code__gte=low, region_code__lt=high, status="in_use"
    )
    return (rows.filter(kind__in=one.kinds) if one.kinds else rows).order_by("id")


def _each(one: PatrolClass, region_code: str, values: Values) -> Iterator[_Wanted]:
    """Plans of every facility of a class."""
    table, basis = values(one.parameter), values.basis(one.parameter)
    for facility in _facilities(one, region_code):
        grade = getattr(facility, one.graded, "") if one.graded else ""
        found = patrols.intervals(one, table, grade=grade, first=getattr(facility, "maintenance_kind", "") == "I")
        what = assets.described(one.resource, facility)
        for kind, (amount, unit) in found.items():
            yield _Wanted(
                {**what.columns, "patrol": one.code},
                kind,
                amount,
                unit,
                basis,
                what.maintainer_org,
                what.maintainer_name or UNKNOWN,
            )


def _walks(one: PatrolClass, region_code: str, values: Values) -> Iterator[_Wanted]:
    """Plans of walks: one for all facilities of a class that one body maintains in one region."""
    table, basis = values(one.parameter), values.basis(one.parameter)
    groups = (
        _facilities(one, region_code)
        .order_by()
        .values("region_code", "maintainer_org", "maintainer_name")
        .annotate(number=Count("pk"))
    )
    for group in groups.order_by("region_code", "maintainer_name"):
        name = group["maintainer_name"] or UNKNOWN
        code = group["maintainer_org"]
        columns = {
            "resource": one.resource, "asset_id": 0, "patrol": one.code, "region_code": group["region_code"],
            "label": f"{regions.name(group['region_code'])}{label('patrol_class', one.code)}（{name}，{group['number']} 处）"[:160],
            "parties": [f"org:{code}"] if code else [],
        }  # fmt: skip
        for kind, (amount, unit) in patrols.intervals(one, table).items():
            yield _Wanted(columns, kind, amount, unit, basis, code, name)


def order_kind(due: InspectionDue) -> str:
    """The kind of work order that a defect found by an inspection becomes."""
    known = patrols.BY_CODE.get(due.patrol)
    if known is not None:
        return known.order
    return "structure" if due.resource in ("municipal_assets.bridge", "municipal_assets.tunnel") else "broken"


def facility_of(due: InspectionDue, code: str) -> int:
    """Id of the facility that `code` names among those a walk goes along. Refusal ``due.code`` when there is none."""
    one = patrols.BY_CODE[due.patrol]
    found = list(_facilities(one, due.region_code).filter(code=code.strip()).values_list("pk", flat=True)[:2])
    if len(found) != 1:
        title = label("patrol_class", due.patrol)
        raise Refusal("due.code", f"本区域的{title}里没有找到编码“{code[:40]}”，请核对，可在地图或登记簿中查到。", "code")
    return int(found[0])
