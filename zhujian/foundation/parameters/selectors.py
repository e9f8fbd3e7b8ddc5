"""What other modules read: the value of a parameter, the codes of a list, on a day and in a region.

All values are kept in memory (see `kernel.memory`): at most one small query per transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.kernel.exact import loads
from zhujian.foundation.kernel.memory import Memory
from zhujian.foundation.parameters.rules import Parameter, covering, pick, revive


@dataclass(frozen=True)
class Item:
    """One code of a list for a period (`valid_to` = first day it is no longer used)."""

    code: str
    label: str
    valid_from: date
    valid_to: date | None
    id: int

    def in_use(self, on: date) -> bool:
        """Whether new records may use it on the day `on`."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True)
class Listing:
    """One code list with all its items, retired ones included, in the list's order."""

    key: str
    title: str
    basis: str
    module: str
    items: tuple[Item, ...]


def _read_versions() -> dict[str, tuple[Parameter, ...]]:
    versions: dict[str, list[Parameter]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, key, region_code, kind, value::text, unit, title, basis, valid_from, valid_to, confidence, module, note,"
            " official FROM parameters_parameterversion ORDER BY key, region_code, valid_from"
        )
        for id_, key, region, kind, value, unit, title, basis, start, end, confidence, module, note, official in cursor:
            versions.setdefault(key, []).append(
                Parameter(
                    key,
                    revive(kind, loads(value)),
                    unit,
                    id_,
                    basis,
                    confidence,
                    region,
                    title,
                    kind,
                    start,
                    end,
                    module,
                    note,
                    official,
                )  # fmt: skip
            )
    return {key: tuple(rows) for key, rows in versions.items()}


def _read_lists() -> dict[str, Listing]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.key, l.title, l.basis, l.module, i.code, i.label, i.valid_from, i.valid_to, i.id FROM parameters_codelist l"
            " LEFT JOIN parameters_codeitem i ON i.list_id = l.id ORDER BY l.key, i.rank, i.code, i.valid_from"
        )
        rows = cursor.fetchall()
    heads: dict[str, tuple[str, str, str]] = {}
    items: dict[str, list[Item]] = {}
    for key, title, basis, module, code, label, start, end, id_ in rows:
        heads[key] = (title, basis, module)
        if code is not None:
            items.setdefault(key, []).append(Item(code, label, start, end, id_))
    return {key: Listing(key, *head, tuple(items.get(key, ()))) for key, head in heads.items()}


_VERSIONS = Memory("parameters", _read_versions)
_LISTS = Memory("code_lists", _read_lists)


def value(key: str, *, on: date, region: str = "") -> Parameter:
    """The parameter `key` as it stands on `on` in `region` (12 digits): the nearest region's own value, else the default.

    KeyError: no module declares `key`. Refusal ``parameters.not_in_force``: declared, but it has no value on that day.
    Fractions are `Decimal`; keep `version_id` with every result.
    """
    versions = _VERSIONS.get().get(key)
    if versions is None:
        raise KeyError(f"no parameter {key!r}")
    found = pick(versions, on, region)
    if found is None:
        raise Refusal("parameters.not_in_force", f"参数“{versions[0].title}”在 {on} 没有有效数值，请参数管理员补充。")
    return found


def values(prefix: str, *, on: date, region: str = "") -> dict[str, Parameter]:
    """All parameters whose key begins with `prefix` and that have a value on `on`, by key."""
    found = {key: pick(rows, on, region) for key, rows in _VERSIONS.get().items() if key.startswith(prefix)}
    return {key: parameter for key, parameter in found.items() if parameter}


def versions(key: str) -> tuple[Parameter, ...]:
    """Every version of `key` in every region, by region and date; KeyError when there is none."""
    return _VERSIONS.get()[key]


def keys() -> Iterable[str]:
    """Keys of all parameters, in order."""
    return _VERSIONS.get().keys()


def listing(key: str) -> Listing:
    """The code list `key` with all its items; KeyError when there is none."""
    found = _LISTS.get().get(key)
    if found is None:
        raise KeyError(f"no code list {key!r}")
    return found


def listings() -> Iterable[Listing]:
    """All code lists by key."""
    return _LISTS.get().values()


def code_list(key: str, on: date) -> list[tuple[str, str]]:
    """Codes and labels of the list `key` that may be used on the day `on`, in the list's order (fits a form's choices)."""
    return [(item.code, item.label) for item in listing(key).items if item.in_use(on)]


def code_label(key: str, code: str, on: date | None = None) -> str:
    """Label of `code` (as on the day `on`, else its latest), also when retired; the code itself when the list lacks it."""
    found = [item for item in listing(key).items if item.code == code]
    then = [item for item in found if on and item.in_use(on)]
    return (then or found or [Item(code, code, date.min, None, 0)])[-1].label


def code_check(key: str, code: Any, on: date, *, field: str | None = None) -> list[Reason]:
    """Whether `code` of the list `key` may be used for a new record on the day `on`."""
    found = listing(key)
    if any(item.code == code and item.in_use(on) for item in found.items):
        return []
    if any(item.code == code for item in found.items):
        return [Reason("code.retired", f"“{code_label(key, code)}”在“{found.title}”中已停用，请改选现行代码。", field)]
    return [Reason("code.unknown", f"“{code}”不在“{found.title}”代码表内，请重新选择。", field)]


__all__ = [
    "Item", "Listing", "Parameter", "code_check", "code_label", "code_list", "covering", "keys", "listing", "listings",
    "value", "values", "versions",
]  # fmt: skip
