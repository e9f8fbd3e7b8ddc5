"""The figures of the screens: what each counts in words, which rows it leads to, and its value here and now.

Everything live comes from the running count of open cases and from today's rows, never from the table of closed cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from zhujian.boards.city_management.command.selectors import live as counting
from zhujian.foundation.kernel import access, scope


@dataclass(frozen=True)
class Measure:
    """One figure: how it is counted, in words, and the list of exactly these rows."""

    key: str
    title: str
    rule: str
    route: str
    query: str = ""
    alert: bool = False

    @property
    def url(self) -> str:
        """Address of the rows; empty when the viewer may not see them."""
        needed = {"command:desk": ("command.desk", "use"), "/r/command/report/": ("command.report", "view")}
        if not access.allowed(*needed.get(self.route, ("command.case", "view"))):
            return ""
        base = self.route if self.route.startswith("/") else reverse(self.route)
        return f"{base}?{self.query}" if self.query else base


MEASURES = (
    Measure("received", "今日上报", "今天 0 时以后收到的上报，含不予受理和并入其他案件的。", "/r/command/report/", "received_at_from={today}"),
    Measure("waiting", "待受理", "已经收到、还没有作出受理决定的上报，含正在受理的。", "command:desk"),
    Measure("verifying", "核实中", "状态为“核实中”“待立案”的案件。", "command:cases", "state=verifying"),
    Measure("to_dispatch", "待派遣", "已立案、还没有派遣到责任单位的案件。", "command:cases", "state=to_dispatch"),
    Measure("handling", "处置中", "已派遣、责任单位还没有反馈的案件（待处置、处置中、待反馈），不含挂账。", "command:cases", "state=disposal"),
    Measure("checking", "核查中", "已反馈、等待发核查或正在核查的案件。", "command:cases", "state=check"),
    Measure("to_close", "待结案", "核查通过、等待结案的案件。", "command:cases", "state=to_close"),
    Measure("open", "在办", "立案后还没有结案、作废的全部案件，含挂账。", "command:cases"),
    Measure("overdue", "超期", "处置时限已过的在办案件；暂停计时（核查、挂账、回退）的，只有暂停时已经超期的才算。", "command:cases", "light=red", alert=True),
    Measure("yellow", "即将到期", "剩余处置时限不超过时限四分之一（参数“黄灯”）、还没有超期的在办案件。", "command:cases", "light=yellow"),
    Measure("suspended", "挂账", "经批准挂账、还没有恢复的案件。", "command:cases", "flag=suspended"),
    Measure("supervised", "督办", "正在督办的在办案件。", "command:cases", "flag=supervised"),
    Measure("closed", "今日结案", "今天 0 时以后结案的案件，不含作废和重复。", "/r/command/case/", "state=closed&closed_at_from={today}"),
)  # fmt: skip
BY_KEY = {one.key: one for one in MEASURES}
DISPOSAL = ("dispatched", "handling", "dept_confirm")
CHECK = ("to_check", "checking")


def here(rows: QuerySet) -> QuerySet:
    """`rows` of the viewer's region, or of which the viewer is a party, by what has an index; row-level security still decides."""
    who = scope.current()
    if who.kind in ("enterprise", "resident"):
        return rows.filter(parties__overlap=list(who.keys))
    if who.kind != "official" or not who.region_code:
        return rows
    prefix = scope.region_prefix(who.region_code)
    if len(prefix) >= 6:
        rows = rows.filter(county_key=prefix[:6])
        return rows.filter(region_code__gte=who.region_lo, region_code__lt=who.region_hi) if len(prefix) > 6 else rows
    return rows.filter(city_key=prefix) if len(prefix) == 4 else rows


def light_query(code: str, now: datetime) -> Q:
    """Open cases whose clock of disposal shows `code` at `now`: red, yellow, green, grey (paused) or none (not started)."""
    running = Q(paused_at=None, due__isnull=False)
    return {
        "red": Q(due__lt=now) & (Q(paused_at=None) | Q(paused_at__gt=F("due"))),
        "yellow": running & Q(due__gte=now, yellow_at__lte=now),
        "green": running & Q(due__gte=now) & (Q(yellow_at__gt=now) | Q(yellow_at=None)),
        "grey": Q(paused_at__lte=F("due")),
        "none": Q(due=None),
    }[code]


def live(now: datetime | None = None, found: counting.Now | None = None) -> dict[str, int]:
    """Every measure's value for the viewer (see `selectors.live`)."""
    found = found or counting.now_at(counting.viewers(), now)
    states, lights = found.states, found.lights
    return {
        "verifying": states.get("verifying", 0) + states.get("to_register", 0), "to_dispatch": states.get("to_dispatch", 0),
        "handling": sum(found.running.get(state, 0) for state in DISPOSAL), "checking": sum(states.get(state, 0) for state in CHECK),
        "to_close": states.get("to_close", 0), "open": sum(states.values()), "overdue": lights["red"], "yellow": lights["yellow"],
        "green": lights["green"], "running": lights["red"] + lights["yellow"] + lights["green"], "suspended": found.suspended,
        "supervised": found.supervised, "waiting": found.waiting + found.taken, "received": found.received, "closed": found.closed,
    }  # fmt: skip


def line(key: str, counted: Mapping[str, int]) -> dict[str, Any]:
    """One figure as a page shows it: value, words, rule, address of its rows; whoever may not see the rows is led to the rule (`rows` False)."""
    one = BY_KEY[key]
    value, rows = counted[key], one.url.replace("{today}", timezone.localdate().isoformat())
    return {"key": key, "title": one.title, "value": value, "rule": one.rule, "url": rows or f"{reverse('command:rules')}#{key}",
            "rows": bool(rows), "alert": one.alert and value > 0}  # fmt: skip


def on_time(counted: Mapping[str, int]) -> float | None:
    """Share in per cent of running clocks that are not overdue; None when no clock runs, which is not 100."""
    running = counted["running"]
    return round(100 * (running - counted["overdue"]) / running, 1) if running else None
