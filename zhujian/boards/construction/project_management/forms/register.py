"""The form with which a project enters the platform."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from zhujian.boards.construction.project_management.forms.fields import DateInput
from zhujian.boards.construction.project_management.models import Project
from zhujian.foundation.kernel.codes import clean
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.parameters import selectors as parameters

CODED = (
    "category", "invest_type", "object_kind", "approval_mode", "land_mode", "nature", "usage", "eia_class",
)  # fmt: skip


GROUPS = (
    ("项目", ("code", "name", "category", "invest_type", "object_kind", "approval_mode", "land_mode", "nature", "usage")),
    ("建设地点和规模", (
        "region_code", "address", "gfa_m2", "height_m", "floors_above", "floors_below", "land_area_m2", "length_m", "total_investment_wan",
        "scale", "planned_start", "planned_end",
    )),
    ("建设单位", ("developer_code", "developer_name")),
    ("事项判定（决定要办哪些事项，请如实填写）", (
        "eia_class", "is_residential", "is_presale", "has_civil_defence", "fire_special", "ultra_limit", "low_risk", "conditions",
    )),
)  # fmt: skip


class RegisterForm(forms.ModelForm):
    """项目登记单. The facts that decide which steps a project needs are asked once, here."""

    class Meta:
        model = Project
        fields = tuple(name for _, names in GROUPS for name in names)
        widgets = {"planned_start": DateInput(), "planned_end": DateInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        for name in CODED:
            options = [("", "请选择"), *parameters.code_list(f"project_management.{name}", today)]
            field = self.fields[name]
            self.fields[name] = forms.ChoiceField(
                label=field.label,
                choices=options,
                required=name not in {"usage"},
                error_messages={"required": f"请选择“{field.label}”。"},
            )
        self.fields["conditions"] = forms.MultipleChoiceField(
            label="其他判定事项", required=False, widget=forms.CheckboxSelectMultiple, help_text="勾选本项目涉及的事项，没有的不选。",
            choices=parameters.code_list("project_management.condition", today),
        )  # fmt: skip
        self.fields["code"].required = False
        self.fields[
            "code"
        ].help_text = (
            "已在投资项目在线审批监管平台取得的24位代码，例如 2109-420106-04-01-123456；还没有代码的请留空，提交后自动赋码。"
        )
        self.fields["name"].help_text = "与立项文件一致。"
        self.fields["region_code"].help_text = "选择到县（市、区）或街道（乡镇）。"
        for field in self.fields.values():
            verb = "选择" if isinstance(field, forms.ChoiceField) else "填写"
            field.error_messages["required"] = f"请{verb}“{field.label}”。"
            field.error_messages |= _faults(field)
        self.fields["code"].validators = []
        self.fields["region_code"].error_messages["required"] = "请选择建设地点所在的县（市、区）。"

    def clean_code(self) -> str:
        """The code as it is stored."""
        return clean(self.cleaned_data.get("code") or "")

    def clean_developer_code(self) -> str:
        """The credit code as it is stored."""
        return clean(self.cleaned_data.get("developer_code") or "")

    def validate_unique(self) -> None:
        """Uniqueness is checked by the service, which says where to find the other project."""

    def grouped(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Bound fields by heading."""
        return [(title, [self[name] for name in names]) for title, names in GROUPS]


def _faults(field: forms.Field) -> dict[str, str]:
    """What a field says about a value it cannot read."""
    if isinstance(field, forms.DateField):
        return {"invalid": f"“{field.label}”请填写正确的日期，例如 2026-03-10。"}
    if isinstance(field, forms.IntegerField | forms.DecimalField):
        big = f"“{field.label}”数字太大或者小数位太多，请核对单位。"
        return {
            "invalid": f"“{field.label}”请填写数字，不要带单位。", "max_digits": big, "max_decimal_places": big, "max_whole_digits": big,
            "min_value": f"“{field.label}”不能小于0。", "max_value": big,
        }  # fmt: skip
    return {"invalid": f"“{field.label}”填写不正确，请检查。", "invalid_choice": f"“{field.label}”请从列表中选择。"}


def add_reasons(form: forms.Form, reasons: list[Reason] | tuple[Reason, ...]) -> None:
    """Show a service's reasons on the form, each at its field."""
    for reason in reasons:
        form.add_error(
            reason.field if reason.field in form.fields else None, forms.ValidationError(reason.message, code=reason.code)
        )
