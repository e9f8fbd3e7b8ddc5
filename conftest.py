"""Tests run against real PostgreSQL, connected as the application's role, on a copy of a migrated template database.

The template is built once per state of migrations and reference data; each test session copies it (about half a second).
Tests that need several real transactions or a live server mark themselves ``django_db(transaction=True)``; instead of
emptying tables (which the application's role must not do) the copy is thrown away and made again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import hypothesis
import psycopg
import pytest

BASE = Path(__file__).resolve().parent
sys.path[:0] = [str(BASE), str(BASE / "tools")]
pytest_plugins = ["tests.browser"]

from fingerprint import fingerprint  # noqa: E402  (stands in tools/)

# How long an example takes says something about the machine's other work, nothing about the rule.
hypothesis.settings.register_profile("zhujian", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("zhujian")


def _transactional(item: pytest.Item) -> bool:
    """Whether a test's changes are thrown away with its database."""
    marker = item.get_closest_marker("django_db")
    names = getattr(item, "fixturenames", ())
    return bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in names or "live_server" in names


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Tests of a module marked `one_database` leave their database to the next one: a copy costs as much as a short test."""
    marked = item.get_closest_marker("one_database") is not None
    Databases.kept = marked and nextitem is not None and nextitem.path == item.path and _transactional(nextitem)


# A run of the tests outlives no crash of the machine (see FLEETING in tools/cluster.py): its files need not reach the disk either.
if os.environ.get("ZHUJIAN_FLEETING"):
    os.fsync = lambda _descriptor: None  # type: ignore[assignment]


class Databases:
    """Makes, copies and drops test databases through the owner's connection."""

    kept = False  # whether the test that ends leaves its database as it is

    def __init__(self, owner_url: str, app_url: str = "") -> None:
        self.owner_url = owner_url
        self.app_url = app_url
        self.template = f"zj_tpl_{fingerprint()}"

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.owner_url, autocommit=True)

    def build_template(self) -> None:
        with self.connect() as db:
            db.execute("SELECT pg_advisory_lock(7321)")
            if db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.template]).fetchone():
                return
            for (name,) in db.execute("SELECT datname FROM pg_database WHERE datname ~ '^zj_(tpl|raw|test)_'").fetchall():
                # A copy is named after the process that uses it; the processes of this run are still at work.
                if not (name.startswith("zj_test_") and Path("/proc", name.rpartition("_")[2]).exists()):
                    self.remove(db, name)
            raw = self.template.replace("zj_tpl_", "zj_raw_")
            db.execute(f'CREATE DATABASE "{raw}" TEMPLATE zhujian_empty')
            env = {**os.environ, "ZHUJIAN_DB_NAME": raw, "ZHUJIAN_DB_ROLE": "owner"}
            for command in (["migrate", "-v0"], ["load_reference"]):
                done = subprocess.run(
                    [sys.executable, "-m", "zhujian", *command], cwd=BASE, env=env, capture_output=True, text=True
                )
                if done.returncode:
                    pytest.exit(f"{command[0]} failed:\n{done.stdout[-3000:]}{done.stderr[-6000:]}", returncode=3)
            db.execute(f'ALTER DATABASE "{raw}" RENAME TO "{self.template}"')

    def copy(self, name: str) -> None:
        with self.connect() as db:
            db.execute("SELECT pg_advisory_lock(7322)")
            self.disconnect(name)
            self.remove(db, name)
            db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}" STRATEGY FILE_COPY')

    def disconnect(self, name: str) -> None:
        """End the application's own connections to `name` (those of a live server); the owner is not allowed to."""
        if self.app_url:
            with psycopg.connect(self.app_url, autocommit=True) as db:
                db.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND usename = current_user",
                    [name],
                )

    def drop(self, name: str) -> None:
        self.disconnect(name)
        with self.connect() as db:
            self.remove(db, name)

    @staticmethod
    def remove(db: psycopg.Connection, name: str) -> None:
        """Drop a database. FORCE may not end the server's own vacuum of it; a plain DROP makes that one stop by itself."""
        try:
            db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        except psycopg.errors.InsufficientPrivilege:
            db.execute(f'DROP DATABASE IF EXISTS "{name}"')


@pytest.fixture(scope="session")
def databases() -> Databases:
    import cluster

    urls = cluster.ensure()
    return Databases(urls["owner"], urls.get("app", ""))


@pytest.fixture(scope="session")
def django_db_setup(databases: Databases, django_db_blocker, request) -> object:
    from django.conf import settings
    from django.db import connections
    from django.test import TransactionTestCase

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    databases.build_template()
    name = f"zj_test_{os.getpid()}"
    databases.copy(name)
    connection = connections["default"]
    was = connection.settings_dict["NAME"]
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name

    def again(_case: object) -> None:
        connections.close_all()
        if not Databases.kept:
            databases.copy(name)

    TransactionTestCase._fixture_teardown = again
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    connection.settings_dict["NAME"] = was
    databases.drop(name)
