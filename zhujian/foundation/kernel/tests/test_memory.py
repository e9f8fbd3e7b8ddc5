"""Reference data in memory is never stale: not after a change, not after a change that was rolled back."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from zhujian.foundation.kernel import memory

pytestmark = pytest.mark.django_db


def put(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO memory_try (text) VALUES (%s)", [text])
    memory.forget()


@pytest.fixture
def words() -> memory.Memory[list[str]]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE memory_try (text text) ON COMMIT DROP")
        cursor.execute(memory.stamp_trigger("try", "memory_try"))

    def read() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT text FROM memory_try ORDER BY text")
            return [row[0] for row in cursor.fetchall()]

    return memory.Memory("try", read)


def test_a_change_is_seen_and_a_rolled_back_change_is_forgotten(words: memory.Memory[list[str]]) -> None:
    assert words.get() == []
    put("a")
    assert words.get() == ["a"]
    with pytest.raises(RuntimeError), transaction.atomic():
        put("b")
        assert words.get() == ["a", "b"]
        raise RuntimeError
    assert words.get() == ["a"]
    put("c")
    assert words.get() == ["a", "c"]


def test_stamps_are_asked_for_once_and_tables_read_only_after_a_change(
    words: memory.Memory[list[str]], django_assert_num_queries
) -> None:
    words.get()
    with django_assert_num_queries(0):
        words.get()
    memory.forget()
    with django_assert_num_queries(1):
        words.get()
        words.get()
    put("a")
    with django_assert_num_queries(2):
        words.get()
        words.get()
