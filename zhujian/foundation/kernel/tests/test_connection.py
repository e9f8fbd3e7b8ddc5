"""A kept connection: used without asking while its server is there, replaced when it is gone."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection, connections, transaction

from zhujian.foundation.kernel.middleware import still_there


@pytest.mark.django_db(transaction=True)
def test_a_silent_connection_is_used_and_a_dead_one_replaced(client, monkeypatch) -> None:
    connection.ensure_connection()
    assert still_there()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert not still_there(), "in the middle of a transaction nothing is known"
    asked: list[bool] = []
    real = connections["default"].is_usable
    monkeypatch.setattr(connections["default"], "is_usable", lambda: asked.append(True) or real())
    connection.health_check_done = False
    assert client.get("/login/").status_code == 200
    assert asked == []
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}, autocommit=True) as other:
        was = connection.connection.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [was])
    assert not still_there()
    connection.health_check_done = False
    assert client.get("/login/").status_code == 200
    assert asked == [True]
    assert connection.connection.info.backend_pid != was
