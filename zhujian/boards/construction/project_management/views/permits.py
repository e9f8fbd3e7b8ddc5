"""Acts on a construction permit: extension, change, stop, report, verification, resumption, revocation, cancellation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.construction.project_management import selectors
from zhujian.boards.construction.project_management.forms.fields import DateInput, OrgField, split_org
from zhujian.boards.construction.project_management.forms.register import PermitActForm, add_reasons
from zhujian.boards.construction.project_management.models import Permit, PermitAct, Project
from zhujian.boards.construction.project_management.services import permits
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal


class ExtendForm(PermitActForm):
    """延期开工."""

    months = forms.IntegerField(label="延期月数", min_value=1, max_value=12, error_messages={"required": "请填写延期月数。", "invalid": "请填写整数。"})
    field_order = ("months", "on", "reason")


class ChangeForm(PermitActForm):
    """变更 of contractor, price or area; empty fields stay as they are."""

    contractor_name = OrgField(label="变更后的施工单位", required=False, strict=False, help_text="不变的留空。")
    contract_wan = forms.DecimalField(label="变更后的合同价（万元）", required=False, min_value=0, max_digits=15, decimal_places=4)
    gfa_m2 = forms.DecimalField(label="变更后的建筑面积（㎡）", required=False, min_value=0, max_digits=14, decimal_places=2)
    field_order = ("contractor_name", "contract_wan", "gfa_m2", "on", "reason")


Do = Callable[[Permit, dict[str, Any]], Any]


def _change(permit: Permit, data: dict[str, Any]) -> Any:
    values = {"contractor_name": split_org(data["contractor_name"])[0], "contract_wan": data["contract_wan"], "gfa_m2": data["gfa_m2"]}
    return permits.do_change(permit.pk, values, reason=data["reason"], on=data["on"])


@dataclass(frozen=True)
class Act:
    """One thing that may be done to a permit."""

    title: str
    action: str
    form: type[PermitActForm]
    do: Do
    states: tuple[str, ...]


def _plain(service: Callable[..., Any]) -> Do:
    return lambda permit, data: service(permit.pk, reason=data["reason"], on=data["on"])


ACTS = {
    "extend": Act("延期开工", "extend", ExtendForm, lambda p, d: permits.do_extend(p.pk, months=d["months"], reason=d["reason"], on=d["on"]), ("valid",)),
    "change": Act("变更", "change", ChangeForm, _change, ("valid",)),
    "suspend": Act("中止施工", "suspend", PermitActForm, _plain(permits.do_suspend), ("valid",)),
    "report": Act("报告中止施工", "suspend", PermitActForm, lambda p, d: permits.do_report_stop(p.pk, on=d["on"]), ("suspended",)),
    "reverify": Act("核验许可证", "reverify", PermitActForm, _plain(permits.do_reverify), ("suspended",)),
    "resume": Act("恢复施工", "resume", PermitActForm, _plain(permits.do_resume), ("suspended",)),
    "revoke": Act("撤销", "revoke", PermitActForm, _plain(permits.do_revoke), ("valid", "suspended")),
    "cancel": Act("注销", "cancel", PermitActForm, _plain(permits.do_cancel), ("valid", "suspended")),
}  # fmt: skip


def _find(pk: int) -> Permit:
    found = Permit.objects.select_related("project").filter(pk=pk).first()
    if found is None:
        raise NotFound("permit.not_found", "没有找到这张施工许可证，可能不在您的管辖范围内。")
    return found


@require_GET
@access("project_management.permit", "view")
def permit(request: HttpRequest, pk: int) -> HttpResponse:
    """One permit with its record and what may be done now."""
    found = _find(pk)
    offered = [
        (key, act.title) for key, act in ACTS.items() if found.status in act.states and rights.allowed("project_management.permit", act.action)
    ]
    return render(request, "project_management/permit.html", {"permit": found, "acts": PermitAct.objects.filter(permit=found).order_by("-id"), "offered": offered})


def _act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    found, act = _find(pk), ACTS[key]
    form = act.form(request.POST or None, on=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        try:
            act.do(found, form.cleaned_data)
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            messages.success(request, f"已办理：{act.title}（{found.number}）。")
            return redirect("project_management:permit", found.pk)
    return render(
        request, "project_management/permit_act.html", {"permit": found, "form": form, "act": act}, status=422 if form.is_bound else 200
    )


def act_view(key: str) -> Callable[..., HttpResponse]:
    """The page of one act, under the act's own row of the access matrix."""

    @require_http_methods(["GET", "POST"])
    @access("project_management.permit", ACTS[key].action)
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        return _act(request, pk, key)

    return view


class FirmForm(forms.Form):
    """登记参建单位."""

    role = forms.ChoiceField(label="角色", error_messages={"required": "请选择角色。"})
    org = OrgField(label="单位", strict=True, help_text="填写已在平台注册的单位全称或统一社会信用代码。", error_messages={"required": "请填写单位。"})
    manager_name = forms.CharField(label="项目负责人", required=False, max_length=60)
    certificate_no = forms.CharField(label="负责人证书编号", required=False, max_length=40)
    on = forms.DateField(label="进场日期", widget=DateInput(), error_messages={"required": "请填写进场日期。", "invalid": "请填写正确的日期，例如 2026-03-10。"})

    def __init__(self, data: Any = None, *, roles: list[tuple[str, str]], on: date) -> None:
        super().__init__(data, initial={"on": on})
        self.fields["role"].choices = [("", "请选择"), *roles]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@access("project_management.project", "change")
def firm(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a firm join a project."""
    from zhujian.boards.construction.project_management.selectors.thread import role_names
    from zhujian.boards.construction.project_management.services.sharing import do_join

    project: Project = selectors.project(pk)
    form = FirmForm(request.POST or None, roles=list(role_names().items()), on=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        name, code = split_org(data["org"])
        try:
            do_join(project, data["role"], code, name, data["on"], manager_name=data["manager_name"], certificate_no=data["certificate_no"])
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            messages.success(request, f"已登记参建单位：{name}。该单位现在可以看到本项目。")
            return redirect(f"/project-management/{project.pk}/?tab=firms")
    return render(request, "project_management/firm.html", {"project": project, "form": form}, status=422 if form.is_bound else 200)
