"""The drill: back up, go on working, bring the database back to a chosen second; every table equal to what it was then."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests.test_run import cluster, open_folder, refused, run, var  # noqa: F401  (fixtures)

pytestmark = pytest.mark.slow


def owner(var: Path) -> psycopg.Connection:  # noqa: F811
    return psycopg.connect(json.loads((var / "database.json").read_text())["owner"], autocommit=True)


def checksums(db: psycopg.Connection) -> dict[str, str]:
    """Digest of all rows of every table of the platform, in the order of their text."""
    tables = db.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relpersistence = 'p' AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    return {
        name: db.execute(f"SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM \"{name}\" t").fetchone()[
            0
        ]
        for (name,) in tables
    }


def add(db: psycopg.Connection, name: str) -> None:
    db.execute("INSERT INTO kernel_loadeddemo (module, loaded_at) VALUES (%s, now())", [name])


def names(db: psycopg.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT module FROM kernel_loadeddemo")}


def now_between() -> str:
    """A whole second with nothing happening a second before and after it."""
    time.sleep(1.1)
    moment = datetime.now(UTC).replace(microsecond=0).isoformat()
    time.sleep(1.1)
    return moment


def test_restore_to_a_chosen_second_twice(var: Path) -> None:  # noqa: F811
    cluster(var)
    refused(run("restore", "latest", var=var), zh="里没有备份", en="no backup")
    done = run("manage", "migrate", "-v0", var=var)
    assert done.returncode == 0, done.stderr
    (var / "files").mkdir()
    (var / "files" / "0123abcd").write_bytes(b"a stored document")
    with owner(var) as db:
        add(db, "BEFORE")
    done = run("backup", var=var)
    assert done.returncode == 0, done.stderr
    assert (var / "backups" / "files" / "0123abcd").read_bytes() == b"a stored document"
    assert (var / "backups" / "keys").stat().st_mode & 0o077 == 0

    with owner(var) as db:
        add(db, "A")
        wanted = checksums(db)
    first = now_between()
    with owner(var) as db:
        add(db, "B")
        db.execute("DELETE FROM kernel_loadeddemo WHERE module = 'BEFORE'")
        assert checksums(db) != wanted
    assert run("backup", var=var).returncode == 0  # taken in a history that is about to be abandoned
    done = run("restore", first, var=var)
    assert done.returncode == 0, done.stdout + done.stderr
    with owner(var) as db:
        assert names(db) == {"BEFORE", "A"}
        assert checksums(db) == wanted and len(wanted) > 20
        add(db, "C")
        wanted = checksums(db)
    second = now_between()
    with owner(var) as db:
        add(db, "D")
    done = run("restore", second, var=var)
    assert done.returncode == 0, done.stdout + done.stderr
    with owner(var) as db:
        assert names(db) == {"BEFORE", "A", "C"} and checksums(db) == wanted
        add(db, "E")
        wanted = checksums(db)
    done = run("restore", "latest", var=var)
    assert done.returncode == 0, done.stdout + done.stderr
    with owner(var) as db:
        assert checksums(db) == wanted
    before = sorted(p.name for p in var.iterdir() if p.name.startswith("pg"))
    refused(run("restore", "2020-01-01 00:00:00", var=var), zh="没有早于 2020-01-01", en="no backup before")
    refused(run("restore", "yesterday", var=var), zh="看不懂时间", en="not understood")
    assert sorted(p.name for p in var.iterdir() if p.name.startswith("pg")) == before
    assert len(before) == 4  # the present cluster and the three it replaced


def test_everything_lost_but_the_backups(var: Path, open_folder: Path) -> None:  # noqa: F811
    kept = open_folder / "elsewhere"
    kept.mkdir()
    cluster(var)
    with owner(var) as db:
        db.execute("CREATE TABLE note (text text)")
        db.execute("INSERT INTO note VALUES ('before')")
    done = run("backup", var=var, ZHUJIAN_BACKUPS=str(kept))
    assert done.returncode == 0, done.stderr
    with owner(var) as db:
        db.execute("INSERT INTO note VALUES ('after')")
        segment = db.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()[0]
        db.execute("SELECT pg_switch_wal()")
        until = time.monotonic() + 30
        while not (kept / "database" / "wal" / f"{segment}.gz").exists() and time.monotonic() < until:
            time.sleep(0.1)
    assert run("stop", var=var).returncode == 0
    os.rename(var, open_folder / "lost")
    done = run("restore", "latest", var=var, ZHUJIAN_BACKUPS=str(kept))
    assert done.returncode == 0, done.stdout + done.stderr
    with owner(var) as db:
        assert db.execute("SELECT text FROM note").fetchall() == [("before",), ("after",)]
