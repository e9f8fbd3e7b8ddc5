"""One work order: what was asked, what became of it, what may be done with it now."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from zhujian.boards.city_management.public_service.models import WorkOrder
from zhujian.boards.city_management.public_service.open311 import catalogue
from zhujian.boards.city_management.public_service.rules import orders as rules
from zhujian.boards.city_management.public_service.services import orders, pushes
from zhujian.boards.city_management.public_service.views.report import _number
from zhujian.foundation.kernel.access import access, allowed
from zhujian.foundation.kernel.errors import NotFound, Reason, Refusal
from zhujian.foundation.kernel.masking import mask_name, mask_phone
from zhujian.foundation.parameters import selectors as parameters

HIDDEN = "按诉求人要求不显示"


def _find(pk: int) -> WorkOrder:
    found = WorkOrder.objects.select_related("submission", "peer").filter(pk=pk).first()
    if found is None:
        raise NotFound("work_order.absent", "没有这张工单，或不在您的管辖范围内。")
    return found


def _page(request: HttpRequest, order: WorkOrder, reasons: list[Reason] | None = None) -> HttpResponse:
    rule = orders.proposal(order)
    acts = rules.ACTS[order.state] if allowed("public_service.work_order", "handle") else frozenset()
    groups: dict[str, list[catalogue.Service]] = {}
    for one in catalogue.services(order.region_code) if "transfer" in acts else ():
        if one.kind:
            groups.setdefault(f"{catalogue.KINDS[one.kind]} · {one.group}", []).append(one)
    now = timezone.now()
    context = {
        "order": order, "rule": rule, "acts": acts, "groups": groups.items(), "reasons": reasons or [], "typed": request.POST,
        "proposed": catalogue.service_code(rule.kind, rule.class_code) if rule and rule.class_code else "",
        "source": parameters.code_label("public_service.hotline", order.source),
        "kind": parameters.code_label("public_service.order_kind", order.kind),
        "name": HIDDEN if order.secrecy else mask_name(order.caller_name),
        "phone": HIDDEN if order.secrecy else mask_phone(order.caller_phone),
        "pushes": list(order.pushes.order_by("pk")), "late": order.state in ("registered", "answering", "case") and now > order.due_at,
        "may_return": "return" in acts and now <= order.return_by, "may_again": allowed("public_service.status_push", "again"),
    }  # fmt: skip
    return render(request, "public_service/order.html", context, status=422 if reasons else 200)


@never_cache
@require_GET
@access("public_service.work_order", "view")
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """One order."""
    return _page(request, _find(pk))


@require_POST
@access("public_service.work_order", "handle")
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Do one thing to an order; a refusal shows the page again with what was typed."""
    found, post = _find(pk), request.POST
    text = post.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
    what = post.get("act", "")
    try:
        if what == "transfer":
            service = catalogue.find(post.get("service", ""), found.region_code)
            if service is None or not service.kind:
                raise Refusal("work_order.class", "请选择问题属于哪一小类。", "service")
            orders.do_transfer(
                pk,
                service.kind,
                service.class_code,
                lon=_number(post.get("lon", "")),
                lat=_number(post.get("lat", "")),
                version=version,
            )
            said = "已转为案件，进入受理。"
        elif what == "answer":
            orders.do_answer(pk, post.get("reply", ""), version=version)
            said = "答复已登记，正在回传热线。"
        elif what == "return":
            orders.do_return(pk, post.get("reason", ""), version=version)
            said = "工单已退回。"
        elif what == "archive":
            orders.do_archive(pk, version=version)
            said = "工单已归档。"
        else:
            raise Refusal("work_order.act", "请选择要办理的事项。")
    except Refusal as refusal:
        return _page(request, _find(pk), list(refusal.reasons))
    messages.success(request, said)
    return redirect("public_service:order", pk=pk)


@require_POST
@access("public_service.status_push", "again")
def push_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a state once more."""
    row = pushes.do_again(pk)
    messages.success(request, "已重新列入推送。")
    return redirect("public_service:order", pk=row.order_id)
