"""Pages of the exchange: how it goes, one platform, one record and its mending, the daily figures."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.boards.city_management.data_reporting import selectors
from zhujian.boards.city_management.data_reporting.models import Dataset, Outgoing, Peer, Record
from zhujian.boards.city_management.data_reporting.rules.schema import WANTED
from zhujian.boards.city_management.data_reporting.services import correct, push, reconcile, schemas, transport
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.crypto import provider
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.parameters import selectors as parameters

DAYS = 14


def _peer(pk: int) -> Peer:
    found = Peer.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("exchange.peer", "没有找到这个对接平台，可能不在您的管辖范围内。")
    return found


@require_GET
@access("data_reporting.peer", "view")
def home(request: HttpRequest) -> HttpResponse:
    """Every platform with its light, and the data sets of one of them: the asked one, else the first with something to do."""
    found = selectors.standings()
    asked = request.GET.get("peer", "")
    shown = next((one for one in found if str(one.peer.pk) == asked), None)
    shown = shown or next((one for one in found if one.open), found[0] if found else None)
    return render(request, "data_reporting/home.html", {"standings": found, "shown": shown})


@require_GET
@access("data_reporting.peer", "view")
def peer(request: HttpRequest, pk: int) -> HttpResponse:
    """One platform: data sets, keys, the last two weeks' reconciliation."""
    found = _peer(pk)
    first = timezone.localdate() - timedelta(days=DAYS)
    titles, days = schemas.titles(), selectors.days(found, first)
    for row in days:
        row.title = titles.get(row.dataset, row.dataset)  # type: ignore[attr-defined]
    context = {
        "peer": found, "standing": selectors.standing(found), "days": days, "request_key": transport.own_public_key(found) if found.direction == "up" else "",
        "reply_key": provider().public_key(transport.REPLY_KEY).hex(), "today": timezone.localdate(),
    }  # fmt: skip
    return render(request, "data_reporting/peer.html", context)


@require_POST
@access("data_reporting.reconciliation", "run")
def reconcile_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reconciliation of one day, of one data set or all."""
    found = _peer(pk)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError as error:
        raise Refusal("exchange.day", "请选择要对账的日期。", "day") from error
    wanted = request.POST.get("dataset", "")
    codes = [wanted] if wanted else list(found.datasets)
    for code in codes:
        reconcile.do_request(found.pk, code, day)
    messages.success(request, f"已安排 {day} 的 {len(codes)} 个数据集对账，约半分钟后刷新本页查看结果。")
    return redirect("data_reporting:peer", found.pk)


@require_POST
@access("data_reporting.batch", "resend")
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a batch again now."""
    batch = push.do_resend(pk)
    messages.success(request, f"批次 {batch.batch_id[:8]} 已排队，将立即重新发送。")
    return redirect("data_reporting:peer", batch.peer_id)


@require_GET
@access("data_reporting.dataset", "view")
def dataset(request: HttpRequest, pk: int) -> HttpResponse:
    """One data set with its fields."""
    found = Dataset.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("exchange.dataset", "没有找到这个数据集。")
    day = timezone.localdate()
    context = {
        "dataset": found, "group": parameters.code_label("data_reporting.group", found.group, day),
        "frequency": parameters.code_label("data_reporting.frequency", found.frequency, day),
    }  # fmt: skip
    return render(request, "data_reporting/dataset.html", context)


def _outgoing(pk: int) -> Outgoing:
    found = Outgoing.objects.select_related("peer", "batch").filter(pk=pk).first()
    if found is None:
        raise NotFound("exchange.record", "没有找到这条上报记录，可能不在您的管辖范围内。")
    return found


@require_GET
@access("data_reporting.outgoing", "view")
def outgoing(request: HttpRequest, pk: int) -> HttpResponse:
    """One record on its way: what it says and what came back."""
    found = _outgoing(pk)
    made = schemas.dataset(found.dataset, found.schema_version)
    reason = parameters.code_label("data_reporting.reject", found.code) if found.code else ""
    context = {"record": found, "dataset": made, "rows": selectors.shown(made, found.payload, found.personal), "reason": reason}
    return render(request, "data_reporting/outgoing.html", context)


@require_http_methods(["GET", "POST"])
@access("data_reporting.outgoing", "correct")
def mend(request: HttpRequest, pk: int) -> HttpResponse:
    """Mend a rejected record field by field, or take it anew from the register, and send it again."""
    found = _outgoing(pk)
    made = schemas.dataset(found.dataset, found.schema_version)
    fields = made.fields if made else []
    values = found.payload | found.personal
    reasons: tuple[Any, ...] = ()
    if request.method == "POST":
        try:
            if request.POST.get("act") == "recapture":
                correct.do_recapture(found.pk)
            elif request.POST.get("act") == "as_is":
                correct.do_send_as_is(found.pk)
            else:
                values = _typed(request, fields, values)
                version = request.POST.get("version", "")
                correct.do_correct(found.pk, values, expected_version=int(version) if version.isdecimal() else None)
        except Refusal as refusal:
            reasons = refusal.reasons
        else:
            messages.success(request, "已更正，记录已重新排队上报，回执到达后显示在本页。")
            return redirect("data_reporting:outgoing", found.pk)
    inputs = [
        {**raw, "value": _text(values.get(raw["name"])), "long": raw["type"] in ("object", "geometry", "list") or raw.get("max", 0) > 150,
         "hint": "" if raw["type"] in ("text", "integer", "decimal") else f"{WANTED[raw['type']]}。",
         "fault": next((r.message for r in reasons if r.field == raw["name"]), "")}
        for raw in fields
    ]  # fmt: skip
    context = {"record": found, "inputs": inputs, "reasons": reasons}
    return render(request, "data_reporting/mend.html", context, status=422 if reasons else 200)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _typed(request: HttpRequest, fields: list[dict[str, Any]], before: dict[str, Any]) -> dict[str, Any]:
    """The record as typed; text stays text, everything else is read as JSON (and judged afterwards). What is unknown stays."""
    found = dict(before)
    for raw in fields:
        name, text = raw["name"], request.POST.get(raw["name"], "").strip()
        if not text:
            found.pop(name, None)
        elif raw["type"] in ("integer", "boolean", "geometry", "list", "object"):
            try:
                found[name] = json.loads(text)
            except (ValueError, RecursionError):
                found[name] = text  # the schema says what is wrong with it
        else:
            found[name] = text
    return found


@require_GET
@access("data_reporting.record", "view")
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """One received thing with all its versions."""
    found = Record.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("exchange.record", "没有找到这条数据，可能不在您的管辖范围内。")
    made = schemas.dataset(found.dataset, found.schema_version)
    context = {
        "record": found, "dataset": made, "rows": selectors.shown(made, found.payload, found.personal),
        "versions": selectors.versions_of(found),
    }  # fmt: skip
    return render(request, "data_reporting/record.html", context)
