"""The page of one task: its form, its outcomes, its history; and a small page for each further act."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Reason, Refusal
from zhujian.foundation.workflow import handlers_api, selectors, services
from zhujian.foundation.workflow.models import OPEN, Instance, Part, Task
from zhujian.foundation.workflow.services.common import GONE
from zhujian.foundation.workflow.views.acts import ACTS, offered
from zhujian.foundation.workflow.views.common import subject_url


def _task(pk: int) -> Task:
    task = selectors.task(pk)
    if task is None:
        raise NotFound("workflow.task.missing", GONE)
    # A firm that is only asked to do this one task sees the task, not the whole process.
    with scope.system("任务所在流程"):
        task.part = Part.objects.defer("state").select_related("instance__bundle").get(pk=task.part_id)
    task.instance = task.part.instance
    return task


def _form(request: HttpRequest, task: Task) -> tuple[Any, dict[str, Any] | None]:
    """(form, panel) that the owner registered for the task's form key."""
    made = handlers_api.form_for(task.form) if task.form else None
    if made is None:
        return None, None
    if not (inspect.isclass(made) and issubclass(made, forms.BaseForm)):
        panel = made(request, task)
        return panel.get("form"), panel
    extra: dict[str, Any] = {"task": task} if "task" in inspect.signature(made).parameters else {}
    return (made(request.POST, request.FILES, **extra) if request.method == "POST" else made(**extra)), None


@require_http_methods(["GET", "POST"])
@access("workflow.task", "view")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a task; POST completes it with the outcome of the pressed button."""
    task = _task(pk)
    if own := handlers_api.page_for(task.instance.key):
        return HttpResponseRedirect(reverse(own, args=[pk]))
    form, panel = _form(request, task)
    if request.method == "GET":
        return _page(request, task, form, panel)
    outcome, comment, version = (request.POST.get(name, "") for name in ("outcome", "comment", "version"))
    needs_form = form is not None and outcome not in getattr(form, "skip_outcomes", ())
    if needs_form and not form.is_valid():
        return _page(request, task, form, panel, status=422)
    try:
        services.do_complete(
            pk, outcome=outcome, data=form.cleaned_data if needs_form else {}, comment=comment,
            expected_version=int(version) if version.isdigit() else None,
        )  # fmt: skip
    except Refusal as refusal:
        return _page(request, _task(pk), form, panel, status=refusal.status, reasons=refusal.reasons)
    messages.success(request, f"“{task.title}”已办结：{task.label(outcome)}。")
    following = selectors.todo().filter(instance=task.instance_id).first()
    return HttpResponseRedirect(reverse("workflow:task", args=[following.pk]) if following else reverse("workflow:todo"))


def _page(
    request: HttpRequest, task: Task, form: Any, panel: dict | None, *, status: int = 200, reasons: Sequence[Reason] = ()
) -> HttpResponse:
    context = {
        **(panel or {}), "task": task, "form": form, "panel": panel, "reasons": reasons, "mine": selectors.may_do(task),
        "may_claim": ACTS["claim"].when(task, scope.current()), "light": selectors.signal(task) if task.completed_at is None else None,
        "limit": selectors.limit_words(task), "subject_url": subject_url(task.subject), "acts": offered(task, scope.current()),
        "comment": request.POST.get("comment", ""), "opinions": list(task.opinions.order_by("id")) if task.asked_by_id is None else [],
        "timeline": selectors.timeline(task.instance_id, part_id=task.part_id),
        "calendar_missing": task.is_open and task.due is None and (task.limit is not None or task.part.clock_start is not None),
        "instance_visible": Instance.objects.filter(pk=task.instance_id).exists(),
    }  # fmt: skip
    return render(request, "workflow/task.html", context, status=status)


@require_http_methods(["GET", "POST"])
@access("workflow.task", "do")
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One further act (claim, return, transfer …): GET asks what it needs, POST does it."""
    task = _task(pk)
    page = ACTS.get(name)
    if page is None:
        raise NotFound("workflow.act.missing", "没有这项操作。")
    form = page.form(task, request.POST if request.method == "POST" else None)
    reasons: Sequence[Reason] = ()
    status = 200
    if request.method == "POST":
        if form is not None and not form.is_valid():
            status = 422
        else:
            try:
                page.do(task, form.cleaned_data if form is not None else {})
            except Refusal as refusal:
                reasons, status = refusal.reasons, refusal.status
            else:
                messages.success(request, page.done)
                stays = Task.objects.filter(pk=pk, status__in=OPEN).exists() and name not in ("transfer", "delegate")
                return HttpResponseRedirect(reverse("workflow:task", args=[pk]) if stays else reverse("workflow:todo"))
    context = {"task": task, "act": page, "form": form, "reasons": reasons, "light": selectors.signal(task)}
    return render(request, "workflow/act.html", context, status=status)
