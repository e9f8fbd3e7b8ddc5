"""A case's clock of disposal in words: short for lists, whole for its own page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from zhujian.boards.city_management.command.models import Case
from zhujian.boards.city_management.command.rules.clock import light as shown_light
from zhujian.boards.city_management.command.services import clock as clocks
from zhujian.boards.city_management.command.services import levels
from zhujian.boards.city_management.command.templatetags.command import duration
from zhujian.boards.city_management.command.views.layers import light
from zhujian.boards.city_management.digital_city.rules import limits
from zhujian.foundation.workflow.models import Task

PAUSED = {"suspended": "挂账，暂停计时", "check": "等待核查，暂停计时", "returned": "回退派遣，暂停计时"}
RULES = {
    "H": "按工作时计算：只计本地工作日的办公时段，节假日和下班时间不计。",
    "D": "按工作日计算：顺延相应个工作日的同一时刻，节假日不计，调休上班日计入。",
    "U": "按紧急工作时计算：连续计时，夜间和节假日都计入。",
    "UD": "按紧急工作日计算：一日为连续24小时，夜间和节假日都计入。",
    "M": "按分钟连续计时。",
}


@dataclass(frozen=True)
class Face:
    """What a page shows of a clock. Seconds are of the clock's own kind of time: office time for 工作时 and 工作日."""

    light: str
    word: str
    due: datetime | None = None
    used_s: int = 0
    total_s: int = 0
    used: str = ""
    remaining: str = ""
    rule: str = ""

    @property
    def share(self) -> str:
        """Share of the limit that is used, in per cent, at most 100."""
        return f"{min(100, round(100 * self.used_s / self.total_s))}%" if self.total_s else ""


def when(moment: datetime, now: datetime) -> str:
    """A moment as short as it stays clear: 16:30, 明天 09:00, 11-25 12:00."""
    local, today = timezone.localtime(moment), timezone.localdate(now)
    days = (local.date() - today).days
    if days == 0:
        return f"{local:%H:%M}"
    return f"{'明天' if days == 1 else '昨天' if days == -1 else f'{local:%m-%d}'} {local:%H:%M}"


def brief(case: Case, now: datetime | None = None) -> Face:
    """Light and words for a list, from the stored moments alone; no words when the clock has not started or has ended."""
    now = now or timezone.now()
    if case.due is None or not case.is_open:
        return Face("", "")
    code = light(case, now)
    if code == "grey":
        return Face(code, PAUSED.get(case.pause_kind, "暂停计时").split("，", maxsplit=1)[0], case.due)
    if code == "red":
        return Face(code, f"超期（{when(case.due, now)} 到期）", case.due)
    return Face(code, f"{when(case.due, now)} 到期", case.due)


def stage_light(task: Task, now: datetime) -> Face | None:
    """The clock of a step of the process, to the minute; None without a limit."""
    if task.due is None:
        return None
    if task.paused_at is not None:
        return Face("grey", "暂停计时", task.due)
    if task.due < now:
        return Face("red", f"超时{duration((now - task.due).total_seconds())}", task.due)
    soon = task.yellow_at is not None and task.yellow_at <= now
    return Face("yellow" if soon else "green", f"{when(task.due, now)} 前", task.due)


def face(case: Case, now: datetime | None = None) -> Face | None:
    """The whole clock: what is used, what is left, and by which rule; None when the case has none."""
    now = now or timezone.now()
    if case.due is None:
        return None
    used, left = clocks.snapshot(case, now)
    if not case.is_open:
        code, word = ("red", "超期办结") if case.overdue_s else ("green", "按期办结")
    else:
        code = light(case, now) or "green"
        word = {"red": "已超期", "yellow": "即将到期", "green": "按期", "grey": PAUSED.get(case.pause_kind, "暂停计时")}[code]
    kind = limit_kind(case.limit_text)
    rule = RULES.get(kind, "")
    if case.clock_start:
        rule += "自责任单位收到派遣起算；挂账、等待核查、回退期间不计；正好在截止时刻完成为按期。"
    if case.calendar_version:
        rule += f"所用工作日历版本 {case.calendar_version}。"
    office = "（办公时间）" if kind in ("H", "D") else ""
    over = f"超 {duration(left)}" if left is not None and left < 0 else f"剩 {duration(left)}" if left is not None else "—"
    return Face(
        code, word, case.due, used or 0, max((used or 0) + (left or 0), 0) if left is not None else 0, duration(used) + office if used is not None else "—",
        over + office, rule,
    )  # fmt: skip


def level_face(case: Case, now: datetime | None = None) -> Face | None:
    """The clock the district has set its department; None for a case that is not, or was never, with a district."""
    row = levels.clock_of(case)
    if row is None or row.due is None:
        return None
    now = now or timezone.now()
    used, left = clocks.snapshot(row, now)
    code = shown_light(row.due, row.yellow_at, row.paused_at, row.closed_at or now) or "green"
    word = {"red": "已超期", "yellow": "即将到期", "green": "按期", "grey": PAUSED.get(row.pause_kind, "暂停计时")}[code]
    over = f"超 {duration(left)}" if left is not None and left < 0 else f"剩 {duration(left)}" if left is not None else "—"
    return Face(code, word, row.due, used or 0, 0, limits.words(row.limit_text), over, row.target_name)


def limit_kind(notation: str) -> str:
    """The letters of a limit's notation."""
    text = notation.strip().upper().lstrip("0123456789")
    return text if text in limits.NAMES else ""
