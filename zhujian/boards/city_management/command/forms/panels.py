"""The panels of the loop's steps: what each shows, asks for and hands to the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from zhujian.boards.city_management.command.forms.desk import class_groups, first_conditions
from zhujian.boards.city_management.command.models import Case
from zhujian.boards.city_management.command.selectors import inspectors
from zhujian.boards.city_management.command.services.photos import PhotoIn
from zhujian.boards.city_management.command.views.clocks import stage_light
from zhujian.boards.city_management.digital_city.selectors import duties
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow.models import Task

OTHERS = 200  # bodies offered besides the ladder


def node_title(node: str) -> str:
    """What a step is called; the words for 核实 and 核查 are each city's own, because some use them the other way round."""
    if node in ("verify", "check"):
        return str(parameters.value(f"command.word_{node}", on=timezone.localdate(), region=scope.current().region_code).value)
    return parameters.code_label("command.node_label", node)


class FilesInput(forms.ClearableFileInput):
    """Several photos, on a phone from the camera."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Any number of photos."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every file checked; an empty list when none is required and none given."""
        files = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if not files:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return []
        return [super(PhotosField, self).clean(one, initial) for one in files]


def photos_field(label: str, hint: str, *, required: bool = False) -> PhotosField:
    """A field for photos taken now."""
    widget = FilesInput(attrs={"accept": "image/jpeg,image/png", "capture": "environment", "multiple": True})
    errors = {"required": f"请上传{label}。", "empty": "照片是空文件，请重新拍摄。", "invalid": "照片没有传上来，请重试。"}
    return PhotosField(label=label, help_text=hint, required=required, widget=widget, error_messages=errors)


class Panel:
    """One step of one case for the person who does it now."""

    hint = ""
    template = ""
    comment_label = "意见"
    comment_required = False
    field = False
    styles: Mapping[str, str] = {}
    keys: Mapping[str, str] = {}

    def __init__(self, task: Task, case: Case, data: Any = None, files: Any = None) -> None:
        self.task, self.case = task, case
        self.title = node_title(task.node)
        self.light = stage_light(task, timezone.now())
        self.bound = data is not None
        self.form = type("StepForm", (forms.Form,), self.made())(data, files)

    def made(self) -> dict[str, forms.Field]:
        """The form's fields by name."""
        return {}

    @property
    def fields(self) -> list[forms.BoundField]:
        """Fields shown in the panel's own order (a template may show others)."""
        return [self.form[name] for name in self.form.fields]

    @property
    def outcomes(self) -> list[tuple[str, str, str, str]]:
        """(code, label, style, key) of the buttons."""
        found = []
        for number, (code, label) in enumerate(self.task.outcomes):
            found.append(
                (code, label, self.styles.get(code, "" if number else "primary"), self.keys.get(code, "" if number else "Enter"))
            )
        return found

    @property
    def phrases(self) -> list[str]:
        """Words at hand for the opinion."""
        return [label for _, label in parameters.code_list("command.phrase", timezone.localdate())]

    def valid(self, outcome: str) -> bool:
        """Whether what was typed can be handed on; faults stand on the form."""
        return self.form.is_valid()

    def data(self, outcome: str) -> dict[str, Any]:
        """What the process gets."""
        return dict(self.form.cleaned_data)


def _camera(files: list[Any], role: str) -> list[PhotoIn]:
    """Photos taken just now by whoever stands there."""
    now = timezone.now()
    return [PhotoIn(one, role, now) for one in files]


class LookPanel(Panel):
    """核实, 核查 by an inspector on the spot."""

    field = True
    styles = {"false": "", "fail": "danger"}
    comment_label = "现场情况"

    def made(self) -> dict[str, forms.Field]:
        """Photos of what is seen."""
        return {"photos": photos_field("现场照片", "从处置前照片的同一角度拍摄，至少一张。", required=False)}

    def data(self, outcome: str) -> dict[str, Any]:
        """The photos as the check's."""
        return {"files": _camera(self.form.cleaned_data["photos"], "check")}


class RegisterPanel(Panel):
    """立案 after 核实: the class and the condition may still be put right."""

    hint = "核对分类、立案条件和核实结果；属实并达到立案条件的立案。"
    template = "command/panels/register.html"
    styles = {"refuse": "danger"}

    def made(self) -> dict[str, forms.Field]:
        """Class and condition, shown by the template."""
        return {"class_key": forms.CharField(required=False, max_length=16), "condition": forms.IntegerField(required=False)}

    @property
    def fields(self) -> list[forms.BoundField]:
        """The template shows them."""
        return []

    @property
    def chosen(self) -> str:
        """``event:0110`` as chosen so far."""
        return str((self.form["class_key"].value() if self.bound else "") or f"{self.case.kind}:{self.case.class_code}")

    @property
    def kind_value(self) -> str:
        """The kind the picker shows."""
        return self.chosen.partition(":")[0]

    @property
    def class_groups(self) -> list[Any]:
        """Classes to choose among."""
        return class_groups(self.case.region_code, self.chosen)

    @property
    def conditions(self) -> list[Any]:
        """Conditions of the chosen class."""
        kind, _, code = self.chosen.partition(":")
        return first_conditions(kind, code, self.case.region_code)

    @property
    def chosen_condition(self) -> int | None:
        """The condition chosen so far."""
        value = self.form["condition"].value() if self.bound else self.case.condition_id
        text = str(value or "")
        return int(text) if text.isdigit() else None

    def data(self, outcome: str) -> dict[str, Any]:
        """What is to be filed, when it was put right."""
        values = self.form.cleaned_data
        kind, _, code = (values["class_key"] or "").partition(":")
        if outcome != "register" or not code:
            return {}
        return {"kind": kind, "class_code": code, "condition_id": values["condition"]}


class VoidPanel(Panel):
    """The shift leader agrees that a case is not filed."""

    hint = "受理员拟不予立案，请核对核实结果和理由。"
    styles = {"approve": "danger", "deny": ""}


class DispatchPanel(Panel):
    """派遣: to whom, and why."""

    template = "command/panels/dispatch.html"
    comment_label = "处置要求"

    def made(self) -> dict[str, forms.Field]:
        """The body in charge, and those that help."""
        self.rungs = duties.ladder(self.case.kind, self.case.class_code, self.case.grid_code or self.case.region_code)
        self.others = _bodies(self.case.region_code)
        return {
            "org_code": forms.CharField(required=False, max_length=18),
            "other_org": forms.CharField(required=False, max_length=18),
            "assist": forms.MultipleChoiceField(
                label="协办单位", required=False, choices=self.others, widget=forms.SelectMultiple(attrs={"size": 4}),
                help_text="需要多个单位一起办的，选协办单位；可多选。",
            ),
        }  # fmt: skip

    @property
    def fields(self) -> list[forms.BoundField]:
        """The template shows the ladder."""
        return []

    @property
    def folded(self) -> forms.BoundField | None:
        """The assistants, out of sight until they are needed."""
        return self.form["assist"] if self.others else None

    @property
    def ladder(self) -> list[dict[str, Any]]:
        """The rungs, the proposed one marked, each with its reason in words."""
        first = next((rung for rung in self.rungs if rung.body), None)
        said = (
            self.form["org_code"].value()
            if self.bound
            else (self.case.org_code or (first.body.org_code if first and first.body else ""))
        )
        shown, checked = [], False
        for rung in self.rungs:
            one = rung.body is not None and rung.body.org_code == said and not checked and not self.other
            checked = checked or one
            shown.append({"label": rung.label, "body": rung.body, "why": why(rung), "proposed": rung is first, "checked": one})
        return shown

    @property
    def other(self) -> str:
        """A body chosen beside the ladder."""
        return str(self.form["other_org"].value() or "")

    def valid(self, outcome: str) -> bool:
        """A dispatch needs a body."""
        if (
            self.form.is_valid()
            and outcome == "dispatch"
            and not (self.form.cleaned_data["other_org"] or self.form.cleaned_data["org_code"])
        ):
            self.form.add_error(None, "请选择主办单位。没有登记责任单位的，请在“其他单位”中指定，并请数据管理员补登。")
        return self.form.is_valid()

    def data(self, outcome: str) -> dict[str, Any]:
        """Codes of the bodies."""
        values = self.form.cleaned_data
        return (
            {"org_code": values["other_org"] or values["org_code"], "assist": values["assist"]} if outcome == "dispatch" else {}
        )


def why(rung: duties.Rung) -> str:
    """Why a body stands on its rung, in words."""
    if rung.body is None:
        return ""
    what = f"小类 {rung.class_code}" if len(rung.class_code) > 2 else f"大类 {rung.class_code}" if rung.class_code else "全部小类"
    where = (
        "本网格"
        if len(rung.area) == 15
        else "本社区"
        if rung.area[9:] != "000"
        else "本街道"
        if rung.area[6:9] != "000"
        else "本区县"
        if rung.area[4:6] != "00"
        else "全市"
    )
    return f"{where}{what}{'；' + rung.body.basis if rung.body.basis else ''}"


def _bodies(region_code: str) -> list[tuple[str, str]]:
    """Departments and firms of the county that may dispose of cases, by name."""
    rows = Organisation.objects.filter(is_active=True, region_code__startswith=region_code[:6]).exclude(
        authorities__overlap=["UMS", "UMC"]
    )
    return list(rows.order_by("name").values_list("code", "name")[:OTHERS])


class DepartmentPanel(Panel):
    """指派处置, or 回退 with a reason."""

    comment_label = "要求或回退理由"
    styles = {"return": "danger"}

    def made(self) -> dict[str, forms.Field]:
        """Who goes; or why it is not ours."""
        return {
            "handler": forms.TypedChoiceField(
                label="处置人员", required=False, choices=[("", "本单位任一处置人员领取"), *_crew(self.case)], coerce=int, empty_value=None
            ),
            "reason_code": forms.ChoiceField(
                label="回退原因", required=False, choices=[("", "指派处置时不填"), *parameters.code_list("command.return_reason", timezone.localdate())],
                help_text="只有回退时填写；不属本单位职责的回退，原派遣记为不准确。",
            ),
        }  # fmt: skip

    def data(self, outcome: str) -> dict[str, Any]:
        """The handler, or the reason."""
        values = self.form.cleaned_data
        return {"handler": values["handler"]} if outcome == "assign" else {"reason_code": values["reason_code"]}


def _crew(case: Case) -> list[tuple[int, str]]:
    """People of the body in charge who dispose on the spot."""
    body = identity.organisation(case.org_code) if case.org_code else None
    return [(one.pk, one.name) for one in identity.people_with("crew", body.pk)] if body else []


class HandlePanel(Panel):
    """处置 on the spot, with photos of before and after."""

    field = True
    comment_label = "处置情况"
    styles = {"back": ""}

    def made(self) -> dict[str, forms.Field]:
        """Photos; the after ones are what the check compares with."""
        return {
            "after": photos_field("处置后照片", "从问题照片的同一角度拍摄。", required=False),
            "before": photos_field("处置前照片", "到场时先拍，可不传。"),
        }

    def valid(self, outcome: str) -> bool:
        """Done needs a photo of how it is now."""
        if self.form.is_valid() and outcome == "done" and not self.form.cleaned_data["after"]:
            self.form.add_error("after", "请上传处置后照片，核查时要与处置前对比。")
        return self.form.is_valid()

    def data(self, outcome: str) -> dict[str, Any]:
        """The photos with their roles."""
        values = self.form.cleaned_data
        return {"files": [*_camera(values["before"], "before"), *_camera(values["after"], "after")]}


class ConfirmPanel(Panel):
    """反馈: the department looks at what its people did."""

    hint = "对照处置前后照片和结案条件，合格的反馈，不合格的打回重办。"
    styles = {"redo": "danger"}


class SendPanel(Panel):
    """发核查: which inspector goes."""

    def made(self) -> dict[str, forms.Field]:
        """The proposed inspector, or another."""
        barred = {*self.case.reporters, *self.case.command_side, *self.case.disposing_side}
        centre = inspectors.office(self.case.region_code)
        staff = (
            [(one.pk, one.name) for one in identity.people_with("inspector", centre.pk) if one.pk not in barred] if centre else []
        )
        return {
            "inspector": forms.TypedChoiceField(
                label="监督员", required=False, choices=[("", "按责任网格和在岗情况自动选派"), *staff], coerce=int, empty_value=None,
                help_text="上报、派遣或处置过本案的人不能核查，不在名单内。",
            )
        }  # fmt: skip

    def data(self, outcome: str) -> dict[str, Any]:
        """The inspector, when one was named."""
        return {"inspector": self.form.cleaned_data["inspector"]}


class ClosePanel(Panel):
    """结案: before and after, and the closing condition."""

    styles = {"rework": "danger"}

    @property
    def hint(self) -> str:  # type: ignore[override]
        """What closes this case."""
        condition = self.case.condition
        return f"结案条件：{condition.closing}" if condition and condition.closing else "对照处置前后照片和核查结果。"


PANELS: dict[str, type[Panel]] = {
    "verify": LookPanel, "check": LookPanel, "register": RegisterPanel, "approve_void": VoidPanel, "dispatch": DispatchPanel,
    "department": DepartmentPanel, "handle": HandlePanel, "confirm": ConfirmPanel, "send_check": SendPanel, "close": ClosePanel,
}  # fmt: skip


def panel_of(task: Task, case: Case, data: Any = None, files: Any = None) -> Panel:
    """The panel of a task, bound when `data` is given."""
    return PANELS.get(task.node, Panel)(task, case, data, files)
