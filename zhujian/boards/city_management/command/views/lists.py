"""在办案件: the duty list, soonest due first, narrowed by light, state, body and mark; paged by key, never counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from zhujian.boards.city_management.command import figures
from zhujian.boards.city_management.command.models import OPEN, UNSHOWN, Case
from zhujian.boards.city_management.command.selectors import posts
from zhujian.boards.city_management.command.views.clocks import brief
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.middleware import reading

PAGE = 30
LIGHTS = (("red", "已超期"), ("yellow", "即将到期"), ("green", "按期"), ("grey", "暂停计时"), ("none", "未起算"))
GROUPS = {"disposal": ("处置中（全部）", figures.DISPOSAL), "check": ("核查中（全部）", figures.CHECK)}
FLAGS = (
    ("urgent", "紧急"),
    ("supervised", "督办"),
    ("suspended", "挂账"),
    ("rework", "返工过"),
    ("many", "多次上报"),
    ("late", "本环节超时"),
)
MARKS = {
    "urgent": Q(urgent=True), "supervised": ~Q(supervise_level=""), "suspended": Q(suspended=True), "rework": Q(reworks__gt=0),
    "many": Q(report_count__gt=1),
}  # fmt: skip
BODIES = 100


def narrowed(rows: QuerySet[Case], chosen: dict[str, str], now: datetime) -> QuerySet[Case]:
    """`rows` as the filters of the page say; what is unknown narrows nothing."""
    if chosen["light"] in dict(LIGHTS):
        rows = rows.filter(figures.light_query(chosen["light"], now))
    if chosen["state"] in GROUPS:
        rows = rows.filter(
            state__in=GROUPS[chosen["state"]][1], **({"suspended": False} if chosen["state"] == "disposal" else {})
        )
    elif chosen["state"] == "verifying":
        rows = rows.filter(state__in=("verifying", "to_register"))
    elif chosen["state"] in OPEN:
        rows = rows.filter(state=chosen["state"])
    if chosen["org"]:
        rows = rows.filter(org_code=chosen["org"][:18])
    if chosen["flag"] in MARKS:
        rows = rows.filter(MARKS[chosen["flag"]])
    if chosen["post"] in posts.NODES or chosen["flag"] == "late":
        rows = rows.filter(task__in=posts.in_hand(chosen["post"], only_late=chosen["flag"] == "late", now=now).values("pk"))
    if chosen["q"].isdigit():
        rows = rows.filter(number__gte=chosen["q"], number__lt=chosen["q"] + "~")
    return rows


def after(rows: QuerySet[Case], cursor: str) -> QuerySet[Case]:
    """Rows behind `cursor` (``<due iso or ->~<id>``) in the order of the list."""
    due, _, pk = cursor.partition("~")
    if not pk.isdigit() or len(pk) > 18:
        return rows
    if due == "-":
        return rows.filter(due=None, id__gt=int(pk))
    try:
        at = datetime.fromisoformat(due)
    except ValueError:
        return rows
    return rows.filter(Q(due__gt=at) | Q(due=at, id__gt=int(pk)) | Q(due=None)) if at.tzinfo else rows


@reading
@require_GET
@access("command.case", "view")
def cases(request: HttpRequest) -> HttpResponse:
    """Open cases of the viewer's scope."""
    now = timezone.now()
    chosen = {name: request.GET.get(name, "").strip()[:40] for name in ("q", "light", "state", "post", "org", "flag")}
    cursor = request.GET.get("after", "")[:60]
    rows = narrowed(figures.here(Case.objects.filter(state__in=OPEN)), chosen, now).defer(*UNSHOWN)
    page = list(after(rows.order_by(F("due").asc(nulls_last=True), "id"), cursor)[: PAGE + 1])
    last = page[PAGE - 1] if len(page) > PAGE else None
    context: dict[str, Any] = {
        "rows": [(row, brief(row, now)) for row in page[:PAGE]], "chosen": chosen, "active": any(chosen.values()), "lights": LIGHTS, "flags": FLAGS, "posts": posts.POSTS,
        "states": [*((code, title) for code, (title, _) in GROUPS.items()), *((c, t) for c, t in Case.State.choices if c in OPEN)],
        "organisations": _bodies(chosen["org"]), "first": _url(request.path, chosen) if cursor else "",
        "next": _url(request.path, chosen, f"{last.due.isoformat() if last.due else '-'}~{last.pk}") if last else "",
    }  # fmt: skip
    return render(request, "command/cases.html", context)


def _url(path: str, chosen: dict[str, str], cursor: str = "") -> str:
    values = {k: v for k, v in {**chosen, "after": cursor}.items() if v}
    return f"{path}?{urlencode(values)}" if values else path


def _bodies(chosen: str) -> list[tuple[str, str]]:
    """Bodies to choose among: those of the viewer's county (or the chosen one)."""
    who = scope.current()
    wanted = Q(code=chosen[:18]) if chosen else Q(pk__in=())
    if who.kind == "official" and who.region_code:
        wanted |= Q(region_code__gte=who.region_lo, region_code__lt=who.region_hi, kind__in=("department", "utility"))
    return list(Organisation.objects.filter(wanted, is_active=True).order_by("name").values_list("code", "name")[:BODIES])
