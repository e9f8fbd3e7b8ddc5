"""Frozen results for those that pass them on (数据交换): the region's own figures and scores, and what a comprehensive task has published."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Max

from zhujian.boards.city_management.evaluation.models import Campaign, FilingFile, IndicatorResult, Run, Standing

PUBLIC = (Campaign.State.PUBLISHED, Campaign.State.ARCHIVED)


def frozen(prefix: str, ids: list[int] | None = None) -> Iterator[tuple[Run, Standing]]:
    """(valid version of a frozen period, the whole region's result in it) of a region (significant digits) and those within it.

    `ids`: only the periods of these runs. Call it in a system scope.
    """
    rows = Run.objects.filter(region_code__gte=prefix, region_code__lt=prefix + "~")
    if ids is not None:
        wanted = set(rows.filter(pk__in=ids).values_list("region_code", "period"))
    newest = {
        (one["region_code"], one["period"]): one["last"]
        for one in rows.values("region_code", "period").order_by().annotate(last=Max("pk"))
    }
    chosen = sorted(pk for key, pk in newest.items() if ids is None or key in wanted)
    runs = {run.pk: run for run in rows.filter(pk__in=chosen)}
    for standing in Standing.objects.filter(run__in=chosen, target="city").order_by("run_id"):
        run = runs[standing.run_id]
        if standing.code == run.region_code:
            yield run, standing


def published(prefix: str, ids: list[int] | None = None) -> Iterator[tuple[IndicatorResult, list[str]]]:
    """(last published result of an indicator of a city, SM3 of the papers it was filed with); `ids`: only of these results' indicators."""
    rows = IndicatorResult.objects.filter(
        region_code__gte=prefix, region_code__lt=prefix + "~", task__campaign__state__in=PUBLIC
    ).select_related("task__campaign", "indicator")
    if ids is not None:
        tasks = set(rows.filter(pk__in=ids).values_list("task_id", flat=True))
        rows = rows.filter(task__in=tasks)
    newest: dict[tuple[int, int], IndicatorResult] = {}
    for row in rows.order_by("number"):
        newest[row.task_id, row.indicator_id] = row
    papers: dict[tuple[int, int], list[str]] = {}
    files = (
        FilingFile.objects.filter(filing__task__in={task for task, _ in newest}).select_related("filing", "file").order_by("pk")
    )
    for paper in files:
        papers.setdefault((paper.filing.task_id, paper.filing.indicator_id), []).append(paper.file.sm3)
    for key, row in sorted(newest.items()):
        yield row, papers.get(key, [])


def results_of_campaigns(ids: list[int]) -> list[int]:
    """Results of these tasks: publishing shows them."""
    return list(IndicatorResult.objects.filter(task__campaign__in=ids).values_list("pk", flat=True))


__all__ = ["frozen", "published", "results_of_campaigns"]
