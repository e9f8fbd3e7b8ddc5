"""Many rows at once: COPY into the register, or, where a policy stands before it, into a temporary table and from there in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.utils import timezone

from zhujian.foundation.kernel.models import ScopedModel

STAGE = '"zj_bulk_stage"'
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def bypasses_policies() -> bool:
    """Whether this connection is the owner's: it may COPY straight into guarded tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def line(values: Sequence[Any], now: str) -> str:
    """One row as COPY's text format reads it. Geometries are hex EWKB; a list of keys becomes a text array."""
    cells = []
    for value in values:
        if value is None:
            cells.append("\\N")
        elif isinstance(value, str):
            cells.append(value.translate(_ESCAPES) if not value.isalnum() else value)
        elif value is True or value is False:
            cells.append("t" if value else "f")
        elif isinstance(value, list):
            cells.append("{" + ",".join(f'"{key}"' for key in value) + "}")
        elif isinstance(value, datetime):
            cells.append(now)
        else:
            cells.append(str(value))
    return "\t".join(cells) + "\n"


def copy_into(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Append `rows` (values in the order of `columns`: names of fields, geometries as hex EWKB) to `model`; how many.

    Version, parties and times of a scoped row are filled when not among the columns. Constraints, policies and history are met as by any
    insert; nothing is announced: whoever loads many rows leaves one event and one piece of evidence for all.
    """
    meta = model._meta
    names = [str(meta.get_field(name).column) for name in columns]  # type: ignore[union-attr]
    now = timezone.now().isoformat()
    extra: list[Any] = []
    if issubclass(model, ScopedModel):
        filled = {"version": 1, "parties": "{}", "created_at": now, "updated_at": now}
        for name, value in filled.items():
            if name not in columns:
                names.append(name)
                extra.append(value)
    tail = line(extra, now) if extra else "\n"
    into = ", ".join(f'"{name}"' for name in names)
    table, stage = f'"{meta.db_table}"', not bypasses_policies()
    count = 0
    with connection.cursor() as cursor:
        if stage:
            cursor.execute(f"DROP TABLE IF EXISTS {STAGE}")
            cursor.execute(f"CREATE TEMPORARY TABLE {STAGE} ON COMMIT DROP AS SELECT {into} FROM {table} WITH NO DATA")  # noqa: S608
        with cursor.copy(f"COPY {STAGE if stage else table} ({into}) FROM STDIN") as stream:
            waiting: list[str] = []
            for row in rows:
                text = line(row, now)
                waiting.append(text[:-1] + "\t" + tail if extra else text)
                count += 1
                if len(waiting) >= 500:
                    stream.write("".join(waiting))
                    waiting.clear()
            stream.write("".join(waiting))
        if stage:
            cursor.execute(f"INSERT INTO {table} ({into}) SELECT {into} FROM {STAGE}")  # noqa: S608
            cursor.execute(f"DROP TABLE {STAGE}")
    return count


__all__ = ["bypasses_policies", "copy_into"]
