"""A person's day: tasks grouped by how urgent they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from zhujian.foundation.workflow import selectors as workflow
from zhujian.foundation.workflow.models import Task

SHOWN = 30
GROUPS = (
    ("red", "已超期"),
    ("today", "今天到期"),
    ("yellow", "即将到期"),
    ("green", "按期办理"),
    ("grey", "暂停计时"),
    ("", "未设时限"),
)


@dataclass
class Line:
    """One task as the workbench shows it."""

    task: Task
    url: str
    light: workflow.Signal | None


@dataclass
class Group:
    """Tasks of one urgency."""

    code: str
    title: str
    lines: list[Line] = field(default_factory=list)


def day(tasks: Iterable[Task], now: datetime | None = None) -> list[Group]:
    """`tasks` in groups, the most urgent first; empty groups are left out."""
    now = now or timezone.now()
    groups = {code: Group(code, title) for code, title in GROUPS}
    today = timezone.localtime(now).date()
    for task in tasks:
        light = workflow.signal(task, now)
        code = light.code if light else ""
        if code in {"yellow", "green"} and task.due and timezone.localtime(task.due).date() == today:
            code = "today"
        groups[code].lines.append(Line(task, reverse("workflow:task", args=[task.pk]), light))
    return [group for group in groups.values() if group.lines]


def my_day() -> list[Group]:
    """The actor's open tasks, the first `SHOWN` by due date, in groups."""
    return day(workflow.soonest(SHOWN))
