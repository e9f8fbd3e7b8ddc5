"""The database, not the application, keeps scopes apart."""

import pytest
from django.db import connection

from zhujian.foundation.kernel import scope


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("420000000000", "42"), ("420100000000", "4201"), ("420106000000", "420106"), ("420106001000", "420106001"),
        ("420106001001", "420106001001"), ("429004000000", "429004"),
    ],
)  # fmt: skip
def test_region_prefix(code: str, prefix: str) -> None:
    assert scope.region_prefix(code) == prefix


@pytest.mark.parametrize(
    ("code", "city"),
    [
        ("420106001000", "420100000000"),
        ("420100000000", "420100000000"),
        ("429006001000", "429006000000"),
        ("429000000000", ""),
        ("420000000000", ""),
    ],
)
def test_the_city_a_region_lies_in(code: str, city: str) -> None:
    assert scope.city_of(code) == city


@pytest.mark.django_db
def test_tests_run_as_the_application_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)")
        assert cursor.fetchone() == ("zhujian_app", False)


def test_scope_needs_a_transaction(django_db_blocker) -> None:
    with django_db_blocker.unblock(), pytest.raises(RuntimeError):
        scope.enter(scope.PUBLIC)
