"""Loads every module's ``parameters.toml``; idempotent, and never over a value that an official has set."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db import connection

from zhujian.foundation.kernel import memory, scope
from zhujian.foundation.kernel.exact import dumps, loads
from zhujian.foundation.kernel.registry import Module, modules
from zhujian.foundation.parameters.models import CodeItem, CodeList, ParameterChange, ParameterVersion
from zhujian.foundation.parameters.rules import kind_of

ALWAYS = date(1949, 10, 1)  # a code without a date has been in use as long as the records it describes
REQUIRED = {"key", "value", "basis", "valid_from", "confidence", "title"}
OPTIONAL = {"unit", "valid_to", "note", "region", "min", "max"}
FIELDS = ("kind", "value", "least", "most", "unit", "title", "basis", "valid_to", "confidence", "module", "note")


class BadParameters(Exception):
    """A module's ``parameters.toml`` does not keep the contract; the message names file, key and what to mend."""


@dataclass
class _Tally:
    added: int = 0
    corrected: int = 0
    kept: int = 0
    stale: list[ParameterVersion] = field(default_factory=list)


def _day(raw: Any, what: str) -> date:
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError) as error:
        raise BadParameters(f"{what}: {raw!r} is not a date (2026-01-01)") from error


def _declared(mod: Module, raw: dict[str, Any]) -> ParameterVersion:
    what = f"{mod.code}/parameters.toml: {raw.get('key', 'a parameter without key')}"
    for name in sorted(REQUIRED):
        if raw.get(name) in (None, ""):
            raise BadParameters(f"{what}: {name} is missing")
    if unknown := set(raw) - REQUIRED - OPTIONAL:
        raise BadParameters(f"{what}: unknown {', '.join(sorted(unknown))}")
    if not raw["key"].startswith(mod.code + "."):
        raise BadParameters(f"{what}: the key must begin with {mod.code}.")
    if raw["confidence"] not in ("A", "B", "C"):
        raise BadParameters(f"{what}: confidence is A, B or C")
    end = raw.get("valid_to")
    return ParameterVersion(
        key=raw["key"], region_code=raw.get("region", ""), kind=kind_of(raw["value"]), value=loads(dumps(raw["value"])),
        least=raw.get("min"), most=raw.get("max"), unit=raw.get("unit", ""), title=raw["title"], basis=raw["basis"],
        valid_from=_day(raw["valid_from"], what), valid_to=_day(end, what) if end else None, confidence=raw["confidence"],
        module=mod.code, note=raw.get("note", ""),
    )  # fmt: skip


def _place(version: ParameterVersion) -> tuple[str, str]:
    return version.key, version.region_code


def _files() -> list[tuple[Module, dict[str, Any]]]:
    found = []
    for mod in modules():
        # A large module divides its file: parameters/<topic>.toml beside or instead of parameters.toml.
        for path in (mod.file("parameters.toml"), *sorted(mod.file("parameters").glob("*.toml"))):
            if not path.exists():
                continue
            try:
                found.append((mod, tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)))
            except tomllib.TOMLDecodeError as error:
                raise BadParameters(f"{mod.code}/{path.relative_to(mod.path).as_posix()}: {error}") from error
    return found


def _chain(versions: list[ParameterVersion]) -> list[ParameterVersion]:
    """Versions of one place in order, each ending where the next begins unless the file says earlier."""
    versions.sort(key=lambda version: version.valid_from)
    for former, later in zip(versions, versions[1:], strict=False):
        if former.valid_from == later.valid_from:
            raise BadParameters(f"{former.module}/parameters.toml: {former.key} has two values from {former.valid_from} on")
        former.valid_to = min(former.valid_to or later.valid_from, later.valid_from)
    return versions


def load() -> str:
    """Bring the tables in line with the files; returns a sentence for the operator."""
    files = _files()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL zj.parameters_load = 'on'")
        cursor.execute("SET CONSTRAINTS parameters_one_value_a_day, parameters_one_meaning_a_day DEFERRED")
        tally = _load_parameters([_declared(mod, raw) for mod, file in files for raw in file.get("parameter", ())])
        items = _load_codes([(mod, raw) for mod, file in files for raw in file.get("code_list", ())])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL zj.parameters_load = ''")
    memory.forget()
    kept = f"，保留管理员设定的 {tally.kept} 项" if tally.kept else ""
    return f"参数新增 {tally.added} 个、更正 {tally.corrected} 个{kept}，代码项 {items} 个"


def _load_parameters(declared: list[ParameterVersion]) -> _Tally:
    tally = _Tally()
    stored: dict[tuple[str, str], list[ParameterVersion]] = {}
    for row in ParameterVersion.objects.all():
        stored.setdefault(_place(row), []).append(row)
    fresh: list[ParameterVersion] = []
    for place, group in groupby(sorted(declared, key=_place), key=_place):
        wanted = _chain(list(group))
        present = stored.get(place, [])
        if any(row.official for row in present):
            tally.kept += 1
            continue
        by_day = {row.valid_from: row for row in present}
        tally.stale += [row for row in present if row.valid_from not in {version.valid_from for version in wanted}]
        for version in wanted:
            row = by_day.get(version.valid_from)
            if row is None:
                fresh.append(version)
            elif changed := [name for name in FIELDS if getattr(row, name) != getattr(version, name)]:
                _correct(row, version, changed)
                tally.corrected += 1
    for row in tally.stale:
        _log(row, "correct", _facts(row), None, "程序升级：该版本已从参数文件中移除")
    ParameterVersion.objects.filter(pk__in=[row.pk for row in tally.stale]).delete()
    ParameterVersion.objects.bulk_create(fresh)
    tally.added = len(fresh)
    return tally


def _facts(row: ParameterVersion) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("value", "unit", "basis", "valid_from", "valid_to")}


def _log(row: ParameterVersion, act: str, before: dict | None, after: dict | None, reason: str) -> None:
    who = scope.current()
    ParameterChange.objects.create(
        key=row.key, region_code=row.region_code, version_id=row.pk, act=act, reason=reason, actor_id=who.actor_id,
        actor_name=who.actor_name or "系统", organisation=who.org_name,
        before=before and loads(dumps(before)), after=after and loads(dumps(after)),
    )  # fmt: skip


def _correct(row: ParameterVersion, version: ParameterVersion, changed: list[str]) -> None:
    before = _facts(row)
    for name in changed:
        setattr(row, name, getattr(version, name))
    row.save(update_fields=changed)
    if before != _facts(row):
        _log(row, "correct", before, _facts(row), "程序升级：参数文件更正")


def _load_codes(declared: list[tuple[Module, dict[str, Any]]]) -> int:
    """Lists and items as the files say. An item that an official has added or ended stays as the official left it."""
    lists = {row.key: row for row in CodeList.objects.all()}
    stored: dict[tuple[int, str], list[CodeItem]] = {}
    for item in CodeItem.objects.all():
        stored.setdefault((item.list_id, item.code), []).append(item)
    fresh: list[CodeItem] = []
    count = 0
    for mod, raw in declared:
        what = f"{mod.code}/parameters.toml: {raw.get('key', 'a code list without key')}"
        for name in ("key", "title", "basis", "items"):
            if not raw.get(name):
                raise BadParameters(f"{what}: {name} is missing")
        if not raw["key"].startswith(mod.code + "."):
            raise BadParameters(f"{what}: the key must begin with {mod.code}.")
        head = {"title": raw["title"], "basis": raw["basis"], "module": mod.code}
        row = lists.get(raw["key"])
        if row is None:
            row = lists[raw["key"]] = CodeList.objects.create(key=raw["key"], **head)
        elif any(getattr(row, name) != text for name, text in head.items()):
            CodeList.objects.filter(pk=row.pk).update(**head)
        seen = set()
        for rank, entry in enumerate(raw["items"]):
            item = _item(entry, rank, what)
            if item.code in seen:
                raise BadParameters(f"{what}: code {item.code} twice")
            seen.add(item.code)
            count += 1
            present = stored.pop((row.pk, item.code), [])
            if any(other.official for other in present):
                continue
            same = len(present) == 1 and all(
                getattr(present[0], name) == getattr(item, name) for name in ("label", "rank", "valid_from", "valid_to")
            )
            if not same:
                CodeItem.objects.filter(pk__in=[other.pk for other in present]).delete()
                item.list = row
                fresh.append(item)
    declared_lists = {lists[raw["key"]].pk for _, raw in declared}
    gone = [item.pk for (list_id, _), rows in stored.items() for item in rows if list_id in declared_lists and not item.official]
    CodeItem.objects.filter(pk__in=gone).delete()
    CodeItem.objects.bulk_create(fresh)
    return count


def _item(entry: Any, rank: int, what: str) -> CodeItem:
    if isinstance(entry, dict):
        code, label = entry.get("code"), entry.get("label")
        start, end = entry.get("valid_from", ALWAYS), entry.get("valid_to")
    elif isinstance(entry, list) and len(entry) == 2:
        (code, label), start, end = entry, ALWAYS, None
    else:
        raise BadParameters(f'{what}: an item is ["code", "label"] or {{code, label, valid_from, valid_to}}, not {entry!r}')
    if not isinstance(code, str) or not isinstance(label, str) or not code or not label:
        raise BadParameters(f"{what}: code and label of {entry!r} must be text")
    return CodeItem(code=code, label=label, rank=rank, valid_from=_day(start, what), valid_to=_day(end, what) if end else None)
