"""我的待办 by step, and doing a step: each step's panel, what it asks for, what it hands to the process."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.city_management.command.forms.desk import add_reasons
from zhujian.boards.city_management.command.forms.panels import Panel, node_title, panel_of
from zhujian.boards.city_management.command.models import UNSHOWN, Case
from zhujian.boards.city_management.command.views import asked
from zhujian.boards.city_management.command.views.clocks import Face, brief, stage_light
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.kernel.middleware import reading
from zhujian.foundation.workflow import selectors as workflow
from zhujian.foundation.workflow import services as process
from zhujian.foundation.workflow.models import Task
from zhujian.foundation.workflow.services.common import may_act

PAGE = 30
CAP = 199
NODES = (
    "verify", "register", "approve_void", "dispatch", "district", "coordinate", "department", "handle", "confirm", "send_check", "check", "close",
)  # fmt: skip
PROCESS = "city_case"


@dataclass
class Row:
    """One task with its case, as the list shows it."""

    task: Task
    case: Case
    title: str
    url: str
    light: Face | None
    clock: Face


def of_loop(rows: Any) -> Any:
    """Those of `rows` that are tasks of the loop."""
    return rows.filter(module="command")


def at_node(rows: Any, node: str) -> Any:
    """Those of `rows` at a step; all of them without one."""
    return rows.filter(node=node) if node else rows


def case_id(task: Task) -> int:
    """The case a task is about; 0 for a task of something else."""
    kind, _, pk = task.subject.partition(":")
    return int(pk) if kind == "command.case" and pk.isdigit() else 0


@reading
@require_GET
@access("command.todo", "view")
def todo(request: HttpRequest) -> HttpResponse:
    """What waits for me, by step."""
    now = timezone.now()
    node = request.GET.get("node", "")
    node = node if node in NODES else ""
    cursor = request.GET.get("after", "")
    seen = workflow.soonest_values(CAP + 1, "node", "paused_at", narrow=of_loop)
    counts = Counter(code for _, _, code, _ in seen)
    red = Counter(code for _, due, code, paused in seen if due and due < now and paused is None)
    if cursor or (node and len(seen) > CAP):
        page = workflow.soonest(PAGE + 1, narrow=lambda rows: workflow.after_due(at_node(of_loop(rows), node), cursor))
    else:  # the first page of what has just been read
        page = workflow.in_order([pk for pk, _, code, _ in seen if node in ("", code)][: PAGE + 1])
    rows = rows_of(page[:PAGE], now)
    following = ""
    if len(page) > PAGE:
        last = page[PAGE - 1]
        following = "?" + urlencode(
            {k: v for k, v in (("node", node), ("after", f"{last.due.isoformat() if last.due else '-'}~{last.pk}")) if v}
        )
    context = {
        "rows": rows, "node": node, "total": min(len(seen), CAP), "cap": CAP, "next": following, "requests": asked.waiting_for_me() if not node else [],
        "nodes": [(code, node_title(code), counts[code], red[code]) for code in NODES if counts[code]],
    }  # fmt: skip
    return render(request, "command/todo.html", context)


def rows_of(tasks: list[Task], now: Any) -> list[Row]:
    """Tasks with their cases, in the same order; what is no case of the loop is left out."""
    cases = Case.objects.defer(*UNSHOWN).in_bulk([case_id(task) for task in tasks])
    return [
        Row(
            task,
            cases[pk],
            node_title(task.node),
            f"{reverse('command:case', args=[pk])}#work",
            stage_light(task, now),
            brief(cases[pk], now),
        )
        for task in tasks
        if (pk := case_id(task)) in cases
    ]


def next_of(node: str, besides: int = 0) -> str:
    """Address of the actor's next task at the same step, else at any; empty when nothing waits."""
    for wanted in (node, ""):
        found = workflow.soonest(1, narrow=lambda rows, wanted=wanted: at_node(of_loop(rows), wanted).exclude(pk=besides))  # type: ignore[misc]
        if found:
            return f"{reverse('command:case', args=[case_id(found[0])])}#work"
    return ""


@require_http_methods(["GET", "POST"])
@access("command.case", "view")
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """GET leads to the case with its panel; POST does the step with the pressed outcome, and the next one opens."""
    found = workflow.task(pk)
    if found is None or not case_id(found):
        raise NotFound("workflow.task.missing", "没有找到这项任务，可能已被移走，或不在您的管辖范围内。")
    if request.method == "GET":
        return redirect(f"{reverse('command:case', args=[case_id(found)])}#work")
    case = Case.objects.filter(pk=case_id(found)).first()
    if case is None:
        raise NotFound("case.absent", "没有找到这件案件，可能不在您的管辖范围内。")
    rights.require("command.case", "do")
    outcome, comment, version = (request.POST.get(name, "") for name in ("outcome", "comment", "version"))
    panel = panel_of(found, case, request.POST, request.FILES)
    from zhujian.boards.city_management.command.views.case import case_page

    if not panel.valid(outcome):
        return case_page(request, case, panel=panel, status=422)
    try:
        process.do_complete(
            pk,
            outcome=outcome,
            data=panel.data(outcome),
            comment=comment,
            expected_version=int(version) if version.isdigit() else None,
        )
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        add_reasons(panel.form, [r for r in refusal.reasons if r.field in panel.form.fields])
        left = [r for r in refusal.reasons if r.field not in panel.form.fields]
        return case_page(request, Case.objects.get(pk=case.pk), panel=panel, reasons=left, status=refusal.status)
    messages.success(request, f"{case.class_name} {case.number}：{node_title(found.node)}，{found.label(outcome)}。")
    following = next_of(found.node, pk)
    return redirect(following or reverse("command:todo"))


def open_panel(case: Case, found: Task | None) -> Panel | None:
    """The panel of the case's open task when the actor may work on it now; None else, and while the case is suspended."""
    if found is None or case.suspended:
        return None
    return panel_of(found, case) if found.is_open and may_act(found, scope.current()) else None
