"""What people fill in: a task, the values of an indicator, what was found at a point."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from zhujian.boards.city_management.evaluation.models import Filing
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions


class DayInput(forms.DateInput):
    """The browser's calendar, with ISO dates."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class FilesInput(forms.ClearableFileInput):
    """Several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, as a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=FilesInput(attrs={"multiple": True}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every chosen file."""
        return [
            super(FilesField, self).clean(one, initial) for one in (data if isinstance(data, (list, tuple)) else [data]) if one
        ]


class CampaignForm(forms.Form):
    """A new task of the province."""

    title = forms.CharField(label="任务名称", max_length=120, error_messages={"required": "请填写任务名称。"})
    period = forms.CharField(
        label="评价周期",
        max_length=10,
        help_text="例如 2025（年）或 2025-Q4（季）",
        error_messages={"required": "请填写评价周期。"},
    )
    file_by = forms.DateField(
        label="填报截止日期",
        widget=DayInput(),
        error_messages={"required": "请填写日期。", "invalid": "请填写正确的日期，例如 2026-03-10。"},
    )
    requirement = forms.CharField(label="工作要求", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    cities = forms.MultipleChoiceField(
        label="参评城市",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择参评城市。", "invalid_choice": "请从列表中选择。"},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"period": str(timezone.localdate().year - 1)})
        self.fields["cities"].choices = [(one.code, one.name) for one in regions.reporting_units()]  # type: ignore[attr-defined]


class FilingForm(forms.Form):
    """The inputs of one indicator; numbers are judged by the service, with its own words."""

    def __init__(self, filing: Filing, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, initial={**filing.inputs, "source_note": filing.source_note})
        for name, label in filing.indicator.inputs.items():
            self.fields[name] = forms.CharField(
                label=label,
                max_length=24,
                widget=forms.TextInput(attrs={"inputmode": "decimal"}),
                error_messages={"required": "请填写数字。"},
            )
        self.fields["source_note"] = forms.CharField(
            label="数据出处",
            max_length=300,
            help_text="例如：2025年城市建设统计年报表5",
            error_messages={"required": "请写明数据出处。"},
        )
        self.fields["files"] = FilesField(label="佐证材料", required=False, help_text="PDF、图片、表格或文档，可以一次选择多个")


class PointForm(forms.Form):
    """What was found at a point."""

    result = forms.ChoiceField(label="检查结果", widget=forms.RadioSelect, error_messages={"required": "请选择检查结果。"})
    remark = forms.CharField(label="检查情况", required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
    photo = forms.FileField(
        label="现场照片",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png", "capture": "environment"}),
    )

    def __init__(self, data: Any = None, files: Any = None, initial: Any = None) -> None:
        super().__init__(data, files, initial=initial)
        self.fields["result"].choices = parameters.code_list("evaluation.point_result", timezone.localdate())  # type: ignore[attr-defined]
