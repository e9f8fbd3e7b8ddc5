"""Ended periods are frozen: every number with its sides, rules and rows, and evidence over all of it. A recalculation is the next version."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from zhujian.boards.city_management.evaluation.models import Run
from zhujian.boards.city_management.evaluation.rules import periods
from zhujian.boards.city_management.evaluation.rules.periods import Period
from zhujian.boards.city_management.evaluation.selectors import names, standings, tallies
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Reason, refuse_if
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 304285))"


def check_freeze(region_code: str, period: Period, reason: str, now: datetime) -> list[Reason]:
    """Reasons against freezing: the period still runs, or it was frozen before and nobody says why again."""
    if not period.over(timezone.localdate(now)):
        return [Reason("freeze.running", f"{period.label}还没有结束，结束后才能冻结结果。", "period")]
    if Run.objects.filter(region_code=region_code, period=period.key).exists() and not reason.strip():
        return [Reason("freeze.reason", f"{period.label}的结果已经冻结。确需重新计算的，请写明原因，原结果会保留。", "reason")]
    return []


@transaction.atomic
def do_freeze(region_code: str, period: Period, *, reason: str = "", now: datetime | None = None) -> Run:
    """Calculate an ended period of a region and keep it for good. A period frozen before gets the next version, for `reason`."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"{region_code} {period.key}"])
    refuse_if(check_freeze(region_code, period, reason, now))
    who = scope.current()
    last = Run.objects.filter(region_code=region_code, period=period.key).order_by("-number").first()
    with scope.system("冻结评价结果"):
        result = standings.calculate(tallies.window(region_code, period, now=now))
        kept = [standings.kept(row) for rows in result.rows.values() for row in rows]
        rules = {
            "indicators": {one.code: [one.pk, one.number, one.formula] for one in result.indicators},
            "composites": sorted({one.pk for some in result.composites.values() for one in some}),
        }
        run = Run.objects.create(
            region_code=region_code, period=period.key, kind=period.kind, starts_on=period.start, ends_on=period.end,
            number=last.number + 1 if last else 1, reason=reason.strip(), complete_until=now, rules=rules, digest=digest(kept),
            by_name=who.actor_name or "系统", created_by=who.actor_id,
        )  # fmt: skip
        _store(run, kept, _homes(result))
        tallies.keep_rows(result.window, run.pk)
        payload = {"period": run.period, "version": run.number, "reason": run.reason, "digest": run.digest, "targets": len(kept)}
        subject = f"evaluation.run:{run.pk}"
        evidence.record("evaluation.frozen", object_id=subject, region_code=region_code, payload=payload)
        events.publish("evaluation.frozen", subject=subject, region_code=region_code, payload=payload)
    return run


INSERT = """
INSERT INTO evaluation_standing (run_id, region_code, parties, version, created_at, updated_at, created_by, target, code, name, counts, figures, scores)
SELECT %s, r.region_code, r.parties, 1, now(), now(), %s, r.target, r.code, r.name, r.counts, r.figures, r.scores
FROM jsonb_to_recordset(%s::jsonb) AS r(region_code text, parties text[], target text, code text, name text, counts jsonb, figures jsonb, scores jsonb)
"""
BATCH = 2000


def _homes(result: standings.Result) -> dict[tuple[str, str], str]:
    """(target, code) → region its row is filed under, so that row-level security shows a county its own departments and posts."""
    found: dict[tuple[str, str], str] = {}
    for target, rows in result.rows.items():
        places = names.homes(target, [row.code for row in rows], result.window)
        found |= {(target, code): region for code, region in places.items()}
    return found


def _store(run: Run, rows: list[dict[str, Any]], homes: dict[tuple[str, str], str]) -> None:
    """The results of every target, in a few statements; a body sees its own result wherever it is filed."""
    with connection.cursor() as cursor:
        for begin in range(0, len(rows), BATCH):
            part = [
                {
                    **row,
                    "region_code": homes[row["target"], row["code"]],
                    "parties": [f"org:{row['code']}"] if row["target"] == "org" else [],
                }
                for row in rows[begin : begin + BATCH]
            ]
            cursor.execute(INSERT, [run.pk, run.created_by, orjson.dumps(part).decode()])


def digest(rows: list[dict[str, Any]]) -> str:
    """SHA-256 over all results in a fixed order: the same results give the same digest."""
    ordered = sorted(rows, key=lambda row: (row["target"], row["code"]))
    return hashlib.sha256(orjson.dumps(ordered, option=orjson.OPT_SORT_KEYS)).hexdigest()


def verify(run: Run) -> bool:
    """Whether what is kept is what was frozen: over all results, also those that the viewer may not see."""
    fields = ("target", "code", "name", "counts", "figures", "scores")
    with scope.system("核对冻结的评价结果"):
        return digest(list(run.standings.values(*fields))) == run.digest


def latest(region_code: str, period: str) -> Run | None:
    """The valid version of a frozen period: the last one."""
    return Run.objects.filter(region_code=region_code, period=period).order_by("-number").first()


def freeze_ended(now: datetime | None = None) -> int:
    """Freeze what has ended and is not frozen: of every city and county that has cases, after the days for late uploads and appeals."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    made = 0
    with scope.system("定期冻结评价结果"):
        for code in _active():
            wait = int(parameters.value("evaluation.freeze_after_days", on=today, region=code).value)
            for kind in parameters.value("evaluation.frozen_kinds", on=today, region=code).value:
                period = periods.containing(str(kind), today - timedelta(days=wait)).previous
                if not Run.objects.filter(region_code=code, period=period.key).exists():
                    try:
                        do_freeze(code, period, now=now)
                        made += 1
                    except Conflict:
                        continue
    return made


def _active() -> list[str]:
    """Cities and counties in which there are cases."""
    with connection.cursor() as cursor:
        # The index on county_key is walked from key to key, whatever the number of cases.
        cursor.execute(
            "WITH RECURSIVE k AS ((SELECT county_key FROM command_case ORDER BY county_key LIMIT 1) UNION ALL "
            "SELECT (SELECT c.county_key FROM command_case c WHERE c.county_key > k.county_key ORDER BY c.county_key LIMIT 1) FROM k "
            "WHERE k.county_key IS NOT NULL) SELECT county_key FROM k WHERE county_key IS NOT NULL"
        )
        found = [f"{row[0]}000000" for row in cursor.fetchall()]
    above = {one.code for code in found for one in regions.ancestors(code) if one.level == "city"}
    return sorted({*found, *above})
