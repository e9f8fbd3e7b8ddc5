"""One step's record: what was filled in, what was handed in, what came of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.forms import fields
from zhujian.boards.construction.project_management.models import Material, StepRecord
from zhujian.boards.construction.project_management.selectors import thread
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound


@require_GET
@access("project_management.step_record", "view")
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """One round of one step."""
    found = StepRecord.objects.select_related("project").filter(pk=pk).first()
    if found is None:
        raise NotFound("step.not_found", "没有找到这条办理记录，可能不在您的管辖范围内。")
    declared = steps.step(found.step, found.project.region_code)
    context = {
        "record": found, "project": found.project, "tag": thread.TAGS[found.status], "step": declared, "rows": fields.shown(declared.fields, found.form),
        "materials": Material.objects.filter(project=found.project, step=found.step).select_related("file").order_by("code", "id"),
        "rounds": StepRecord.objects.filter(project=found.project, step=found.step).order_by("round"),
        "authority": steps.AUTHORITIES.get(declared.authority, declared.authority),
    }  # fmt: skip
    return render(request, "project_management/step.html", context)
