"""To-do, done, supervision: filtered in the URL, paged by key, never counted whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhujian.foundation.kernel.access import access
from zhujian.foundation.workflow import selectors
from zhujian.foundation.workflow.models import Task
from zhujian.foundation.workflow.views.common import shown, with_query


def _chosen(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:80] for name in names}


def _page(
    request: HttpRequest, take: Callable[[str, int], list[Task]], chosen: dict[str, str], mark: Callable[[Task], str]
) -> tuple[list[Task], dict[str, Any]]:
    """One page of rows and what the page's controls need; `take` gives rows after a cursor, at most so many."""
    cursor = request.GET.get("after", "")
    found = take(cursor, selectors.PAGE + 1)
    page = found[: selectors.PAGE]
    return page, {
        "chosen": chosen, "active": any(chosen.values()), "modules": selectors.process_owners(),
        "next": with_query(request.path, chosen, after=mark(page[-1])) if len(found) > selectors.PAGE else "",
        "first": with_query(request.path, chosen) if cursor else "",
    }  # fmt: skip


def _due_mark(task: Task) -> str:
    return f"{task.due.isoformat() if task.due else '-'}~{task.pk}"


def _done_mark(task: Task) -> str:
    return f"{task.completed_at.isoformat()}~{task.pk}"  # type: ignore[union-attr]


@require_GET
@access("workflow.task", "list")
def todo(request: HttpRequest) -> HttpResponse:
    """What waits for me, soonest due first."""
    chosen = _chosen(request, "q", "module", "light")
    now = timezone.now()

    def take(cursor: str, most: int) -> list[Task]:
        return selectors.soonest(most, narrow=lambda rows: selectors.after_due(selectors.filtered(rows, chosen, now), cursor))

    page, context = _page(request, take, chosen, _due_mark)
    context |= {"rows": shown(page), "counts": selectors.counts(), "lights": selectors.LIGHTS.items(), "cap": selectors.CAP}
    return render(request, "workflow/todo.html", context)


@require_GET
@access("workflow.task", "list")
def done(request: HttpRequest) -> HttpResponse:
    """What I have done, newest first."""
    chosen = _chosen(request, "q", "module")
    rows = selectors.filtered(selectors.done(), chosen, timezone.now())
    page, context = _page(request, lambda at, most: list(selectors.before_done(rows, at)[:most]), chosen, _done_mark)
    return render(request, "workflow/done.html", context | {"rows": page})


@require_GET
@access("workflow.supervision", "view")
def supervision(request: HttpRequest) -> HttpResponse:
    """Overdue and nearly overdue tasks of my region."""
    chosen = _chosen(request, "q", "module", "light")
    now = timezone.now()
    lights = (chosen["light"],) if chosen["light"] in ("red", "yellow") else ("red", "yellow")
    rows = selectors.filtered(selectors.overdue(lights, now), {**chosen, "light": ""}, now)
    page, context = _page(request, lambda at, most: list(selectors.after_due(rows, at)[:most]), chosen, _due_mark)
    counted = {code: len(selectors.overdue((code,), now).values_list("pk")[: selectors.CAP + 1]) for code in ("red", "yellow")}
    context |= {
        "rows": shown(page), "counted": counted, "cap": selectors.CAP, "lights": [(c, selectors.LIGHTS[c]) for c in ("red", "yellow")],
    }  # fmt: skip
    return render(request, "workflow/supervision.html", context)
