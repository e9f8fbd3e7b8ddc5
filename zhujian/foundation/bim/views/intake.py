"""Pages: hand in a model, its page with its versions, a further version."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.foundation.bim import selectors, services
from zhujian.foundation.bim.forms import ResubmitForm, SubmitForm, add_reasons
from zhujian.foundation.bim.models import Version
from zhujian.foundation.bim.services.process import resubmit_task
from zhujian.foundation.bim.services.submit import PROCESS
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.kernel.middleware import wants_json
from zhujian.foundation.workflow import selectors as workflow
from zhujian.foundation.workflow import subjects


def _said(form: forms.Form) -> tuple[Reason, ...]:
    """A form's faults as a program reads them."""
    return tuple(
        Reason(str(error.code or "invalid"), "；".join(map(str, error.messages)), name)
        for name, errors in form.errors.as_data().items()
        for error in errors
    )


def _accepted(request: HttpRequest, version: Version) -> HttpResponse:
    address = reverse("bim:version", args=[version.pk])
    if wants_json(request):
        body = {"id": version.pk, "model": version.model_id, "number": version.number, "state": version.state, "url": address}
        return JsonResponse(body, status=201, headers={"Location": address})
    messages.success(request, f"已提交 {version}，正在后台自动检查。")
    return redirect(address)


@require_http_methods(["GET", "POST"])
@access("bim.model", "submit")
def submit(request: HttpRequest) -> HttpResponse:
    """提交模型. A form for people; the same address takes a program's multipart POST (``Accept: application/json``) and answers 201."""
    form = SubmitForm(request.POST or None, request.FILES or None, initial={"region_code": scope.current().region_code})
    if request.method == "POST":
        if form.is_valid():
            try:
                return _accepted(request, services.do_submit(form.values(), form.cleaned_data["file"]))
            except Refusal as refusal:
                if wants_json(request):
                    raise
                add_reasons(form, refusal.reasons)
        elif wants_json(request):
            raise Refusal(reasons=_said(form))
    return render(request, "bim/submit.html", {"form": form}, status=422 if form.is_bound else 200)


@require_GET
@access("bim.model", "view")
def model(request: HttpRequest, pk: int) -> HttpResponse:
    """One model with its versions."""
    found = selectors.model(pk)
    rows = list(selectors.versions(found))
    task = resubmit_task(found)
    instance = workflow.instance_of(found.subject, PROCESS)
    context = {
        "model": found, "versions": rows, "task": task if task is not None and workflow.may_do(task) else None, "instance": instance,
        "may_add": subjects.running(PROCESS, found.subject) is None, "tasks": workflow.open_tasks_of(found.subject),
        "pairs": list(zip(rows[1:], rows, strict=False)),
    }  # fmt: skip
    return render(request, "bim/model.html", context)


@require_http_methods(["GET", "POST"])
@access("bim.model", "submit")
def add_version(request: HttpRequest, pk: int) -> HttpResponse:
    """提交新版本."""
    found = selectors.model(pk)
    form = ResubmitForm(request.POST or None, request.FILES or None) if request.method == "POST" else ResubmitForm()
    if request.method == "POST":
        if form.is_valid():
            values = form.cleaned_data
            try:
                return _accepted(
                    request, services.do_new_version(found, values["file"], note=values["note"], hand=values["hand"])
                )
            except Refusal as refusal:
                if wants_json(request):
                    raise
                add_reasons(form, refusal.reasons)
        elif wants_json(request):
            raise Refusal(reasons=_said(form))
    return render(request, "bim/add_version.html", {"form": form, "model": found}, status=422 if form.is_bound else 200)
