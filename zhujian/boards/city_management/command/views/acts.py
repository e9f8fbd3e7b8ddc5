"""The acts on a case besides its steps: what each asks for, under which row of the matrix it stands, what it calls.

An act is offered, and done, only when `selectors.may` lists it for this person and this case now: by state, post and who has it in hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from zhujian.boards.city_management.command import selectors, services
from zhujian.boards.city_management.command.forms import acts as asks
from zhujian.boards.city_management.command.forms.desk import add_reasons
from zhujian.boards.city_management.command.models import Appeal, Case, Errand, Extension, Supervision, Suspension
from zhujian.boards.city_management.command.views.clocks import face
from zhujian.boards.city_management.digital_city.rules import limits
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, NotFound, Refusal

Data = dict[str, Any]
SUBMIT = (("", "提交", "primary"),)
DECIDE = (("yes", "同意", "primary"), ("no", "不同意", "danger"))


@dataclass(frozen=True)
class Act:
    """One act: title, row of the matrix, form, what it does, what is said after it."""

    title: str
    access: tuple[str, str]
    form: Callable[[Case, Any, Any], forms.Form]
    do: Callable[[Case, Data, str], Any]
    done: str
    note: str = ""
    danger: bool = False
    buttons: tuple[tuple[str, str, str], ...] = SUBMIT
    asked: Callable[[Case], list[tuple[str, str]]] = lambda case: []


def _open(model: Any, case: Case, *states: str) -> Any:
    found = model.objects.filter(case=case, state__in=states).order_by("-id").first()
    if found is None:
        raise Conflict("act.gone", "这份申请已经办完或撤销，请刷新案件页面。")
    return found


def _extension(case: Case) -> list[tuple[str, str]]:
    row = _open(Extension, case, "department", "centre")
    letters = case.limit_text.lstrip("0123456789")
    return [
        ("申请延长", limits.words(f"{row.amount}{letters}")), ("理由", row.reason), ("申请人", f"{row.asked_org} {row.asked_by_name}"),
        ("申请时间", _moment(row.asked_at)), ("现在截止", _moment(case.due)), ("已批准延期", f"{case.extensions} 次"), ("审核到", row.get_state_display()),
    ]  # fmt: skip


def _suspension(case: Case) -> list[tuple[str, str]]:
    row = _open(Suspension, case, "asked")
    return [
        ("挂账到", f"{row.until:%Y-%m-%d}"),
        ("理由", row.reason),
        ("处置计划", row.plan),
        ("申请人", f"{row.asked_org} {row.asked_by_name}"),
        ("申请时间", _moment(row.asked_at)),
    ]


def _appeal(case: Case) -> list[tuple[str, str]]:
    row = _open(Appeal, case, "open")
    shown = [
        ("申诉事项", row.get_about_display()),
        ("理由", row.reason),
        ("申诉人", f"{row.asked_org} {row.asked_by_name}"),
        ("申诉时间", _moment(row.asked_at)),
    ]
    return [*shown, ("第一复核", f"{row.first_by_name}：{row.first_opinion}")] if row.first_by else shown


def _supervision(case: Case) -> Supervision:
    row = Supervision.objects.filter(case=case, replied_at=None).order_by("id").first()
    if row is None:
        raise Conflict("act.gone", "这次督办已经回复，请刷新案件页面。")
    return row


def _supervised(case: Case) -> list[tuple[str, str]]:
    row = _supervision(case)
    return [
        (row.get_level_display(), row.text),
        ("督办人", row.by_name or "系统自动"),
        ("督办时间", _moment(row.at)),
        ("请在此前回复", _moment(row.due)),
    ]


def _moment(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else "—"


def _master(data: Data) -> int:
    found = Case.objects.filter(number=data["number"]).values_list("pk", flat=True).first()
    if found is None:
        raise Refusal("merge.case", "没有找到这个编号的案件，请核对。", "number")
    return int(found)


def _errand(case: Case) -> int:
    found = Errand.objects.filter(case=case, done_at=None).order_by("-id").values_list("pk", flat=True).first()
    if found is None:
        raise Conflict("act.gone", "这项任务已经完成，请刷新案件页面。")
    return int(found)


ACTS: dict[str, Act] = {
    "extend_request": Act(
        "申请延期", ("command.extension", "ask"), asks.ExtendForm.of,
        lambda c, d, x: services.do_extend_request(c.pk, amount=d["amount"], reason=d["reason"], form=d["form"]), "延期申请已提交，批准前仍按原时限办理。",
        "须在到期前申请；部门审核后由指挥中心批准，次数和长度有限。",
    ),
    "extend_decide": Act(
        "审批延期", ("command.extension", "decide"), asks.OpinionForm.of,
        lambda c, d, x: services.do_extend_decide(_open(Extension, c, "department", "centre").pk, x == "yes", d["opinion"]), "延期申请已审批。",
        buttons=DECIDE, asked=_extension,
    ),
    "suspend_request": Act(
        "申请挂账", ("command.suspension", "ask"), asks.SuspendForm.of,
        lambda c, d, x: services.do_suspend_request(c.pk, until=d["until"], plan=d["plan"], reason=d["reason"]), "挂账申请已提交。",
        "只用于季节、立项、资金等原因现在确实不能处置的；每件案件一次，列入挂账台账公开。",
    ),
    "suspend_decide": Act(
        "审批挂账", ("command.suspension", "decide"), asks.OpinionForm.of,
        lambda c, d, x: services.do_suspend_decide(_open(Suspension, c, "asked").pk, x == "yes", d["opinion"]), "挂账申请已审批。",
        "同意后停止计时，到期自动恢复；列入挂账台账。", buttons=DECIDE, asked=_suspension,
    ),
    "resume": Act(
        "恢复办理", ("command.suspension", "resume"), asks.OpinionForm.of, lambda c, d, x: services.do_resume(c.pk, d["opinion"]),
        "已恢复办理，剩余时限继续计算。", buttons=(("", "恢复办理", "primary"),),
    ),
    "supervise": Act(
        "督办", ("command.supervision", "issue"), asks.SuperviseForm.of, lambda c, d, x: services.do_supervise(c.pk, d["level"], d["text"]),
        "督办已发出，处置单位须在时限内回复。", "督办不改变案件状态，另有回复时限。", buttons=(("", "发出督办", "primary"),),
    ),
    "reply_supervision": Act(
        "回复督办", ("command.supervision", "reply"), asks.ReplyForm.of, lambda c, d, x: services.do_reply_supervision(_supervision(c).pk, d["text"]),
        "督办已回复。", asked=_supervised, buttons=(("", "回复", "primary"),),
    ),
    "revoke_assignment": Act(
        "收回指派", ("command.case", "revoke"), asks.ReasonForm.of, lambda c, d, x: services.do_revoke_assignment(c.pk, d["reason"]),
        "已收回指派，可重新指派或回退。", "回退给指挥中心之前，须先收回已经指派的任务。",
    ),
    "reassign": Act(
        "改派监督员", ("command.case", "reassign"), asks.ReassignForm.of, lambda c, d, x: services.do_reassign(_errand(c), d["inspector"], d["reason"]),
        "已改派。",
    ),
    "mark_duplicate": Act(
        "并入其他案件", ("command.case", "merge"), asks.MasterForm.of, lambda c, d, x: services.do_mark_duplicate(c.pk, _master(d), d["reason"]),
        "已并入主案，上报人随主案一并答复。", "只用于还没有派遣的重复案件。",
    ),
    "void": Act(
        "作废", ("command.case", "void"), asks.ReasonForm.of, lambda c, d, x: services.do_void(c.pk, d["reason"]), "案件已作废，理由已答复上报人。",
        "只用于还没有派遣的案件；理由留痕，并答复全部上报人。", True, (("", "作废", "danger"),),
    ),
    "force_close": Act(
        "强制结案", ("command.case", "force_close"), asks.ReasonForm.of, lambda c, d, x: services.do_force_close(c.pk, d["reason"]), "案件已强制结案。",
        "没有经过核查就结案，单独统计并留痕；只用于确实无法处置或核查的案件。", True, (("", "强制结案", "danger"),),
    ),
    "appeal": Act(
        "申诉", ("command.appeal", "ask"), asks.AppealForm.of, lambda c, d, x: services.do_appeal(c.pk, d["about"], d["reason"]),
        "申诉已提交，由两人复核。", "成立的标记免责，原有记录不改。",
    ),
    "review_appeal": Act(
        "复核申诉", ("command.appeal", "review"), asks.OpinionForm.required_of,
        lambda c, d, x: services.do_review_appeal(_open(Appeal, c, "open").pk, x == "yes", d["opinion"]), "复核意见已提交。",
        "两人复核意见一致认为成立的，申诉成立。", buttons=(("yes", "认为成立", "primary"), ("no", "认为不成立", "danger")), asked=_appeal,
    ),
    "add_photos": Act(
        "补充照片", ("command.case", "photo"), asks.PhotosForm.of,
        lambda c, d, x: services.do_add_photos(c.pk, [services.PhotoIn(one, d["role"], timezone.now()) for one in d["photos"]]), "照片已补充。",
    ),
    "recur": Act(
        "反复发生，另立一件", ("command.case", "recur"), asks.RecurForm.of, lambda c, d, x: services.do_recur(c.pk, d["description"], d["photos"]),
        "已登记为新的上报并关联本案，原案不变。", "已结案的不再重开：新的上报与本案关联，按反复发生统计。",
    ),
}  # fmt: skip


def offered(case: Case, allowed: list[str]) -> list[tuple[str, str]]:
    """(address, title) of those acts among `allowed` (see `selectors.may`) that have a page the actor may open."""
    return [
        (reverse(f"command:act_{name}", args=[case.pk]), one.title)
        for name, one in ACTS.items()
        if name in allowed and rights.allowed(*one.access)
    ]


def _page(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    act = ACTS[name]
    case = Case.objects.select_related("condition").filter(pk=pk).first()
    if case is None:
        raise NotFound("case.absent", "没有找到这件案件，可能不在您的管辖范围内。")
    if name not in selectors.may(case):
        raise NotAllowed(
            "act.not_now",
            f"案件现在{case.get_state_display()}，您不能在这时办理“{act.title}”。请返回案件页面查看可以办理的事项。",
        )
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = act.form(case, data, files)
    status = 200
    if data is not None:
        status = 422
        if form.is_valid():
            try:
                act.do(case, form.cleaned_data, request.POST.get("decision", ""))
            except Refusal as refusal:
                if refusal.status == 403:
                    raise
                add_reasons(form, refusal.reasons)
                status = refusal.status
            else:
                messages.success(request, act.done)
                return redirect("command:case", case.pk)
    context = {"case": case, "act": act, "form": form, "asked": act.asked(case), "clock": face(case)}
    return render(request, "command/act.html", context, status=status)


def view_of(name: str) -> Callable[..., HttpResponse]:
    """The page of one act, under the act's own row of the matrix."""

    @require_http_methods(["GET", "POST"])
    @access(*ACTS[name].access)
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        return _page(request, pk, name)

    return view
