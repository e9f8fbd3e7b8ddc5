"""Forms of the acts on a case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from django import forms
from django.utils import timezone

from zhujian.boards.city_management.command.forms.panels import FilesInput, PhotosField, photos_field
from zhujian.boards.city_management.command.models import Case
from zhujian.boards.city_management.command.selectors import inspectors
from zhujian.boards.city_management.digital_city.rules import limits
from zhujian.foundation.identity import selectors as identity


def words(label: str, hint: str = "", *, required: bool = True, most: int = 500) -> forms.CharField:
    """Some lines of text."""
    return forms.CharField(
        label=label, help_text=hint, max_length=most, required=required, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": f"请填写{label}。", "max_length": f"最多{most}个字。"},
    )  # fmt: skip


class CaseForm(forms.Form):
    """A form about a case."""

    @classmethod
    def of(cls, case: Case, data: Any, files: Any) -> Self:
        """The form for `case`, bound when `data` is given."""
        form = cls(data, files)
        form.suit(case)
        return form

    def suit(self, case: Case) -> None:
        """Fit choices and hints to the case."""


class ReasonForm(CaseForm):
    """An act that needs nothing but its reason."""

    reason = words("理由", "理由留痕。")


class OpinionForm(CaseForm):
    """A decision with an opinion."""

    opinion = words("意见", required=False)

    @classmethod
    def required_of(cls, case: Case, data: Any, files: Any) -> Self:
        """The same, where the opinion must be given."""
        form = cls.of(case, data, files)
        form.fields["opinion"].required = True
        return form


class ExtendForm(CaseForm):
    """延期 in the unit of the case's limit."""

    amount = forms.IntegerField(
        label="延长",
        min_value=1,
        error_messages={"required": "请填写延长多少。", "invalid": "请填写整数。", "min_value": "至少延长1。"},
    )
    reason = words("理由", "写明为什么不能按期处置、延长期内怎样做。")
    form = forms.FileField(label="盖章的申请表", required=False, help_text="再次延期须上传。")

    def suit(self, case: Case) -> None:
        """Say the unit."""
        letters = case.limit_text.lstrip("0123456789")
        self.fields["amount"].label = f"延长（{limits.NAMES.get(letters, '单位')}）"
        self.fields["amount"].help_text = (
            f"原时限 {limits.words(case.limit_text)}，每次延期不超过原时限。" if case.limit_text else ""
        )


class SuspendForm(CaseForm):
    """挂账 with a plan and a date."""

    until = forms.DateField(
        label="计划完成日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请选择计划完成日期。", "invalid": "请填写正确的日期，例如 2026-03-10。"},
    )  # fmt: skip
    reason = words("现在不能处置的原因", "季节、立项、资金等。")
    plan = words("处置计划", "什么时候、谁、怎么做。")

    def suit(self, case: Case) -> None:
        """Not before tomorrow."""
        self.fields["until"].widget.attrs["min"] = (timezone.localdate() + timedelta(days=1)).isoformat()


class SuperviseForm(CaseForm):
    """督办."""

    level = forms.ChoiceField(
        label="级别", choices=[("1", "一般督办"), ("2", "重点督办"), ("3", "领导督办")], widget=forms.RadioSelect, initial="1",
        error_messages={"required": "请选择级别。", "invalid_choice": "请选择级别。"},
    )  # fmt: skip
    text = words("督办要求", "处置单位会收到消息，须在时限内回复。")


class ReplyForm(CaseForm):
    """Reply to a supervision."""

    text = words("回复", "处置到哪一步、何时办完。")


class ReassignForm(CaseForm):
    """Another inspector for an errand."""

    inspector = forms.TypedChoiceField(
        label="监督员", coerce=int, error_messages={"required": "请选择监督员。", "invalid_choice": "请从列表中选择监督员。"}
    )
    reason = words("改派原因")

    def suit(self, case: Case) -> None:
        """Inspectors of the centre who may go."""
        barred = {*case.reporters, *case.command_side, *case.disposing_side}
        centre = inspectors.office(case.region_code)
        staff = (
            [(one.pk, one.name) for one in identity.people_with("inspector", centre.pk) if one.pk not in barred] if centre else []
        )
        self.fields["inspector"].choices = [("", "请选择"), *staff]  # type: ignore[attr-defined]


class MasterForm(CaseForm):
    """The case that another one repeats."""

    number = forms.CharField(
        label="主案编号", max_length=19, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "请填写主案编号。"},
    )  # fmt: skip
    reason = words("说明", required=False)


class AppealForm(CaseForm):
    """申诉."""

    about = forms.ChoiceField(
        label="申诉事项", choices=[("overdue", "超期"), ("rework", "返工"), ("dispatch", "派遣")], widget=forms.RadioSelect,
        error_messages={"required": "请选择申诉事项。", "invalid_choice": "请选择申诉事项。"},
    )  # fmt: skip
    reason = words("理由", "写明事实和依据。")


class RecurForm(CaseForm):
    """What happened again."""

    description = words("现场情况", "现在看到的情况。")
    photos = PhotosField(
        label="照片",
        required=False,
        widget=FilesInput(attrs={"accept": "image/jpeg,image/png", "capture": "environment", "multiple": True}),
    )


class PhotosForm(CaseForm):
    """More photos of an open case."""

    role = forms.ChoiceField(
        label="用途", choices=[("before", "处置前"), ("after", "处置后"), ("other", "其他")], widget=forms.RadioSelect, initial="before",
        error_messages={"required": "请选择用途。", "invalid_choice": "请选择用途。"},
    )  # fmt: skip
    photos = photos_field("照片", "现在拍摄的照片。", required=True)
