"""What all panels of the loop's steps share: the form, its buttons, photos taken on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case
from zhujian.boards.city_management.command.views.clocks import stage_light
from zhujian.foundation.kernel import scope
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow.models import Task


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


def reason_field(empty: str, hint: str) -> forms.ChoiceField:
    """Why a body returns a case."""
    known = parameters.code_list("command.return_reason", timezone.localdate())
    return forms.ChoiceField(label="回退原因", required=False, choices=[("", empty), *known], help_text=hint)
