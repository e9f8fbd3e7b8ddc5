"""Input of the parameter pages."""

from __future__ import annotations

from django import forms
from django.utils import timezone

from zhujian.foundation.parameters.models import Confidence


def _day(label: str, hint: str) -> forms.DateField:
    return forms.DateField(label=label, help_text=hint, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


class ChangeForm(forms.Form):
    """A new value from a day on."""

    region = forms.CharField(label="适用地区", required=False, max_length=12)
    value = forms.CharField(label="新数值", max_length=20_000)
    valid_from = _day("施行日期", "从这一天零时起按新数值，之前的结果不变。")
    basis = forms.CharField(label="依据", max_length=300, help_text="文件名称、文号和条款。")
    confidence = forms.ChoiceField(label="可信度", choices=Confidence.choices, initial="A")
    reason = forms.CharField(label="变更原因", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    expected = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: object, kind: str = "text", **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        if kind == "json":
            self.fields["value"].widget = forms.Textarea(attrs={"rows": 8, "spellcheck": "false"})
        elif kind == "bool":
            self.fields["value"].widget = forms.Select(choices=[("是", "是"), ("否", "否")])
        elif kind in ("int", "decimal"):
            self.fields["value"].widget.attrs["inputmode"] = "decimal" if kind == "decimal" else "numeric"
        elif kind == "date":
            self.fields["value"].widget = forms.DateInput(attrs={"type": "date"})
        self.fields["valid_from"].widget.attrs["min"] = timezone.localdate().isoformat()


class EndForm(forms.Form):
    """End of a region's own value."""

    day = _day("停用日期", "从这一天起恢复执行全省（或上级）数值。")
    reason = forms.CharField(label="原因", max_length=500)
    expected = forms.IntegerField(widget=forms.HiddenInput)


class WithdrawForm(forms.Form):
    """Taking back a planned version."""

    reason = forms.CharField(label="撤回原因", max_length=500)


class CodeForm(forms.Form):
    """A new code of a list."""

    code = forms.CharField(label="代码", max_length=40)
    label = forms.CharField(label="含义", max_length=200)
    day = _day("启用日期", "从这一天起可以选用。")
    reason = forms.CharField(label="依据和原因", max_length=500)


class EndCodeForm(forms.Form):
    """End of a code."""

    day = _day("停用日期", "从这一天起新登记不能选用，原有记录照常显示。")
    reason = forms.CharField(label="依据和原因", max_length=500)
