"""The workbench of officials, the counters of the header, and search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhujian.foundation import resources
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access, allowed
from zhujian.foundation.messages import selectors as inbox
from zhujian.foundation.workflow import selectors as workflow
from zhujian.foundation.worktime import selectors as worktime
from zhujian.portals.shell.context import first_route
from zhujian.portals.shell.menu import menu
from zhujian.portals.workbench import selectors
from zhujian.portals.workbench.recent import recent

WEEKDAYS = "一二三四五六日"
LEAST = 2  # characters a search needs


@require_GET
@access("workbench.home", "view")
def home(request: HttpRequest) -> HttpResponse:
    """What must I do today, in one glance."""
    who = scope.current()
    if who.kind == "enterprise" and (hall := first_route("enterprise:home")):
        return redirect(hall)
    now = timezone.localtime()
    groups = selectors.my_day()
    late = list(workflow.overdue(("red",))[:6]) if allowed("workflow.supervision", "view") else []
    context = {
        "now": now, "weekday": WEEKDAYS[now.weekday()], "counts": workflow.counts(), "groups": groups, "cap": workflow.CAP,
        "shown": sum(len(group.lines) for group in groups),
        "done": workflow.done()[:5], "late": [(row, workflow.signal(row, now)) for row in late],
        "supervision_url": first_route("workflow:supervision"), "done_url": first_route("workflow:done"),
        "messages_new": inbox.latest(5), "unread": inbox.unread(), "recent": recent(request),
        "years_missing": worktime.missing_years(now.date()) if allowed("worktime.calendar", "change") else [],
        "modules": [group for group in menu(who, request.path) if group.title != "工作台"],
    }  # fmt: skip
    return render(request, "workbench/home.html", context)


@require_GET
@access("workbench.home", "view")
def counters(request: HttpRequest) -> HttpResponse:
    """Numbers for the header: to-do, overdue, unread messages. Asked for by the page after it is shown."""
    counts = workflow.counts()
    return JsonResponse({"todo": counts["todo"], "late": counts["red"], "unread": inbox.unread()})


@require_GET
@access("workbench.search", "view")
def search(request: HttpRequest) -> HttpResponse:
    """Everything the person may see that fits the words."""
    text = " ".join(request.GET.get("q", "").split())[:80]
    enough = len(text) >= LEAST
    tasks = (
        [(row, workflow.signal(row)) for row in workflow.filtered(workflow.todo(), {"q": text}, timezone.now())[:5]]
        if enough
        else []
    )
    return render(
        request,
        "workbench/search.html",
        {"q": text, "enough": enough, "least": LEAST, "found": resources.search_all(text) if enough else [], "tasks": tasks},
    )
