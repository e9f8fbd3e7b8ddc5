"""Input of a division's change."""

from __future__ import annotations

from django import forms

from zhujian.foundation.kernel.codes import clean


class RetireForm(forms.Form):
    """End a division, or give it a new name, from a day on."""

    act = forms.ChoiceField(
        label="变更方式",
        choices=[("retire", "撤销、并入或拆分"), ("rename", "更名（代码不变）")],
        widget=forms.RadioSelect,
        initial="retire",
    )
    day = forms.DateField(
        label="施行日期", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="从这一天起按变更后的区划，之前的记录不变。",
    )  # fmt: skip
    successors = forms.CharField(
        label="承继区划代码", required=False, max_length=200,
        help_text="12位代码，多个用空格隔开，主要承继者写在最前；历史数据按“现口径”汇总时计入它。",
    )  # fmt: skip
    name = forms.CharField(label="新名称", required=False, max_length=60, help_text="更名时填写。")
    reason = forms.CharField(label="依据", max_length=200, help_text="写明批复文号，如“国函〔2014〕123号”。")

    def clean_successors(self) -> list[str]:
        """Codes in order, without repetition."""
        return list(
            dict.fromkeys(clean(code) for code in self.cleaned_data["successors"].replace("，", " ").replace(",", " ").split())
        )

    def clean(self) -> dict:
        """A new name needs to be given."""
        values = super().clean() or {}
        if values.get("act") == "rename" and not values.get("name", "").strip():
            self.add_error("name", "请填写新名称。")
        return values
