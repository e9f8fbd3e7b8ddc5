"""Django's PostGIS engine with one thing more: a statement may be owed, and is sent before the next one, whoever sends that.

Services enter and leave scopes more often than they ask the database something between; what a scope says to the database is therefore
only noted (`before_next`) and told when a statement follows that could depend on it. What was noted last counts. Transactions and
savepoints keep it as the server keeps its settings: the end of the transaction forgets it, going back to a savepoint brings back what
was noted when it was set. Every way to send a statement through this connection tells first: execute, executemany, copy, stream and
server-side cursors.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.contrib.gis.db.backends.postgis import base as postgis
from django.db.backends.postgresql.base import ServerBindingCursor

from zhujian.foundation.kernel.postgis import PREPARE

Statement = tuple[str, tuple[Any, ...]]
# Statements that a connection keeps prepared (psycopg's own number is 100: with more, they push each other out).
PREPARED_MOST = 400


class _Telling:
    """Tells what is owed before anything else is sent."""

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        """As psycopg's."""
        self.connection.zj_engine.tell()  # type: ignore[attr-defined]
        return super().execute(*args, **kwargs)  # type: ignore[misc]

    def executemany(self, *args: Any, **kwargs: Any) -> Any:
        """As psycopg's."""
        self.connection.zj_engine.tell()  # type: ignore[attr-defined]
        return super().executemany(*args, **kwargs)  # type: ignore[misc]

    def copy(self, *args: Any, **kwargs: Any) -> Any:
        """As psycopg's."""
        self.connection.zj_engine.tell()  # type: ignore[attr-defined]
        return super().copy(*args, **kwargs)  # type: ignore[misc]

    def stream(self, *args: Any, **kwargs: Any) -> Any:
        """As psycopg's."""
        self.connection.zj_engine.tell()  # type: ignore[attr-defined]
        return super().stream(*args, **kwargs)  # type: ignore[misc]


class Cursor(_Telling, ServerBindingCursor):
    """Every ordinary cursor of the platform's connections."""


class NamedCursor(_Telling, psycopg.ServerCursor):
    """A cursor that lives in the server, for large answers."""


class DatabaseWrapper(postgis.DatabaseWrapper):
    """One connection, and what it owes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clear()

    def _clear(self) -> None:
        self._noted: Statement | None = None  # the last one of this transaction
        self._owed = False  # whether the server has yet to hear it
        self._told: Statement | None = None  # what the server heard last, if that is certain
        self._at_savepoint: dict[str, Statement | None] = {}
        self._held = False

    def before_next(self, sql: str, params: tuple[Any, ...]) -> None:
        """Send `sql` before the next statement of this transaction, in place of whatever was noted before it."""
        self._noted, self._owed = (sql, params), True

    def tell(self) -> None:
        """Send what is owed; what the server knows already is not said again."""
        if not self._owed or self._held or self._noted is None:
            return
        if self._noted == self._told:
            self._owed = False
            return
        sql, params = self._noted
        self._told = None
        with psycopg.Cursor(self.connection) as cursor:
            cursor.execute(sql, params, prepare=PREPARE or None)
        self._told, self._owed = self._noted, False
        if self.queries_logged:
            self.queries_log.append({"sql": f"{sql} -- {params}", "time": "0.000"})

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Transaction control depends on no scope; in a failed transaction it is all that may be sent."""
        was, self._held = self._held, True
        try:
            yield
        finally:
            self._held = was

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection whose cursors tell first."""
        raw = super().get_new_connection(conn_params)
        self._clear()
        raw.zj_engine = self
        raw.cursor_factory, raw.server_cursor_factory = Cursor, NamedCursor
        raw.prepared_max = PREPARED_MOST
        return raw

    def _savepoint(self, sid: str) -> None:
        with self._quiet():
            super()._savepoint(sid)  # type: ignore[misc]
        self._at_savepoint[sid] = self._noted

    def _savepoint_rollback(self, sid: str) -> None:
        with self._quiet():
            super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._noted, self._told = self._at_savepoint.get(sid), None
        self._owed = self._noted is not None

    def _savepoint_commit(self, sid: str) -> None:
        with self._quiet():
            super()._savepoint_commit(sid)  # type: ignore[misc]
        self._at_savepoint.pop(sid, None)

    def _commit(self) -> Any:
        self._clear()
        return super()._commit()  # type: ignore[misc]

    def _rollback(self) -> Any:
        self._clear()
        return super()._rollback()  # type: ignore[misc]


__all__ = ["DatabaseWrapper"]
