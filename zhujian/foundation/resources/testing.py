"""Helpers for tests of resources and of pages built on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@contextmanager
def assert_queries(most: int) -> Iterator[list[str]]:
    """Fail when the block sends more than `most` statements (transaction control not counted); the list holds them afterwards."""
    sent: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield sent
    sent += [query["sql"] for query in captured.captured_queries if not query["sql"].lstrip().upper().startswith(CONTROL)]
    if len(sent) > most:
        listed = "\n".join(f"{number}. {sql[:300]}" for number, sql in enumerate(sent, 1))
        raise AssertionError(f"{len(sent)} queries, at most {most} allowed:\n{listed}")
