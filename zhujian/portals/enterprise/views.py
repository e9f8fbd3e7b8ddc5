"""The hall of enterprises."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhujian.foundation.certificates import selectors as certificates
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.messages import selectors as inbox
from zhujian.foundation.workflow import selectors as workflow
from zhujian.portals.enterprise import selectors
from zhujian.portals.shell.context import first_route
from zhujian.portals.workbench.recent import recent
from zhujian.portals.workbench.selectors import my_day

SHOWN = 6


@require_GET
@access("enterprise.home", "view")
def home(request: HttpRequest) -> HttpResponse:
    """My tasks, my projects, my deadlines."""
    who = scope.current()
    groups = my_day()
    found = selectors.mine(SHOWN + 1)
    code = selectors.org_code()
    held = certificates.held_by(certificates.Holder(who.org_name, "USCC", code))[:SHOWN] if code else []
    context = {
        "groups": groups, "counts": workflow.counts(), "cap": workflow.CAP, "shown": sum(len(group.lines) for group in groups),
        "projects": found[:SHOWN], "more_projects": len(found) > SHOWN, "duties": selectors.duties(), "certificates": held,
        "messages_new": inbox.latest(5), "unread": inbox.unread(), "recent": recent(request),
        "register_url": first_route("project_management:register", "project_management:register_form"),
    }  # fmt: skip
    return render(request, "enterprise/home.html", context)


@require_GET
@access("enterprise.home", "view")
def projects(request: HttpRequest) -> HttpResponse:
    """All projects of the firm."""
    context = {
        "projects": selectors.mine(200),
        "register_url": first_route("project_management:register", "project_management:register_form"),
    }
    return render(request, "enterprise/projects.html", context)
