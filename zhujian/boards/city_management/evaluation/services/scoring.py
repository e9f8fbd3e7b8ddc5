"""The result of a comprehensive evaluation: values of every city from their sources, points, places; each calculation is kept."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from zhujian.boards.city_management.evaluation.models import Campaign, CityTask, Indicator, IndicatorResult, SamplePoint
from zhujian.boards.city_management.evaluation.rules import composites, formulas, periods, scoring
from zhujian.boards.city_management.evaluation.selectors import counts, tallies
from zhujian.boards.city_management.evaluation.services import freezing, surveys
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.parameters import selectors as parameters


def inputs_of(task: CityTask) -> dict[str, dict[str, Any]]:
    """Numbers by source: filed ones by indicator under ``filed``, counted cases, points seen, answers given."""
    period = periods.parse(task.campaign.period)
    run = freezing.latest(task.region_code, period.key)
    whole = run.standings.filter(target="city", code=task.region_code).first() if run else None
    counted = whole.counts if whole else tallies.tally(tallies.window(task.region_code, period), ())["city"][task.region_code]
    points = SamplePoint.objects.filter(sample__task=task).exclude(result="")
    site = {"points_checked": points.count(), "points_passed": points.filter(result="pass").count()}
    good, rated = surveys.overall(task)
    asked = {"answers_satisfied": good, "answers_rated": rated}
    return {"platform": {**dict.fromkeys(counts.BY_CODE, 0), **counted}, "site": site, "survey": asked}


def value_of(indicator: Indicator, numbers: dict[str, Any]) -> tuple[formulas.Value, Decimal | None, Decimal | None]:
    """(value with both sides, value in its unit, points) over `numbers`; nothing where a number is missing."""
    needed = formulas.parse(indicator.formula).names
    if needed - set(numbers):
        return formulas.Value(None, None, None), None, None
    value = formulas.parse(indicator.formula).value({name: Fraction(str(numbers[name])) for name in needed})
    exact = value.value * 100 if value.value is not None and indicator.unit == "%" else value.value
    points = scoring.points(
        indicator.scoring, indicator.full, exact, lower=indicator.direction == "lower", counts=_fractions(numbers)
    )
    return value, formulas.scaled(value.value, indicator.unit), None if points is None else formulas.rounded(points)


def _fractions(numbers: dict[str, Any]) -> dict[str, Fraction]:
    return {name: Fraction(str(number)) for name, number in numbers.items()}


def calculate(campaign: Campaign) -> list[CityTask]:
    """Points of every indicator of every city, totals and places; in the transaction of the act. A second one is the next version."""
    tasks = list(campaign.tasks.select_related("campaign").order_by("region_code"))
    waiting = [task.city_name for task in tasks if task.state not in (CityTask.State.DONE, CityTask.State.SCORED)]
    if waiting:
        raise Refusal(
            "campaign.waiting", f"{'、'.join(waiting[:5])}{'等' if len(waiting) > 5 else ''}还没有完成，全部完成后才能计算。"
        )
    chosen = {one.pk: one for one in Indicator.objects.filter(pk__in=[row["id"] for row in campaign.indicators])}
    least = Fraction(
        str(
            parameters.value("evaluation.least_share", on=periods.parse(campaign.period).start, region=campaign.region_code).value
        )
    )
    last = (
        IndicatorResult.objects.filter(task__campaign=campaign).order_by("-number").values_list("number", flat=True).first() or 0
    )
    totals: dict[str, Decimal | None] = {}
    for task in tasks:
        sources, filed = inputs_of(task), {row.indicator_id: row.inputs for row in task.filings.all()}
        exact: dict[str, Fraction | None] = {}
        rows, parts = [], []
        for row in campaign.indicators:
            one = chosen[row["id"]]
            numbers = filed.get(one.pk, {}) if one.source == "filed" else sources.get(one.source, {})
            value, shown, points = value_of(one, numbers)
            exact[one.code] = None if value.value is None else (value.value * 100 if one.unit == "%" else value.value)
            used = {name: str(numbers[name]) for name in sorted(formulas.parse(one.formula).names & set(numbers))}
            rows.append(IndicatorResult(
                task=task, indicator=one, number=last + 1, inputs=used, numerator=_side(value.numerator), denominator=_side(value.denominator),
                value=shown, points=points, full=Decimal(row["full"]), source=one.source, region_code=task.region_code,
            ))  # fmt: skip
            parts.append(composites.Part(one.code, Decimal(row["full"]), one.scoring, lower=one.direction == "lower"))
        IndicatorResult.objects.bulk_create(rows)
        total = composites.compose(parts, exact, {}, least_share=least)
        task.score, task.full, totals[task.region_code] = total.score, total.full, total.score
    places = composites.ranks(totals)
    for task in tasks:
        task.rank, task.state = places[task.region_code], CityTask.State.SCORED
        task.save_version(task.version, fields=["score", "full", "rank", "state"])
    campaign.state = Campaign.State.CALCULATED
    campaign.save_version(campaign.version, fields=["state"])
    return tasks


def _side(side: Fraction | None) -> Decimal | None:
    return None if side is None else formulas.rounded(side, 4)
