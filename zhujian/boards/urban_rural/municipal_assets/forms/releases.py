"""Forms of the leave to take underground data away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.gis.geos import GEOSException, GEOSGeometry, Polygon
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.forms.fields import DAY, DateInput, coded, region_choices
from zhujian.boards.urban_rural.municipal_assets.services.values import choices


class ApplyForm(forms.Form):
    """Who needs what, where, what for, until when."""

    purpose = forms.CharField(
        label="用途", max_length=400, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": "请写明用途。"},
        help_text="具体到工程或工作，例如：光谷三路雨水管改造工程施工图设计。",
    )  # fmt: skip
    recipient = forms.CharField(label="资料使用单位", max_length=120, error_messages={"required": "请填写资料使用单位。"})
    registers = forms.MultipleChoiceField(
        label="需要的资料", widget=forms.CheckboxSelectMultiple, error_messages={"required": "请选择需要的资料。"}
    )
    region_code = forms.ChoiceField(label="行政区划", error_messages={"required": "请选择行政区划。"})
    area = forms.CharField(
        label="范围", max_length=100_000, error_messages={"required": "请填写范围。"},
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="西,南,东,北 四个经纬度（例如 114.29,30.54,114.33,30.57），或 GeoJSON 多边形。按最小必要填写。",
    )  # fmt: skip
    valid_from = forms.DateField(label="开始日期", widget=DateInput(), error_messages=DAY)
    valid_to = forms.DateField(label="截止日期", widget=DateInput(), error_messages=DAY)

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial={"valid_from": timezone.localdate(), **(initial or {})})
        self.fields["region_code"].choices = region_choices()  # type: ignore[attr-defined]
        self.fields["registers"].choices = choices("release_register", timezone.localdate())  # type: ignore[attr-defined]
        self.fields["precision"] = coded("release_precision", "需要的精度", initial="metre", help_text="由批准人最后确定。")

    def clean_area(self) -> Polygon:
        """The box or polygon, in 4490."""
        text = self.cleaned_data["area"].strip().replace("，", ",")
        try:
            if text.startswith("{"):
                shape = GEOSGeometry(text)
            else:
                west, south, east, north = (float(part) for part in text.split(","))
                if not (73 <= west < east <= 136 and 3 <= south < north <= 54):
                    raise ValueError
                shape = Polygon.from_bbox((west, south, east, north))
        except (ValueError, TypeError, GEOSException) as error:
            raise forms.ValidationError("请按“西,南,东,北”填写四个经纬度，或粘贴 GeoJSON 多边形。") from error
        if shape.geom_type != "Polygon" or not shape.valid or shape.empty:
            raise forms.ValidationError("范围应是一个边线不自相交的多边形。")
        shape.srid = 4490
        return shape


class ApproveForm(forms.Form):
    """How exact, until when; a refusal needs neither."""

    valid_to = forms.DateField(label="截止日期", widget=DateInput(), required=False, error_messages=DAY)

    def __init__(self, *args: Any, task: Any = None, **kwargs: Any) -> None:
        from zhujian.boards.urban_rural.municipal_assets.services.releases import grant_of

        super().__init__(*args, **kwargs)
        self.fields["precision"] = coded("release_precision", "提供精度", required=False)
        if task is not None:
            grant = grant_of(task.subject)
            self.initial |= {"valid_to": grant.valid_to, "precision": grant.precision}
