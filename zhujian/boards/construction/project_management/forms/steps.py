"""The forms of the life cycle, built from the steps' declarations: prefilled from the project and from earlier steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest

from zhujian.boards.construction.project_management import selectors, steps
from zhujian.boards.construction.project_management.forms.fields import form_field, shown, to_json
from zhujian.boards.construction.project_management.models import Project, StageApplication, StepRecord
from zhujian.boards.construction.project_management.services import materials
from zhujian.boards.construction.project_management.services.participants import ROLES
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.workflow import subjects


def prefill(spec: steps.Field, project: Project, done: Mapping[str, StepRecord], common: Mapping[str, Any] | None = None) -> Any:
    """Value a field starts with: ``project.<attribute>`` or ``<step>.<field>`` of an earlier step; None when unknown.

    `common`: what the stage's one form says about the project (`stage_values`), which comes before the project's own row.
    """
    where, _, what = spec.prefill.partition(".")
    if not what:
        return None
    if where == "project":
        said = (common or {}).get(spec.prefill)
        return getattr(project, what, None) if said in (None, "") else said
    record = done.get(where)
    return record.form.get(what) if record else None


# What stands above the form of a step that came back.
RETURNED = {"supplement": "需要补正：{}", "rejected": "上次未予许可：{}"}


class StepForm(forms.Form):
    """What the applicant of a step fills in and hands in.

    Files are kept as soon as they arrive, also when another field is wrong: a person never has to choose them twice.
    """

    skip_outcomes = ("withdraw", "close", "clean")  # these say something without a form

    def __init__(self, data: Any = None, files: Any = None, initial: Any = None, task: Any = None) -> None:
        super().__init__(data, files)
        self.task = task
        self.project = selectors.project_of(task.subject)
        self.step = steps.step(task.step, self.project.region_code)
        done = selectors.latest_steps(self.project)
        current = done.get(task.step)
        kept = current.form if current and current.status in ("working", "supplement", "rejected") else {}
        self.notice = (
            RETURNED[current.status].format(current.opinion) if current and current.status in RETURNED and current.opinion else ""
        )
        common = stage_values(self.project, self.step.stage)
        for spec in self.step.fields:
            field = form_field(spec, strict=f"{task.step}.{spec.key}" in ROLES)
            start = kept.get(spec.key, prefill(spec, self.project, done, common))
            self.fields[spec.key] = field
            if start not in (None, ""):
                self.initial[spec.key] = start
        self.have = materials.present(self.project, task.step)
        self.shared_titles: list[str] = []
        for item in self.step.materials:
            if materials.shared(self.project, item, done.values()) is not None:
                self.shared_titles.append(item.title)
            elif item.to_upload and item.due_at(task.node):
                self._add_material(item)

    def _add_material(self, item: steps.Material) -> None:
        there = self.have.get(item.code)
        hint = f"已上传：{there.filename}。重新选择将替换。" if there else "PDF 或图片。"
        if item.when:
            hint = f"{item.when}需要提供。{hint}"
        self.fields[f"m_{item.code}"] = forms.FileField(
            label=item.title, required=item.required and not there, help_text=hint,
            error_messages={"required": f"请上传“{item.title}”（PDF 或图片）。", "empty": "这是空文件，请检查后重新上传。"},
        )  # fmt: skip

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Fields under their headings: what to fill in, what to hand in."""
        fill = [self[name] for name in self.fields if not name.startswith("m_")]
        hand = [self[name] for name in self.fields if name.startswith("m_")]
        shared = self.shared_titles
        note = f"申报材料（{'、'.join(shared)}由平台共享，无需提交）" if shared else "申报材料"
        return [("填报内容", fill), *([(note, hand)] if hand else [])]

    def clean(self) -> dict[str, Any]:
        """Keep the files, then give ``{"form": {...}}`` in stored form.

        Files of somebody who may not do the task (any more) are not kept; completing it then says why.
        """
        cleaned = super().clean() or {}
        mine = self.task.is_open and subjects.may_act(self.task, scope.current())
        for item in self.step.materials:
            name = f"m_{item.code}"
            upload = cleaned.pop(name, None)
            if not upload or not mine:
                continue
            try:
                materials.do_attach(self.project, self.step.id, item.code, item.title, upload)
            except Refusal as refusal:
                self.add_error(name, refusal.message)
        return {"form": to_json(cleaned)}


class StageForm(forms.Form):
    """一张表单: what every step of the stage needs, asked once."""

    def __init__(self, data: Any = None, files: Any = None, initial: Any = None, task: Any = None) -> None:
        super().__init__(data, files)
        self.project = selectors.project_of(task.subject)
        found = StageApplication.objects.filter(project=self.project, stage=stage_of(task)).first()
        for spec in stage_fields(self.project, stage_of(task)):
            self.fields[spec.key] = form_field(spec)
            start = (found.form if found else {}).get(spec.key, prefill(spec, self.project, {}))
            if start not in (None, ""):
                self.initial[spec.key] = start
        for step in steps.load(self.project.region_code).applied_for(stage_of(task)):
            if step.deferrable:
                self.fields[f"later_{step.id}"] = forms.BooleanField(
                    label=f"“{step.title}”暂不办理，承诺在{'竣工联合验收' if step.stage == 'P2' else '施工许可'}前办结",
                    required=False,
                )
        self.fields["contact"] = forms.CharField(label="经办人", max_length=60, error_messages={"required": "请填写经办人姓名。"})
        self.fields["phone"] = forms.CharField(label="联系电话", max_length=20, error_messages={"required": "请填写联系电话。"})
        self.fields["commitment"] = forms.BooleanField(
            label="我单位承诺所填内容和提交的材料真实、完整、有效，并承担相应法律责任。",
            error_messages={"required": "请阅读并勾选承诺。"},
        )

    def clean(self) -> dict[str, Any]:
        """Stored form of the application."""
        return {"form": to_json(super().clean() or {})}


def stage_of(task: Any) -> str:
    """Stage (``P1`` …) a task belongs to: the stage process around it (nodes ``stage_P1`` …)."""
    found = (node.removeprefix("stage_") for node in task.nodes if node.startswith("stage_"))
    return next(found, "P1")


def stage_fields(project: Project, stage: str) -> list[steps.Field]:
    """Fields that prefill from the project and occur in the stage's steps, each once: the head of the stage's form."""
    seen: dict[str, steps.Field] = {}
    for step in steps.load(project.region_code).applied_for(stage):
        for spec in step.fields:
            if spec.prefill.startswith("project."):
                seen.setdefault(spec.prefill, spec)
    return list(seen.values())


def stage_values(project: Project, stage: str) -> dict[str, Any]:
    """What the stage's form says, by prefill key (``project.gfa_m2``), so that every step of the stage begins with it."""
    found = StageApplication.objects.filter(project=project, stage=stage).first()
    return {spec.prefill: found.form.get(spec.key) for spec in stage_fields(project, stage)} if found else {}


def review_panel(request: HttpRequest, task: Any) -> dict[str, Any]:
    """What the official decides on: the applicant's form and files, read-only."""
    project = selectors.project_of(task.subject)
    step = steps.step(task.step, project.region_code)
    done = selectors.latest_steps(project)
    record = done.get(task.step)
    shared = [(m.title, source) for m in step.materials if (source := materials.shared(project, m, done.values()))]
    return {
        "template": "project_management/parts/review.html", "project": project, "step": step, "record": record,
        "rows": shown(step.fields, record.form) if record else [], "materials": list(materials.present(project, task.step).values()),
        "shared": shared,
    }  # fmt: skip
