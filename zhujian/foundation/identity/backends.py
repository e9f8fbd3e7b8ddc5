"""How a login is checked."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from zhujian.foundation.identity.models import Account
from zhujian.foundation.kernel.prepared import fetch


class LoginBackend(ModelBackend):
    """Username and password."""

    def get_user(self, user_id: int) -> Account | None:
        """The account behind a session, if it may still sign in. Asked with every request, therefore prepared."""
        found = fetch(((Account, "a"),), "FROM identity_account a WHERE a.id = %s", [user_id])
        user = found[0][0] if found else None
        return user if user is not None and self.user_can_authenticate(user) else None
