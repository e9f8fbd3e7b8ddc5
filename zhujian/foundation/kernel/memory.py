"""Reference data kept in memory by every process, right after every change, at one small query per transaction.

A `Memory` holds what `read` made of some tables. Triggers on those tables (`stamp_trigger`, in the app's migration) give the
memory's row in ``kernel_stamp`` a new random stamp with every change; a transaction reads all stamps once, at its first use of
any memory, and a memory whose stamp differs reads its tables again. Random, so that a rolled-back change cannot be mistaken for
another one. Within one transaction the answers stay the same: one decision rests on one state of the law.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections

from zhujian.foundation.kernel import prepared

T = TypeVar("T")

STAMP_FUNCTION = """
CREATE FUNCTION zj_stamp() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  INSERT INTO kernel_stamp (name, stamp) VALUES (TG_ARGV[0], gen_random_uuid())
  ON CONFLICT (name) DO UPDATE SET stamp = excluded.stamp;
  RETURN NULL;
END $$;
"""


def stamp_trigger(name: str, *tables: str) -> str:
    """SQL that makes every change of `tables` renew the stamp of the memory `name`."""
    return "".join(
        f"CREATE TRIGGER zj_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION zj_stamp('{name}');\n"
        for table in tables
    )


def _stamps() -> dict[str, UUID]:
    """Stamps as this transaction saw them first.

    Django makes a new `run_on_commit` list for every transaction and whenever a savepoint is rolled back: while it is the same
    object, nothing needs asking. Outside a transaction they are asked for every time.
    """
    real = connections[DEFAULT_DB_ALIAS]  # looked up once: this runs for every label on a page
    mark = getattr(real, "_zj_stamps", None)
    if mark and real.in_atomic_block and mark[0] is real.run_on_commit:
        return mark[1]  # type: ignore[no-any-return]
    with connection.cursor() as cursor, prepared.statements():
        cursor.execute("SELECT name, stamp FROM kernel_stamp")
        found = dict(cursor.fetchall())
    connection._zj_stamps = (connection.run_on_commit, found)  # type: ignore[attr-defined]
    return found


def forget() -> None:
    """Ask for the stamps again in this transaction; a service calls it after it changed reference data."""
    connection._zj_stamps = None  # type: ignore[attr-defined]


class Memory(Generic[T]):
    """What `read` makes of the tables whose triggers renew the stamp `name`. The value is shared: never change it."""

    def __init__(self, name: str, read: Callable[[], T]) -> None:
        self.name = name
        self.read = read
        self._kept: tuple[str, UUID | None, T] | None = None

    def get(self) -> T:
        """The value as this transaction may rely on it."""
        # The stamp is read before the rows: rows newer than it only cost one more reading in the next transaction.
        stamp = _stamps().get(self.name)
        database = connection.settings_dict["NAME"]
        kept = self._kept
        if kept is None or kept[0] != database or kept[1] != stamp:
            kept = self._kept = (database, stamp, self.read())
        return kept[2]
