"""Statements about whole rows, written once per model and shape and then only filled in.

Django builds the SQL of every query anew; for a table of forty columns that costs more than the database needs to answer. The few
statements that run with every act of everybody (complete a task, file a case) go through here. What they give are ordinary model
instances.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Field, Model

from zhujian.foundation.kernel.postgis import PREPARE

M = TypeVar("M", bound=Model)
Convert = Callable[[Any], Any]


@contextmanager
def statements() -> Iterator[None]:
    """What is executed inside is prepared by the server and later only run: parsing, security rewriting and often planning are saved.

    For few statements that run very often with the same text; everything that differs must be a parameter.
    """
    raw = connection.connection
    if not PREPARE or raw is None:
        yield
        return
    was, raw.prepare_threshold = raw.prepare_threshold, 0
    try:
        yield
    finally:
        raw.prepare_threshold = was


@contextmanager
def bytes_cursor() -> Iterator[CursorWrapper]:
    """A cursor for statements whose answer is mostly bytes (tiles, files): the server sends them as they are, not as hexadecimal text."""
    from psycopg.pq import Format

    with connection.cursor() as cursor, statements():
        cursor.cursor.format = Format.BINARY
        yield cursor


def _step(convert: Callable[[Any, Any, Any], Any], column: Any) -> Convert:
    return lambda value: convert(value, column, connection)


def _quote(name: str | None) -> str:
    assert name is not None, "a stored column has a name"
    return connection.ops.quote_name(name)


@cache
def columns(model: type[Model], alias: str) -> str:
    """Every stored column of `model`, in the order of `build`."""
    return ", ".join(f"{_quote(alias)}.{_quote(f.column)}" for f in model._meta.concrete_fields)


@cache
def _reading(model: type[Model]) -> tuple[list[str], list[tuple[int, list[Convert]]]]:
    """Attribute names of the columns, and what to make of the values that the driver gives as something else."""
    names, converts = [], []
    for place, field in enumerate(model._meta.concrete_fields):
        names.append(field.attname)
        found = connection.ops.get_db_converters(field.get_col(model._meta.db_table)) + field.get_db_converters(connection)
        if found:
            column = field.get_col(model._meta.db_table)
            converts.append((place, [_step(convert, column) for convert in found]))
    return names, converts


def build(model: type[M], values: Sequence[Any]) -> M:
    """The instance that a row of `columns` stands for."""
    names, converts = _reading(model)
    if converts:
        values = list(values)
        for place, steps in converts:
            for step in steps:
                values[place] = step(values[place])
    return model.from_db(connection.alias, names, values)


def fetch(models_: Sequence[tuple[type[Model], str]], tail: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Rows of ``SELECT <columns of each model> <tail>``; each row as one instance per model, None where an outer join found
    nothing. `tail` is our own text."""
    cuts, wanted = [], []
    for model, alias in models_:
        wanted.append(columns(model, alias))
        fields = model._meta.concrete_fields
        cuts.append((model, len(fields), next(n for n, field in enumerate(fields) if field.primary_key)))
    with connection.cursor() as cursor, statements():
        cursor.execute(f"SELECT {', '.join(wanted)} {tail}", params)  # noqa: S608
        rows = cursor.fetchall()
    found = []
    for row in rows:
        at, made = 0, []
        for model, width, key in cuts:
            made.append(None if row[at + key] is None else build(model, row[at : at + width]))
            at += width
        found.append(tuple(made))
    return found


def _slot(field: Field) -> str:
    """Placeholder of a value; empty when the database needs an expression around it (geometries, ranges)."""
    if isinstance(field, ArrayField):
        return f"%s::{field.db_type(connection)}"
    return "" if hasattr(field, "get_placeholder") else "%s"


@cache
def _writing(model: type[Model]) -> tuple[list[Field], str, str]:
    fields = [f for f in model._meta.local_concrete_fields if not f.generated and not f.primary_key]
    slots = [_slot(f) for f in fields]
    if not all(slots):
        raise TypeError(f"{model.__name__} has a column that cannot be written as a plain value")
    names = ", ".join(_quote(f.column) for f in fields)
    return fields, f"INSERT INTO {_quote(model._meta.db_table)} ({names}) VALUES ", f"({', '.join(slots)})"  # noqa: S608


def insert(model: type[M], rows: Sequence[M]) -> list[M]:
    """Insert new instances in one statement and give them their keys, as ``bulk_create`` does for models of one table."""
    if not rows:
        return []
    fields, head, one = _writing(model)
    params = [f.get_db_prep_save(f.pre_save(row, add=True), connection) for row in rows for f in fields]
    key = _quote(model._meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(f"{head}{', '.join([one] * len(rows))} RETURNING {key}", params)
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
            row._state.adding, row._state.db = False, connection.alias
    return list(rows)


@cache
def _changing(model: type[Model], names: tuple[str, ...]) -> tuple[list[Field], str]:
    fields = [model._meta.get_field(name) for name in names]
    if not plain(model, names):
        raise TypeError(f"{model.__name__} has a column that cannot be written as a plain value")
    sets = "".join(f", {_quote(f.column)} = {_slot(f)}" for f in fields)  # type: ignore[union-attr,arg-type]
    table, key = _quote(model._meta.db_table), _quote(model._meta.pk.column)  # type: ignore[union-attr]
    return fields, (  # type: ignore[return-value]
        f'UPDATE {table} SET "version" = "version" + 1, "updated_at" = STATEMENT_TIMESTAMP(){sets} '  # noqa: S608
        f'WHERE {key} = %s AND "version" = %s'
    )


def update_version(row: Model, expected: int, names: Sequence[str]) -> bool:
    """Write the fields `names` of a versioned row if it still has version `expected`; whether it had."""
    fields, sql = _changing(type(row), tuple(names))
    values = [f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, row.pk, expected])
        return cursor.rowcount > 0


@cache
def _changing_many(model: type[Model], names: tuple[str, ...]) -> tuple[list[Field], str]:
    fields = [model._meta.get_field(name) for name in names]
    if not plain(model, names) or any(isinstance(field, ArrayField) for field in fields):
        raise TypeError(f"{model.__name__} has a column that cannot be written from a list of plain values")
    key = model._meta.pk
    # Without a length: a cast would cut silently what the column refuses.
    kinds = [re.sub(r"\(.*", "", f.db_type(connection) or "") for f in (key, *fields)]  # type: ignore[union-attr]
    kinds = ["text" if kind == "varchar" else kind for kind in kinds]
    sets = ", ".join(f"{_quote(f.column)} = v.c{n}" for n, f in enumerate(fields, 1))  # type: ignore[union-attr]
    lists, table = ", ".join(f"%s::{kind}[]" for kind in kinds), _quote(model._meta.db_table)
    columns_ = ", ".join(f"c{n}" for n in range(len(kinds)))
    return fields, (  # type: ignore[return-value]
        f"UPDATE {table} t SET {sets} FROM unnest({lists}) AS v({columns_}) WHERE t.{_quote(key.column)} = v.c0"  # noqa: S608
    )


def update_many(model: type[M], rows: Sequence[M], names: Sequence[str], *, size: int = 1000) -> int:
    """Write the fields `names` of many rows, as ``bulk_update`` does, in one statement for `size` rows; how many were there.

    ``bulk_update`` writes a CASE with a branch for every row and field; building that costs twenty times what this does. Versions are
    not looked at: for rows that the caller has locked. A value too long for its column is refused by the database as ever.
    """
    fields, sql = _changing_many(model, tuple(names))
    done = 0
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        lists = [[f.get_db_prep_save(getattr(row, f.attname), connection) for row in part] for f in fields]
        with connection.cursor() as cursor:
            cursor.execute(sql, [[row.pk for row in part], *lists])
            done += cursor.rowcount
    return done


def plain(model: type[Model], names: Sequence[str]) -> bool:
    """Whether `update_version` can write the fields `names`."""
    return all(_slot(model._meta.get_field(name)) for name in names)  # type: ignore[arg-type]


__all__ = ["build", "bytes_cursor", "columns", "fetch", "insert", "plain", "statements", "update_many", "update_version"]
