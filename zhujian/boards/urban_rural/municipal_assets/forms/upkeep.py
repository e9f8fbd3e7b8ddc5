"""Forms of assessments, inspections, conditions and orders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.forms.fields import (
    DAY,
    NUMBER,
    DateInput,
    PhotosField,
    PlaceMixin,
    coded,
    region_choices,
)
from zhujian.boards.urban_rural.municipal_assets.models import Bridge, BridgeInspection
from zhujian.boards.urban_rural.municipal_assets.services import bridges
from zhujian.boards.urban_rural.municipal_assets.services.values import Values, choices, label
from zhujian.foundation.identity import selectors as identity


class InspectionForm(forms.Form):
    """A new assessment of a bridge."""

    inspected_on = forms.DateField(label="检查日期", widget=DateInput(), error_messages=DAY)
    org_name = forms.CharField(label="检查单位", max_length=120, error_messages={"required": "请填写检查单位。"})
    inspector = forms.CharField(label="检查人", max_length=64, error_messages={"required": "请填写检查人。"})
    spans = forms.IntegerField(label="孔数", min_value=1, max_value=200, error_messages=NUMBER)
    absent = forms.MultipleChoiceField(
        label="本桥没有的构件",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="没有的构件不计分，权重分摊给其余构件。",
    )

    def __init__(self, data: Any = None, *, bridge: Bridge) -> None:
        super().__init__(data, initial={"inspected_on": timezone.localdate(), "spans": bridge.spans or 1})
        self.fields["kind"] = coded("inspection_kind", "检查类型", initial="regular")
        parts = bridges.parts_of(bridge, Values(timezone.localdate(), bridge.region_code))
        self.fields["absent"].choices = [(part, label("bridge_part", part)) for part in parts]  # type: ignore[attr-defined]
        self.order_fields(["kind", "inspected_on", "org_name", "inspector", "spans", "absent"])


class DefectForm(forms.Form):
    """A defect of one part."""

    group = forms.ChoiceField(
        label="部位", choices=[("", "请选择"), *bridges.GROUPS.items()], error_messages={"required": "请选择部位。"}
    )
    place = forms.CharField(label="位置", required=False, max_length=12)
    points = forms.DecimalField(label="扣分", min_value=0, max_value=100, max_digits=4, decimal_places=1, error_messages=NUMBER)
    description = forms.CharField(label="病害描述", max_length=300, error_messages={"required": "请描述病害。"})
    photo = forms.FileField(label="照片", required=False, widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}))

    def __init__(self, data: Any = None, files: Any = None, *, inspection: BridgeInspection) -> None:
        super().__init__(data, files)
        parts = bridges.parts_of(inspection.bridge, Values(inspection.inspected_on, inspection.region_code))
        self.fields["part"] = forms.ChoiceField(
            label="构件", choices=[("", "请选择"), *((part, label("bridge_part", part)) for part in parts if part not in inspection.absent)],
            error_messages={"required": "请选择构件。", "invalid_choice": "请从列表中选择。"},
        )  # fmt: skip
        self.fields["critical"] = coded(
            "bridge_critical", "严重病害", required=False, help_text="直接决定等级的病害；一般病害留空。"
        )
        self.fields[
            "place"
        ].help_text = f"上部结构填孔号 1～{inspection.spans}，下部结构填墩台号 0#～{inspection.spans}#，桥面系留空。"
        self.order_fields(["group", "place", "part", "points", "description", "critical", "photo"])


class RecordForm(PlaceMixin):
    """The field form: what an inspection found."""

    done_on = forms.DateField(label="检查日期", widget=DateInput(), error_messages=DAY)
    note = forms.CharField(label="检查记录", required=False, max_length=600, widget=forms.Textarea(attrs={"rows": 3}))
    photos = PhotosField(label="照片", required=False)

    code = forms.CharField(
        label="有问题的设施编码",
        required=False,
        max_length=40,
        help_text="需要维修时填写是哪一处；井盖、路灯的编码在铭牌上，管线编码可在地图上查到。",
    )

    def __init__(self, data: Any = None, files: Any = None, *, walk: bool = False) -> None:
        super().__init__(data, files, initial={"done_on": timezone.localdate()})
        if not walk:
            del self.fields["code"]
        self.fields["result"] = coded("inspection_result", "检查结果", widget=forms.RadioSelect)
        self.fields["result"].choices = self.fields["result"].choices[1:]  # type: ignore[attr-defined]
        self.order_fields(["result", "note", "code", "photos", "done_on", "lon", "lat"])


class PlanForm(forms.Form):
    """Make plans for the facilities of a region, class by class."""

    region_code = forms.ChoiceField(label="行政区划", error_messages={"required": "请选择行政区划。"})
    starts_on = forms.DateField(label="起算日期", widget=DateInput(), error_messages=DAY)
    classes = forms.MultipleChoiceField(
        label="巡查类别", required=False, widget=forms.CheckboxSelectMultiple, help_text="不选就是全部类别。"
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"starts_on": timezone.localdate()})
        self.fields["region_code"].choices = region_choices()  # type: ignore[attr-defined]
        self.fields["classes"].choices = choices("patrol_class", timezone.localdate())  # type: ignore[attr-defined]


class SpecialForm(forms.Form):
    """Why a special inspection is needed."""

    def __init__(self, data: Any = None, *, prefix: str | None = None) -> None:
        super().__init__(data, prefix=prefix)
        self.fields["cause"] = coded("special_cause", "原因")


class RegionSpecialForm(SpecialForm):
    """Special inspections of a whole region."""

    region_code = forms.ChoiceField(label="行政区划", error_messages={"required": "请选择行政区划。"})

    def __init__(self, data: Any = None, *, prefix: str | None = None) -> None:
        super().__init__(data, prefix=prefix)
        self.fields["region_code"].choices = region_choices()  # type: ignore[attr-defined]


class RoadConditionForm(forms.Form):
    """A measured index of a road."""

    value = forms.DecimalField(
        label="数值", required=False, min_value=0, max_value=100, max_digits=6, decimal_places=3, error_messages=NUMBER
    )
    due = forms.IntegerField(
        label="应亮灯数", required=False, min_value=1, error_messages=NUMBER, help_text="指标为亮灯率时填写。"
    )
    lit = forms.IntegerField(label="实亮灯数", required=False, min_value=0, error_messages=NUMBER)
    measured_on = forms.DateField(label="检测日期", widget=DateInput(), error_messages=DAY)
    measured_by = forms.CharField(label="检测单位", max_length=120, error_messages={"required": "请填写检测单位。"})

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"measured_on": timezone.localdate()})
        self.fields["index"] = coded("condition_index", "指标")
        self.fields["index"].choices = [pair for pair in self.fields["index"].choices if pair[0] != "BCI"]  # type: ignore[attr-defined]
        self.order_fields(["index", "value", "due", "lit", "measured_on", "measured_by"])

    def clean(self) -> dict[str, Any]:
        """A lit rate needs both counts, an index its value."""
        data = super().clean() or {}
        if data.get("index") and data["index"] != "LIT" and data.get("value") is None:
            self.add_error("value", "请填写数值。")
        return data


class ReportForm(PlaceMixin):
    """A defect of a facility."""

    text = forms.CharField(
        label="问题描述", max_length=600, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": "请描述问题。"}
    )
    urgent = forms.BooleanField(label="紧急（影响安全）", required=False)
    photos = PhotosField(label="照片", required=False)

    def __init__(self, data: Any = None, files: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, files, initial=initial)
        self.fields["kind"] = coded("order_kind", "问题类型")
        self.order_fields(["kind", "text", "urgent", "photos", "lon", "lat"])


class DispatchForm(forms.Form):
    """Who mends it."""

    skip_outcomes = ("drop",)
    org = forms.CharField(
        label="处置单位",
        required=False,
        max_length=120,
        help_text="已在平台注册的单位全称或统一社会信用代码；留空由本单位自行处置。",
    )

    def clean_org(self) -> str:
        """The body's code; empty for one's own office."""
        text = self.cleaned_data["org"].strip()
        if not text:
            return ""
        found = identity.organisation(text) or identity.organisation_named(text)
        if found is None:
            raise forms.ValidationError("平台上没有这个单位，请核对名称或统一社会信用代码。")
        return found.code


class HandleForm(forms.Form):
    """What was done, with photos of before and after."""

    before = forms.FileField(label="处置前照片", required=False, widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}))
    after = forms.FileField(label="处置后照片", required=False, widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}))
    text = forms.CharField(
        label="处置说明",
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明怎样处置的。"},
    )


class TiltForm(forms.Form):
    """A reading of a smart cover."""

    degrees = forms.DecimalField(min_value=0, max_value=180, max_digits=5, decimal_places=2)
    displaced = forms.BooleanField(required=False)
