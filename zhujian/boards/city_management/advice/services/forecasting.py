"""The week's forecast, and the truth beside it when the week is over."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from zhujian.boards.city_management.advice.models import Forecast, LearnedModel
from zhujian.boards.city_management.advice.services import arrays, hotspots, settings
from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.digital_city.models import Grid
from zhujian.foundation.kernel import prepared


@transaction.atomic
def do_forecast(model: LearnedModel, today: date) -> int:
    """Forecast the week of `today` for the grids of the model's city, the top share of them; 0 when it was done."""
    week = hotspots.monday(today)
    if Forecast.objects.filter(model__region_code=model.region_code, week=week).exists():
        return 0
    found = hotspots.counts(model.region_code, today, int(model.settings["weeks"]))
    if not found.grids:
        return 0
    numbers = arrays.read(model)
    told = hotspots.expected(
        hotspots.features(found.grids, found.table, len(found.weeks)), numbers["coef"], float(numbers["intercept"][0])
    )
    most = max(1, round(len(found.grids) * settings.share("hotspot_share", model.region_code)))
    order = sorted(range(len(found.grids)), key=lambda i: (-told[i], i))[:most]
    grids = {g.code: g for g in Grid.objects.filter(code__in=[found.grids[i] for i in order], valid_to=None, planned=False)}
    rows = [
        Forecast(model=model, week=week, grid_code=found.grids[i], expected=round(float(told[i]), 3), rank=rank, recent=int(found.table[i, -4:].sum()),
                 boundary=grids[found.grids[i]].boundary, region_code=grids[found.grids[i]].region_code)
        for rank, i in enumerate(order, 1) if found.grids[i] in grids
    ]  # fmt: skip
    return len(Forecast.objects.bulk_create(rows, batch_size=1000))


@transaction.atomic
def do_compare(today: date) -> int:
    """Write the true number of reports beside forecasts of weeks that are over."""
    done = 0
    week_now = hotspots.monday(today)
    for week in Forecast.objects.filter(actual=None, week__lt=week_now).order_by().values_list("week", flat=True).distinct():
        rows = list(Forecast.objects.filter(actual=None, week=week))
        start = hotspots.midnight(week)
        seen = dict(
            Report.objects.filter(
                grid_code__in=[row.grid_code for row in rows], received_at__gte=start, received_at__lt=start + timedelta(weeks=1),
                state__in=["registered", "merged", "self_handled"],
            )
            .order_by().values_list("grid_code").annotate(count=Count("id"))
        )  # fmt: skip
        for row in rows:
            row.actual = seen.get(row.grid_code, 0)
        done += prepared.update_many(Forecast, rows, ["actual"])
    return done


def run(today: date | None = None) -> int:
    """Both, for every city with a model in use."""
    day = today or timezone.localdate()
    models = LearnedModel.objects.filter(purpose=LearnedModel.Purpose.HOTSPOT, state=LearnedModel.State.IN_USE)
    return do_compare(day) + sum(do_forecast(model, day) for model in models)
