"""Pages of the event bus: what waits, what died, and sending it again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from zhujian.foundation.events import selectors, services
from zhujian.foundation.events.models import Delivery
from zhujian.foundation.kernel.access import access

PAGE = 50


@require_GET
@access("events.delivery", "view")
def deliveries(request: HttpRequest) -> HttpResponse:
    """Deliveries of one state, newest first."""
    status = request.GET.get("status", Delivery.Status.DEAD)
    if status not in Delivery.Status.values:
        status = Delivery.Status.DEAD
    before = request.GET.get("before", "")
    rows = selectors.deliveries(status, int(before) if before.isascii() and before.isdigit() else None, PAGE + 1)
    return render(
        request, "events/deliveries.html",
        {"rows": rows[:PAGE], "more": rows[PAGE - 1].pk if len(rows) > PAGE else None, "status": status, "states": Delivery.Status.choices},
    )  # fmt: skip


@require_POST
@access("events.delivery", "replay")
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a dead letter again."""
    delivery = services.do_replay(pk)
    messages.success(request, f"已重新投递给 {delivery.subscriber}，稍后请查看处理结果。")
    return redirect("events:deliveries")
