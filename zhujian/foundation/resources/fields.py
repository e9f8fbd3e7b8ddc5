"""From a model's field and what the resource says about it to one `Field` that every page, file and API uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.kernel.fields import EncryptedTextField
from zhujian.foundation.kernel.models import RegionCodeField
from zhujian.foundation.resources.kinds import Bad, Choice, Choices, Kind, Labels, Lines, Truth
from zhujian.foundation.resources.links import Link, Place, Shape
from zhujian.foundation.resources.measures import Day, Moment, Money, Number, Whole

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

Validator = Callable[[Any], list[Reason]]
NEVER_WRITTEN = frozenset({"id", "parties", "version", "created_at", "updated_at", "created_by", "city_key", "county_key"})


@dataclass(frozen=True)
class Field:
    """One field of one resource. `column` is its quoted name in SQL; `mask` hides personal data."""

    name: str
    label: str
    kind: Kind
    column: str
    attname: str
    required: bool
    editable: bool
    nullable: bool
    unit: str = ""
    help: str = ""
    mask: Callable[[str], str] | None = None
    validators: Sequence[Validator] = ()
    default: Any = None
    decode: Callable[[Any], Any] | None = None  # from what SQL gives (encrypted columns)
    clean: Callable[[str], str] | None = None  # brings typed text into its stored form before it is read

    @property
    def heading(self) -> str:
        """Label with unit: ``总投资（万元）``."""
        return f"{self.label}（{self.unit}）" if self.unit else self.label

    def shown(self, value: Any) -> str:
        """Value for people, masked where declared."""
        text = self.kind.show(value)
        return self.mask(text) if self.mask and text else text

    def in_json(self, value: Any) -> Any:
        """Value for programs, masked where declared."""
        return (self.mask(self.kind.show(value)) if value not in (None, "") else None) if self.mask else self.kind.json(value)

    def read(self, raw: Any, *, json: bool = False) -> tuple[Any, list[Reason]]:
        """(value, reasons): the value in `raw`, checked for presence, form and the declared validators."""
        if self.clean and isinstance(raw, str):
            raw = self.clean(raw)
        try:
            value = self.kind.parse_json(raw) if json else self.kind.parse(raw)
        except Bad as bad:
            return None, [self.reason(bad.code, bad.message)]
        return value, self.judge(value)

    def judge(self, value: Any) -> list[Reason]:
        """Reasons against an already read value."""
        if value is None or value == "" or value == []:
            return [self.reason("required", f"请填写{self.label}。")] if self.required else []
        found = [reason for check in self.validators for reason in check(value)]
        return [Reason(reason.code, reason.message, self.name) for reason in found]

    def reason(self, code: str, message: str) -> Reason:
        """A reason about this field."""
        return Reason(f"field.{code}", message if message.startswith("请填写") else f"{self.label}：{message}", self.name)

    def empty(self) -> Any:
        """What an empty input is stored as: NULL where the column allows it, else the empty value of its type."""
        if self.nullable:
            return None
        if isinstance(self.kind, Labels):
            return []
        if isinstance(self.kind, Truth):
            return False
        return self.default if self.default is not None else ""


def bind(resource: Resource, name: str) -> Field:
    """The `Field` called `name` of `resource`; ImproperlyConfigured when the model has none."""
    try:
        column: Any = resource.model._meta.get_field(name)
    except FieldDoesNotExist as error:
        raise ImproperlyConfigured(f"{resource.key}: the model has no field {name!r}") from error
    unit = resource.units.get(name, "")
    kind = resource.kinds.get(name) or _kind(resource, column, unit)
    # A row's own region may be left empty: it is then the region of whoever registers it (writing.place).
    has_default = column.has_default() or (resource.scoped and name == "region_code")
    if isinstance(kind, Money) and not unit:
        unit = "元"
    return Field(
        name=name, label=resource.labels.get(name) or str(column.verbose_name), kind=kind, column=f'"{column.column}"',
        attname=column.attname, required=not column.blank and not has_default and not isinstance(kind, Truth),
        editable=column.editable and name not in NEVER_WRITTEN and not column.generated, nullable=column.null, unit=unit,
        help=str(column.help_text or ""), mask=resource.masked.get(name), validators=tuple(resource.validators.get(name, ())),
        default=column.get_default() if column.has_default() and not callable(column.default) else None,
        decode=_decoder(column), clean=resource.cleaners.get(name),
    )  # fmt: skip


def _decoder(column: models.Field) -> Callable[[Any], Any] | None:
    if isinstance(column, EncryptedTextField):
        return lambda value: column.from_db_value(value, None, None)
    return None


def _listed(key: str | Choices) -> Choices:
    if not isinstance(key, str):
        return key

    def choices() -> Sequence[tuple[str, str]]:
        from django.utils import timezone

        from zhujian.foundation.parameters import selectors

        return selectors.code_list(key, timezone.localdate())

    return choices


def _fixed(pairs: Sequence[tuple[Any, Any]]) -> Choices:
    return lambda: [(code, str(label)) for code, label in pairs]


def _bounds(column: models.Field) -> tuple[Any, Any]:
    least = [v.limit_value for v in column.validators if isinstance(v, MinValueValidator)]
    most = [v.limit_value for v in column.validators if isinstance(v, MaxValueValidator)]
    return max(least, default=None), min(most, default=None)


def _kind(resource: Resource, column: models.Field, unit: str) -> Kind:
    if column.generated:  # what the database computes is shown as what it yields
        name, column = column.name, copy(column.output_field)
        column.name = name
    tags = resource.tags.get(column.name)
    integer = isinstance(column, models.IntegerField)
    if key := resource.code_lists.get(column.name):
        return Labels(_listed(key)) if isinstance(column, ArrayField) else Choice(_listed(key), integer=integer, tags=tags)
    if column.flatchoices:
        return Choice(_fixed(column.flatchoices), integer=integer, tags=tags)
    if isinstance(column, models.ForeignKey):
        return Link(column.related_model)
    if isinstance(column, RegionCodeField):
        return Place()
    if isinstance(column, GeometryField):
        return Shape(column.geom_type)
    if isinstance(column, ArrayField):
        base = column.base_field
        return Labels(_fixed(base.flatchoices) if base.flatchoices else None, base.max_length)
    if isinstance(column, models.BooleanField):
        return Truth()
    if isinstance(column, models.DateTimeField):
        return Moment()
    if isinstance(column, models.DateField):
        return Day()
    least, most = _bounds(column)
    if isinstance(column, models.DecimalField):
        if column.name in resource.money:
            return Money(unit or "元", column.max_digits, Decimal(0) if least is None else Decimal(least))
        low, high = (None if bound is None else Decimal(bound) for bound in (least, most))
        return Number(column.max_digits, column.decimal_places, low, high)
    if integer:
        size = 63 if isinstance(column, models.BigIntegerField) else 15 if isinstance(column, models.SmallIntegerField) else 31
        floor = 0 if column.get_internal_type().startswith("Positive") else -(2**size)
        return Whole(floor if least is None else max(least, floor), 2**size - 1 if most is None else most)
    if isinstance(column, models.TextField):
        return Lines(column.max_length)
    return Kind(column.max_length)
