"""Follow mine, see what is nearby, rate what has been done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.boards.city_management.public_service import selectors
from zhujian.boards.city_management.public_service.models import CallBack, Submission
from zhujian.boards.city_management.public_service.rules import call_back as rules
from zhujian.boards.city_management.public_service.services import call_backs, codes, limits, reports
from zhujian.boards.city_management.public_service.views import session
from zhujian.boards.city_management.public_service.views.report import SURE, _number
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.kernel.middleware import wants_json
from zhujian.foundation.parameters import selectors as parameters

STAGES = ("received", "registered", "dispatched", "handled", "closed")


def _found(request: HttpRequest) -> list[Submission]:
    who = scope.current()
    account = who.actor_id if who.kind in ("resident", "enterprise") else None
    kept = session.receipts(request)
    digest = session.phone_hash(request)
    key = session.wechat_key(request)
    return selectors.mine(account=account, phone_hash=digest, numbers=kept, key=key) if account or digest or kept or key else []


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access("public_service.report", "create")
def mine(request: HttpRequest) -> HttpResponse:
    """Reports of the account, of a phone proven by a code, or of a receipt proven by its query code."""
    context = {
        "rows": _found(request), "proven": session.phone_of(request), "number": request.GET.get("number", "")[:32],
        "phone": "", "notice": "",
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "public_service/mine.html", context)
    act, address = request.POST.get("act", ""), request.META.get("REMOTE_ADDR", "")
    values = {name: request.POST.get(name, "").replace("\x00", "").strip() for name in ("phone", "code", "number", "query")}
    context |= {"phone": values["phone"][:20], "number": values["number"][:32]}
    try:
        if act == "code":
            codes.do_send(values["phone"], "follow", address)
            notice = f"验证码已发送，{limits.number('code_minutes')}分钟内有效。"
            if wants_json(request):
                return JsonResponse({"message": notice})
            return render(request, "public_service/mine.html", context | {"notice": notice})
        if act == "leave":
            session.forget_phone(request)
            return redirect("public_service:mine")
        reports.do_guess(values["number"] if act == "number" else values["phone"], address)
        if act == "number":
            found = reports.check_query(values["number"], values["query"])
            session.remember_receipt(request, found.number)
            return redirect("public_service:mine_one", number=found.number)
        codes.do_try(values["phone"], "follow")
        session.remember_phone(request, codes.do_check(values["phone"], "follow", values["code"]))
        return redirect("public_service:mine")
    except Refusal as refusal:
        if wants_json(request):
            return JsonResponse({"message": refusal.message}, status=refusal.status)
        fields = {"code": "query" if act == "number" else "code"}
        reasons = [type(one)(one.code, one.message, fields.get(one.field or "", one.field)) for one in refusal.reasons]
        return render(request, "public_service/mine.html", context | {"reasons": reasons}, status=refusal.status)


def _one(request: HttpRequest, number: str) -> Submission:
    found = next((row for row in _found(request) if row.number == number), None)
    if found is None:
        raise NotFound("public_service.number", "没有找到这件上报。请凭手机号或查询码在“我的上报”里查看。")
    return found


@never_cache
@require_GET
@access("public_service.report", "create")
def mine_one(request: HttpRequest, number: str) -> HttpResponse:
    """How one report stands, and its rating when it is done."""
    row = _one(request, number)
    with scope.system("查看本人上报"):
        asked = CallBack.objects.filter(submission=row).select_related("follow_up").first()
    return render(request, "public_service/mine_one.html", {"row": row, "bar": _bar(row), "asked": asked, **_rating(asked)})


def _bar(row: Submission) -> list[dict[str, str]]:
    """The stages as a bar; a refused report ends after the first, a suspended one waits at its dispatch."""
    names = dict(Submission.Stage.choices)
    if row.stage == "refused":
        return [{"title": names["received"], "state": "done"}, {"title": names["refused"], "state": "now"}]
    here = STAGES.index("dispatched" if row.stage == "suspended" else row.stage)
    return [
        {
            "title": names["suspended"] if row.stage == "suspended" and at == here else names[stage],
            "state": "done" if at < here or row.stage == "closed" else "now" if at == here else "next",
        }
        for at, stage in enumerate(STAGES)
    ]


def _rating(asked: CallBack | None) -> dict[str, object]:
    if asked is None:
        return {"open": False}
    return {
        "open": not call_backs.check_open(asked), "levels": _levels(),
        "level": parameters.code_label("command.satisfaction", str(asked.level)) if asked.level else "",
    }  # fmt: skip


def _levels() -> list[tuple[str, str]]:
    """What a reporter may say; 未评价 is for the desk only."""
    return [
        (code, label)
        for code, label in parameters.code_list("command.satisfaction", timezone.localdate())
        if int(code) in rules.RATED
    ]


@require_POST
@access("public_service.report", "create")
def mine_rate(request: HttpRequest, number: str) -> HttpResponse:
    """The rating of one's own report."""
    row = _one(request, number)
    with scope.system("评价本人上报"):
        asked = CallBack.objects.filter(submission=row).first()
    if asked is None:
        raise NotFound("call_back.absent", "这件上报还没有办结，办结后就可以评价。")
    answer(request, asked)
    return redirect("public_service:mine_one", number=number)


def answer(request: HttpRequest, asked: CallBack) -> CallBack:
    """Keep the posted answer of a reporter."""
    level = request.POST.get("level", "")
    found = call_backs.do_answer(
        asked.pk, int(level) if level.isascii() and level.isdigit() and len(level) == 1 else 0, channel="link",
        note=request.POST.get("note", "").replace("\x00", ""), solved={"1": True, "0": False}.get(request.POST.get("solved", "")),
    )  # fmt: skip
    said = f"谢谢您的评价。已为您登记复办，编号{found.follow_up.number}。" if found.follow_up else "谢谢您的评价。"
    messages.success(request, said)
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access("public_service.report", "create")
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link of a call-back."""
    limits.do_count("lookup", request.META.get("REMOTE_ADDR", ""), limits.number("lookups_per_address"), said="打开评价")
    asked = call_backs.by_token(token)
    reasons = []
    if request.method == "POST":
        try:
            asked = answer(request, asked)
        except Refusal as refusal:
            reasons = list(refusal.reasons)
    context = {"asked": asked, "row": asked.submission, "reasons": reasons, "token": token, **_rating(asked)}
    return render(request, "public_service/rate.html", context, status=422 if reasons else 200)


@never_cache
@require_GET
@access("public_service.report", "create")
def nearby(request: HttpRequest) -> HttpResponse:
    """Problems around a place; nothing about who reported them. ``Accept: application/geo+json`` or ``?f=geojson`` for the map."""
    lon, lat = _number(request.GET.get("lon", "")), _number(request.GET.get("lat", ""))
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    missing = ""
    if lon is None or lat is None:
        best = next((one for one in reports.find_places(text, limit=1) if one.level in SURE), None) if text else None
        missing = "没有找到这个地址，请写详细些，例如“关山大道105号”。" if text and best is None else ""
        lon, lat = (best.lon, best.lat) if best else (None, None)
    rows: list[selectors.Near] = []
    if lon is not None and lat is not None and -180 <= lon <= 180 and -90 <= lat <= 90:
        limits.do_count("lookup", request.META.get("REMOTE_ADDR", ""), limits.number("lookups_per_address"), said="查询")
        rows = selectors.nearby(lon, lat)
    if request.GET.get("f") == "geojson":
        return JsonResponse(_geojson(rows), content_type="application/geo+json")
    context = {
        "rows": rows, "lon": lon, "lat": lat, "q": text, "missing": missing, "metres": limits.number("nearby_metres"),
        "days": limits.number("nearby_days"),
    }  # fmt: skip
    return render(request, "public_service/nearby.html", context)


def _geojson(rows: list[selectors.Near]) -> dict[str, object]:
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [row.lon, row.lat]},
         "properties": {"name": row.title, "stage": row.stage_text, "on": row.on.isoformat(), "reports": row.reports}}
        for row in rows
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}
