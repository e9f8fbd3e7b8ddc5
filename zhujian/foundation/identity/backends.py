"""How a login is checked."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from zhujian.foundation.identity import selectors
from zhujian.foundation.identity.models import Account


class LoginBackend(ModelBackend):
    """Username and password."""

    def get_user(self, user_id: int) -> Account | None:
        """The account behind a session, if it may still sign in. Asked with every request, therefore prepared.

        It brings its posts of today as ``open_posts``, for the scope that is made of them next (`middleware`).
        """
        found = selectors.signed_in(user_id)
        if found is None or not self.user_can_authenticate(found[0]):
            return None
        account, account.open_posts = found  # type: ignore[attr-defined]
        return account
