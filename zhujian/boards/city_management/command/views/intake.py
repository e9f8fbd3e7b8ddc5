"""电话登记: a call becomes a report; what the caller reported before appears while they speak."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from zhujian.boards.city_management.command import services
from zhujian.boards.city_management.command.forms.desk import add_reasons
from zhujian.boards.city_management.command.forms.intake import IntakeForm
from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.command.services.intake import phone_hash
from zhujian.boards.city_management.digital_city.selectors import places
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

CANDIDATES = 6


def earlier_reports(phone: str) -> list[Report]:
    """What came from this number before, newest first; only what the page shows is read, never name or number."""
    known = phone_hash(phone)
    if not known:
        return []
    most = int(parameters.value("command.intake_earlier", on=timezone.localdate()).value)
    rows = Report.objects.filter(phone_hash=known).select_related("case").defer("reporter_phone", "reporter_name")
    return list(rows.order_by("-id")[:most])


@require_http_methods(["GET", "POST"])
@access("command.desk", "use")
def intake(request: HttpRequest) -> HttpResponse:
    """The form. `look` asks for something (the caller's reports, an address) without saving; `then` saves."""
    if request.method == "GET":
        return _page(request, IntakeForm(initial={"client_key": uuid.uuid4(), "source": "public_phone"}))
    look = request.POST.get("look", "")
    if look == "caller" and request.headers.get("X-Part") == "caller":
        phone = request.POST.get("phone", "")[:40]
        return render(request, "command/parts/caller.html", {"earlier": earlier_reports(phone), "asked_phone": bool(phone)})
    if look:
        return _look(request, look)
    form = IntakeForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    values = form.cleaned_data
    kind, _, code = (values.get("class_key") or "").partition(":")
    try:
        report = services.do_report(
            client_key=values["client_key"], source=values["source"], lon=values["lon"], lat=values["lat"], description=values["description"],
            kind=kind, class_code=code, address=values["address"], urgent=values.get("urgent", False), reporter_name=values.get("name", ""),
            reporter_phone=values.get("phone", ""), anonymous=values.get("anonymous", False), external_no=values.get("external_no", ""),
            files=values.get("photos") or (),
        )  # fmt: skip
        if request.POST.get("then") == "desk" and report.state == "waiting":
            services.do_take(report.pk)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        add_reasons(form, refusal.reasons, {"location": "lon", "reporter_phone": "phone", "file": "photos", "files": "photos"})
        return _page(request, form, status=422)
    messages.success(request, f"已登记：{report.number}。")
    return redirect("command:desk_report", report.pk) if request.POST.get("then") == "desk" else redirect("command:intake")


def _look(request: HttpRequest, look: str) -> HttpResponse:
    """The form as it was typed, with what was asked for."""
    data = request.POST.copy()
    more: dict[str, Any] = {"looked": look}
    if look in ("place", "choose"):
        found = places.find(data.get("address", "")[:200], region_code=scope.current().region_code, limit=CANDIDATES)
        chosen = data.get("candidate", "")
        if look == "choose" and chosen.isdigit() and int(chosen[:3]) < len(found):
            one = found[int(chosen[:3])]
            data["lon"], data["lat"], data["address"] = f"{one.lon:.6f}", f"{one.lat:.6f}", one.address
        else:
            more["candidates"] = found
    form = IntakeForm(initial={name: data.get(name) for name in IntakeForm.base_fields if name in data})
    return _page(request, form, phone=data.get("phone", "")[:40], **more)


def _page(request: HttpRequest, form: IntakeForm, *, phone: str = "", status: int = 200, **more: Any) -> HttpResponse:
    phone = phone or (str(form["phone"].value() or "") if "phone" in form.fields and form.is_bound else "")
    region = scope.current().region_code
    box = regions.box(region[:6] + "0" * 6) if region else None
    context = {
        "form": form, "region": region, "earlier": earlier_reports(phone) if phone else [], "asked_phone": bool(phone),
        "centre": ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) if box else None, **more,
    }  # fmt: skip
    return render(request, "command/intake.html", context, status=status)
