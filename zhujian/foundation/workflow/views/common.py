"""What the pages share."""

from __future__ import annotations

import re

from django.urls import NoReverseMatch
from django.utils.http import urlencode

from zhujian.foundation.workflow.models import Task
from zhujian.foundation.workflow.selectors import Signal, signal

SUBJECT = re.compile(r"^([a-z_]+\.[a-z_]+):(\d+)$")


def subject_url(subject: str) -> str:
    """Address of the page of a process's subject, when it is a resource with one."""
    from zhujian.foundation.resources import registry

    found = SUBJECT.match(subject)
    if found is None:
        return ""
    try:
        resource = registry.get(found[1])
        return registry.route(resource, "detail", int(found[2])) if resource.offers("view") else ""
    except (KeyError, NoReverseMatch):
        return ""


def shown(rows: list[Task]) -> list[tuple[Task, Signal | None]]:
    """Tasks with their lights."""
    return [(row, signal(row)) for row in rows]


def with_query(path: str, chosen: dict[str, str], **more: str) -> str:
    """`path` with the filters that are set."""
    values = {k: v for k, v in {**chosen, **more}.items() if v}
    return f"{path}?{urlencode(values)}" if values else path
