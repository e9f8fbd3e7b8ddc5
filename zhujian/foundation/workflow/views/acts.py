"""The acts a task page offers besides its outcomes: what each asks for, when it is offered, what it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms

from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow import services
from zhujian.foundation.workflow.models import Task
from zhujian.foundation.workflow.services import clocks, moves
from zhujian.foundation.workflow.services.common import is_candidate, may_act

Fields = Callable[[Task], dict[str, forms.Field]]


def _reason(label: str, hint: str = "", name: str = "reason") -> dict[str, forms.Field]:
    widget = forms.Textarea(attrs={"rows": 3})
    return {
        name: forms.CharField(
            label=label, help_text=hint, max_length=500, widget=widget, error_messages={"required": f"请填写{label}。"}
        )
    }


@dataclass(frozen=True)
class ActPage:
    """One act. `fields` gives the form, `when` decides whether it is offered, `do` carries it out, `done` is said after it."""

    title: str
    done: str
    do: Callable[[Task, dict[str, Any]], Any]
    when: Callable[[Task, scope.Scope], bool]
    fields: Fields = lambda task: {}
    button: str = "确定"
    note: str = ""
    danger: bool = False

    def form(self, task: Task, data: Any) -> forms.Form | None:
        """The form, bound when `data` is given; None when the act asks nothing."""
        fields = self.fields(task)
        return type("ActForm", (forms.Form,), fields)(data) if fields else None


def _mine(task: Task, who: scope.Scope) -> bool:
    return task.is_open and may_act(task, who)


def _person(task: Task) -> dict[str, forms.Field]:
    choices = [("", "请选择"), *moves.colleagues(task, scope.current())]
    error = {"required": "请选择人员。"}
    return {
        "account": forms.TypedChoiceField(
            label="人员", choices=choices, coerce=int, help_text="本单位具有相应岗位的人员", error_messages=error
        )
    }


def _steps_back(task: Task) -> list[tuple[str, str]]:
    with scope.system("可退回的步骤"):
        whole = Task.objects.select_related("part", "instance__bundle").get(pk=task.pk)
        return [(t.node, f"{t.title}（{t.completed_by_name}）") for t in moves.earlier_tasks(whole)]


def _return_fields(task: Task) -> dict[str, forms.Field]:
    nodes = _steps_back(task)
    node = forms.ChoiceField(
        label="退回到", choices=nodes, widget=forms.RadioSelect, initial=nodes[0][0] if nodes else None,
        error_messages={"required": "请选择退回到哪一步。"},
    )  # fmt: skip
    return {"node": node, **_reason("退回原因", "对方会看到，请写清需要补充或改正什么。")}


def _countersign_fields(task: Task) -> dict[str, forms.Field]:
    who = scope.current()
    accounts = forms.TypedMultipleChoiceField(
        label="加签人员", choices=moves.colleagues(Task(org_id=who.org_id, role=""), who), coerce=int, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一位。"},
    )  # fmt: skip
    return {"accounts": accounts, **_reason("需要加签的事项", "例如：请结构专业就抗震设防提出意见。", "question")}


def _pause_fields(task: Task) -> dict[str, forms.Field]:
    kind = forms.ChoiceField(
        label="特别程序", choices=[("", "请选择"), *clocks.pause_kinds()], error_messages={"required": "请选择特别程序。"}
    )
    return {"kind": kind, **_reason("原因和依据", "特别程序所需时间不计入办理时限，并告知申请人。")}


def _extend_fields(task: Task) -> dict[str, forms.Field]:
    errors = {"required": "请填写延长的天数。", "min_value": "至少延长 1 日。"}
    return {
        "amount": forms.IntegerField(label="延长工作日数", min_value=1, error_messages=errors),
        **_reason("延长理由", "将告知申请人。"),
    }


def _withdrawable(task: Task, who: scope.Scope) -> bool:
    if not task.is_open or who.kind == "official":
        return False
    with scope.system("是否可以撤回"):
        return not moves.check_withdraw(Task.objects.select_related("part", "instance__bundle").get(pk=task.pk), who)


def _transferable(task: Task, who: scope.Scope) -> bool:
    head = "supervisor" in who.roles and task.org_id == who.org_id
    return task.is_open and who.org_id is not None and (may_act(task, who) or head)


def _extendable(task: Task, who: scope.Scope) -> bool:
    head = bool(who.roles & {"approver", "supervisor"}) and task.org_id in (None, who.org_id) and who.kind == "official"
    return task.is_open and head and task.part.clock_start is not None and not task.part.clock_extra


def _urgeable(task: Task, who: scope.Scope) -> bool:
    return task.is_open and "supervisor" in who.roles and who.region_lo <= task.region_code < who.region_hi


def _official(task: Task, who: scope.Scope) -> bool:
    return _mine(task, who) and who.kind == "official" and task.asked_by_id is None


ACTS: dict[str, ActPage] = {
    "claim": ActPage(
        "领取任务", "已领取，请及时办理。", lambda t, d: services.do_claim(t.pk),
        lambda t, w: t.status == "ready" and t.assignee is None and is_candidate(t, w), button="领取",
    ),
    "unclaim": ActPage(
        "退回待办", "已退回待办，其他人可以领取。", lambda t, d: services.do_unclaim(t.pk),
        lambda t, w: t.status == "claimed" and t.assignee == w.actor_id and bool(t.role or t.party_keys), button="退回待办",
    ),
    "return": ActPage(
        "退回上一步", "已退回。", lambda t, d: services.do_return(t.pk, **d),
        lambda t, w: _mine(t, w) and t.asked_by_id is None and bool(_steps_back(t)), _return_fields, "退回",
        "退回后，这一步之后已经办理的内容需要重新办理。", True,
    ),
    "transfer": ActPage(
        "转办", "已转办。", lambda t, d: services.do_transfer(t.pk, **d), _transferable, lambda t: {**_person(t), **_reason("转办原因")}, "转办",
    ),
    "delegate": ActPage(
        "委托办理", "已委托。", lambda t, d: services.do_delegate(t.pk, **d),
        lambda t, w: _mine(t, w) and w.org_id is not None and t.owner is None and t.asked_by_id is None,
        lambda t: {**_person(t), **_reason("委托原因")}, "委托", "受托人代您办理，记录中仍注明您是委托人。",
    ),
    "countersign": ActPage(
        "加签", "已发出加签，全部意见返回后才能办结。", lambda t, d: services.do_countersign(t.pk, **d), _official, _countersign_fields, "发出加签",
    ),
    "pause": ActPage(
        "暂停计时（特别程序）", "已暂停计时。", lambda t, d: services.do_pause_clock(t.pk, d["kind"], reason=d["reason"]),
        lambda t, w: _official(t, w) and t.due is not None and t.paused_at is None, _pause_fields, "暂停计时",
    ),
    "resume": ActPage(
        "恢复计时", "已恢复计时，到期时间已重新计算。", lambda t, d: services.do_resume_clock(t.pk),
        lambda t, w: _mine(t, w) and t.paused_at is not None, button="恢复计时",
    ),
    "extend": ActPage(
        "延长办理时限", "已延长，并已告知申请人。", lambda t, d: services.do_extend(t.pk, d["amount"], reason=d["reason"]), _extendable,
        _extend_fields, "批准延长",
    ),
    "withdraw": ActPage(
        "撤回申请", "已撤回，可修改后重新提交。", lambda t, d: services.do_withdraw(t.pk, **d), _withdrawable, lambda t: _reason("撤回原因"),
        "撤回", danger=True,
    ),
    "urge": ActPage(
        "督办", "督办意见已发出并记录。", lambda t, d: services.do_urge(t.pk, **d), _urgeable,
        lambda t: _reason("督办意见", "承办人会收到消息。", "message"), "发出督办",
    ),
    "recall": ActPage(
        "撤回加签", "已撤回加签。", lambda t, d: services.do_recall_opinion(t.pk),
        lambda t, w: t.is_open and t.asked_by is not None and may_act(t.asked_by, w), button="撤回加签",
    ),
}  # fmt: skip


def offered(task: Task, who: scope.Scope) -> list[tuple[str, ActPage]]:
    """Names and acts that the actor can do on this task now, in menu order (claiming has its own button)."""
    return [(name, page) for name, page in ACTS.items() if name != "claim" and page.when(task, who)]
