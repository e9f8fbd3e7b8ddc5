"""Forms of the census's and the ownerless covers' tasks."""

from __future__ import annotations

from typing import Any

from django import forms

from zhujian.boards.urban_rural.municipal_assets.forms.assets import day


class OwnerlessForm(forms.Form):
    """Who claims, or who is entrusted; empty where the outcome needs neither."""

    body_name = forms.CharField(
        label="单位名称", required=False, max_length=120, help_text="认领单位或代管单位全称；期满无人认领时留空"
    )
    body_org = forms.CharField(label="统一社会信用代码", required=False, max_length=18)
    basis = forms.CharField(label="依据", required=False, max_length=200, help_text="权属证明、会议纪要或文件号")

    def __init__(self, *args: Any, task: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if task is not None and task.node == "publish":
            for name in ("body_name", "body_org", "basis"):
                self.fields.pop(name)


class FoundForm(forms.Form):
    """A cover is reported as having no known owner."""

    found_on = day("发现日期")
    found_by = forms.CharField(label="发现人或单位", max_length=120, error_messages={"required": "请填写发现人或发现单位。"})
