"""The panels of the command centres: dispatch, the district's dispatch, the coordination meeting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from zhujian.boards.city_management.command.forms.panel import Panel, reason_field
from zhujian.boards.city_management.command.models import Case
from zhujian.boards.city_management.command.rules.levels import city_of, two_levels
from zhujian.boards.city_management.command.services import levels
from zhujian.boards.city_management.digital_city.selectors import duties
from zhujian.foundation.identity.models import Organisation

OTHERS = 200  # bodies offered besides the ladder


class DispatchPanel(Panel):
    """派遣: to whom, and why."""

    template = "command/panels/dispatch.html"
    comment_label = "处置要求"
    styles = {"return": "danger"}
    keys = {"down": "D"}

    def made(self) -> dict[str, forms.Field]:
        """The body in charge, and those that help."""
        self.rungs = duties.ladder(self.case.kind, self.case.class_code, self.case.grid_code or self.case.region_code)
        self.others = _bodies(self.case)
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


class DistrictPanel(DispatchPanel):
    """区级派遣: the district sends what the city handed down to a department of its own, or gives it back with a reason."""

    comment_label = "处置要求或退回理由"

    @property
    def hint(self) -> str:  # type: ignore[override]
        """What the city expects."""
        moment = f"，{timezone.localtime(self.case.due):%m-%d %H:%M}前反馈" if self.case.due else ""
        return f"市指挥中心下派的案件{moment}。不属本区的说明原因退回市级。"

    def made(self) -> dict[str, forms.Field]:
        """As for a dispatch, and why it is not the district's."""
        return {**super().made(), "reason_code": reason_field("派遣时不填", "只有退回市级时填写。")}

    @property
    def fields(self) -> list[forms.BoundField]:
        """The ladder is the template's."""
        return [self.form["reason_code"]]

    def data(self, outcome: str) -> dict[str, Any]:
        """The bodies, or the reason."""
        return {"reason_code": self.form.cleaned_data["reason_code"]} if outcome == "return" else super().data(outcome)


class CoordinatePanel(Panel):
    """协调会: who took part, what was decided, which body has to take the case."""

    comment_label = "协调决定"
    comment_required = True
    styles = {"back": ""}

    @property
    def hint(self) -> str:  # type: ignore[override]
        """Why there is a meeting."""
        return f"本案已被回退 {self.case.returns} 次。请召集有关单位协调，登记参加单位和决定，指定必须接办的单位；被指定的单位不能再回退。"

    def made(self) -> dict[str, forms.Field]:
        """Day, participants, the body named, the minutes."""
        bodies = _bodies(self.case)
        mode = levels.mode_of(self.case.region_code)
        centre = levels.district_centre(self.case) if not self.case.level and two_levels(mode) else None
        if centre is not None:
            bodies = [(centre.code, centre.name), *bodies]
        before = dict.fromkeys(
            self.case.steps.filter(action__in=("return", "hand_up")).order_by("id").values_list("detail__org_code", flat=True)
        )
        return {
            "held_on": forms.DateField(
                label="协调日期", initial=timezone.localdate, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                error_messages={"required": "请填写协调日期。", "invalid": "请填写协调日期，例如 2026-11-23。"},
            ),
            "participants": forms.MultipleChoiceField(
                label="参加单位", choices=bodies, initial=[code for code in before if code], widget=forms.SelectMultiple(attrs={"size": 6}),
                help_text="至少两个；回退过本案的单位已选上。", error_messages={"required": "请选择参加协调的单位，至少两个。"},
            ),
            "org_code": forms.ChoiceField(
                label="指定主办单位", required=False, choices=[("", "请选择必须接办的单位"), *bodies], help_text="协调后退回的不填。"
            ),
            "minutes": forms.FileField(label="会议纪要", required=False, help_text="PDF 或图片。"),
        }  # fmt: skip


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


def _bodies(case: Case) -> list[tuple[str, str]]:
    """Departments and firms of the county that may dispose of cases, by name; where the city dispatches, its own too."""
    here = Q(region_code__startswith=case.region_code[:6])
    if not case.level and two_levels(levels.mode_of(case.region_code)):
        here |= Q(region_code=city_of(case.region_code))
    rows = Organisation.objects.filter(here, is_active=True).exclude(authorities__overlap=["UMS", "UMC"])
    return list(rows.order_by("name").values_list("code", "name")[:OTHERS])
