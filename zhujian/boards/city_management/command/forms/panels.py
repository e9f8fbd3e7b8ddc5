"""The panels of the loop's steps: what each shows, asks for and hands to the process."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from zhujian.boards.city_management.command.forms.desk import class_groups, first_conditions
from zhujian.boards.city_management.command.forms.dispatching import CoordinatePanel, DispatchPanel, DistrictPanel
from zhujian.boards.city_management.command.forms.panel import (
    FilesInput,
    Panel,
    PhotosField,
    node_title,
    photos_field,
    reason_field,
)
from zhujian.boards.city_management.command.models import Case
from zhujian.boards.city_management.command.services import levels
from zhujian.boards.city_management.command.services.photos import PhotoIn
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.workflow.models import Task

__all__ = ["FilesInput", "Panel", "PhotosField", "node_title", "panel_of", "photos_field"]


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
            "reason_code": reason_field("指派处置时不填", "只有回退时填写；不属本单位职责的回退，原派遣记为不准确。"),
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
        centre = levels.supervision_centre(self.case, "check")
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
    "district": DistrictPanel, "coordinate": CoordinatePanel, "department": DepartmentPanel, "handle": HandlePanel, "confirm": ConfirmPanel, "send_check": SendPanel, "close": ClosePanel,
}  # fmt: skip


def panel_of(task: Task, case: Case, data: Any = None, files: Any = None) -> Panel:
    """The panel of a task, bound when `data` is given."""
    return PANELS.get(task.node, Panel)(task, case, data, files)
