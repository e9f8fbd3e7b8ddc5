"""Forms of supervision. What they mean is judged by the services; here is only what a field can hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone

from zhujian.foundation.parameters import selectors as parameters

Choices = list[tuple[str, Any]]


def codes(key: str) -> Choices:
    """Choices of a code list, as of today."""
    return list(parameters.code_list(key, timezone.localdate()))


class Moment(forms.DateTimeField):
    """Date and time as browsers give them."""

    def __init__(self, **options: Any) -> None:
        words = {"required": "请填写时间。", "invalid": "请填写正确的时间，例如 2026-03-10 09:30。"}
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, error_messages=words, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **options)


def words(label: str, *, required: bool = True, most: int = 4000, rows: int = 4, hint: str = "") -> forms.CharField:
    """Text of several lines."""
    return forms.CharField(
        label=label, required=required, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), help_text=hint,
        error_messages={"required": f"请填写{label}。", "max_length": f"最多{most}个字，请删减。"},
    )  # fmt: skip


def line(label: str, *, required: bool = True, most: int = 120, hint: str = "") -> forms.CharField:
    """Text of one line."""
    return forms.CharField(
        label=label, required=required, max_length=most, help_text=hint,
        error_messages={"required": f"请填写{label}。", "max_length": f"最多{most}个字，请删减。"},
    )  # fmt: skip


def whole(
    label: str, *, least: int, most: int, initial: int | None = None, required: bool = True, hint: str = ""
) -> forms.IntegerField:
    """A whole number between bounds."""
    said = f"请填写{least}～{most}之间的整数。"
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, initial=initial, required=required, help_text=hint,
        error_messages={"required": f"请填写{label}。", "invalid": said, "min_value": said, "max_value": said},
    )  # fmt: skip


def choice(label: str, *, required: bool = True) -> forms.ChoiceField:
    """One of a list given when the form is made."""
    return forms.ChoiceField(
        label=label,
        required=required,
        error_messages={"required": f"请选择{label}。", "invalid_choice": f"请从列表中选择{label}。"},
    )


class BoundOffices(forms.BoundField):
    """Receiving offices with what is ticked, for the template."""

    @property
    def offices(self) -> list[tuple[str, list[tuple[str, str, bool]]]]:
        """(heading, [(code, name, ticked)])."""
        chosen = {str(one) for one in self.value() or []}
        groups = self.field.choices  # type: ignore[attr-defined]
        return [(heading, [(code, name, code in chosen) for code, name in options]) for heading, options in groups]

    @property
    def open(self) -> set[str]:
        """Headings of groups to show unfolded: those with something ticked."""
        return {heading for heading, options in self.offices if any(ticked for _, _, ticked in options)}


class Offices(forms.MultipleChoiceField):
    """Receiving offices, grouped: ticked one by one or a group at once."""

    bound_field_class = BoundOffices

    def __init__(self, label: str) -> None:
        super().__init__(
            label=label, widget=forms.CheckboxSelectMultiple,
            error_messages={"required": f"请至少选择一个{label}。", "invalid_choice": "请从列表中选择单位。"},
        )  # fmt: skip


class Files(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; a list, possibly empty."""

    def __init__(self, label: str, *, required: bool = False, pictures: bool = False) -> None:
        attrs = {"multiple": True} | ({"accept": "image/jpeg,image/png"} if pictures else {})
        super().__init__(
            label=label, required=required, widget=Files(attrs=attrs), error_messages={"required": f"请选择{label}。"}
        )

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each of them, checked for being a file."""
        rows = data if isinstance(data, list | tuple) else [data] if data else []
        if self.required and not rows:
            raise forms.ValidationError(self.error_messages["required"])
        return [super(FilesField, self).clean(one, initial) for one in rows]


class TaskForm(forms.Form):
    """统筹布置: draft a task."""

    kind = choice("类型")
    title = line("标题")
    requirement = words("要求")
    limit_days = whole("反馈时限（工作日）", least=1, most=250, initial=5)
    is_key = forms.BooleanField(label="列为重点督办", required=False)
    receivers = Offices("接收单位")
    files = FilesField("附件")

    def __init__(self, data: Any = None, files: Any = None, *, offices: Iterable[tuple[str, Any]], **options: Any) -> None:
        super().__init__(data, files, **options)
        self.fields["kind"].choices = codes("supervision.kind")  # type: ignore[attr-defined]
        self.fields["receivers"].choices = list(offices)  # type: ignore[attr-defined]


class ActForm(forms.Form):
    """An opinion and files to one step of a unit's part."""

    comment = words("办理意见", required=False)
    files = FilesField("附件")

    def __init__(self, data: Any = None, files: Any = None, *, node: str = "", **options: Any) -> None:
        super().__init__(data, files, **options)
        if node == "handle":
            self.fields["comment"].label, self.fields["comment"].required = "办理过程和结果", True
            self.fields["comment"].error_messages["required"] = "请写明办理过程和结果。"
            self.fields["files"].label = "佐证材料"
        elif node == "review":
            self.fields["comment"].label, self.fields["comment"].help_text = "审核意见", "退回重办时必填。"


class UrgeForm(forms.Form):
    """催办或督办."""

    level = choice("方式")
    text = words("内容", most=500, rows=3)

    USUAL = "请抓紧办理，按时限反馈；确有困难的，请在时限前申请延期。"

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["level"].choices = [("", "催办"), *codes("supervision.level")]  # type: ignore[attr-defined]
        self.fields["text"].initial = self.USUAL
        self.fields["level"].required = False


class UrgeAllForm(forms.Form):
    """催办还没有反馈的单位."""

    text = words("催办内容", most=500, rows=3)

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["text"].initial = UrgeForm.USUAL


class ExtensionForm(forms.Form):
    """申请延期."""

    days = whole("延期（工作日）", least=1, most=60, initial=3)
    reason = words("理由", most=500, rows=3)


class ReasonForm(forms.Form):
    """One reason."""

    reason = words("理由", most=500, rows=3)


class CircularForm(forms.Form):
    """起草通报."""

    kind = choice("类别")
    title = line("标题")
    body = words("通报内容", most=8000, rows=10)
    named = Offices("通报单位")

    def __init__(self, data: Any = None, *, offices: Iterable[tuple[str, Any]], **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["kind"].choices = [("general", "情况通报"), ("praise", "表扬")]  # type: ignore[attr-defined]
        self.fields["named"].choices = list(offices)  # type: ignore[attr-defined]


class JudgeForm(forms.Form):
    """研判舆情."""

    sentiment = choice("倾向")
    summary = words("内容摘要", required=False, most=2000)

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["sentiment"].choices = codes("supervision.sentiment")  # type: ignore[attr-defined]


class OpinionTaskForm(forms.Form):
    """转办舆情."""

    receivers = Offices("接收单位")
    limit_days = whole("反馈时限（工作日）", least=1, most=30, initial=3)
    requirement = words("要求")

    def __init__(self, data: Any = None, *, offices: Iterable[tuple[str, Any]], **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["receivers"].choices = list(offices)  # type: ignore[attr-defined]


class DisposalForm(forms.Form):
    """办结舆情."""

    disposal = words("处置情况", most=2000)


class EmergencyForm(forms.Form):
    """首报."""

    title = line("事件名称")
    kind = choice("类型")
    level = choice("事件等级")
    occurred_at = Moment(label="发生时间")
    address = line("地点", most=200)
    lon = forms.FloatField(label="经度", required=False, min_value=73, max_value=136, help_text="国家2000坐标，例如 114.305215")
    lat = forms.FloatField(label="纬度", required=False, min_value=3, max_value=54)
    text = words("基本情况")
    measures = words("已采取措施", required=False)
    deaths = whole("死亡（人）", least=0, most=100_000, initial=0)
    injuries = whole("受伤（人）", least=0, most=1_000_000, initial=0)

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["kind"].choices = codes("supervision.emergency_kind")  # type: ignore[attr-defined]
        self.fields["level"].choices = codes("supervision.emergency_level")  # type: ignore[attr-defined]
        # Most are of the lowest level and are reported as they happen: whoever reports only writes what is different.
        self.fields["level"].initial = "4"
        self.fields["occurred_at"].initial = timezone.localtime().strftime("%Y-%m-%dT%H:%M")


class FollowUpForm(forms.Form):
    """续报、日报、终报."""

    kind = choice("类别")
    text = words("最新情况")
    measures = words("处置措施", required=False)
    deaths = whole("死亡（人）", least=0, most=100_000, initial=0)
    injuries = whole("受伤（人）", least=0, most=1_000_000, initial=0)

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["kind"].choices = [("continued", "续报"), ("daily", "日报"), ("final", "终报")]  # type: ignore[attr-defined]


class ResponseForm(forms.Form):
    """启动或调整应急响应."""

    level = choice("响应等级")
    commander = line("现场指挥", required=False, most=64)

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["level"].choices = [("1", "Ⅰ级"), ("2", "Ⅱ级"), ("3", "Ⅲ级"), ("4", "Ⅳ级")]  # type: ignore[attr-defined]


class ConclusionForm(forms.Form):
    """办结突发事件."""

    conclusion = words("结论")


class ConsultationForm(forms.Form):
    """召集会商."""

    title = line("议题")
    agenda = words("议程")
    starts_at = Moment(label="开始时间")
    minutes_planned = whole("预计时长（分钟）", least=5, most=600, initial=60)
    participants = Offices("参加单位")
    files = FilesField("会议材料")

    def __init__(self, data: Any = None, files: Any = None, *, offices: Iterable[tuple[str, Any]], **options: Any) -> None:
        super().__init__(data, files, **options)
        self.fields["participants"].choices = list(offices)  # type: ignore[attr-defined]


class MinutesForm(forms.Form):
    """会商纪要."""

    present = words("到会人员", most=2000, rows=3)
    minutes = words("会商纪要", most=8000, rows=10)
    files = FilesField("附件")


class CheckHeadForm(forms.Form):
    """现场检查: the head; the items follow from the checklist."""

    object_name = line("检查对象")
    address = line("地点", most=200)
    org_code = choice("责任单位")
    checkers = line("检查人员", required=False, hint="不填即为您本人。")
    lon = forms.FloatField(label="经度", required=False, min_value=73, max_value=136)
    lat = forms.FloatField(label="纬度", required=False, min_value=3, max_value=54)
    rest_good = forms.BooleanField(label="没有选择结果的项目都按合格登记", required=False)

    def __init__(self, data: Any = None, *, offices: Iterable[tuple[str, Any]], **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["rest_good"].initial = True
        self.fields["org_code"].choices = [("", "请选择"), *offices]  # type: ignore[attr-defined]
