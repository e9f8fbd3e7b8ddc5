"""Whose beat a duty grid is, and ending a composite grid."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from zhujian.boards.city_management.digital_city import selectors, services
from zhujian.boards.city_management.digital_city.models import CompositeGrid
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Reason, Refusal
from zhujian.foundation.resources import registry


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


@access("digital_city.composite_grid", "staff")
@require_http_methods(["GET", "HEAD", "POST"])
def composite(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the inspectors of a duty grid, or end the composite grid on a day."""
    found = CompositeGrid.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("composite.absent", "没有找到这个复合网格，可能不在您的管辖范围内。")
    reasons: tuple[Reason, ...] = ()
    on = request.POST.get("on", str(timezone.localdate()))
    if request.method == "POST":
        version = _whole(request.POST.get("version", ""))
        try:
            if request.POST.get("act") == "end":
                services.do_end_composite(found, _day(on), version)
                messages.success(request, f"“{found.name}”已停用。")
            else:
                services.do_staff(found, [_whole(one) for one in request.POST.getlist("holders")], version)
                messages.success(request, f"“{found.name}”的监督员已保存。")
            return redirect(registry.route(registry.get("digital_city.composite_grid"), "detail", found.pk))
        except Refusal as refusal:
            reasons = refusal.reasons
            found.refresh_from_db()
    staff = [(one.pk, one.name, one.pk in found.holders) for one in selectors.inspectors(found.region_code)]
    context = {"composite": found, "staff": staff, "on": on, "reasons": reasons}
    return render(request, "digital_city/composite.html", context, status=422 if reasons else 200)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("composite.date", "请填写停用日期。", "on") from None
