"""Input of a new version, of an extinction, of a floor template."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils import timezone

from zhujian.foundation.cim.models import Building
from zhujian.foundation.cim.rules.floors import NUMBERINGS, Template
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import registry
from zhujian.foundation.resources.kinds import Bad


def day_input() -> forms.DateInput:
    """The browser's own calendar."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def codes(key: str, *, empty: str = "") -> list[tuple[str, str]]:
    """Choices of a code list as of today."""
    found = parameters.code_list(key, timezone.localdate())
    return [("", empty), *found] if empty else found


class VersionForm(forms.ModelForm):
    """The building as it is from a day on; what is left as it stands does not change."""

    on = forms.DateField(label="启用日期", widget=day_input(), help_text="从这一天起按新版本；在此之前的情况保留为历史版本。")
    new_outline = forms.CharField(
        label="新轮廓（GeoJSON）",
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="轮廓没有变化时留空。",
    )
    field_order = ["on"]

    class Meta:
        """What a version may change here."""

        model = Building
        fields = [
            "name", "address", "use", "structure", "floors_above", "floors_below", "height_m", "base_m", "area_m2", "built_on", "cim_level",
            "project_code", "status", "source", "accuracy_m",
        ]  # fmt: skip
        widgets = {"built_on": day_input()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = {"use": "cim.building_use", "structure": "cim.structure", "source": "cim.source", "cim_level": "cim.level"}
        for name, key in lists.items():
            known = self.fields[name]
            choices = codes(key, empty="" if known.required else "未填")
            if name == "cim_level":
                self.fields[name] = forms.TypedChoiceField(label=known.label, choices=choices, coerce=int)
            else:
                self.fields[name] = forms.ChoiceField(label=known.label, choices=choices, required=known.required)
        open_states = [choice for choice in Building.Status.choices if choice[0] != Building.Status.DEMOLISHED]
        self.fields["status"] = forms.ChoiceField(label="状态", choices=open_states, help_text="灭失请用“标记灭失”。")

    def clean_new_outline(self) -> Any:
        """A valid outline in CGCS2000, or None."""
        text = self.cleaned_data["new_outline"].strip()
        try:
            return registry.get("cim.building").field("outline").kind.parse(text) if text else None
        except Bad as bad:
            raise forms.ValidationError(bad.message) from None

    def changes(self) -> dict[str, Any]:
        """Columns that differ from what stands there."""
        values = {name: self.cleaned_data[name] for name in self.Meta.fields if name in self.changed_data}
        if self.cleaned_data.get("new_outline"):
            values["outline"] = self.cleaned_data["new_outline"]
        return values


class RetireForm(forms.Form):
    """灭失."""

    on = forms.DateField(label="灭失日期", widget=day_input(), help_text="从这一天起地图现状不再显示，历史中仍可查到。")
    basis = forms.CharField(label="依据", max_length=200, help_text="写明注销登记、拆除备案等文号。")

    def clean_on(self) -> Any:
        """Not in the future: what will be demolished still stands."""
        day = self.cleaned_data["on"]
        if day > timezone.localdate():
            raise forms.ValidationError("灭失日期不能晚于今天，请在实际灭失后办理。")
        return day


class TemplateForm(forms.Form):
    """Units floor by floor from a template (层 × 户)."""

    first = forms.IntegerField(label="起始层", min_value=-15, max_value=200, help_text="地面一层填1，地下一层填-1。")
    last = forms.IntegerField(label="终止层", min_value=-15, max_value=200)
    skip = forms.CharField(
        label="跳过的层", required=False, max_length=100, help_text="没有户的层（架空层、设备层、避难层），用空格隔开，如 15 30。"
    )
    entrances = forms.IntegerField(label="单元数", min_value=1, max_value=30, initial=1)
    per_floor = forms.IntegerField(label="每单元每层户数", min_value=1, max_value=200, initial=2)
    use = forms.ChoiceField(label="用途")
    areas = forms.CharField(
        label="户建筑面积（㎡）",
        required=False,
        max_length=500,
        help_text="一个单元内各户依次填写，用空格隔开，如 98.50 120.25；少于户数时循环使用。",
    )
    inner_ratio = forms.DecimalField(
        label="套内面积占比",
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(1),
        max_digits=4,
        decimal_places=3,
        help_text="如 0.78；不知道可不填。",
    )
    numbering = forms.ChoiceField(label="编号规则", choices=list(NUMBERINGS.items()), widget=forms.RadioSelect, initial="through")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["use"].choices = codes("cim.unit_use")  # type: ignore[attr-defined]

    def clean_skip(self) -> frozenset[int]:
        """Whole numbers."""
        try:
            return frozenset(int(word) for word in self.cleaned_data["skip"].replace("，", " ").replace(",", " ").split())
        except ValueError:
            raise forms.ValidationError("请用数字填写层号，用空格隔开。") from None

    def clean_areas(self) -> tuple[Decimal, ...]:
        """Areas with at most two decimals."""
        try:
            found = tuple(Decimal(word) for word in self.cleaned_data["areas"].replace("，", " ").replace(",", " ").split())
        except InvalidOperation:
            raise forms.ValidationError("请用数字填写面积，用空格隔开。") from None
        if any(not area.is_finite() or area >= 10**6 or area != area.quantize(Decimal("0.01")) for area in found):
            raise forms.ValidationError("面积最多两位小数，且小于100万平方米。")
        return found

    def template(self) -> Template:
        """The template the form describes."""
        values = self.cleaned_data
        return Template(
            values["first"], values["last"], values["entrances"], values["per_floor"], values["use"], values["areas"],
            values["inner_ratio"] or Decimal(0), values["numbering"], values["skip"],
        )  # fmt: skip
