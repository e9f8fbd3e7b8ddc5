"""Report a problem: photo, place, send. Works without JavaScript; `report.js` makes it three taps."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.city_management.digital_city.selectors import places
from zhujian.boards.city_management.public_service.open311 import catalogue
from zhujian.boards.city_management.public_service.services import codes, limits, reports
from zhujian.boards.city_management.public_service.views import session
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Reason, Refusal
from zhujian.foundation.kernel.middleware import wants_json

SURE = ("door", "poi", "street")
CANDIDATES = 6


@dataclass
class Typed:
    """What the form holds, as typed."""

    client_key: str = ""
    lon: str = ""
    lat: str = ""
    accuracy: str = ""
    address: str = ""
    service: str = ""
    description: str = ""
    phone: str = ""
    code: str = ""
    candidates: list[places.Answer] = field(default_factory=list)

    @property
    def point(self) -> tuple[float, float] | None:
        """The place as numbers, when it is one."""
        lon, lat = _number(self.lon), _number(self.lat)
        return (lon, lat) if lon is not None and lat is not None else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and len(text) < 30 else None


def typed(request: HttpRequest) -> Typed:
    """The form as sent; a chosen candidate (``lon,lat,address``) fills the place."""
    post = request.POST
    names = ("client_key", "lon", "lat", "accuracy", "address", "service", "description", "phone", "code")
    found = Typed(**{name: post.get(name, "").strip().replace("\x00", "") for name in names})  # type: ignore[arg-type]
    chosen = post.get("candidate", "")
    if chosen.count(",") >= 2 and not found.point:
        found.lon, found.lat, found.address = chosen.replace("\x00", "").split(",", 2)
    return found


@never_cache
@require_GET
@access("public_service.report", "create")
def home(request: HttpRequest) -> HttpResponse:
    """What anybody may do here."""
    return render(request, "public_service/home.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access("public_service.report", "create")
def report(request: HttpRequest) -> HttpResponse:
    """The form; a POST sends it, looks an address up (``act=locate``) or asks for a code (``act=code``)."""
    if request.method != "POST":
        place = Typed(client_key=str(uuid.uuid4()), lon=request.GET.get("lon", "")[:24], lat=request.GET.get("lat", "")[:24])
        return _form(request, place if place.point else Typed(client_key=place.client_key))
    form = typed(request)
    try:
        if request.POST.get("act") == "code":
            return _code(request, form)
        if request.POST.get("act") == "locate":
            return _form(request, _located(form))
        return _send(request, form)
    except Refusal as refusal:
        return _refused(request, form, refusal)


def _refused(request: HttpRequest, form: Typed, refusal: Refusal) -> HttpResponse:
    if wants_json(request):
        body = {"message": refusal.message, "errors": [reason.as_dict() for reason in refusal.reasons]}
        return JsonResponse(body, status=refusal.status)
    names = {"location": "place", "lon": "place", "lat": "place", "file": "photos", "files": "photos"}
    reasons = [Reason(one.code, one.message, names.get(one.field or "", one.field)) for one in refusal.reasons]
    if form.address and not form.point:
        form = _located(form)
    return _form(request, form, reasons, refusal.status)


def _form(
    request: HttpRequest, form: Typed, reasons: list[Reason] | None = None, status: int = 200, notice: str = ""
) -> HttpResponse:
    fields = {reason.field for reason in reasons or []}
    context: dict[str, Any] = {
        "typed": form, "reasons": reasons, "fields": fields, "notice": notice, "proven": session.phone_of(request),
        "groups": _groups(), "photos": limits.number("photos"), "most": limits.number("description_most"),
    }  # fmt: skip
    return render(request, "public_service/report.html", context, status=status)


def _groups() -> list[tuple[str, list[catalogue.Service]]]:
    """Kinds of event to choose from, by major class. Nobody has to choose; components are for officials to tell."""
    found: dict[str, list[catalogue.Service]] = {}
    for one in catalogue.services():
        if one.kind == "event":
            found.setdefault(one.group, []).append(one)
    return list(found.items())


def _located(form: Typed) -> Typed:
    if form.address:
        form.candidates = [one for one in reports.find_places(form.address, limit=CANDIDATES) if one.level in SURE]
    return form


def _code(request: HttpRequest, form: Typed) -> HttpResponse:
    codes.do_send(form.phone, "report", request.META.get("REMOTE_ADDR", ""))
    notice = f"验证码已发送，{limits.number('code_minutes')}分钟内有效。"
    if wants_json(request):
        return JsonResponse({"message": notice})
    return _form(request, form, notice=notice)


def _send(request: HttpRequest, form: Typed) -> HttpResponse:
    phone = session.phone_of(request)
    reports.count_report(request.META.get("REMOTE_ADDR", ""), phone)
    if form.phone and not phone:
        codes.do_try(form.phone, "report")
        phone = codes.do_check(form.phone, "report", form.code)
        session.remember_phone(request, phone)
    point = form.point or _one_place(form)
    if point is None:
        raise Refusal("public_service.place", "请点“用我现在的位置”，或填写地址并选择，也可以在地图上点选。", "place")
    if len(form.description) > limits.number("description_most"):
        raise Refusal("public_service.long", f"描述不要超过{limits.number('description_most')}个字。", "description")
    service = catalogue.find(form.service) if form.service else None
    try:
        key = uuid.UUID(form.client_key)
    except ValueError:
        key = uuid.uuid4()
    accuracy = _number(form.accuracy)
    from_wechat = session.wechat_key(request)
    sent = reports.do_submit(
        client_key=key, source="wechat" if from_wechat else "public_web", key=from_wechat, lon=point[0], lat=point[1], description=form.description,
        kind=service.kind if service else "", class_code=service.class_code if service else "", address=form.address, phone=phone,
        accuracy_m=accuracy if accuracy is not None and 0 <= accuracy < 100_000 else None, photos=request.FILES.getlist("photos"),
    )  # fmt: skip
    session.remember_receipt(request, sent.submission.number, sent.query_code)
    return redirect("public_service:receipt", number=sent.submission.number)


def _one_place(form: Typed) -> tuple[float, float] | None:
    """The place of an address that has exactly one sure answer."""
    found = [one for one in _located(form).candidates if one.level in ("door", "poi")]
    return (found[0].lon, found[0].lat) if len(found) == 1 else None


@never_cache
@require_GET
@access("public_service.report", "create")
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt of a report just sent, in the session that sent it."""
    kept = session.receipts(request)
    if number not in kept:
        return redirect(f"{reverse('public_service:mine')}?number={number[:32]}")
    return render(
        request, "public_service/receipt.html", {"number": number, "code": kept[number], "proven": session.phone_of(request)}
    )


@never_cache
@require_GET
@access("public_service.report", "create")
def place(request: HttpRequest) -> HttpResponse:
    """For the form's script: ``?lon=&lat=`` gives the nearest address, ``?q=`` gives candidates; never a grid or a number."""
    limits.do_count("lookup", request.META.get("REMOTE_ADDR", ""), limits.number("lookups_per_address"), said="查询地址")
    lon, lat = _number(request.GET.get("lon", "")), _number(request.GET.get("lat", ""))
    if lon is not None and lat is not None and -180 <= lon <= 180 and -90 <= lat <= 90:
        with scope.system("公众查找地址"):
            return JsonResponse({"address": places.at(lon, lat).address})
    text = request.GET.get("q", "").replace("\x00", "")[:100]
    if not text.strip():
        raise NotFound("public_service.place", "请给出位置或地址。")
    found = [one for one in reports.find_places(text, limit=CANDIDATES) if one.level in SURE]
    return JsonResponse(
        {"candidates": [{"address": o.address, "level": o.level_label, "lon": o.lon, "lat": o.lat} for o in found]}
    )
