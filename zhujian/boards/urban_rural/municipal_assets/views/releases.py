"""Pages of the leave to take underground data away: the application, its record with what was taken."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.urban_rural.municipal_assets.forms.fields import add_reasons
from zhujian.boards.urban_rural.municipal_assets.forms.releases import ApplyForm
from zhujian.boards.urban_rural.municipal_assets.models import ReleaseEntry, ReleaseGrant
from zhujian.boards.urban_rural.municipal_assets.services import releases
from zhujian.boards.urban_rural.municipal_assets.services.values import label
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.workflow import selectors as workflow

GRANT = "municipal_assets.release_grant"
SHOWN = 100
TAGS = {"reviewing": "tag-info", "approved": "tag-ok", "refused": "tag-error"}


@require_http_methods(["GET", "POST"])
@access(GRANT, "apply")
def apply(request: HttpRequest) -> HttpResponse:
    """Ask for leave; what was refused comes along in the address."""
    given = {
        "registers": [name for name in request.GET.getlist("registers") if name in releases.REGISTERS], "area": request.GET.get("area", "")[:200],
        "region_code": scope.current().region_code, "recipient": scope.current().org_name,
    }  # fmt: skip
    form = ApplyForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = releases.do_apply(
                purpose=data["purpose"], recipient=data["recipient"], registers=data["registers"], area=data["area"], start=data["valid_from"],
                end=data["valid_to"], precision=data["precision"], region_code=data["region_code"],
            )  # fmt: skip
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            messages.success(request, f"申请 {made.number} 已提交保密审查，结果会发消息通知您。")
            return redirect("municipal_assets:release", made.pk)
    limit = releases.limits(scope.current().region_code or "420000000000")
    return render(
        request, "municipal_assets/release_apply.html", {"form": form, "limit": limit}, status=422 if form.is_bound else 200
    )


@require_GET
@access(GRANT, "view")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One application: what was asked, how it was decided, what was taken under it."""
    grant = ReleaseGrant.objects.filter(pk=pk).first()
    if grant is None:
        raise NotFound("release.not_found", "没有找到这份申请，可能不在您的管辖范围内。")
    entries = ReleaseEntry.objects.filter(grant=grant).order_by("-id")[:SHOWN]
    context = {
        "grant": grant, "state": label("release_state", grant.state), "tag": TAGS[grant.state], "precision": label("release_precision", grant.precision),
        "registers": releases.titles(grant.registers), "tasks": workflow.open_tasks_of(grant.subject), "mine": grant.applicant == scope.current().actor_id,
        "entries": [(one, label("release_register", one.register), label("release_way", one.way)) for one in entries],
        "outline": {"type": "FeatureCollection", "features": [
            {"type": "Feature", "geometry": json.loads(grant.area.json), "properties": {"label": grant.number}}]},
    }  # fmt: skip
    return render(request, "municipal_assets/release.html", context)


def review_panel(request: HttpRequest, task: object) -> dict[str, object]:
    """What the reviewer sees beside the decision."""
    grant = releases.grant_of(task.subject)  # type: ignore[attr-defined]
    return {"template": "municipal_assets/parts/release_facts.html", "grant": grant, "registers": releases.titles(grant.registers),
            "precision": label("release_precision", grant.precision)}  # fmt: skip
