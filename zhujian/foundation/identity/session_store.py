"""Sessions in the database, read with a prepared statement: every request of everybody begins with one."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from zhujian.foundation.kernel.prepared import fetch

READ = "FROM django_session s WHERE s.session_key = %s AND s.expire_date > %s"


class SessionStore(db.SessionStore):
    """Django's own store but for the reading."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The rows are Django's."""
        return Session

    def _get_session_from_db(self) -> Session | None:
        found = fetch(((Session, "s"),), READ, [self.session_key, timezone.now()])
        if not found:
            self._session_key = None
        return found[0][0] if found else None
