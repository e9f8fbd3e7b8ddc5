"""Forms about permits: a request by the developer, an act by the issuing authority, a firm that joins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest

from zhujian.boards.construction.project_management.forms.fields import DateInput, OrgField
from zhujian.boards.construction.project_management.services import requests

DAY = {"required": "请填写日期。", "invalid": "请填写正确的日期，例如 2026-03-10。"}
AMOUNT = {"invalid": "请填写数字，不要带单位。", "min_value": "不能小于0。"}


class ReasonForm(forms.Form):
    """Every request and act says why."""

    reason = forms.CharField(
        label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明理由。", "max_length": "最多500个字。"},
    )  # fmt: skip


class MonthsForm(ReasonForm):
    """延期开工."""

    months = forms.IntegerField(
        label="延期月数", min_value=1, max_value=12,
        error_messages={"required": "请填写延期月数。", "invalid": "请填写整数。", "min_value": "至少1个月。", "max_value": "请填写不超过12的月数。"},
    )  # fmt: skip
    field_order = ("months", "reason")


class ContentForm(ReasonForm):
    """变更 of contractor, price or area; empty fields stay as they are."""

    contractor_name = OrgField(
        label="变更后的施工单位",
        required=False,
        strict=True,
        help_text="不变的留空。填写已在平台注册的单位全称或统一社会信用代码。",
    )
    contract_wan = forms.DecimalField(
        label="变更后的合同价（万元）",
        required=False,
        min_value=0,
        max_digits=15,
        decimal_places=4,
        help_text="不变的留空。",
        error_messages=AMOUNT,
    )
    gfa_m2 = forms.DecimalField(
        label="变更后的建筑面积（㎡）",
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=2,
        help_text="不变的留空。",
        error_messages=AMOUNT,
    )
    field_order = ("contractor_name", "contract_wan", "gfa_m2", "reason")


REQUEST_FORMS: dict[str, type[ReasonForm]] = {
    "extend": MonthsForm,
    "change": ContentForm,
    "reverify": ReasonForm,
    "reissue": ReasonForm,
}


class DatedForm(ReasonForm):
    """Date and reason of an act on a construction permit."""

    on = forms.DateField(label="日期", widget=DateInput(), error_messages=DAY)
    field_order = ("on", "reason")

    def __init__(self, data: Mapping[str, Any] | None = None, *, on: date | None = None, **kwargs: Any) -> None:
        super().__init__(data, initial={"on": on}, **kwargs)


class FirmForm(forms.Form):
    """登记参建单位."""

    role = forms.ChoiceField(label="角色", error_messages={"required": "请选择角色。", "invalid_choice": "请从列表中选择角色。"})
    org = OrgField(
        label="单位",
        strict=True,
        help_text="填写已在平台注册的单位全称或统一社会信用代码。",
        error_messages={"required": "请填写单位。"},
    )
    manager_name = forms.CharField(label="项目负责人", required=False, max_length=60)
    certificate_no = forms.CharField(label="负责人证书编号", required=False, max_length=40)
    on = forms.DateField(label="进场日期", widget=DateInput(), error_messages=DAY)

    def __init__(self, data: Any = None, *, roles: list[tuple[str, str]], on: date) -> None:
        super().__init__(data, initial={"on": on})
        self.fields["role"].choices = [("", "请选择"), *roles]  # type: ignore[attr-defined]


def request_panel(request: HttpRequest, task: Any) -> dict[str, Any]:
    """What the official decides on: the permit as it stands and what is asked."""
    permit = requests.permit_of(task.subject)
    return {
        "template": "project_management/parts/request.html", "permit": permit, "rows": requests.request_rows(task.instance.facts),
    }  # fmt: skip
