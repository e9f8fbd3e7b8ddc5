"""Pages of the comprehensive evaluation: the task, a city's part, filing, points."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.boards.city_management.evaluation.forms.campaigns import CampaignForm, FilingForm, PointForm
from zhujian.boards.city_management.evaluation.models import Campaign, CityTask, Filing, Indicator, SamplePoint, Survey
from zhujian.boards.city_management.evaluation.rules import formulas, periods, scoring
from zhujian.boards.city_management.evaluation.selectors import counts
from zhujian.boards.city_management.evaluation.services import campaigns as services
from zhujian.boards.city_management.evaluation.services import fieldwork, process, surveys
from zhujian.foundation.kernel.access import access, allowed
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow import selectors as workflow

ORDER = [state.value for state in Campaign.State]
CITY_ORDER = [state.value for state in CityTask.State]


def _refused(form: forms.Form, refusal: Refusal) -> None:
    if refusal.status == 403:
        raise refusal
    for reason in refusal.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)


@require_http_methods(["GET", "HEAD", "POST"])
@access("evaluation.campaign", "start")
def start(request: HttpRequest) -> HttpResponse:
    """Make a task."""
    form = CampaignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.do_start(**form.cleaned_data)
        except Refusal as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, "任务已建立，请在待办中核对后下发。")
            return redirect("evaluation:campaign", made.pk)
    return render(request, "evaluation/campaign_start.html", {"form": form}, status=422 if form.is_bound else 200)


def _steps(order: list[str], labels: dict[str, str], state: str) -> list[tuple[str, str]]:
    at = order.index(state)
    return [(labels[code], "done" if place < at else "now" if place == at else "") for place, code in enumerate(order)]


@require_GET
@access("evaluation.campaign", "view")
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a task is, its cities, its frozen indicators."""
    found = process.campaign_of(f"campaign:{pk}")
    tasks = list(found.tasks.order_by("rank", "region_code"))
    rows = {one.pk: one for one in Indicator.objects.filter(pk__in=[row["id"] for row in found.indicators])}
    context = {
        "campaign": found, "period": periods.parse(found.period), "tasks": tasks,
        "steps": _steps(ORDER, dict(Campaign.State.choices), found.state), "indicators": [(rows[row["id"]], _words(rows[row["id"]])) for row in found.indicators if row["id"] in rows],
        "todo": [(task, workflow.may_do(task)) for task in workflow.open_tasks_of(found.subject)],
        "instance": workflow.instance_of(found.subject, services.PROCESS),
    }  # fmt: skip
    return render(request, "evaluation/campaign.html", context)


@require_GET
@access("evaluation.city_task", "view")
def city(request: HttpRequest, pk: int) -> HttpResponse:
    """A city's part: what is filed, seen, asked and scored."""
    found = process.city_task_of(f"city_task:{pk}")
    results = {row.indicator_id: row for row in found.results.order_by("number")}
    filings = {row.indicator_id: row for row in found.filings.prefetch_related("files__file")}
    chosen = Indicator.objects.in_bulk([row["id"] for row in found.campaign.indicators])
    survey = Survey.objects.filter(task=found).first()
    said, wrong = surveys.tally(survey) if survey else (None, None)
    kinds = dict(parameters.code_list("evaluation.sample_kind", timezone.localdate()))
    may_check = allowed("evaluation.sample_point", "check") and found.state == CityTask.State.FIELD
    samples = list(found.samples.prefetch_related("points").order_by("id"))
    context = {
        "task": found, "campaign": found.campaign, "campaign_visible": Campaign.objects.filter(pk=found.campaign_id).exists(),
        "steps": _steps(CITY_ORDER, dict(CityTask.State.choices), found.state),
        "rows": [_row(chosen[row["id"]], filings.get(row["id"]), results.get(row["id"])) for row in found.campaign.indicators if row["id"] in chosen],
        "may_file": allowed("evaluation.filing", "file") and found.state == CityTask.State.FILING, "may_check": may_check,
        "samples": [(one, kinds.get(one.kind, one.kind), list(one.points.order_by("order"))) for one in samples],
        "to_draw": [(code, title) for code, title in kinds.items() if may_check and code not in {one.kind for one in samples}],
        "survey": survey, "valid": sum(said.values()) if said is not None else 0, "satisfied": surveys.overall(found),
        "wrong": [(surveys.rules.INVALID.get(code, code), number) for code, number in (wrong or {}).items()],
        "link": request.build_absolute_uri(reverse("evaluation:survey", args=[survey.token])) if survey else "",
        "may_open": allowed("evaluation.sample_point", "check") and found.state == CityTask.State.SURVEY and survey is None,
        "todo": [(task, workflow.may_do(task)) for task in workflow.open_tasks_of(found.subject)],
        "instance": workflow.instance_of(found.subject, services.CITY_PROCESS),
    }  # fmt: skip
    return render(request, "evaluation/city.html", context)


def _words(indicator: Indicator) -> str:
    """The formula as people read it."""
    return formulas.parse(indicator.formula).words({**counts.TITLES, **counts.FIELDWORK, **indicator.inputs})


def _row(indicator: Indicator, filing: Filing | None, result: Any) -> dict[str, Any]:
    titles = {**counts.TITLES, **counts.FIELDWORK, **indicator.inputs}
    filed = [(label, filing.inputs.get(name, "")) for name, label in indicator.inputs.items()] if filing else []
    return {
        "indicator": indicator, "filing": filing, "filed": filed, "result": result, "source": parameters.code_label("evaluation.source", indicator.source),
        "files": list(filing.files.all()) if filing else [], "words": formulas.parse(indicator.formula).words(titles),
        "scoring": scoring.words(indicator.scoring, indicator.full, titles, unit=indicator.unit, lower=indicator.direction == "lower"),
        "used": [(titles.get(name, name), number) for name, number in (result.inputs if result else {}).items()],
    }  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@access("evaluation.filing", "file")
def filing(request: HttpRequest, pk: int) -> HttpResponse:
    """Fill in one indicator."""
    found = Filing.objects.select_related("task", "indicator").filter(pk=pk).first()
    if found is None:
        raise NotFound("filing.missing", "没有找到这项填报，可能不在您的管辖范围内。")
    form = FilingForm(found, *((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        text = request.POST.get("version", "")
        try:
            services.do_file(
                pk,
                data,
                source_note=data["source_note"],
                files=data["files"],
                expected=int(text) if text.isdigit() and len(text) < 9 else None,
            )
        except Refusal as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, f"“{found.indicator.name}”已保存。")
            return redirect("evaluation:city", found.task_id)
    context = {
        "filing": found,
        "form": form,
        "row": _row(found.indicator, found, None),
        "files": found.files.select_related("file"),
    }
    return render(request, "evaluation/filing.html", context, status=422 if form.is_bound else 200)


@require_POST
@access("evaluation.sample_point", "check")
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw the points of one kind."""
    found = process.city_task_of(f"city_task:{pk}")
    try:
        sample = fieldwork.do_draw(found.pk, request.POST.get("kind", ""))
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"已抽取{sample.size}个点位，随机种子已存证。")
    return redirect("evaluation:city", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@access("evaluation.sample_point", "check")
def point(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at one point; afterwards the next one that nobody looked at."""
    found = SamplePoint.objects.select_related("sample__task").filter(pk=pk).first()
    if found is None:
        raise NotFound("point.missing", "没有找到这个点位，可能不在您的管辖范围内。")
    initial = {"result": found.result, "remark": found.remark}
    posted = request.method == "POST"
    form = PointForm(request.POST if posted else None, request.FILES if posted else None, initial)
    if request.method == "POST" and form.is_valid():
        try:
            fieldwork.do_check(
                pk, form.cleaned_data["result"], remark=form.cleaned_data["remark"], photo=form.cleaned_data["photo"]
            )
        except Refusal as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, f"{found.name}已登记。")
            following = found.sample.points.filter(result="").order_by("order").first()
            return redirect("evaluation:point", following.pk) if following else redirect("evaluation:city", found.sample.task_id)
    left = found.sample.points.filter(result="").count()
    context = {"point": found, "form": form, "task": found.sample.task, "left": left}
    return render(request, "evaluation/point.html", context, status=422 if form.is_bound else 200)


@require_POST
@access("evaluation.sample_point", "check")
def open_survey(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the questionnaire of a city."""
    found = process.city_task_of(f"city_task:{pk}")
    try:
        surveys.do_open(found.pk)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        messages.error(request, refusal.message)
    else:
        messages.success(request, "问卷已发布，请把网址或二维码发给市民。")
    return redirect("evaluation:city", pk)


def task_panel(request: HttpRequest, task: Any) -> dict[str, Any]:
    """On the page of a workflow task: where the matter is worked on, and what is missing."""
    city_side = task.process == services.CITY_PROCESS or task.subject.startswith("evaluation.city_task:")
    key = int(task.subject.rpartition(":")[2])
    reasons = []
    if city_side:
        found = process.city_task_of(task.subject)
        judge = {"file": services.missing, "field": fieldwork.missing, "survey": surveys.missing}.get(task.node)
        reasons = judge(found) if judge else []
    return {
        "template": "evaluation/parts/task_panel.html", "link": reverse("evaluation:city" if city_side else "evaluation:campaign", args=[key]),
        "missing": reasons, "city_side": city_side,
    }  # fmt: skip
