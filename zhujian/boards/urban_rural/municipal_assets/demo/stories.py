"""What happens to the demo's facilities: a census under way, covers nobody owns, as-built surveys due, versions past and planned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Polygon
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import (
    AsBuilt,
    CensusBatch,
    CensusLedger,
    CensusSample,
    Manhole,
    PipeLine,
    Road,
)
from zhujian.boards.urban_rural.municipal_assets.services import census, city
from zhujian.boards.urban_rural.municipal_assets.services import ownerless as cases
from zhujian.foundation.cim.generator import District, ewkb
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Account
from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow import selectors as workflow
from zhujian.foundation.workflow import services as tasks

SURVEYOR, SUPERVISOR = "武汉地质勘察研究院有限公司", "武汉信诚建设监理有限公司"
STEPS = (("plan", "approver", "pass"), ("survey", "reviewer", "done"), ("internal", "reviewer", "pass"))


def plan_census(made: District) -> CensusBatch:
    """The batch of the storm and sanitary sewers of the district, with its ledger."""
    today = timezone.localdate()
    lons = [x for street in made.streets for x, _ in street.line]
    lats = [y for street in made.streets for _, y in street.line]
    box = (min(lons) - 0.001, min(lats) - 0.001, max(lons) + 0.001, max(lats) + 0.001)
    batch = CensusBatch.objects.create(
        name=f"{made.name}片区排水管网普查", kinds=["YS", "WS", "manhole"], region_code=made.region_code, surveyor_name=SURVEYOR,
        supervisor_name=SUPERVISOR, starts_on=today - timedelta(days=150), ends_on=today + timedelta(days=45),
        area=MultiPolygon(Polygon.from_bbox(box), srid=4490),
    )  # fmt: skip
    batch.area.srid = 4490
    for kind in ("YS", "WS"):
        metres = sum(line.length_m for line in made.lines if line.kind == kind)
        CensusLedger.objects.create(
            batch=batch,
            kind=kind,
            ledger_km=Decimal(str(round(metres / 940, 3))),
            basis="2021年排水设施台账",
            region_code=made.region_code,
        )  # the ledger has some that the survey has not found yet
    return census.begin(batch)


def _do(subject: str, node: str, account: Account, outcome: str, **data: Any) -> None:
    task = next(one for one in workflow.open_tasks_of(subject) if one.node == node)
    with scope.acting(identity.scope_for(account, identity.posts_of(account)[0])):
        tasks.do_complete(task.pk, outcome=outcome, data=data, comment="")


def _people(region: str) -> dict[str, Account]:
    found = {}
    for role in ("reviewer", "approver", "supervisor"):
        account = Account.objects.filter(username=f"{role}.hud.{region[:6]}").first()
        if account:
            found[role] = account
    return found


def walk_census(batch: CensusBatch) -> None:
    """Bring the batch to its supervised check, two thirds of the samples surveyed; where the office has nobody, it stays planned."""
    people = _people(batch.region_code)
    if len(people) < 3:
        return
    subject = census.subject(batch)
    for node, role, outcome in STEPS:
        _do(subject, node, people[role], outcome)
    samples = list(CensusSample.objects.filter(batch=batch).order_by("number"))
    for sample in samples[: len(samples) * 2 // 3]:
        bad = sample.number % 41 == 0
        sample.offset_m = Decimal("0.210") if bad else Decimal(sample.number % 13) / 100
        sample.height_diff_m = Decimal(sample.number % 9) / 100
        sample.result = "offset" if bad else "agree"
        sample.surveyed_on, sample.surveyed_by = timezone.localdate() - timedelta(days=sample.number % 20), "监理组"
    CensusSample.objects.bulk_update(
        samples, ["offset_m", "height_diff_m", "result", "surveyed_on", "surveyed_by"], batch_size=500
    )


def ownerless(region: str) -> int:
    """Four covers nobody owns: one just found, two published, one claimed; the others wait to be reported."""
    people = _people(region)
    covers = list(Manhole.objects.filter(region_code=region, ownership="unknown").order_by("id")[:4])
    today = timezone.localdate()
    for number, cover in enumerate(covers):
        case = cases.open_case(cover.pk, found_on=today - timedelta(days=5 + 6 * number), found_by="城管网格巡查员")
        if number == 0 or len(people) < 3:
            continue
        _do(cases.subject(case), "publish", people["reviewer"], "pass")
        if number == 2:
            _do(
                cases.subject(case),
                "claim",
                people["reviewer"],
                "claimed",
                body_name="武汉光谷通信管道有限公司",
                body_org="",
                basis="管道竣工图",
            )
    return len(covers)


def as_built(region: str) -> int:
    """Finished works whose survey is due, late, delivered and stored."""
    today = timezone.localdate()
    for number, (name, days, builder) in enumerate(
        (("光谷三路雨水管改造", 12, "武汉市城建项目建设管理有限公司"), ("关山大道给水管更新", 47, "武汉汉水供水有限公司"),
         ("光谷广场综合管廊二期", 75, "武汉市城建项目建设管理有限公司"))
    ):  # fmt: skip
        row = AsBuilt.objects.create(
            name=name, builder_name=builder, kinds=["YS" if number == 0 else "JS" if number == 1 else "gallery"],
            completed_on=today - timedelta(days=days), region_code=region,
        )  # fmt: skip
        census.register_asbuilt(row)
        for step in ("deliver", "check") if number == 2 else ():
            census.advance_asbuilt(row, step, row.version)
    return 3


def past_and_future(made: District, who: Callable[[str], dict[str, Any]]) -> int:
    """Former and planned versions for the time slider: narrower streets, smaller storm sewers, what is to be built."""
    streets = []
    for one in made.streets[::20]:
        row = {**city.asset(made, f"DL{made.prefix}{one.number:05d}", one.built_on), "name": one.name, "grade": "branch", "geom": ewkb.line(one.line),
               "carriageway_m": 7, "lanes": 2, "surface": "cement", **who("road")}  # fmt: skip
        streets.append({**row, "valid_from": date(1972, 6, 1), "valid_to": one.built_on, "built_on": date(1972, 6, 1)})
    for one in made.streets[7::30]:
        row = {**city.asset(made, f"DL{made.prefix}{one.number:05d}", one.built_on), "name": one.name, "grade": "arterial", "geom": ewkb.line(one.line),
               "carriageway_m": one.width_m + 7, "lanes": one.lanes + 2, "surface": "asphalt", **who("road")}  # fmt: skip
        streets.append({**row, "valid_from": date(2028, 6, 1), "planned": True, "status": "planned", "built_on": None})
    pipes = []
    for line in [one for one in made.lines if one.kind == "YS"][9::40]:
        row = {**city.asset(made, line.code, line.built_on), "kind": "YS", "geom": ewkb.line(line.line), "flow": 1, "material": "rc",
               "start_invert": line.start_invert_m, "end_invert": line.end_invert_m, "source_datum": "1985", **who("YS")}  # fmt: skip
        pipes.append(
            {
                **row,
                "valid_from": date(1970, 1, 1),
                "valid_to": line.built_on,
                "diameter_mm": max(200, line.diameter_mm - 100),
                "built_on": date(1970, 1, 1),
            }
        )
        pipes.append(
            {
                **row,
                "valid_from": date(2027, 10, 1),
                "planned": True,
                "status": "planned",
                "diameter_mm": line.diameter_mm + 200,
                "built_on": None,
            }
        )
    return city.write(Road, streets) + city.write(PipeLine, pipes)
