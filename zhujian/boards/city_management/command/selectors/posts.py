"""Who has the open cases in hand, by post: the tasks behind the wall's figures, and the cases they lead to."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from zhujian.boards.city_management.command import figures
from zhujian.foundation.workflow.models import OPEN as TASK_OPEN
from zhujian.foundation.workflow.models import Task

# post → its title and its steps of the loop
POSTS = (
    ("inspector", "监督员", ("verify", "check")), ("acceptor", "受理员", ("register", "send_check", "close")),
    ("shift_leader", "值班长", ("approve_void",)), ("dispatcher", "派遣员", ("dispatch",)),
    ("department_desk", "处置单位经办", ("department", "confirm")), ("crew", "处置人员", ("handle",)),
)  # fmt: skip
NODES = {code: nodes for code, _, nodes in POSTS}


def late(now: datetime) -> Q:
    """Tasks whose own limit has passed; one that stands still (挂账) is not late."""
    return Q(due__lt=now, paused_at=None)


def tasks() -> QuerySet[Task]:
    """Open steps of cases within the viewer's region, whosoever has them in hand."""
    return figures.here(Task.objects.filter(status__in=TASK_OPEN, module="command", asked_by=None))


def in_hand(post: str, *, only_late: bool = False, now: datetime) -> QuerySet[Task]:
    """The open steps of one post (of all with an empty one), only those beyond their own limit if asked."""
    rows = tasks().filter(node__in=NODES[post]) if post in NODES else tasks()
    return rows.filter(late(now)) if only_late else rows
