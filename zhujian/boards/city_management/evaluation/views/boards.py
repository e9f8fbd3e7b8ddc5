"""The score board, one target, one indicator, and the rows behind a number."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.city_management.evaluation.models import Composite, Indicator, Run
from zhujian.boards.city_management.evaluation.rules import formulas, scoring
from zhujian.boards.city_management.evaluation.rules.periods import KINDS, containing
from zhujian.boards.city_management.evaluation.selectors import boards, counts, definitions, rows
from zhujian.boards.city_management.evaluation.selectors.boards import Asked
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

PAGE = 50
# What the board shows of every target, whatever it is weighed by.
KEYS = ("handled_on_time_rate", "closed_rate", "closed_on_time_rate", "rework_rate", "satisfied_rate")
POST_KEYS = {
    "inspector": ("verified_on_time_rate", "checked_on_time_rate", "missed_rate"), "acceptor": ("registered_on_time_rate", "error_rate"),
    "dispatcher": ("dispatch_accuracy",),
}  # fmt: skip
POST_COUNTS = {"inspector": "reports_inspector", "acceptor": "accepted", "dispatcher": "dispatched"}


def _frame(asked: Asked) -> dict[str, Any]:
    """What every page of results has above it: region, period, kinds of targets."""
    division = regions.region(asked.region_code)
    today = timezone.localdate()
    return {
        "asked": asked, "region": division, "targets": parameters.code_list("evaluation.target", today), "period_kinds": KINDS,
        "same_day": {kind: containing(kind, min(asked.period.start, today)).key for kind in KINDS},
        "places": [one for one in regions.children(asked.region_code) if one.level in ("city", "county") and boards.within(one.code)] if division else [],
        "above": [one for one in regions.ancestors(asked.region_code) if one.code != asked.region_code and boards_may_see(one.code, asked)],
        "from_above": not boards.within(asked.region_code),
        "following": asked.period.following if asked.period.following.start <= today else None, "over": asked.period.over(today),
    }  # fmt: skip


def boards_may_see(code: str, asked: Asked) -> bool:
    """Whether the actor may open the board of `code` in the shown period."""
    try:
        boards.check_region(code, period=asked.period.key)
    except NotFound:
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@access("evaluation.board", "view")
def board(request: HttpRequest) -> HttpResponse:
    """Ranking of regions, departments or posts in a period. POST counts a period that is not frozen anew."""
    asked = boards.asked(request.GET)
    if request.method == "POST" and asked.run is None:
        boards.results(asked, again=True)
    if request.method == "POST":
        return HttpResponseRedirect(f"{reverse('evaluation:board')}?{asked.query}")
    found = boards.results(asked)
    choices = definitions.composites_for(asked.target, on=asked.period.start, region_code=asked.region_code)
    chosen = next((one for one in choices if one.code == request.GET.get("composite")), choices[0] if choices else None)
    boards.weigh(found, chosen.code if chosen else "")
    page = _page_number(request)
    shown = found.lines[page * PAGE : (page + 1) * PAGE]
    # Of a region above there is no line for the whole: it is filed under that region.
    whole = next(iter(boards.results(Asked(asked.region_code, asked.period, "city", asked.run)).lines), None)
    known = {one.code: one for one in definitions.indicators("cases", on=asked.period.start, region_code=asked.region_code)}
    keys = [known[key] for key in POST_KEYS.get(asked.target, KEYS) if key in known]
    total = Asked(asked.region_code, asked.period, "city")
    context = {
        **_frame(asked), "found": found, "lines": shown, "choices": choices, "chosen": chosen, "keys": keys, "whole": whole,
        "first": page * PAGE, "page": page, "more": len(found.lines) > (page + 1) * PAGE, "number": len(found.lines),
        "count": POST_COUNTS.get(asked.target, "to_handle"), "count_title": counts.TITLES[POST_COUNTS.get(asked.target, "to_handle")],
        "kpis": [(known[key], whole.figures.get(key)) for key in KEYS if key in known] if whole else [],
        "trend": boards.trend(total, asked.region_code, "closed_on_time_rate"), "frozen_any": Run.objects.filter(region_code=asked.region_code).exists(),
        "grades": definitions.grades(asked.period.start, asked.region_code),
    }  # fmt: skip
    return render(request, "evaluation/board.html", context)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


@require_GET
@access("evaluation.board", "view")
def target(request: HttpRequest, code: str) -> HttpResponse:
    """Every indicator of one target with both sides, and its score part by part."""
    asked = boards.asked(request.GET)
    found = boards.results(asked)
    line = next((one for one in found.lines if one.code == code), None)
    if line is None:
        raise NotFound("evaluation.target.missing", "这个对象在本周期没有数据，请换一个周期或返回看板。")
    known = {one.code: one for one in definitions.indicators("cases", on=asked.period.start, region_code=asked.region_code)}
    choices = definitions.composites_for(asked.target, on=asked.period.start, region_code=asked.region_code)
    chosen = next((one for one in choices if one.code == request.GET.get("composite")), choices[0] if choices else None)
    boards.weigh(found, chosen.code if chosen else "")
    context = {
        **_frame(asked), "line": line, "found": found, "chosen": chosen, "choices": choices, "parts": _parts(chosen, line, known),
        "figures": [(one, line.figures.get(one.code), boards.sides(one.formula), *boards.plain_sides(one.formula)) for one in known.values() if one.formula],
        "trend": boards.trend(asked, code, "", composite=chosen.code) if chosen else [], "titles": counts.TITLES,
        "counts": [(name, counts.TITLES[name], number) for name, number in line.counts.items() if name in counts.TITLES],
    }  # fmt: skip
    return render(request, "evaluation/target.html", context)


def _parts(chosen: Composite | None, line: boards.Line, known: dict[str, Indicator]) -> list[dict[str, Any]]:
    if chosen is None:
        return []
    rules = {(part.indicator, part.role): part for part in chosen.parts.all()}
    found = []
    for code, role, full, points in line.score.get("parts", ()):
        part, indicator = rules.get((code, role)), known.get(code)
        if part is None or indicator is None:
            continue
        found.append({
            "indicator": indicator, "full": full, "points": points, "value": (line.figures.get(code) or [None] * 3)[2], "role": role,
            "words": scoring.words(part.scoring, part.full, counts.TITLES, unit=indicator.unit, lower=indicator.direction == "lower"),
        })  # fmt: skip
    return found


@require_GET
@access("evaluation.indicator", "view")
def indicator(request: HttpRequest, pk: int) -> HttpResponse:
    """The rule of an indicator in words, its versions, what it reads, how it went."""
    row = Indicator.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound("indicator.missing", "没有找到这项指标。")
    parsed = formulas.parse(row.formula) if row.formula else None
    titles = {**counts.TITLES, **counts.FIELDWORK, **row.inputs}
    asked = Asked(boards.own_region(), containing("month", timezone.localdate()).previous, "city")
    context = {
        "indicator": row, "words": parsed.words(titles) if parsed else "", "versions": definitions.versions(row.code, row.region_code or boards.own_region()),
        "reads": [(name, titles[name], counts.BY_CODE[name].words if name in counts.BY_CODE else "") for name in sorted(parsed.names)] if parsed else [],
        "scoring": scoring.words(row.scoring, row.full, titles, unit=row.unit, lower=row.direction == "lower") if row.scoring else "",
        "trend": boards.trend(asked, asked.region_code, row.code) if row.family == "cases" and parsed else [], "asked": asked,
        "labels": {name: parameters.code_label(f"evaluation.{name}", getattr(row, name)) for name in ("family", "source", "direction", "cycle")},
    }  # fmt: skip
    return render(request, "evaluation/indicator.html", context)


@require_GET
@access("evaluation.rows", "view")
def detail(request: HttpRequest) -> HttpResponse:
    """The rows that a number counts, and its rule."""
    asked = boards.asked(request.GET)
    named = counts.BY_CODE.get(request.GET.get("count", ""))
    if named is None:
        raise NotFound("evaluation.count", "没有这个统计数。")
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    code = request.GET.get("code") or asked.region_code
    found = rows.listing(asked, named, code, before=before)
    context = {**_frame(asked), "count": named, "code": code, "name": rows.name_of(asked, code), "found": found}
    return render(request, "evaluation/rows.html", context)
