"""Checking and saving one record: from typed values to a row, with every refusal in plain Chinese and nothing half saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, ProgrammingError, models, transaction
from django.db.models.base import ModelState

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotAllowed, Reason, Refusal
from zhujian.foundation.resources.links import Link

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

OUTSIDE = "这条记录不在您的管辖范围内，不能保存。请核对行政区划，或请相应地区的同事办理。"


def read(
    resource: Resource, raw: Mapping[str, Any], names: Iterable[str], *, json: bool = False
) -> tuple[dict[str, Any], list[Reason]]:
    """(values, reasons) of the fields `names` in `raw`; a missing name counts as empty."""
    values: dict[str, Any] = {}
    reasons: list[Reason] = []
    for name in names:
        value, found = resource.field(name).read(raw.get(name), json=json)
        values[name] = value
        reasons += found
    return values, reasons


def judge(resource: Resource, values: dict[str, Any], record: models.Model | None = None) -> list[Reason]:
    """Reasons against values that are each well-formed: the resource's own check, then the model's constraints."""
    reasons = list(resource.check({**_held(resource, record), **values}, record))
    if reasons:
        return reasons
    draft = _fill(resource, record or resource.model(), values, copy=record is not None)
    if record is None:
        _place(resource, draft, values)
        resource.complete(draft)
    if resource.scoped and not draft.region_code:  # type: ignore[attr-defined]
        return [Reason("field.required", "请选择行政区划。", "region_code")]
    links = {f.name for f in resource.model._meta.concrete_fields if isinstance(f, models.ForeignKey)}
    outside = {f.name for f in resource.model._meta.concrete_fields if f.name not in values}
    try:
        draft.clean_fields(exclude=links | outside)
        draft.clean()
        draft.validate_unique(exclude=outside - {"region_code"})
        draft.validate_constraints(exclude=outside - {"region_code"})
    except ValidationError as error:
        return translate(resource, error)
    return []


def _held(resource: Resource, record: models.Model | None) -> dict[str, Any]:
    """What `record` holds now, so that a check sees all fields although only some are changed."""
    if record is None:
        return {}
    return {name: getattr(record, resource.field(name).attname) for name in resource.form_names}


def translate(resource: Resource, error: ValidationError) -> list[Reason]:
    """A model's ValidationError as reasons with field labels and a way out."""
    pairs = error.error_dict.items() if hasattr(error, "error_dict") else [(NON_FIELD_ERRORS, error.error_list)]
    reasons = []
    for name, errors in pairs:
        field = resource.fields.get(name)
        for one in errors:
            together = (one.params or {}).get("unique_check", ())
            named = field or next((resource.fields[n] for n in together if n in resource.fields), None)
            if one.code in ("unique", "unique_together"):
                reasons.append(_taken(resource, [n for n in together if n in resource.fields] or ([name] if field else [])))
            else:
                text = "；".join(one.messages)
                reasons.append(
                    Reason(
                        f"field.{one.code or 'invalid'}",
                        f"{field.label}：{text}" if field else text,
                        named.name if named else None,
                    )
                )
    return reasons


def _taken(resource: Resource, names: list[str]) -> Reason:
    labels = "、".join(resource.field(name).label for name in names) or "关键信息"
    return Reason(
        "field.unique", f"{labels}：已有相同的{resource.title}，请核对，或打开已有记录修改。", names[0] if names else None
    )


def _fill(resource: Resource, record: models.Model, values: dict[str, Any], *, copy: bool = False) -> models.Model:
    if copy:
        twin = type(record)()
        for column in record._meta.concrete_fields:
            if not column.generated and column.attname in record.__dict__:
                setattr(twin, column.attname, getattr(record, column.attname))
        twin._state.adding, twin._state.db = False, record._state.db
        record = twin
    for name, value in values.items():
        field = resource.field(name)
        empty = value is None or value == "" or value == []
        if empty and resource.scoped and name == "region_code":
            continue
        setattr(record, field.attname if isinstance(field.kind, Link) else name, field.empty() if empty else value)
    return record


def _place(resource: Resource, record: models.Model, values: dict[str, Any]) -> None:
    """Give a new row its region, parties and maker."""
    from zhujian.foundation.resources.declaration import own_keys

    who = scope.current()
    if resource.scoped:
        record.region_code = record.region_code or who.region_code  # type: ignore[attr-defined]
        known = record.parties or []  # type: ignore[attr-defined]
        record.parties = list(dict.fromkeys([*known, *resource.parties(values), *own_keys()]))  # type: ignore[attr-defined]
        record.created_by = who.actor_id  # type: ignore[attr-defined]


def blanks(model: type[models.Model]) -> Iterator[models.Model]:
    """Empty records without end: each as the model's constructor makes it, without the cost of asking every field again."""
    first = model()
    fresh = [field for field in model._meta.concrete_fields if field.has_default() and callable(field.default)]
    while True:
        record = model.__new__(model)
        record.__dict__.update(first.__dict__)
        record._state = ModelState()
        for field in fresh:
            setattr(record, field.attname, field.get_default())
        yield record


def draft(resource: Resource, values: dict[str, Any], blank: models.Model | None = None) -> models.Model:
    """An unsaved record of `values` with region, parties and maker; put onto `blank` when given."""
    record = _fill(resource, blank or resource.model(), values)
    _place(resource, record, values)
    resource.complete(record)
    return record


def apply(resource: Resource, record: models.Model, values: dict[str, Any]) -> models.Model:
    """Put checked values onto a record, unsaved."""
    return _fill(resource, record, values)


def insert(resource: Resource, values: dict[str, Any]) -> models.Model:
    """Save a new record; Refusal when the database says no."""
    record = draft(resource, values)
    with refusing(resource):
        record.save(force_insert=True)
    return record


def update(resource: Resource, record: models.Model, values: dict[str, Any], expected: int | None) -> models.Model:
    """Save `values` onto `record`; a scoped record must still have version `expected` (None: whatever it has now)."""
    _fill(resource, record, values)
    with refusing(resource):
        if resource.scoped:
            version = record.version if expected is None else expected  # type: ignore[attr-defined]
            record.save_version(version, fields=list(values))  # type: ignore[attr-defined]
        else:
            record.save(update_fields=list(values))
    return record


class refusing:  # noqa: N801 (reads as a verb at its use)
    """Savepoint around a write that turns what the database refuses into a `Refusal`."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.savepoint = transaction.atomic()

    def __enter__(self) -> None:
        self.savepoint.__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self.savepoint.__exit__(kind, error, trace)
        if isinstance(error, IntegrityError):
            raise Refusal(reasons=[self._reason(error)]) from error
        if isinstance(error, ProgrammingError) and "row-level security" in str(error):
            raise NotAllowed("scope.outside", OUTSIDE) from error

    def _reason(self, error: IntegrityError) -> Reason:
        diag = getattr(error.__cause__, "diag", None)
        state = getattr(error.__cause__, "sqlstate", "")
        # Under row-level security PostgreSQL names the constraint but not the key: it could be somebody else's row.
        names, declared = _behind(self.resource, getattr(diag, "constraint_name", None) or "")
        if state == "23505":
            reason = _taken(self.resource, names)
            return Reason(reason.code, reason.message + "（也可能登记在您看不到的地区。）", reason.field)
        if declared is not None and str(declared.violation_error_message) != str(type(declared).default_violation_error_message):
            return Reason(f"rule.{declared.name}", str(declared.violation_error_message))
        if state == "23503":
            label = self.resource.field(names[0]).label if names else "引用的记录"
            return Reason("field.link", f"{label}：所选记录不存在或已被移走，请重新选择。", names[0] if names else None)
        return Reason("field.rule", "填写的内容之间有矛盾，没有保存。请核对后再提交。")


def _behind(resource: Resource, name: str) -> tuple[list[str], models.BaseConstraint | None]:
    """(field names, declared constraint) of the database constraint called `name`."""
    meta = resource.model._meta
    declared = next((one for one in meta.constraints if one.name == name), None)
    if isinstance(declared, models.UniqueConstraint):
        return [field for field in declared.fields if field in resource.fields], declared
    columns = {field.column: field.name for field in meta.concrete_fields if field.name in resource.fields}
    rest = name.removeprefix(meta.db_table + "_")
    return [
        field for column, field in columns.items() if rest == f"{column}_key" or rest.startswith(f"{column}_") and "_fk_" in rest
    ], declared
