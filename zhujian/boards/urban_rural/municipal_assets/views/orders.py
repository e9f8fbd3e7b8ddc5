"""Pages of work orders."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.boards.urban_rural.municipal_assets.forms.fields import add_reasons
from zhujian.boards.urban_rural.municipal_assets.forms.upkeep import DispatchForm, HandleForm, ReportForm, TiltForm
from zhujian.boards.urban_rural.municipal_assets.models import WorkOrder
from zhujian.boards.urban_rural.municipal_assets.selectors import assets
from zhujian.boards.urban_rural.municipal_assets.services import covers, orders
from zhujian.boards.urban_rural.municipal_assets.services.values import label
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.workflow import selectors as workflow

ORDER, COVER = "municipal_assets.work_order", "municipal_assets.manhole"


def facts_of(order: WorkOrder) -> dict[str, Any]:
    """What the page of an order and of its tasks show."""
    now = timezone.now()
    return {
        "order": order, "kind": label("order_kind", order.kind), "state": label("order_state", order.state), "source": label("order_source", order.source),
        "asset": assets.url_of(order.resource, order.asset_id), "photos": list(order.photos.select_related("file").order_by("id")),
        "notes": list(order.notes.order_by("id")), "late": bool(order.due_at and order.state in ("reported", "dispatched") and order.due_at < now),
        "guard_late": bool(order.guard_due and order.state in ("reported", "dispatched") and order.guard_due < now),
    }  # fmt: skip


@require_GET
@access(ORDER, "view")
def order_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One order: what, where, photos, what happened, who has to act."""
    order = WorkOrder.objects.select_related("primary").filter(pk=pk).first()
    if order is None:
        raise NotFound("order.not_found", "没有找到这份工单，可能不在您的管辖范围内。")
    instance = workflow.instance_of(order.subject, orders.PROCESS)
    tasks = workflow.open_tasks_of(order.subject)
    context = {
        **facts_of(order), "instance": instance, "tasks": [(task, workflow.may_do(task)) for task in tasks], "linked": list(order.linked.order_by("id")),
        "timeline": workflow.timeline(instance.pk) if instance else [], "point": order.geom,
    }  # fmt: skip
    return render(request, "municipal_assets/order.html", context)


@require_http_methods(["GET", "POST"])
@access(ORDER, "report")
def report(request: HttpRequest, resource: str, pk: int) -> HttpResponse:
    """Report a defect of a facility."""
    key = f"municipal_assets.{resource}"
    what = assets.about(key, pk)
    form = ReportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            order = orders.do_report(
                key,
                pk,
                kind=data["kind"],
                text=data["text"],
                urgent=data["urgent"] or None,
                photos=data["photos"],
                place=form.place(),
            )
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            linked = f"同一问题已有工单 {order.primary.number}，已并入。" if order.primary else "已转派单岗位。"
            messages.success(request, f"已报告，工单编号 {order.number}。{linked}")
            return redirect("municipal_assets:order", order.pk)
    context = {
        "form": form, "title": "报修", "what": what.label, "back": assets.url_of(key, pk), "multipart": True,
        "note": "同一设施的同类问题会自动并入正在办理的工单。",
    }  # fmt: skip
    return render(request, "municipal_assets/asset_act.html", context, status=422 if form.is_bound else 200)


@require_POST
@access(COVER, "sense")
def tilt(request: HttpRequest, pk: int) -> HttpResponse:
    """A reading of a smart cover: ``degrees`` and, when it moved, ``displaced=1``; answers with what it led to."""
    form = TiltForm(request.POST)
    if not form.is_valid():
        raise Refusal("manhole.reading", "倾角应为 0～180 之间的数字，例如 degrees=18.5。", "degrees")
    done = covers.do_report_tilt(pk, degrees=form.cleaned_data["degrees"], displaced=form.cleaned_data["displaced"])
    order = done.order
    body = {
        "alarm": done.alarm, "order": order.number if order else None, "link": reverse("municipal_assets:order", args=[order.pk]) if order else None,
        "guard_due": order.guard_due.isoformat() if order and order.guard_due else None,
    }  # fmt: skip
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


def _panel(form_class: Any) -> Any:
    """The task page's panel: the order, and the form of this step."""

    def fill(request: HttpRequest, task: Any) -> dict[str, Any]:
        order = orders.order_of(task.subject)
        posted = request.method == "POST"
        made = form_class(request.POST if posted else None, request.FILES if posted else None) if form_class else None
        if isinstance(made, DispatchForm) and not posted:
            made.initial["org"] = order.org_name
        return {**facts_of(order), "template": "municipal_assets/parts/order_task.html", "form": made}

    return fill


dispatch_panel, handle_panel, verify_panel = _panel(DispatchForm), _panel(HandleForm), _panel(None)
