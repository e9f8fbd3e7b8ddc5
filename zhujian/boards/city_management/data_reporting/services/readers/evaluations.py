"""综合评价: frozen periods of the region (figures and scores with both sides and their version), and published comprehensive results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zhujian.boards.city_management.data_reporting.rules.schema import Schema, business_key
from zhujian.boards.city_management.data_reporting.services.sources import Row, kept, register
from zhujian.boards.city_management.evaluation.models import IndicatorResult, Run
from zhujian.boards.city_management.evaluation.selectors import feed


def runs(schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """One record per indicator and composite of each frozen period; a recalculated period is an update by its next version."""
    for run, standing in feed.frozen(prefix, ids):
        common = {"period": run.period, "regionCode": run.region_code, "source": "platform"}
        proof = {"version": run.number, "digest": run.digest, "countedUntil": run.complete_until.isoformat(timespec="seconds")}
        for code, (top, bottom, value, version) in sorted(standing.figures.items()):
            yield _row(schema, {**common, "indicator": code, "numerator": top, "denominator": bottom, "value": value,
                                "evidence": {**proof, "formula": version}}, run, run.pk)  # fmt: skip
        for code, score in sorted(standing.scores.items()):
            held = {"grade": score.get("grade") or "", "rank": score.get("rank"), "leftOut": score.get("left_out")}
            yield _row(schema, {**common, "indicator": code, "numerator": score.get("score"), "denominator": score.get("full"),
                                "value": score.get("share"), "evidence": {**proof, **held}}, run, run.pk)  # fmt: skip


def published(schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """Results of the comprehensive evaluation, once they are public."""
    for result, papers in feed.published(prefix, ids):
        yield _row(schema, {
            "indicator": result.indicator.code, "period": result.task.campaign.period, "regionCode": result.region_code, "value": _text(result.value),
            "numerator": _text(result.numerator), "denominator": _text(result.denominator), "source": result.source,
            "evidence": {"version": result.number, "task": result.task.campaign.number, "points": _text(result.points), "full": _text(result.full),
                         "papers": papers},
        }, result, result.pk)  # fmt: skip


def _row(schema: Schema, payload: dict[str, Any], made: Run | IndicatorResult, pk: int) -> Row:
    found = kept(payload)
    return Row(business_key(schema, found), str(found["regionCode"]), found, made.created_at, pk)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


register("evaluation.runs", runs, grows={Run: None}, lasting=True)
register(
    "evaluation.results",
    published,
    grows={IndicatorResult: None},
    tables={"evaluation_campaign": feed.results_of_campaigns},
    lasting=True,
)
