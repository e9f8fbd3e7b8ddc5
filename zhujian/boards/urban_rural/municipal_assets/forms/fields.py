"""Fields that several forms share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.gis.geos import Point
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.services.values import choices
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.kernel.scope import region_prefix
from zhujian.foundation.regions import selectors as regions

DAY = {"required": "请填写日期。", "invalid": "请填写正确的日期，例如 2026-03-10。"}
NUMBER = {"required": "请填写数字。", "invalid": "请填写数字，不要带单位。"}


class DateInput(forms.DateInput):
    """The browser's calendar, with ISO dates."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class PhotosInput(forms.ClearableFileInput):
    """Several pictures; a phone opens its camera."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Any number of pictures, as a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=PhotosInput(attrs={"multiple": True, "accept": "image/jpeg,image/png"}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every chosen file."""
        files = [one for one in (data if isinstance(data, (list, tuple)) else [data]) if one]
        if self.required and not files:
            raise forms.ValidationError("请至少选择一张照片。")
        return [super(PhotosField, self).clean(one, initial) for one in files]


def coded(list_name: str, label: str, *, required: bool = True, **kwargs: Any) -> forms.ChoiceField:
    """A choice from one of the module's code lists as of today (call it when the form is made)."""
    options = [("", "请选择"), *choices(list_name, timezone.localdate())]
    return forms.ChoiceField(
        label=label,
        choices=options,
        required=required,
        error_messages={"required": f"请选择{label}。", "invalid_choice": "请从列表中选择。"},
        **kwargs,
    )


def region_choices() -> list[tuple[str, str]]:
    """The actor's region with its cities and counties."""
    code = scope.current().region_code
    own = regions.region(code) if code else None
    tops = [own] if own else regions.roots()
    found = []
    for top in tops:
        found.append((top.code, top.name))
        for child in regions.children(top.code) if len(region_prefix(top.code)) < 6 else []:
            found.append((child.code, f"　{child.name}"))
            if child.level == "city":
                found += [(county.code, f"　　{county.name}") for county in regions.children(child.code)]
    return found


class PlaceMixin(forms.Form):
    """Longitude and latitude that a map or the phone may fill in."""

    lon = forms.FloatField(label="经度", required=False, min_value=-180, max_value=180, error_messages=NUMBER)
    lat = forms.FloatField(label="纬度", required=False, min_value=-90, max_value=90, error_messages=NUMBER)

    def place(self) -> Point | None:
        """The place, when both were given."""
        lon, lat = self.cleaned_data.get("lon"), self.cleaned_data.get("lat")
        return Point(lon, lat, srid=4490) if lon is not None and lat is not None else None


def add_reasons(form: forms.Form, reasons: Sequence[Reason]) -> None:
    """Show a refusal's reasons beside their fields."""
    for reason in reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)
