"""The form of a report taken by telephone. Its columns, their names and which are required are code lists that officials keep."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from zhujian.boards.city_management.command.forms.desk import class_groups
from zhujian.boards.city_management.command.forms.panels import FilesInput, PhotosField
from zhujian.foundation.kernel import scope
from zhujian.foundation.parameters import selectors as parameters

PHONED = ("public_phone", "hotline_12345", "hotline_12319", "wechat", "media", "order", "transfer")
PLACE = {"required": "请确定问题发生的地点：查地址，或在地图上点选。", "invalid": "请填写经纬度，例如 114.362000。"}
FREE = {"phone", "name", "anonymous", "external_no", "class_key", "urgent", "photos"}  # may be left out of a city's form


class IntakeForm(forms.Form):
    """电话登记. What is said, where it is, who says it."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    source = forms.ChoiceField(label="渠道")
    phone = forms.CharField(
        label="来电号码",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "autofocus": True}),
    )
    name = forms.CharField(label="来电人", required=False, max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    anonymous = forms.BooleanField(label="要求匿名、保密", required=False)
    external_no = forms.CharField(
        label="外部工单号", required=False, max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    description = forms.CharField(
        label="问题描述", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="什么东西、什么状况、有没有危险。",
        error_messages={"required": "请写明反映的问题。", "max_length": "最多500个字。"},
    )  # fmt: skip
    class_key = forms.ChoiceField(label="初步分类", required=False, help_text="拿不准的不选，受理时再定。")
    urgent = forms.BooleanField(label="紧急，危及安全", required=False)
    photos = PhotosField(
        label="照片", required=False, widget=FilesInput(attrs={"accept": "image/jpeg,image/png", "multiple": True})
    )
    address = forms.CharField(label="地址", required=False, max_length=200, help_text="路名加门牌号、小区、标志物。")
    lon = forms.FloatField(
        label="经度", min_value=-180, max_value=180, error_messages=PLACE, widget=forms.NumberInput(attrs={"step": "any"})
    )
    lat = forms.FloatField(
        label="纬度", min_value=-90, max_value=90, error_messages=PLACE, widget=forms.NumberInput(attrs={"step": "any"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today, region = timezone.localdate(), scope.current().region_code
        labels = dict(parameters.code_list("command.source", today))
        self.fields["source"].choices = [(code, labels[code]) for code in PHONED if code in labels]  # type: ignore[attr-defined]
        self.fields["class_key"].choices = [("", "受理时再定")] + [  # type: ignore[attr-defined]
            (title, [(f"{one.kind}:{one.code}", f"{one.code} {one.name}") for one in rows])
            for title, rows in class_groups(region)
        ]
        shown = dict(parameters.code_list("command.intake_field", today))
        needed = dict(parameters.code_list("command.intake_required", today))
        for name in FREE - set(shown):
            del self.fields[name]
        for name, field in self.fields.items():
            field.label = shown.get(name, field.label)
            if name in needed and name in FREE:
                field.required = True
                field.error_messages["required"] = f"请填写“{field.label}”。"
