"""Bulk import, part one: from a table to checked values, with every fault by row and column.

Everything is looked up in bulk: one query per link column, one for the natural keys, and finally a trial insert inside a
savepoint, so that whatever the database enforces is reported before anything is saved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.resources import periods, progress
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.kinds import Bad, Choice, Labels, Truth, plain
from zhujian.foundation.resources.links import ByCounty, Link, Place, pieces
from zhujian.foundation.resources.sheets import Table
from zhujian.foundation.resources.staging import Staging

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource
    from zhujian.foundation.resources.sources.plans import Plan

REPEATING = (Choice, Labels, Truth, Place, Link)  # few distinct values: each is read once per file
REPORT_HEADS = ("问题", "原行号")  # columns our own report adds: a mended report can be uploaded as it is
BATCH = 500
TOLD = 1_000  # rows between two words on how far the work is
TRIAL_FAULTS = 300  # faults only the database finds are listed up to this many


@dataclass(frozen=True)
class Fault:
    """One thing wrong: row as the person sees it, column heading (empty: the whole row), what stands there, why not."""

    row: int
    column: str
    value: str
    reason: str
    code: str

    def as_list(self) -> list[Any]:
        """As kept with the batch."""
        return [self.row, self.column, self.value, self.reason, self.code]


@dataclass
class Line:
    """One row with its values; `record` is the existing one it means, if any."""

    number: int
    values: dict[str, Any]
    record: models.Model | None = None


@dataclass
class Checked:
    """A whole table checked."""

    total: int
    create: list[Line] = field(default_factory=list)
    update: list[Line] = field(default_factory=list)
    skip: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def bad_rows(self) -> set[int]:
        """Numbers of rows with at least one fault."""
        return {one.row for one in self.faults}


def columns(resource: Resource) -> list[Field]:
    """Columns of the template: the fields of the form."""
    return resource.pick(resource.form_names)


def match_heads(resource: Resource, heads: list[str], given: Iterable[str] = ()) -> list[Field | None]:
    """The field of each column by its heading, label or name; refuses unknown, repeated and missing ones.

    `given`: fields that have one value for the whole file and need no column.
    """
    known = {alias: item for item in columns(resource) for alias in (item.name, item.label, item.heading)}
    found = [known.get(head.rstrip("*＊ ").strip()) for head in heads]
    reasons = []
    unknown = [head for head, item in zip(heads, found, strict=True) if head and item is None and head not in REPORT_HEADS]
    if unknown:
        names = "、".join(f"“{head[:20]}”" for head in unknown[:5])
        reasons.append(Reason("import.unknown_column", f"表头{names}不在模板中，请下载最新模板，不要改动表头。", "file"))
    named = [item.name for item in found if item]
    if len(named) != len(set(named)):
        reasons.append(Reason("import.repeated_column", "表头有重复的列，请删除多余的一列。", "file"))
    missing = [item.heading for item in columns(resource) if item.required and item.name not in {*named, *given}]
    if missing:
        reasons.append(Reason("import.missing_column", f"缺少必填的列：{'、'.join(missing)}。请下载最新模板填写。", "file"))
    if reasons:
        raise Refusal(reasons=reasons)
    return found


def check(resource: Resource, table: Table, *, trial: bool = True, plan: Plan | None = None) -> Checked:
    """Every row checked; with `trial` also tried against the database (and rolled back).

    `plan`: values for the whole file and what is to be done to each row once it is read (files with geometry, `sources`).
    """
    found = match_heads(resource, table.heads, plan.fixed if plan else ())
    tried = trial and not resource.own_create
    sample = dict(zip((item.name for item in columns(resource)), example(resource), strict=True))
    rows = [(number, cells) for number, cells in table.rows if not _is_example(sample, found, cells)]
    checked = Checked(len(rows))
    with progress.part(0, 40 if tried else 80, "读取每一行"):
        lines = _read(found, rows, checked, plan.fixed if plan else {})
    if plan:
        for line, reason in plan.complete(resource, lines):
            checked.faults.append(fault(resource, line, reason))
        lines = _good(lines, checked)
    _settle(resource, lines, checked)
    with progress.part(40 if tried else 80, 55 if tried else 95, "核对内容和编码"):
        for at, line in enumerate(lines):
            for reason in resource.check(line.values, None):
                checked.faults.append(fault(resource, line, reason))
            if at % TOLD == 0:
                progress.tell(at, len(lines))
        _identify(resource, _good(lines, checked), checked)
        _unique(resource, checked)
    if tried:
        with progress.part(55, 100, "试存入登记簿"):
            try_rows(resource, checked)
    _drop_bad(checked)
    return checked


def _good(lines: list[Line], checked: Checked) -> list[Line]:
    """Lines without a fault so far."""
    bad = checked.bad_rows
    return [line for line in lines if line.number not in bad]


def county_of(line: Line) -> str:
    """Six digits of the county a row belongs to: of its own region, else of the actor's."""
    return str(line.values.get("region_code") or scope.current().region_code)[:6]


def _settle(resource: Resource, lines: list[Line], checked: Checked) -> None:
    """Links to things that are counted by county mean the one of the row's own county, never a neighbour's of the same code."""
    linked = [item for item in columns(resource) if isinstance(item.kind, Link) and item.kind.counted]
    for line in lines if linked else ():
        for item in linked:
            value = line.values.get(item.name)
            if not isinstance(value, ByCounty):
                continue
            line.values[item.name] = value.get(county_of(line))
            if line.values[item.name] is None:
                title = item.kind.target._meta.verbose_name  # type: ignore[attr-defined]
                words = f"没有找到{title}“{value.text[:30]}”：本行的县（市、区）没有登记这个编码，请核对编码和行政区划。"
                checked.faults.append(Fault(line.number, item.heading, value.text[:100], words, "link"))


def _drop_bad(checked: Checked) -> None:
    bad = checked.bad_rows
    checked.create = [line for line in checked.create if line.number not in bad]
    checked.update = [line for line in checked.update if line.number not in bad]
    checked.skip = [line for line in checked.skip if line.number not in bad]
    checked.faults.sort(key=lambda one: one.row)


def example(resource: Resource) -> list[str]:
    """The template's example row."""
    from zhujian.foundation.resources.templating import example_of

    return [example_of(resource, item) for item in columns(resource)]


def _is_example(sample: dict[str, str], found: list[Field | None], cells: list[Any]) -> bool:
    """Whether a row is the template's example, left where it was."""
    return any(cells) and all(_text(cell) == sample[item.name] for item, cell in zip(found, cells, strict=True) if item)


def _text(value: Any) -> str:
    try:
        return plain(value)
    except Bad:
        return str(value)


def _read(
    found: list[Field | None], rows: list[tuple[int, list[Any]]], checked: Checked, fixed: dict[str, Any] | None = None
) -> list[Line]:
    readers = [
        Reader(item, {_text(cells[place]) for _, cells in rows} if isinstance(item.kind, Link) else ()) if item else None
        for place, item in enumerate(found)
    ]
    lines = []
    for at, (number, cells) in enumerate(rows):
        if at % TOLD == 0:
            progress.tell(at, len(rows))
        line = Line(number, dict(fixed or {}))
        for reader, cell in zip(readers, cells, strict=True):
            if reader is None:
                continue
            value, reasons = reader.read(cell)
            line.values[reader.field.name] = value
            for reason in reasons:
                message = reason.message.removeprefix(f"{reader.field.label}：")
                checked.faults.append(Fault(number, reader.field.heading, _text(cell)[:100], message, reason.code))
        lines.append(line)
    bad = checked.bad_rows
    return [line for line in lines if line.number not in bad]


class Reader:
    """Reads one column of a file, remembering values that repeat and resolving all links with one query."""

    def __init__(self, item: Field, texts: Iterable[str]) -> None:
        self.field = item
        self.known: dict[str, tuple[Any, list[Reason]]] | None = {} if isinstance(item.kind, REPEATING) else None
        self.links = item.kind.resolve(texts, by_county=True) if isinstance(item.kind, Link) else {}

    def read(self, raw: Any) -> tuple[Any, list[Reason]]:
        """(value, reasons) of one cell."""
        if self.known is None:
            return self.field.read(raw)
        text = _text(raw)
        if text not in self.known:
            self.known[text] = self._link(text) if isinstance(self.field.kind, Link) else self.field.read(raw)
        return self.known[text]

    def _link(self, text: str) -> tuple[Any, list[Reason]]:
        value = self.links.get(text) if text else None
        if isinstance(value, Bad):
            return None, [self.field.reason(value.code, value.message)]
        return value, self.field.judge(value)


def fault(resource: Resource, line: Line, reason: Reason) -> Fault:
    """A reason as a fault of one row."""
    item = resource.fields.get(reason.field or "")
    text = ""
    if item and item.name in line.values:
        value = line.values[item.name]
        text = "" if value is None else str(value) if isinstance(item.kind, Link) else item.kind.show(value)
    message = reason.message.removeprefix(f"{item.label}：") if item else reason.message
    return Fault(line.number, item.heading if item else "", text[:100], message, reason.code)


def _key(resource: Resource, line: Line) -> tuple:
    """The natural key; a column the file leaves out has its default. What is counted by county begins with the row's county."""
    named = tuple(line.values.get(name, resource.field(name).default) for name in resource.natural_key)
    return (county_of(line), *named) if resource.key_in_county else named


def _identify(resource: Resource, lines: list[Line], checked: Checked) -> None:
    """Sort rows into new ones, known ones and repeats by the natural key."""
    names = resource.natural_key
    if not names:
        checked.create = lines
        return
    known = existing(resource, names, lines)
    first: dict[tuple, int] = {}
    label = "、".join(resource.field(name).label for name in names)
    for line in lines:
        key = _key(resource, line)
        own = key[-len(names) :]
        if None in own or not any(own):  # a key left empty is given on saving
            checked.create.append(line)
        elif resource.key_in_county and key[0].endswith("00"):
            words = f"{label}在县（市、区）内唯一，请在行政区划一列写明这一行属于哪个县（市、区）。"
            checked.faults.append(fault(resource, line, Reason("import.county", words, "region_code")))
        elif key in first:
            reason = Reason("import.repeated", f"与第 {first[key]} 行的{label}相同，请只保留一行。", names[0])
            checked.faults.append(fault(resource, line, reason))
        else:
            first[key] = line.number
            line.record = known.get(key)
            if line.record is None:
                checked.create.append(line)
            elif resource.on_duplicate == "refuse":
                reason = Reason("import.exists", f"这个{label}已经登记过，请删除这一行，或到详情页修改。", names[0])
                checked.faults.append(fault(resource, line, reason))
            elif resource.on_duplicate == "skip" or not differs(resource, line):
                checked.skip.append(line)
            else:
                checked.update.append(line)


def existing(resource: Resource, names: tuple[str, ...], lines: list[Line]) -> dict[tuple, models.Model]:
    """Visible records by natural key: by the first part of the key, a few thousand at a time, then narrowed."""
    wanted = {_key(resource, line) for line in lines}
    lead = 1 if resource.key_in_county else 0
    head = resource.field(names[0])
    attnames = ["county_key"] * lead + [resource.field(name).attname for name in names]
    rows = resource.model._default_manager.all()
    if lead:
        rows = rows.filter(county_key__in={key[0] for key in wanted})
    # Of a thing with versions a row of the table corrects the present one.
    rows = periods.present_rows(resource.model, rows).select_for_update()
    found: dict[tuple, models.Model] = {}
    heads = list({key[lead] for key in wanted if key[lead] is not None})
    for some in pieces(heads):
        for row in rows.filter(**{f"{head.attname}__in": some}):
            key = tuple(getattr(row, name) for name in attnames)
            if key in wanted:
                found[key] = row
    return found


def differs(resource: Resource, line: Line) -> bool:
    """Whether a row would change its record."""
    for name, value in line.values.items():
        item = resource.field(name)
        empty = value is None or value == "" or value == []
        if empty and resource.scoped and name == "region_code":
            continue
        if getattr(line.record, item.attname) != (item.empty() if empty else value):
            return True
    return False


def _unique(resource: Resource, checked: Checked) -> None:
    """Other unique columns: repeats within the file (the database finds the rest)."""
    names = [
        f.name for f in resource.model._meta.concrete_fields if f.unique and not f.primary_key and f.name in resource.form_names
    ]
    for name in names:
        if resource.natural_key == (name,):
            continue
        first: dict[Any, int] = {}
        for line in [*checked.create, *checked.update]:
            value = line.values.get(name)
            if value in (None, ""):
                continue
            if value in first:
                reason = Reason("import.repeated", f"与第 {first[value]} 行的{resource.field(name).label}相同，请核对。", name)
                checked.faults.append(fault(resource, line, reason))
            first.setdefault(value, line.number)


class _RollBack(Exception):
    """Ends a trial."""


def try_rows(resource: Resource, checked: Checked) -> None:
    """Store all good rows in a savepoint that is rolled back, to learn what the database refuses."""
    try:
        with transaction.atomic():
            save_good(resource, checked)
            raise _RollBack
    except _RollBack:
        pass


def save_good(resource: Resource, checked: Checked) -> tuple[list[models.Model], list[models.Model]]:
    """Store every good row, halving a batch until the rows the database refuses stand alone and join the faults."""
    _drop_bad(checked)
    lines = [*checked.create, *checked.update]
    left = TRIAL_FAULTS
    done: list[int] = []

    def attempt(low: int, high: int) -> None:
        nonlocal left
        if left <= 0:
            words = "前面的问题太多，这一行还没有检查，请先改正再上传。"
            checked.faults += [Fault(line.number, "", "", words, "import.unchecked") for line in lines[low:high]]
            return
        try:
            staging.store(low, high)
        except Refusal as refusal:
            if high - low == 1:
                left -= 1
                checked.faults.extend(fault(resource, lines[low], reason) for reason in refusal.reasons)
                return
            middle = (low + high) // 2
            attempt(low, middle)
            attempt(middle, high)
        else:
            done.extend(range(low, high))

    with Staging(resource, lines) as staging:
        for start in range(0, len(lines), BATCH):
            progress.tell(start, len(lines))
            attempt(start, min(start + BATCH, len(lines)))
        saved = staging.saved(done)
    _drop_bad(checked)
    return saved
