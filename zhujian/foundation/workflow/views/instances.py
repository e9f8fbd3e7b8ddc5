"""The page of one running process: live diagram, steps, history, suspend and resume."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.foundation.kernel.access import access, allowed
from zhujian.foundation.kernel.errors import NotFound, Reason, Refusal
from zhujian.foundation.workflow import selectors, services
from zhujian.foundation.workflow.live import live, preview
from zhujian.foundation.workflow.models import Instance, Part
from zhujian.foundation.workflow.views.common import shown, subject_url

CONTROL = {
    "suspend": ("中止流程", "流程已中止，计时暂停。", services.do_suspend, True),
    "resume": ("恢复流程", "流程已恢复，时限已重新计算。", services.do_resume, False),
    "terminate": ("终止流程", "流程已终止。", services.do_terminate, True),
}
RECENT = 12  # lines of the record that are shown at once
OFFERED = {"running": ("suspend", "terminate"), "suspended": ("resume", "terminate")}


def _instance(pk: int) -> Instance:
    found = Instance.objects.select_related("bundle").filter(pk=pk).first()
    if found is None:
        raise NotFound("workflow.instance.missing", "没有找到这个流程，可能不在您的管辖范围内。")
    return found


@require_GET
@access("workflow.instance", "view")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Diagram, open tasks, steps, timeline, pauses."""
    instance = _instance(pk)
    names = OFFERED.get(instance.status, ()) if allowed("workflow.instance", "control") else ()
    steps = [
        (part, selectors.signal(part) if part.status == "running" else None, selectors.limit_words(part))
        for part in selectors.steps_of(pk)
    ]
    lines = selectors.timeline(pk)[::-1]  # what is open now first, then the newest
    context = {
        "instance": instance, "subject_url": subject_url(instance.subject), "steps": steps, "timeline": lines[:RECENT], "earlier": lines[RECENT:],
        "open": shown([t for t in selectors.open_tasks_of(instance.subject) if t.instance_id == pk]), "pauses": selectors.pauses_of(pk),
        "controls": [(name, CONTROL[name][0], CONTROL[name][3]) for name in names],
    }  # fmt: skip
    return render(request, "workflow/instance.html", context)


@require_GET
@access("workflow.instance", "view")
def diagram(request: HttpRequest, pk: int) -> JsonResponse:
    """The live diagram of the root, of ``?part=``, or of a called process that has not begun (``?spec=``)."""
    instance = _instance(pk)
    if spec := request.GET.get("spec"):
        found = preview(instance, spec)
        if found is None:
            raise NotFound("workflow.definition.missing", "没有找到这个子流程。")
        return JsonResponse(found)
    parts = Part.objects.filter(instance=instance)
    wanted = request.GET.get("part", "")
    part = parts.filter(pk=int(wanted)).first() if wanted.isdigit() else parts.filter(parent=None).first()
    if part is None:
        raise NotFound("workflow.part.missing", "没有找到这一段流程。")
    return JsonResponse(live(instance, part))


class ReasonForm(forms.Form):
    """Why a process is stopped or restarted."""

    reason = forms.CharField(
        label="原因和依据",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请填写原因和依据。"},
    )


@require_http_methods(["GET", "POST"])
@access("workflow.instance", "control")
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Suspend, resume or terminate, with a reason."""
    instance = _instance(pk)
    if name not in CONTROL:
        raise NotFound("workflow.act.missing", "没有这项操作。")
    title, done, do, danger = CONTROL[name]
    form = ReasonForm(request.POST or None)
    reasons: Sequence[Reason] = ()
    status = 200
    if request.method == "POST":
        if not form.is_valid():
            status = 422
        else:
            try:
                do(pk, reason=form.cleaned_data["reason"])
            except Refusal as refusal:
                reasons, status = refusal.reasons, refusal.status
            else:
                messages.success(request, done)
                return HttpResponseRedirect(reverse("workflow:instance", args=[pk]))
    context = {"instance": instance, "title": title, "form": form, "danger": danger, "reasons": reasons}
    return render(request, "workflow/control.html", context, status=status)
