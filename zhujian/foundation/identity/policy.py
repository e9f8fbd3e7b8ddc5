"""The numbers of identity, read from the dated parameters."""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.utils import timezone

from zhujian.foundation.parameters import selectors as parameters


@dataclass(frozen=True)
class Policy:
    """Values of the parameters ``identity.<field>``; units are in their names (counts otherwise)."""

    lock_failures: int
    lock_minutes: int
    address_failures: int
    password_length: int
    password_classes: int
    password_history: int
    password_days: int
    idle_minutes: int
    session_hours: int
    pending_minutes: int
    delegation_days: int
    token_days: int
    tokens_most: int


def policy() -> Policy:
    """Today's values."""
    today = timezone.localdate()
    return Policy(**{f.name: int(parameters.value(f"identity.{f.name}", on=today).value) for f in fields(Policy)})
