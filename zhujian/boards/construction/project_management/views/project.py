"""The project page: the thread on which everything about a project hangs. Each tab reads only what it shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhujian.boards.construction.project_management import selectors
from zhujian.boards.construction.project_management.models import Building, Material, Participation, Permit, Project
from zhujian.boards.construction.project_management.selectors import thread
from zhujian.foundation.certificates import selectors as certificates
from zhujian.foundation.documents import selectors as documents
from zhujian.foundation.kernel.access import access
from zhujian.foundation.resources import registry

TABS = (
    ("overview", "总览"), ("steps", "办理进度"), ("diagram", "流程图"), ("papers", "证照文书"), ("firms", "参建与单体"),
    ("timers", "期限"), ("links", "关联业务"), ("trace", "历史与存证"),
)  # fmt: skip

SHOWN = 4  # open tasks in sight; the others are folded


@require_GET
@access("project_management.project", "view")
def project(request: HttpRequest, pk: int) -> HttpResponse:
    """One project; `?tab=` chooses what is shown under the stage bar."""
    found = selectors.project(pk)
    tab = request.GET.get("tab", "overview")
    if tab not in dict(TABS):
        tab = "overview"
    tasks = thread.open_tasks(found)
    context = {
        "project": found, "tab": tab, "tabs": TABS, "stages": thread.stage_bar(found, len(tasks)), "tasks": tasks[:SHOWN],
        "more_tasks": tasks[SHOWN:], "template": f"project_management/tabs/{tab}.html", **READERS[tab](request, found),
    }  # fmt: skip
    return render(request, "project_management/project.html", context)


def _overview(request: HttpRequest, found: Project) -> dict[str, Any]:
    return {
        "facts": thread.facts_table(found), "timers": selectors.open_timers(found)[:6],
        "permits": Permit.objects.filter(project=found).order_by("id"), "recent": thread.timeline(found, limit=8),
    }  # fmt: skip


def _steps(request: HttpRequest, found: Project) -> dict[str, Any]:
    return {"progress": thread.progress(found), "materials": thread.materials_by_step(found)}


def _diagram(request: HttpRequest, found: Project) -> dict[str, Any]:
    return {"instance_id": found.process_id}


def _papers(request: HttpRequest, found: Project) -> dict[str, Any]:
    return {
        "certificates": certificates.certificates_of(found.subject), "documents": documents.documents_of(found.subject),
        "materials": Material.objects.filter(project=found, replaced=False).select_related("file").order_by("step", "id"),
        "permits": Permit.objects.filter(project=found).order_by("id"),
    }  # fmt: skip


def _firms(request: HttpRequest, found: Project) -> dict[str, Any]:
    return {
        "firms": Participation.objects.filter(project=found).order_by("role", "id"),
        "buildings": Building.objects.filter(project=found).order_by("code"), "role_names": thread.role_names(),
    }  # fmt: skip


def _timers(request: HttpRequest, found: Project) -> dict[str, Any]:
    return {"timers": found.timer_set.order_by("due_on", "id"), "stage_clocks": thread.stage_clocks(found)}


def _links(request: HttpRequest, found: Project) -> dict[str, Any]:
    filled = [(panel.title, panel.fill(request, found)) for panel in registry.panels("project_management.project")]
    return {"panels": [(title, html) for title, html in filled if html]}


def _trace(request: HttpRequest, found: Project) -> dict[str, Any]:
    return {
        "timeline": thread.timeline(found, limit=200),
        "events": thread.events_of(found),
        "changes": thread.changes(found),
        "evidence": thread.evidence_of(found),
    }


READERS = {
    "overview": _overview, "steps": _steps, "diagram": _diagram, "papers": _papers, "firms": _firms, "timers": _timers,
    "links": _links, "trace": _trace,
}  # fmt: skip
