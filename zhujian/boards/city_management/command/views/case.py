"""The page of a case: where it stands, its clock, what was done, and what this person does next. And a report's own page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhujian.boards.city_management.command import selectors
from zhujian.boards.city_management.command.forms.panels import Panel, node_title
from zhujian.boards.city_management.command.models import Case, CaseStep, Photo, Report
from zhujian.boards.city_management.command.rules import separation
from zhujian.boards.city_management.command.rules.decisions import STAGE_OF, STAGES
from zhujian.boards.city_management.command.views import acts
from zhujian.boards.city_management.command.views.clocks import face, level_face
from zhujian.boards.city_management.command.views.layers import ground
from zhujian.boards.city_management.digital_city.models import Condition
from zhujian.boards.city_management.digital_city.rules import limits
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel import prepared, scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Reason
from zhujian.foundation.kernel.middleware import reading
from zhujian.foundation.resources import registry
from zhujian.foundation.workflow import selectors as workflow
from zhujian.foundation.workflow.models import Task

LOG = 30  # lines of the log in sight
REPORTS = 20
# Asked with every page of a case, therefore prepared.
CASE = "FROM command_case c LEFT JOIN digital_city_condition n ON n.id = c.condition_id WHERE c.id = %s"
STEPS = "FROM command_casestep s WHERE s.case_id = %s ORDER BY s.id DESC LIMIT %s"


def find_case(pk: int) -> Case:
    """A visible case; NotFound else."""
    rows = prepared.fetch(((Case, "c"), (Condition, "n")), CASE, [pk])
    if not rows:
        raise NotFound("case.absent", "没有找到这件案件，可能不在您的管辖范围内。")
    found, condition = rows[0]
    if condition is not None:
        found.condition = condition
    return found  # type: ignore[no-any-return]


@reading
@require_GET
@access("command.case", "view")
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case."""
    from zhujian.boards.city_management.command.views.work import open_panel

    found = find_case(pk)
    task = workflow.task(found.task) if found.task else None
    panel = open_panel(found, task)
    barred = barred_from(found, panel.task) if panel else []
    return case_page(request, found, panel=None if barred else panel, task=task, barred=barred)


def case_page(
    request: HttpRequest,
    found: Case,
    *,
    panel: Panel | None,
    task: Task | None = None,
    barred: Iterable[Reason] = (),
    reasons: Iterable[Reason] = (),
    status: int = 200,
) -> HttpResponse:
    """The page with the panel of the step (typed values kept) and reasons against what was tried."""
    now, who = timezone.now(), scope.current()
    every = request.GET.get("log") == "all"
    steps = [row for (row,) in prepared.fetch(((CaseStep, "s"),), STEPS, [found.pk, 500 if every else LOG + 1])]
    photos, beside = selectors.photos(found), selectors.Beside(found)
    asked = {
        "extensions": [_with_words(row, found) for row in beside.extensions], "suspensions": beside.suspensions,
        "supervisions": beside.supervisions, "appeals": beside.appeals,
    }  # fmt: skip
    task = panel.task if panel else task
    sees_reporter = rights.allowed("command.report", "view")
    context = {
        "case": found, "stages": stage_bar(found), "notes": _notes(found, barred, beside), "work": panel, "comment": request.POST.get("comment", ""),
        "reasons": [*(Reason("form", text) for text in (panel.form.non_field_errors() if panel and panel.bound else ())), *reasons],
        "form": panel.form if panel and panel.bound else None, "photos": photos, "pair": pair(photos, found), "clock": face(found, now), "level_clock": level_face(found, now),
        "coordinations": beside.coordinations,
        "steps": steps if every else steps[:LOG], "more_steps": not every and len(steps) > LOG, "sees_reporter": sees_reporter,
        "reports": _reports(found, sees_reporter), "assistants": _names(found.assist), "holder": _holder(found, task), "linked": beside.linked,
        "acts": acts.offered(found, selectors.may(found, who, task=task, beside=beside)), "ground": ground(), **asked,
    }  # fmt: skip
    return render(request, "command/case.html", context, status=status)


def barred_from(found: Case, task: Task) -> list[Reason]:
    """Why this person may not do the step although their post does: they reported, dispatched or disposed of the case themselves."""
    return separation.check_person(
        task.node, scope.current().actor_id, reporters=found.reporters, supervision=found.supervision_side, command=found.command_side,
        disposal=found.disposing_side,
    )  # fmt: skip


def _with_words(row: Any, found: Case) -> Any:
    letters = found.limit_text.lstrip("0123456789")
    row.amount_words = limits.words(f"{row.amount}{letters}") if letters else str(row.amount)
    return row


def stage_bar(found: Case) -> list[dict[str, str]]:
    """The plan's seven stages with the case's place on them."""
    codes = [code for code, _ in STAGES]
    here = codes.index(STAGE_OF[found.state])
    moments = {
        "collect": found.reported_at, "file": found.registered_at, "dispatch": found.dispatched_at, "dispose": found.handled_at,
        "feed_back": found.fed_back_at, "check": found.closed_at or found.checked_at,
    }  # fmt: skip
    ended = not found.is_open
    bar = []
    for index, (code, title) in enumerate(STAGES):
        state = "done" if index < here or (ended and index == here) else "now" if index == here else "next"
        moment = moments.get(code)
        if state == "now":
            note = str(found.get_state_display())
        elif state == "done" and moment:
            note = timezone.localtime(moment).strftime("%m-%d %H:%M")
        else:
            note = (
                "已完成"
                if state == "done" and found.state == "closed"
                else str(found.get_state_display())
                if state == "done" and index == here
                else ""
            )
        bar.append({"code": code, "title": title, "state": state, "note": note})
    return bar


def pair(photos: list[Photo], found: Case) -> dict[str, Photo | None]:
    """The photo of before and the latest of after (else of the check before closing) that are shown side by side."""
    stage, sent = found.stage, found.check_sent_at
    before = [one for one in photos if one.role in ("before", "wide", "close") and one.stage <= stage]
    preferred = [one for one in before if one.role == "before" and one.stage == stage] or before
    after = [one for one in photos if one.role == "after" and one.stage == stage]
    checked = [one for one in photos if one.role == "check" and sent and one.captured_at and one.captured_at >= sent]
    return {
        "before": preferred[0] if preferred else None,
        "after": next(reversed(after or checked), None),
        "check": checked[-1] if after and checked else None,
    }


def _notes(found: Case, barred: Iterable[Reason], beside: selectors.Beside) -> list[dict[str, str]]:
    notes = [{"level": "info", "text": one.message} for one in barred]
    linked = {word: row.number for word, row in beside.linked}
    if found.previous_id:
        notes.append({"level": "warn", "text": f"同一问题反复发生：前案 {linked.get('前案', '')} 已经结案。"})
    if "主案" in linked:
        notes.append({"level": "info", "text": f"本案与案件 {linked['主案']} 为同一问题，已并入，办理情况见主案。"})
    if found.state in ("void", "forced") and found.close_reason:
        notes.append({"level": "info", "text": f"{found.get_state_display()}理由：{found.close_reason}"})
    if found.level:
        notes.append(
            {
                "level": "info",
                "text": f"市指挥中心已下派到{found.handed_name}，由区级派遣本区单位；区级另有时限，市级总时限照常计算。",
            }
        )
    if found.designated:
        notes.append({"level": "info", "text": "协调会已指定本案的主办单位，被指定的单位不能再回退。"})
    if found.suspended:
        notes.append(
            {
                "level": "warn",
                "text": f"本案已挂账，计时暂停，{found.suspended_until:%Y-%m-%d} 到期自动恢复。"
                if found.suspended_until
                else "本案已挂账，计时暂停。",
            }
        )
    return notes


def _reports(found: Case, sees_reporter: bool) -> list[Report]:
    """The case's reports; without a right to know the reporter, name and phone are not even read."""
    rows = Report.objects.filter(case=found).order_by("id")
    return list((rows if sees_reporter else rows.only("pk", "number", "source", "received_at", "description", "case"))[:REPORTS])


def _names(codes: list[str]) -> list[str]:
    if not codes:
        return []
    names = dict(Organisation.objects.filter(code__in=codes).values_list("code", "name"))
    return [names.get(code, code) for code in codes]


def _holder(found: Case, task: Task | None) -> str:
    """Who has the case in hand, in words."""
    if not found.is_open:
        return ""
    return (
        f"{node_title(task.node)}（{task.assignee_name or task.org_name or '待领取'}）"
        if task
        else str(found.get_state_display())
    )


@require_GET
@access("command.report", "view")
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """One report, for the supervision centre: what came in and what became of it."""
    found = Report.objects.select_related("case").filter(pk=pk).first()
    if found is None:
        raise NotFound("report.absent", "没有找到这条上报，可能不在您的管辖范围内。")
    resource = registry.get("command.report")
    context = {
        "report": found, "photos": list(Photo.objects.filter(report=found).order_by("id")),
        "may_reveal": bool(found.reporter_phone) and rights.allowed("command.report", "reveal"), "reveal_url": registry.route(resource, "reveal", found.pk),
        "at_desk": found.state in ("waiting", "taken") and rights.allowed("command.desk", "use"),
    }  # fmt: skip
    return render(request, "command/report.html", context)
