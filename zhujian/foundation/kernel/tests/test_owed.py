"""A scope is told to the database before the statement that needs it, whoever sends that, and never outlives its transaction."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.scope import Scope

COUNTY = Scope(kind="official", region_lo="420106", region_hi="420106~", actor_id=7)
OTHER = Scope(kind="official", region_lo="420111", region_hi="420111~", keys=("org:A", 'odd"key'))
ASK = "SELECT zj_region_lo()"


def seen() -> str:
    with connection.cursor() as cursor:
        cursor.execute(ASK)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_a_scope_without_a_statement_costs_nothing_and_the_last_one_counts() -> None:
    with CaptureQueriesContext(connection) as queries, scope.acting(COUNTY), scope.acting(OTHER), scope.system("测试"):
        pass
    assert len(queries) == 0
    with scope.acting(COUNTY):
        assert seen() == "420106"
        with CaptureQueriesContext(connection) as queries:
            with scope.system("测试"):
                pass
            assert seen() == "420106"
        assert len(queries) == 1, "the database knows already"
        with scope.acting(OTHER):
            assert seen() == "420111"
        with scope.system("测试"):
            assert seen() == "0"
        assert seen() == "420106"
    assert seen() == "~", "outside of every block nothing is visible"


@pytest.mark.django_db
def test_every_way_to_send_a_statement_tells_first() -> None:
    def by_many() -> str:
        with connection.cursor() as cursor:
            cursor.executemany("SELECT set_config('zj.test', zj_region_lo() || %s, true)", [["!"]])
        with scope.acting(scope.PUBLIC), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('zj.test')")
            return cursor.fetchone()[0][:-1]

    def by_copy() -> str:
        with connection.cursor() as cursor, cursor.copy(f"COPY ({ASK}) TO STDOUT") as copy:
            return b"".join(bytes(part) for part in copy).decode().strip()

    def by_stream() -> str:
        with connection.cursor() as cursor:
            return next(iter(list(cursor.stream(ASK))))[0]

    def by_named() -> str:
        with connection.chunked_cursor() as cursor:
            cursor.execute(ASK)
            return cursor.fetchone()[0]

    def by_driver() -> str:
        return connection.connection.execute(ASK).fetchone()[0]

    for way in (seen, by_many, by_copy, by_stream, by_named, by_driver):
        with scope.acting(COUNTY):
            assert way() == "420106", way.__name__
        with scope.acting(OTHER):
            assert way() == "420111", way.__name__


@pytest.mark.django_db
def test_a_cursor_opened_before_the_scope_works_under_it() -> None:
    with connection.cursor() as cursor, scope.acting(COUNTY):
        cursor.execute(ASK)
        assert cursor.fetchone() == ("420106",)


@pytest.mark.django_db
def test_going_back_to_a_savepoint_brings_back_its_scope() -> None:
    with scope.acting(COUNTY):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            with scope.acting(OTHER):
                assert seen() == "420111"
            raise ZeroDivisionError
        assert seen() == "420106"
        with scope.acting(OTHER):
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                scope.enter(COUNTY)
                assert seen() == "420106"
                raise ZeroDivisionError
            assert seen() == "420111", "told never, wanted still"
        with transaction.atomic(), scope.acting(OTHER):
            assert seen() == "420111"
        assert seen() == "420106"


@pytest.mark.django_db
def test_after_an_error_of_the_database_the_first_error_is_heard() -> None:
    with scope.acting(COUNTY):
        with pytest.raises(IntegrityError), transaction.atomic(), scope.system("测试"), connection.cursor() as cursor:
            cursor.execute("INSERT INTO kernel_stamp (name, stamp) VALUES (NULL, NULL)")
        assert seen() == "420106"


@pytest.mark.django_db(transaction=True)
def test_no_scope_outlives_its_transaction() -> None:
    with transaction.atomic(), scope.acting(COUNTY):
        assert seen() == "420106"
        scope.enter(scope.current())
    with transaction.atomic():
        assert seen() == "~"
    with pytest.raises(ZeroDivisionError), transaction.atomic(), scope.acting(COUNTY):
        raise ZeroDivisionError
    with transaction.atomic():
        assert seen() == "~"
    assert seen() == "~"
    with transaction.atomic(), scope.acting(COUNTY):
        connection.close()
    with transaction.atomic():
        assert seen() == "~"
