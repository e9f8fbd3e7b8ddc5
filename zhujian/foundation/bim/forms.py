"""Forms: hand in a model, hand in a further version, put it on the map, register a rule pack."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from zhujian.foundation.bim.models import RulePack
from zhujian.foundation.bim.services.submit import max_bytes
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow.models import Task

POSITION = ("lon", "lat", "height", "rotation", "reason")


class PositionMixin(forms.Form):
    """A position for a model that has none, with the reason why it is given by hand."""

    lon = forms.FloatField(label="经度", required=False, help_text="十进制度，CGCS2000，例如 114.3055。模型自带地理参考的留空。")
    lat = forms.FloatField(label="纬度", required=False, help_text="十进制度，例如 30.5928。")
    height = forms.FloatField(label="±0.000 高程（m）", required=False, help_text="1985国家高程基准。")
    rotation = forms.FloatField(label="模型Y轴方位角（°）", required=False, help_text="从真北顺时针量，正北为0。")
    reason = forms.CharField(
        label="人工填写位置的理由和依据",
        required=False,
        max_length=300,
        help_text="例如：设计软件不支持坐标导出，依据放线成果 2026-003。",
    )

    def hand(self) -> dict[str, Any]:
        """The position as services take it."""
        return {name: self.cleaned_data.get(name) for name in POSITION}


def file_field(*, required: bool = True) -> forms.FileField:
    """The IFC file, with the size limit in its hint."""
    most = max_bytes()
    return forms.FileField(
        label="IFC 文件", required=required, help_text=f".ifc 或 .ifczip（IFC2x3、IFC4、IFC4.3），不超过 {most >> 20} MB。",
        widget=forms.ClearableFileInput(attrs={"accept": ".ifc,.ifczip,.zip", "data-max-bytes": str(most)}),
        error_messages={"required": "请选择 IFC 文件。", "empty": "这是空文件，请重新从建模软件导出 IFC 后上传。"},
    )  # fmt: skip


class SubmitForm(PositionMixin):
    """提交模型."""

    name = forms.CharField(
        label="模型名称",
        max_length=120,
        help_text="例如：光谷一路小区3号楼 建筑模型。",
        error_messages={"required": "请填写模型名称。"},
    )
    discipline = forms.ChoiceField(label="专业", error_messages={"required": "请选择专业。"})
    region_code = forms.CharField(label="工程所在地", error_messages={"required": "请选择工程所在的县（市、区）。"})
    building_code = forms.CharField(
        label="房屋代码", required=False, max_length=26, help_text="26位。房屋尚未登记的可以留空，入CIM前补填。"
    )
    project_code = forms.CharField(label="项目代码", required=False, max_length=24)
    note = forms.CharField(label="版本说明", required=False, max_length=300)
    field_order = ("name", "discipline", "region_code", "building_code", "project_code", "file", "note", *POSITION)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["discipline"].choices = [("", "请选择"), *parameters.code_list("bim.discipline", timezone.localdate())]  # type: ignore[attr-defined]
        self.fields["file"] = file_field()

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Fields under their headings."""
        first = [self[name] for name in ("name", "discipline", "region_code", "building_code", "project_code")]
        return [("模型", first), ("文件", [self["file"], self["note"]])]

    def position(self) -> list[forms.BoundField]:
        """Fields of a position by hand."""
        return [self[name] for name in POSITION]

    def values(self) -> dict[str, Any]:
        """As `services.do_submit` takes them."""
        names = ("name", "discipline", "region_code", "building_code", "project_code", "note")
        return {**{name: self.cleaned_data.get(name) or "" for name in names}, "hand": self.hand()}


class ResubmitForm(PositionMixin):
    """补正后重新提交: the task's form and that of a further version."""

    skip_outcomes = ("withdraw",)
    note = forms.CharField(label="修改说明", required=False, max_length=300)
    field_order = ("file", "note", *POSITION)

    def __init__(self, data: Any = None, files: Any = None, initial: Any = None, task: Task | None = None) -> None:
        super().__init__(data, files, initial=initial)
        self.fields["file"] = file_field()

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Fields under their headings."""
        return [("新版本", [self["file"], self["note"]]), ("位置（模型没有地理参考时填写）", [self[name] for name in POSITION])]

    def clean(self) -> dict[str, Any]:
        """As the process takes it: ``{"file", "note", "hand"}``."""
        cleaned = super().clean() or {}
        return {
            "file": cleaned.get("file"),
            "note": cleaned.get("note") or "",
            "hand": {name: cleaned.get(name) for name in POSITION},
        }


class PublishForm(forms.Form):
    """入CIM: the building that the model belongs to."""

    building_code = forms.CharField(
        label="房屋代码",
        max_length=26,
        help_text="26位，模型的构件将关联到这幢房屋。",
        error_messages={"required": "请填写房屋代码。"},
    )

    def clean_building_code(self) -> str:
        """Digits without blanks."""
        return "".join(self.cleaned_data["building_code"].split())


class PackForm(forms.Form):
    """登记规则包的新版次."""

    key = forms.ChoiceField(label="规则包")
    title = forms.CharField(label="名称", max_length=120)
    edition = forms.CharField(label="版次", max_length=20, help_text="例如 2026.2")
    region_code = forms.CharField(label="适用地区")
    valid_from = forms.DateField(label="启用日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    basis = forms.CharField(label="依据", max_length=300, help_text="文件名称和文号。")
    advisory = forms.CharField(label="只提示的规则编号", required=False, help_text="用逗号分开；其余规则不符合即退回。")
    file = forms.FileField(
        label="IDS 文件",
        help_text="IDS 1.0，每条规则有编号、中文名称和说明。",
        widget=forms.ClearableFileInput(attrs={"accept": ".ids,.xml"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = dict(RulePack.objects.order_by("key", "-valid_from").values_list("key", "title"))
        known = {"national_delivery": "国家交付规则包", "fire_egress": "消防疏散规则包", **known}
        self.fields["key"].choices = [*known.items(), ("local", "地方补充规则包")]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.error_messages["required"] = f"请填写“{field.label}”。"

    def clean_advisory(self) -> list[str]:
        """Identifiers."""
        return [one.strip() for one in (self.cleaned_data.get("advisory") or "").replace("，", ",").split(",") if one.strip()]

    def clean_file(self) -> str:
        """The IDS text."""
        upload = self.cleaned_data["file"]
        if upload.size > 2_000_000:
            raise forms.ValidationError("规则包超过 2 MB，请拆分。")
        try:
            return upload.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError("规则包应为 UTF-8 编码的 IDS 文件。") from None

    def values(self) -> dict[str, Any]:
        """As `services.do_register_pack` takes them."""
        kept = {
            name: self.cleaned_data[name]
            for name in ("key", "title", "edition", "region_code", "valid_from", "basis", "advisory")
        }
        return {**kept, "source": self.cleaned_data["file"]}


def add_reasons(form: forms.Form, reasons: tuple[Reason, ...]) -> None:
    """Show a service's reasons at their fields."""
    for reason in reasons:
        form.add_error(
            reason.field if reason.field in form.fields else None, forms.ValidationError(reason.message, code=reason.code)
        )
