"""Forms of the acceptance desk: classify and accept, refuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import forms
from django.utils import timezone

from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.digital_city import selectors as city
from zhujian.boards.city_management.digital_city.models import Condition
from zhujian.foundation.classification import selectors as classification
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.parameters import selectors as parameters


def add_reasons(form: forms.Form, reasons: Iterable[Reason], names: Mapping[str, str] | None = None) -> None:
    """Show a service's reasons on the form, each at its field (`names`: the service's field → the form's)."""
    for reason in reasons:
        name = (names or {}).get(reason.field or "", reason.field)
        form.add_error(name if name in form.fields else None, forms.ValidationError(reason.message, code=reason.code))


@dataclass(frozen=True)
class ClassChoice:
    """A class as the picker shows it."""

    kind: str
    code: str
    name: str
    major: str
    chosen: bool


def class_groups(region_code: str, chosen: str = "") -> list[tuple[str, list[ClassChoice]]]:
    """Classes that hold in a place by their major class, events first."""
    groups: dict[str, list[ClassChoice]] = {}
    for kind, code, name, major in known_classes(region_code[:6], timezone.localdate().isoformat(), _minute()):
        title = f"{'事件' if kind == 'event' else '部件'} · {major}"
        groups.setdefault(title, []).append(ClassChoice(kind, code, name, major, f"{kind}:{code}" == chosen))
    return list(groups.items())


def first_conditions(kind: str, code: str, region_code: str) -> list[Condition]:
    """Conditions of a class to choose among: the first stages; what follows them comes by itself."""
    item = classification.item(kind, code, region_code) if kind in ("component", "event") and code else None
    return [one for one in city.conditions(item, region_code) if one.stage == 1] if item else []


def _minute() -> int:
    return int(timezone.now().timestamp() // 60)


@lru_cache(maxsize=64)
def known_classes(county: str, day: str, minute: int) -> tuple[tuple[str, str, str, str], ...]:
    """(kind, code, name, major) of every class; kept for a minute, since every report opened at the desk shows them."""
    region = county.ljust(12, "0")
    return tuple(
        (one.kind, one.code, one.name, one.major) for kind in ("event", "component") for one in classification.items(kind, region)
    )


class AcceptForm(forms.Form):
    """分类立案. What the report is about, under which condition it is filed."""

    class_key = forms.CharField(label="小类", max_length=16, error_messages={"required": "请选择小类。"})
    condition = forms.IntegerField(label="立案条件", required=False, error_messages={"invalid": "请选择立案条件。"})
    component_code = forms.CharField(
        label="部件标识码", required=False, max_length=18, help_text="部件问题填写，见部件上的编码或一张图。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    address = forms.CharField(label="地址", required=False, max_length=200)
    urgent = forms.BooleanField(label="紧急：危及人身安全或正在扩大", required=False)
    opinion = forms.CharField(
        label="研判意见", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="对照抓拍照片或监测曲线判断是不是误报；研判属实的可直接立案，拿不准的派人核实。",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, report: Report) -> None:
        key = f"{report.kind}:{report.class_code}" if report.kind and report.class_code else ""
        super().__init__(
            data,
            initial={
                "class_key": key,
                "component_code": report.component_code,
                "address": report.address,
                "urgent": report.urgent,
            },
        )
        self.report = report

    @property
    def chosen(self) -> str:
        """``event:0110`` as chosen so far, or empty."""
        return str(self["class_key"].value() or "")[:16]

    @property
    def kind_value(self) -> str:
        """The kind the picker shows."""
        said = self.data.get("kind", "") if self.is_bound else ""
        return self.chosen.partition(":")[0] or said or self.report.kind or "event"

    @property
    def condition_value(self) -> int | None:
        """The condition chosen so far."""
        value = self["condition"].value()
        return int(value) if str(value or "").isdigit() and len(str(value)) < 19 else None

    def clean_class_key(self) -> str:
        """A class that holds where the report is."""
        value = self.cleaned_data["class_key"]
        known = {
            f"{kind}:{code}"
            for kind, code, _, _ in known_classes(self.report.region_code[:6], timezone.localdate().isoformat(), _minute())
        }
        if value not in known:
            raise forms.ValidationError("请从列表中选择小类。")
        return value


class RefuseForm(forms.Form):
    """不予受理. The words are sent to whoever reported."""

    reason_code = forms.ChoiceField(
        label="原因", error_messages={"required": "请选择原因。", "invalid_choice": "请从列表中选择原因。"}
    )
    text = forms.CharField(
        label="答复上报人的话", max_length=280, widget=forms.Textarea(attrs={"rows": 2}), help_text="说明为什么不受理，必要时告知应找哪个部门。",
        error_messages={"required": "请写明不予受理的理由，理由将答复上报人。"},
    )  # fmt: skip

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix=None, auto_id="refuse_%s")
        reasons = parameters.code_list("command.refuse_reason", timezone.localdate())
        self.fields["reason_code"].choices = [("", "请选择"), *reasons]  # type: ignore[attr-defined]
