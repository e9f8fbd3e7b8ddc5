"""Forms of the checks and traces."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.gis.geos import GEOSException, GEOSGeometry, Polygon
from django.db.models import QuerySet

from zhujian.boards.urban_rural.municipal_assets.forms.fields import NUMBER, region_choices
from zhujian.boards.urban_rural.municipal_assets.models import CensusBatch
from zhujian.boards.urban_rural.municipal_assets.selectors.traces import MODES
from zhujian.boards.urban_rural.municipal_assets.services.values import choices


class CheckForm(forms.Form):
    """What to check."""

    region_code = forms.ChoiceField(
        label="行政区划", error_messages={"required": "请选择行政区划。", "invalid_choice": "请从列表中选择。"}
    )
    batch = forms.ModelChoiceField(
        label="普查批次", queryset=CensusBatch.objects.none(), required=False, empty_label="不限批次", help_text="只检查一个批次的成果时选择。",
        error_messages={"invalid_choice": "请从列表中选择。"},
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label="管类", required=False, help_text="不选为全部管类。", widget=forms.CheckboxSelectMultiple
    )
    area = forms.CharField(
        label="范围（西,南,东,北 经纬度，或 GeoJSON 多边形）", required=False, max_length=200_000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="留空检查整个行政区划。例如 114.29,30.54,114.33,30.57",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, on: Any, batches: QuerySet[CensusBatch]) -> None:
        super().__init__(data)
        self.fields["region_code"].choices = region_choices()  # type: ignore[attr-defined]
        self.fields["batch"].queryset = batches  # type: ignore[attr-defined]
        wanted = ("YS", "WS", "HS", "JS", "TR", "RS", "ZQ", "GD", "LD", "TX")
        known = dict(choices("pipe_kind", on))
        self.fields["kinds"].choices = [(code, known[code]) for code in wanted if code in known]  # type: ignore[attr-defined]

    def clean_area(self) -> GEOSGeometry | None:
        """The box or polygon, in 4490."""
        text = self.cleaned_data["area"].strip()
        if not text:
            return None
        try:
            if text.startswith("{"):
                shape = GEOSGeometry(text)
            else:
                west, south, east, north = (float(part) for part in text.split(","))
                if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
                    raise ValueError
                shape = Polygon.from_bbox((west, south, east, north))
        except (ValueError, TypeError, GEOSException) as error:
            raise forms.ValidationError("请按“西,南,东,北”填写四个经纬度，或粘贴 GeoJSON 多边形。") from error
        shape.srid = 4490
        return shape


class ReasonForm(forms.Form):
    """Why a finding is no fault."""

    reason = forms.CharField(
        label="理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text="例如：现场为倒虹吸管；重力流改压力流。",
        error_messages={"required": "请写明理由。", "max_length": "最多300个字。"},
    )  # fmt: skip


class TraceForm(forms.Form):
    """From where, which way."""

    q = forms.CharField(
        label="管线或管点编号",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "例如 WS0012"}),
    )
    mode = forms.ChoiceField(label="追溯方式", choices=list(MODES.items()), required=False)


class NearForm(forms.Form):
    """Around which place, how far."""

    lon = forms.FloatField(label="经度", required=False, min_value=-180, max_value=180, error_messages=NUMBER)
    lat = forms.FloatField(label="纬度", required=False, min_value=-90, max_value=90, error_messages=NUMBER)
    radius = forms.FloatField(label="范围（米）", required=False, min_value=1, max_value=2000, error_messages=NUMBER)
