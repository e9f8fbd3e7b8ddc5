"""What the pages of evaluation show: results of a region and period, frozen or as last counted, its trend, and what may be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.evaluation.models import Run, Standing
from zhujian.boards.city_management.evaluation.rules import periods
from zhujian.boards.city_management.evaluation.rules.composites import Grade
from zhujian.boards.city_management.evaluation.rules.periods import Period
from zhujian.boards.city_management.evaluation.selectors import counts, definitions
from zhujian.boards.city_management.evaluation.services import freezing, provisional
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

TREND = 12
TAGS = {"green": "tag-ok", "blue": "tag-info", "yellow": "tag-warn", "red": "tag-error"}


@dataclass(frozen=True)
class Asked:
    """What a page was asked for: a region, a period, a kind of target, a frozen version."""

    region_code: str
    period: Period
    target: str
    run: Run | None = None

    @property
    def query(self) -> str:
        """As it stands in addresses."""
        version = f"&version={self.run.number}" if self.run else ""
        return f"region={self.region_code}&period={self.period.key}&target={self.target}{version}"


@dataclass
class Line:
    """One target on a page. A count that is not listed is 0, a figure that is not listed is 0 ÷ 0, a score that is not listed is none."""

    code: str
    name: str
    counts: Mapping[str, int]
    figures: Mapping[str, list[Any]]
    scores: Mapping[str, dict[str, Any]]
    grade: Grade | None = None
    score: dict[str, Any] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """Class of the coloured tag of its grade."""
        return TAGS.get(self.grade.colour, "tag-muted") if self.grade else "tag-muted"


@dataclass(frozen=True)
class Found:
    """Results of one kind of target."""

    asked: Asked
    lines: list[Line]
    at: datetime
    frozen: bool


def own_region() -> str:
    """The region a page begins with: the actor's own."""
    who = scope.current()
    return who.region_code if who.region_code else "420000000000"


def within(code: str) -> bool:
    """Whether `code` is a region within the actor's own."""
    who = scope.current()
    return regions.region(code) is not None and who.region_lo <= code < who.region_hi


def check_region(code: str, *, period: str = "") -> None:
    """A page shows a region within the actor's own; of a region above it only what is frozen (`period`: in that period), and of that only
    the rows that row-level security lets through. NotFound else."""
    if within(code):
        return
    runs = Run.objects.filter(region_code=code, **({"period": period} if period else {}))
    if regions.region(code) is None or not runs.exists():
        raise NotFound("evaluation.region", "没有找到这个地区，可能不在您的管辖范围内。")


def asked(values: Mapping[str, str]) -> Asked:
    """From the query of an address; Refusal when it is written wrongly."""
    region = values.get("region") or own_region()
    period = periods.parse(values["period"]) if values.get("period") else periods.containing("month", timezone.localdate())
    check_region(region, period=period.key)
    target = values.get("target") or _first_target(region)
    if target not in dict(parameters.code_list("evaluation.target", timezone.localdate())):
        raise Refusal("evaluation.target", "请选择评价对象。", "target")
    version = values.get("version") or ""
    run = freezing.latest(region, period.key)
    if version.isascii() and version.isdigit() and len(version) < 5:
        run = Run.objects.filter(region_code=region, period=period.key, number=int(version)).first()
        if run is None:
            raise NotFound("evaluation.version", "没有这一版冻结结果。")
    return Asked(region, period, target, run)


def _first_target(region_code: str) -> str:
    division = regions.region(region_code)
    return {"province": "county", "city": "county", "county": "street"}.get(division.level if division else "", "community")


def results(what: Asked, *, again: bool = False) -> Found:
    """Frozen results where there are any, else those last counted; best first by the region's own composite."""
    if what.run is not None:
        rows = [row.__dict__ for row in Standing.objects.filter(run=what.run, target=what.target)]
        at, frozen = what.run.complete_until, True
    else:
        kept = provisional.results(what.region_code, what.period, what.target, again=again)
        rows, at, frozen = kept.rows, kept.counted_at, False
    zeros = dict.fromkeys(counts.BY_CODE, 0)
    lines = [Line(row["code"], row["name"], {**zeros, **row["counts"]}, row["figures"], row["scores"]) for row in rows]
    return Found(what, lines, at, frozen)


def weigh(found: Found, composite: str) -> None:
    """Show the lines by one composite: its score, grade and order."""
    bands = {one.code: one for one in definitions.grades(found.asked.period.start, found.asked.region_code)}
    for line in found.lines:
        line.score = line.scores.get(composite, {})
        line.grade = bands.get(line.score.get("grade") or "")
    found.lines.sort(key=lambda line: (line.score.get("rank") is None, line.score.get("rank") or 0, line.code))


def check_own(code: str) -> None:
    """NotFound for a region that is not within the actor's own: nobody freezes or counts for those above."""
    if not within(code):
        raise NotFound("evaluation.region", "没有找到这个地区，可能不在您的管辖范围内。")


@dataclass(frozen=True)
class Point:
    """One period of a trend; no value where nothing is frozen or nothing was due."""

    period: Period
    value: Decimal | None
    link: str


def trend(what: Asked, code: str, read: str, *, composite: str = "", number: int = TREND) -> list[Point]:
    """The value of an indicator (or the share of `composite`) of one target over the frozen periods up to the shown one."""
    wanted = periods.back(what.period, number)
    runs: dict[str, Run] = {}
    for run in Run.objects.filter(region_code=what.region_code, period__in=[one.key for one in wanted]).order_by("number"):
        runs[run.period] = run
    rows = {row.run_id: row for row in Standing.objects.filter(run__in=runs.values(), target=what.target, code=code)}
    found = []
    for one in wanted:
        frozen = runs.get(one.key)
        row = rows.get(frozen.pk) if frozen else None
        value = None
        if row is not None:
            value = row.scores.get(composite, {}).get("share") if composite else (row.figures.get(read) or [None] * 3)[2]
        found.append(
            Point(
                one,
                None if value is None else Decimal(value),
                f"?region={what.region_code}&period={one.key}&target={what.target}",
            )
        )
    return found


def plain_sides(formula: str) -> tuple[str, str]:
    """The count that is the whole numerator, and the one that is the whole denominator; empty where a side is reckoned from several."""
    from zhujian.boards.city_management.evaluation.rules import formulas

    top, _, bottom = formula.partition("/")
    parsed = formulas.parse(formula)
    known = parsed.names_of("numerator") | parsed.names_of("denominator")
    return tuple(side.strip() if side.strip() in known and side.strip() in counts.TITLES else "" for side in (top, bottom))  # type: ignore[return-value]


def sides(formula: str) -> list[tuple[str, str]]:
    """(count, title) that a formula reads, numerator first."""
    from zhujian.boards.city_management.evaluation.rules import formulas

    parsed = formulas.parse(formula)
    order = sorted(parsed.names_of("numerator")) + sorted(parsed.names_of("denominator") - parsed.names_of("numerator"))
    return [(name, counts.TITLES[name]) for name in order if name in counts.TITLES]
