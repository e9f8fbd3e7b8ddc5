"""Rows of an import in a temporary table: brought there by COPY, tried and stored from there by single statements.

The temporary table has the register's columns without its constraints, so that everything arrives; inserting from it meets every
constraint, trigger and policy of the register. Names in the statements come from the model, values only by COPY.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.contrib.gis.db.models import GeometryField
from django.db import connection, models

from zhujian.foundation.kernel.models import RegionCodeField
from zhujian.foundation.resources import writing

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource
    from zhujian.foundation.resources.importing import Line

STAGE = '"zj_import_stage"'


# Values of these fields, as the import read them, are what the driver takes; everything else is prepared by its field.
PLAIN = frozenset({
    models.CharField, models.TextField, models.IntegerField, models.BigIntegerField, models.SmallIntegerField, models.PositiveIntegerField,
    models.PositiveSmallIntegerField, models.DecimalField, models.BooleanField, models.UUIDField, models.ForeignKey, models.FloatField,
    RegionCodeField,
})  # fmt: skip


def _reader(field: models.Field) -> Callable[[models.Model], Any]:
    """A function that takes a field's value from a record as COPY wants it."""
    if type(field) in PLAIN:
        return attrgetter(field.attname)
    if type(field) is models.DateField and not (field.auto_now or field.auto_now_add):
        return attrgetter(field.attname)
    shape = isinstance(field, GeometryField)

    def read(record: models.Model) -> Any:
        value = field.pre_save(record, add=record.pk is None)
        if value is not None and shape:
            return value.hexewkb.decode()
        return field.get_db_prep_save(value, connection)

    return read


class Staging:
    """New and changed rows of one resource, numbered from 0 in the order given. Use as a context manager."""

    def __init__(self, resource: Resource, lines: Sequence[Line]) -> None:
        self.resource, self.lines = resource, lines
        meta = resource.model._meta
        self.fields = [field for field in meta.concrete_fields if not field.generated and not field.primary_key]
        self.changed = {resource.field(name).attname for line in lines if line.record is not None for name in line.values}
        blanks = writing.blanks(resource.model)
        self.records = [
            writing.apply(resource, line.record, line.values)
            if line.record is not None
            else writing.draft(resource, line.values, next(blanks))
            for line in lines
        ]
        self.readers = [_reader(field) for field in self.fields]

    def __enter__(self) -> Staging:
        pk = self.resource.model._meta.pk.column
        names = ", ".join(f'"{field.column}"' for field in self.fields)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {STAGE}")
            cursor.execute(
                f'CREATE TEMPORARY TABLE {STAGE} ON COMMIT DROP AS SELECT 0 AS "zj_n", 0::bigint AS "zj_pk", {names} '  # noqa: S608
                f"FROM {self.resource.table} WITH NO DATA"
            )
            with cursor.copy(f'COPY {STAGE} ("zj_n", "zj_pk", {names}) FROM STDIN') as copy:
                for number, record in enumerate(self.records):
                    copy.write_row([number, record.pk, *(read(record) for read in self.readers)])
            cursor.execute(f'CREATE INDEX ON {STAGE} ("zj_n")')
        self.pk = f'"{pk}"'
        return self

    def __exit__(self, *_: Any) -> None:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {STAGE}")

    def store(self, low: int, high: int) -> None:
        """Insert the new rows and update the known ones among numbers `low` ≤ n < `high`. Refusal when any is refused."""
        names = ", ".join(f'"{field.column}"' for field in self.fields)
        table, within = self.resource.table, '"zj_n" >= %s AND "zj_n" < %s'
        with writing.refusing(self.resource), connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO {table} ({names}) SELECT {names} FROM {STAGE} WHERE "zj_pk" IS NULL AND {within} ORDER BY "zj_n" '  # noqa: S608
                f"RETURNING {self.pk}",
                [low, high],
            )
            keys = iter(cursor.fetchall())
            if self.changed:
                cursor.execute(self._update(table, within), [low, high])
        for record in self.records[low:high]:
            if record.pk is None:
                record.pk = next(keys)[0]

    def _update(self, table: str, within: str) -> str:
        columns = [field.column for field in self.fields if field.attname in self.changed]
        sets = [f'"{column}" = s."{column}"' for column in columns]
        if self.resource.scoped:
            sets += ['"version" = t."version" + 1', '"updated_at" = s."updated_at"']
        return f'UPDATE {table} t SET {", ".join(sets)} FROM {STAGE} s WHERE t.{self.pk} = s."zj_pk" AND s.{within.replace(" AND ", " AND s.")}'  # noqa: S608

    def saved(self, numbers: Sequence[int]) -> tuple[list[models.Model], list[models.Model]]:
        """(created, updated) records of the stored `numbers`."""
        created = [self.records[n] for n in numbers if self.lines[n].record is None]
        return created, [self.records[n] for n in numbers if self.lines[n].record is not None]
