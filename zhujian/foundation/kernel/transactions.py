"""The transaction an act belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def joined() -> Iterator[None]:
    """The running transaction, or one of its own when none runs; without the two round trips of a savepoint.

    For acts that refuse before they write: a refusal that the caller catches leaves nothing behind. What writes in several steps, any of
    which may still refuse, takes ``transaction.atomic()`` around the writing. An error of the database ends the whole transaction.
    """
    if connection.in_atomic_block:
        yield
    else:
        with transaction.atomic():
            yield


__all__ = ["joined"]
