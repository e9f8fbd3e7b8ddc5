"""Forms about one facility: a new version, the end of it, a paper."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import Asset
from zhujian.boards.urban_rural.municipal_assets.services.versions import FIXED
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import Resource
from zhujian.foundation.resources.forms import RecordForm

DAY = {"required": "请填写日期。", "invalid": "请填写正确的日期，例如 2026-03-10。"}


def day(label: str, hint: str = "", *, required: bool = True) -> forms.DateField:
    """A day with the platform's sentences."""
    return forms.DateField(
        label=label,
        help_text=hint,
        required=required,
        error_messages=DAY,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def listed(key: str) -> list[tuple[str, str]]:
    """Options of a code list, with an empty one in front."""
    return [("", "请选择"), *parameters.code_list(key, timezone.localdate())]


class VersionForm(RecordForm):
    """The facility as it is from a day on; the code and the county stay."""

    def __init__(self, resource: Resource, record: Asset, data: QueryDict | None = None) -> None:
        super().__init__(resource, record, data)
        for name in (*FIXED, "planned"):
            self.fields.pop(name, None)
        self.fields["valid_from"].help_text = f"现状版本启用于 {record.valid_from:%Y-%m-%d}，新版本应晚于这一天"
        if not self.is_bound:
            self.initial["valid_from"] = timezone.localdate()
        basis = forms.CharField(
            label="变化依据",
            max_length=200,
            help_text="例如竣工测量编号、改造工程名称",
            error_messages={"required": "请写明变化的依据。"},
        )
        basis.wide, basis.keep_empty = True, False  # type: ignore[attr-defined]
        self.fields["basis"] = basis

    def values(self) -> dict[str, Any]:
        """Values of the register's fields."""
        return {name: value for name, value in super().values().items() if name != "basis"}


class EndForm(forms.Form):
    """停用、废弃或拆除."""

    on = day("停用日期")
    status = forms.ChoiceField(
        label="去向",
        choices=[("removed", "已拆除"), ("abandoned", "废弃（原位保留）")],
        error_messages={"required": "请选择去向。"},
    )
    basis = forms.CharField(label="依据", max_length=200, error_messages={"required": "请写明停用或拆除的依据。"})


class PaperForm(forms.Form):
    """A paper to keep with the facility."""

    file = forms.FileField(label="文件", error_messages={"required": "请选择要上传的文件。", "empty": "文件是空的。"})
    kind = forms.ChoiceField(label="资料类型", error_messages={"required": "请选择资料类型。"})
    title = forms.CharField(label="资料名称", required=False, max_length=120, help_text="留空则用文件名")
    dated = day("形成日期", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = listed("municipal_assets.file_kind")  # type: ignore[attr-defined]
