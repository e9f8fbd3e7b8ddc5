"""The live diagram: a part's BPMN with the state of each node in words, and addresses of the processes it calls."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from SpiffWorkflow.util.task import TaskState

from zhujian.foundation.workflow import state, store
from zhujian.foundation.workflow.layout import with_layout
from zhujian.foundation.workflow.models import OPEN, Definition, Instance, Part, Task
from zhujian.foundation.workflow.selectors import signal

ENDED = TaskState.COMPLETED


def live(instance: Instance, part: Part) -> dict[str, Any]:
    """``{xml, title, nodes, called}`` for the diagram island."""
    compiled = store.compiled(instance.bundle)
    process = compiled.diagrams[part.spec]
    nodes: dict[str, dict[str, str]] = {}
    called: dict[str, str] = {}
    children = list(Part.objects.filter(parent=part).order_by("id"))
    late = set(
        Task.objects.filter(part__parent=part, status__in=OPEN, due__lt=timezone.now(), paused_at=None).values_list(
            "part_id", flat=True
        )
    )
    _states(nodes, part)
    _tasks(nodes, part)
    for item in process.items.values():
        mine = [c for c in children if c.path.rpartition("/")[2] == item.id]
        if item.kind == "callActivity":
            called[item.id] = (
                _address(instance, mine[-1]) if mine else f"{reverse('workflow:diagram', args=[instance.pk])}?spec={item.called}"
            )
        if mine:
            nodes[item.id] = _call(mine[-1], mine[-1].pk in late)
        if item.kind == "subProcess":
            for child in mine[-1:]:
                _states(nodes, child)
                _tasks(nodes, child)
    return {"xml": with_layout(_xml(instance, process.id)), "title": part.title or process.name, "nodes": nodes, "called": called}


def preview(instance: Instance, spec: str) -> dict[str, Any] | None:
    """A process of the instance's bundle that has not begun, without states; None when it does not belong to it."""
    compiled = store.compiled(instance.bundle)
    process = compiled.diagrams.get(spec)
    if process is None:
        return None
    base = reverse("workflow:diagram", args=[instance.pk])
    called = {i.id: f"{base}?spec={i.called}" for i in process.items.values() if i.kind == "callActivity"}
    nodes = {i: {"state": "next"} for i in process.items}
    return {"xml": with_layout(_xml(instance, process.id)), "title": process.name, "nodes": nodes, "called": called}


def _xml(instance: Instance, key: str) -> str:
    return Definition.objects.filter(pk__in=instance.bundle.definitions, key=key).values_list("xml", flat=True)[0]


def _address(instance: Instance, part: Part) -> str:
    return f"{reverse('workflow:diagram', args=[instance.pk])}?part={part.pk}"


def _states(nodes: dict[str, dict[str, str]], part: Part) -> None:
    """Done nodes from the task tree (gateways and events too)."""
    for _, name, value in state.nodes(part.state):
        if value == ENDED:
            nodes.setdefault(name.removesuffix(" [child]"), {"state": "done"})


def _tasks(nodes: dict[str, dict[str, str]], part: Part) -> None:
    now = timezone.now()
    for task in Task.objects.filter(part=part, asked_by=None).order_by("id"):
        link = reverse("workflow:task", args=[task.pk])
        if task.status in (*OPEN, Task.Status.SUSPENDED):
            shown = signal(task, now)
            late = shown is not None and shown.code == "red"
            nodes[task.node] = {
                "state": "late" if late else "now", "label": task.get_status_display(),
                "who": task.assignee_name or task.org_name or ("申请人" if task.party_keys else ""), "due": shown.text if shown else "",
                "link": link,
            }  # fmt: skip
        elif task.completed_at and nodes.get(task.node, {}).get("state") not in ("now", "late"):
            back = task.status in (Task.Status.RETURNED, Task.Status.CANCELLED)
            when = timezone.localtime(task.completed_at).strftime("%m-%d")
            nodes[task.node] = {
                "state": "returned" if back else "done",
                "label": task.result_label,
                "who": task.completed_by_name,
                "due": when,
                "link": link,
            }


def _call(part: Part, late: bool) -> dict[str, str]:
    if part.status == "running":
        shown = signal(part)
        return {
            "state": "late" if late or (shown and shown.code == "red") else "now",
            "label": "办理中",
            "due": shown.text if shown else "",
        }
    words = {"finished": ("done", "已完成"), "failed": ("returned", "未通过"), "cancelled": ("returned", "已取消")}[part.status]
    return {"state": words[0], "label": words[1]}
