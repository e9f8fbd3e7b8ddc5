"""The form by which a developer delivers an as-built survey."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.services.values import choices


class FilesInput(forms.ClearableFileInput):
    """Several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, as a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=FilesInput(attrs={"multiple": True}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every chosen file."""
        files = [one for one in (data if isinstance(data, (list, tuple)) else [data]) if one]
        return [super(FilesField, self).clean(one, initial) for one in files]


class DeliverForm(forms.Form):
    """What was surveyed, in which frame, with the files."""

    frame = forms.CharField(
        label="坐标系和高程基准", required=False, max_length=80, help_text="例如：CGCS2000 3度带 中央经线114°，1985国家高程基准"
    )
    files = FilesField(
        label="成果文件", required=False, help_text="SHP 全套、GeoPackage、GeoJSON 请压缩成 zip；也可以是表格和 PDF 说明"
    )

    def __init__(self, *args: Any, task: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"] = forms.MultipleChoiceField(
            label="涉及设施",
            required=False,
            choices=choices("census_kind", timezone.localdate()),
            widget=forms.CheckboxSelectMultiple,
        )
        self.order_fields(["kinds", "frame", "files"])
