"""Checking the network: ask for a run, carry it out, keep what it found, accept what is no fault."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import CensusBatch, TopologyFinding, TopologyRun
from zhujian.boards.urban_rural.municipal_assets.rules import topology as rules
from zhujian.boards.urban_rural.municipal_assets.selectors import crossings, pipes
from zhujian.boards.urban_rural.municipal_assets.services import findings
from zhujian.boards.urban_rural.municipal_assets.services.values import Values, topology_settings
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.kernel.scope import region_range
from zhujian.foundation.regions import selectors as regions

log = logging.getLogger("zhujian.municipal_assets")
LOCK = 4_036_951  # one run writes findings at a time


def extent_of(run: TopologyRun) -> pipes.Extent:
    """Which pipes a run looks at."""
    return pipes.Extent(run.region_code, timezone.localdate(), run.area, run.batch_id, tuple(run.kinds))


def check_request(region_code: str, area: GEOSGeometry | None, kinds: Sequence[str]) -> list[Reason]:
    """Reasons against a check: outside the actor's region, or an area that is none."""
    who = scope.current()
    low, high = region_range(region_code)
    found = []
    if not regions.exists(region_code):
        found.append(Reason("topology.region", "请选择要检查的行政区划。", "region_code"))
    elif not (who.region_lo <= low and high <= who.region_hi):
        found.append(Reason("topology.scope", "只能检查本辖区内的管网，请改选本级或下级行政区划。", "region_code"))
    if area is not None and (area.geom_type not in ("Polygon", "MultiPolygon") or not area.valid or area.num_coords > 10_000):
        found.append(Reason("topology.area", "检查区域应是不自相交的多边形，请重新画。", "area"))
    return found


@transaction.atomic
def do_request(
    region_code: str, *, area: GEOSGeometry | None = None, batch: CensusBatch | None = None, kinds: Sequence[str] = ()
) -> TopologyRun:
    """Ask for a check; a small one is done at once, a large one by the background job. Refusal when there is nothing to check."""
    refuse_if(check_request(region_code, area, kinds))
    name = regions.name(region_code)
    what = batch.name if batch else (f"{name}（画定区域）" if area is not None else name)
    title = f"{what} {timezone.localtime():%Y-%m-%d %H:%M}"
    who = scope.current()
    run = TopologyRun(
        region_code=region_code, title=title[:160], area=area, batch=batch, kinds=list(kinds), requested_name=who.actor_name, created_by=who.actor_id,
    )  # fmt: skip
    values = Values(timezone.localdate(), region_code)
    total = pipes.count(extent_of(run))
    if not total:
        raise Refusal("topology.empty", "所选范围内没有管线，请改选范围或先导入普查成果。", "region_code")
    most = int(values("topology_most"))
    if total > most:
        raise Refusal(
            "topology.large", f"所选范围有 {total} 条管线，超过一次检查的上限 {most} 条，请分区县或分管类检查。", "region_code"
        )
    run.lines = total
    run.save()
    if total <= int(values("topology_now_most")):
        carry_out(run.pk)
        run.refresh_from_db()
    return run


def run_queued() -> int:
    """Carry out the oldest queued check; how many were done (0 or 1)."""
    waiting = TopologyRun.objects.select_for_update(skip_locked=True).filter(state="queued").order_by("id").first()
    if waiting is None:
        return 0
    carry_out(waiting.pk)
    return 1


def carry_out(run_id: int) -> TopologyRun:
    """Check and keep the findings, or keep why it failed; in the caller's transaction."""
    with scope.system("拓扑检查"):
        run = TopologyRun.objects.select_for_update().get(pk=run_id)
        if run.state not in ("queued", "failed"):
            raise Conflict("topology.done", "这次检查已经完成，请发起新的检查。")
        run.started_at = timezone.now()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                _check(run)
        except Refusal as refusal:
            run.state, run.fault = "failed", str(refusal)[:400]
        except Exception:  # the run says that it failed; the operator finds why in the log
            log.exception("topology run %s", run_id)
            run.state, run.fault = "failed", "检查程序出错，已记录，请联系系统管理员。"
        run.finished_at = timezone.now()
        run.save()
        return run


def _check(run: TopologyRun) -> None:
    values = Values(timezone.localdate(), run.region_code)
    settings = topology_settings(values)
    extent = extent_of(run)
    loaded = pipes.load(extent, fall_m=settings.fall_m, sinks=values("topology_outlet_facilities"))
    results = rules.check(loaded.network, settings)
    results["clearance"] = crossings.gas_and_sewers(extent, loaded.zone, values)
    tally = findings.keep(run, loaded, results)
    run.state, run.points, run.lines = "done", len(loaded.network.nodes), len(loaded.network.lines)
    run.length_km = round(loaded.length_m / 1000, 3)
    run.counts, run.new, run.fixed = _counts(results), tally.new, tally.fixed
    faults = [fault for done in results.values() for fault in done.findings]
    run.errors = sum(fault.severity == rules.ERROR for fault in faults)
    run.warnings = len(faults) - run.errors
    run.parameters = values.versions
    run.finished_at = timezone.now()
    payload = {"run": run.pk, "errors": run.errors, "warnings": run.warnings, "new": run.new, "fixed": run.fixed}
    subject = f"municipal_assets.topology_run:{run.pk}"
    events.publish("topology.checked", subject=subject, region_code=run.region_code, payload=payload)
    facts = {**payload, "lines": run.lines, "parameters": values.versions}
    evidence.record("topology.checked", object_id=subject, region_code=run.region_code, payload=facts)


def _counts(results: dict[str, rules.Checked]) -> dict[str, dict[str, int]]:
    """Per rule: errors, warnings, objects looked at, objects that could not be judged. Circles of flow are found by the outlet rule."""
    found: dict[str, dict[str, int]] = {}
    for rule, done in results.items():
        found[rule] = {"errors": 0, "warnings": 0, "looked": done.looked, "unknown": done.unknown}
        for fault in done.findings:
            row = found.setdefault(fault.rule, {"errors": 0, "warnings": 0, "looked": done.looked, "unknown": 0})
            row["errors" if fault.severity == rules.ERROR else "warnings"] += 1
    return found


@transaction.atomic
def do_accept(finding_id: int, *, reason: str) -> TopologyFinding:
    """Say that a finding is no fault; it stays accepted until the network changes there."""
    found = _locked(finding_id)
    if not reason.strip():
        raise Refusal("topology.reason", "请写明确认无误的理由，例如：现场为倒虹吸管。", "reason")
    if found.state not in ("new", "open"):
        raise Conflict("topology.state", "这个问题已经消除或已确认，请刷新页面。")
    found.state, found.accepted_reason = "accepted", reason.strip()[:300]
    found.accepted_name, found.accepted_on = scope.current().actor_name, timezone.localdate()
    found.save_version(found.version, fields=["state", "accepted_reason", "accepted_name", "accepted_on"])
    _tell("topology.accepted", found, {"reason": found.accepted_reason})
    return found


@transaction.atomic
def do_reopen(finding_id: int) -> TopologyFinding:
    """Take an acceptance back."""
    found = _locked(finding_id)
    if found.state != "accepted":
        raise Conflict("topology.state", "这个问题没有被确认过，请刷新页面。")
    found.state, found.accepted_reason, found.accepted_name, found.accepted_on = "open", "", "", None
    found.save_version(found.version, fields=["state", "accepted_reason", "accepted_name", "accepted_on"])
    _tell("topology.reopened", found, {})
    return found


def _locked(finding_id: int) -> TopologyFinding:
    found = TopologyFinding.objects.select_for_update().filter(pk=finding_id).first()
    if found is None:
        raise NotFound("topology.not_found", "没有找到这个拓扑问题，可能不在您的管辖范围内。")
    return found


def _tell(name: str, found: TopologyFinding, payload: dict[str, Any]) -> None:
    subject = f"municipal_assets.topology_finding:{found.pk}"
    body = {"key": found.key, "rule": found.rule, **payload}
    events.publish(name, subject=subject, region_code=found.region_code, parties=found.parties, payload=body)
    evidence.record(name, object_id=subject, region_code=found.region_code, parties=found.parties, payload=body)
