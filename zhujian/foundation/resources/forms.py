"""Create and edit pages: controls by kind of value, an error summary, 422 with what was typed, and optimistic versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Reason, Refusal
from zhujian.foundation.resources import changes, filtering, registry, writing
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.kinds import Bad, Choice, Labels, Lines, Truth
from zhujian.foundation.resources.links import Link, Place, Shape
from zhujian.foundation.resources.measures import Day, Moment, Money, Number, Whole

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource


class Control(forms.Field):
    """A form field that reads through the resource's field."""

    def __init__(self, field: Field, widget: forms.Widget, *, keep_empty: bool = False) -> None:
        self.bound, self.keep_empty = field, keep_empty
        hint = "留空表示不修改" if keep_empty else field.help or _hint(field)
        super().__init__(required=field.required and not keep_empty, label=field.heading, help_text=hint, widget=widget)
        self.wide = (
            isinstance(widget, (forms.Textarea, forms.CheckboxSelectMultiple))
            or (getattr(field.kind, "max_length", None) or 0) > 80
        )
        self.widget.is_required = False  # our own sentences, not the browser's

    def clean(self, value: Any) -> Any:
        """The value, or a ValidationError with the field's own reasons."""
        if self.keep_empty and value in (None, ""):
            return None
        read, reasons = self.bound.read(value)
        if reasons:
            raise forms.ValidationError([reason.message.removeprefix(f"{self.bound.label}：") for reason in reasons])
        return read


def _hint(field: Field) -> str:
    return field.kind.hint() if isinstance(field.kind, (Shape, Number)) and not isinstance(field.kind, Whole) else ""


def widget_for(field: Field) -> forms.Widget:
    """The control for one field."""
    kind = field.kind
    blank = [("", "请选择")]
    if isinstance(kind, Labels) and isinstance(kind.one, Choice):
        return forms.CheckboxSelectMultiple(choices=kind.one.options())
    if isinstance(kind, Truth):
        return forms.Select(choices=blank + kind.options()) if field.nullable else forms.CheckboxInput()
    if isinstance(kind, Choice):
        return forms.Select(choices=blank + kind.options())
    if isinstance(kind, Place):
        return forms.Select()  # drawn by the regions' own picker
    if isinstance(kind, Link):
        options = filtering.link_options(kind, [])
        if options is not None:
            return forms.Select(choices=blank + [("#" + pk, label) for pk, label in options])
        return forms.TextInput(attrs={"placeholder": kind.hint(), "autocomplete": "off"})
    if isinstance(kind, Day):
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if isinstance(kind, Moment):
        return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    if isinstance(kind, Lines) or (isinstance(kind, Shape) and kind.geometry != "POINT"):
        return forms.Textarea(attrs={"rows": 4})
    if isinstance(kind, (Whole, Number)):
        return forms.TextInput(attrs={"inputmode": "numeric" if isinstance(kind, Whole) else "decimal", "class": "num"})
    return forms.TextInput(attrs={"maxlength": kind.max_length} if getattr(kind, "max_length", None) else {})


def initial(field: Field, record: models.Model) -> Any:
    """What the control of `field` holds for `record`."""
    if field.mask:
        return None
    value = getattr(record, field.attname if isinstance(field.kind, Link) else field.name)
    kind = field.kind
    if value is None:
        return None
    if isinstance(kind, Link):
        small = filtering.link_options(kind, []) is not None
        return f"#{value}" if small else kind.show(getattr(record, field.name))
    if isinstance(kind, Labels):
        return value if isinstance(kind.one, Choice) else kind.show(value)
    if isinstance(kind, Truth):
        return value if not field.nullable else "1" if value else "0"
    if isinstance(kind, (Number, Money)):
        return kind.show(value).replace(",", "")
    if isinstance(kind, (Shape, Place)):
        return value if isinstance(kind, Place) else _typed(kind, value)
    return value


def _typed(kind: Shape, value: Any) -> str:
    return kind.show(value) if value.geom_type == "Point" else value.json


class RecordForm(forms.Form):
    """The form of one resource, for a new record or an existing one."""

    def __init__(
        self, resource: Resource, record: models.Model | None, data: QueryDict | None = None, start: QueryDict | None = None
    ) -> None:
        self.resource, self.record = resource, record
        super().__init__(data, auto_id="id_%s", label_suffix="")
        for name in resource.form_names:
            field = resource.field(name)
            held = initial(field, record) if record else self._start(field, start)
            self.fields[name] = Control(field, widget_for(field), keep_empty=bool(record and field.mask))
            self.initial[name] = held

    @staticmethod
    def _start(field: Field, start: QueryDict | None) -> Any:
        text = (start or {}).get(field.name)
        if text is None:
            own = isinstance(field.kind, Place) and field.name == "region_code"
            return scope.current().region_code or None if own else field.default
        if isinstance(field.kind, Link):
            return "#" + text
        try:
            field.kind.parse(text)
        except Bad:
            return None
        return text

    def clean(self) -> dict[str, Any]:
        """All fields together; the resource's check and the model's constraints run only on well-formed values."""
        if not self.errors:
            for reason in writing.judge(self.resource, self.values(), self.record):
                self.refuse(reason)
        return self.cleaned_data

    def values(self) -> dict[str, Any]:
        """Checked values; fields left alone (masked ones) are not among them."""
        return {n: v for n, v in self.cleaned_data.items() if not (self.fields[n].keep_empty and v is None)}  # type: ignore[attr-defined]

    def refuse(self, reason: Reason) -> None:
        """Put a reason beside its field, or on top."""
        field = reason.field if reason.field in self.fields else None
        label = self.resource.field(field).label if field else ""
        self.add_error(field, reason.message.removeprefix(f"{label}："))

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """(title, controls) in the declared groups; what stands in no group comes last."""
        found, seen = [], set()
        for group in self.resource.sections:
            controls = [self[name] for name in group.fields if name in self.fields]
            seen |= set(group.fields)
            if controls:
                found.append((group.title, controls))
        if rest := [self[name] for name in self.fields if name not in seen]:
            found.append(("其他", rest))
        return found


def create_page(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Empty form, or the new record."""
    form = RecordForm(resource, None, request.POST if request.method == "POST" else None, request.GET)
    if request.method == "POST" and form.is_valid():
        try:
            record = resource.create(form.values())
        except Refusal as refusal:
            _keep(form, refusal)
        else:
            messages.success(request, f"已登记{resource.title}。")
            return HttpResponseRedirect(
                registry.route(resource, "detail", record.pk) if resource.may("view") else registry.route(resource, "list")
            )
    return _page(request, resource, form, None)


def change_page(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """The record's form, or the changed record, or the page that shows what others changed meanwhile (409)."""
    record = registry.find(resource.key, pk)
    form = RecordForm(resource, record, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        expected = _version(request)
        try:
            resource.change(record, form.values(), expected)
        except Conflict:
            return _conflict(request, resource, pk, expected)
        except Refusal as refusal:
            _keep(form, refusal)
        else:
            messages.success(request, "修改已保存。")
            return HttpResponseRedirect(
                registry.route(resource, "detail", pk) if resource.may("view") else registry.route(resource, "list")
            )
    return _page(request, resource, form, record)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refusal("edit.version", "表单不完整，请回到详情页重新打开修改页面。")
    return int(text)


def _keep(form: RecordForm, refusal: Refusal) -> None:
    if refusal.status == 403:
        raise refusal
    for reason in refusal.reasons:
        form.refuse(reason)


def _page(request: HttpRequest, resource: Resource, form: RecordForm, record: models.Model | None) -> HttpResponse:
    version = request.POST.get("version") if form.is_bound else getattr(record, "version", 1)
    context = {"resource": resource, "form": form, "record": record, "version": version, "label": _label(resource, record)}
    return render(request, "resources/form.html", context, status=422 if form.is_bound else 200)


def _label(resource: Resource, record: models.Model | None) -> str:
    return str(getattr(record, resource.label_name)) if record else ""


def _conflict(request: HttpRequest, resource: Resource, pk: int, expected: int) -> HttpResponse:
    record = registry.find(resource.key, pk)
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("version", "csrfmiddlewaretoken")
    ]
    context = {
        "resource": resource, "record": record, "label": _label(resource, record), "typed": typed,
        "entries": changes.of_record(resource, record, since=expected), "version": record.version,
    }  # fmt: skip
    return render(request, "resources/conflict.html", context, status=409)
