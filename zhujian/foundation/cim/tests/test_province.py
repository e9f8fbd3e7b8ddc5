"""A province poured into the registers: killed in the middle it goes on where it ended, and the tables are as they were before."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from zhujian.foundation.cim.generator.city import spiral
from zhujian.foundation.cim.services import pouring

BASE = Path(__file__).resolve().parents[4]
MODULES = ("cim", "municipal_assets")
HEAD = """
import os, sys
import django
django.setup()
from django.core.management import call_command
from zhujian.foundation.cim.generator import city as cities
from zhujian.foundation.cim.services import city, province
cities.BIG = (3, 3)
province.WORTH = 100
"""
# The third district dies with its buildings written and its facilities not, as by kill −9: nothing is tidied up.
KILLED = (
    HEAD
    + """
parts = []
def dying(made, write=city._writers["municipal_assets"]):
    parts.append(made)
    if len(parts) == 3:
        os._exit(9)
    return write(made)
city._writers["municipal_assets"] = dying
call_command("generate_city", buildings=1000)
"""
)
AGAIN = (
    HEAD
    + """
call_command("generate_city", buildings=1000)
call_command("generate_city", buildings=1000)
call_command("generate_city", buildings=1000, seed=2)
"""
)
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) ORDER BY 1"
SWITCHED_OFF = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'zj_history' AND tgenabled = 'D'"


def test_a_spiral_meets_every_cell_once() -> None:
    cells = list(islice(spiral(), 49))
    assert len(set(cells)) == 49 and cells[:3] == [(0, 0), (1, 0), (1, 1)]
    assert {max(abs(x), abs(y)) for x, y in cells} == {0, 1, 2, 3}


@pytest.mark.django_db
def test_what_is_declared_is_what_stands() -> None:
    """Only so can what was left out be made again from the declarations."""
    for model in pouring.tables(MODULES):
        assert pouring.declared(model).keys() == pouring.standing(model), model


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_goes_on(databases) -> None:
    tables = [model._meta.db_table for model in pouring.tables(MODULES)]
    name = connection.settings_dict["NAME"]
    url = databases.owner_url.rpartition("/")[0] + "/" + name
    with psycopg.connect(url, autocommit=True) as db:
        before = db.execute(INDEXES, [tables]).fetchall()
        killed = owner(KILLED, name)
        assert killed.returncode == 9, killed.stderr
        assert len(db.execute(INDEXES, [tables]).fetchall()) < len(before), "indexes are left out meanwhile"
        assert not db.execute(SWITCHED_OFF).fetchall(), "the history is never off outside a transaction"
        parts = db.execute("SELECT count(DISTINCT prefix), sum(buildings) / 2 FROM cim_generatedpart").fetchone()
        houses = db.execute("SELECT count(*) FROM cim_building").fetchone()
        assert parts is not None and houses is not None
        assert parts[0] == 2 and 0 < houses[0] == parts[1] < 1000, "a district is there whole or not at all"

        again = owner(AGAIN, name)
        assert "原有 2 片" in again.stdout and "已有 1,000 幢" in again.stdout, again.stdout + again.stderr
        assert "已有种子 1 的生成城市" in again.stderr and again.returncode
        assert db.execute(INDEXES, [tables]).fetchall() == before
        assert not db.execute(SWITCHED_OFF).fetchall()
        assert db.execute("SELECT count(*), count(DISTINCT code) FROM cim_building").fetchone() == (1000, 1000)
        told = dict(db.execute("SELECT module, sum(rows) FROM cim_generatedpart GROUP BY module").fetchall())
        counted = sum(
            db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # type: ignore[index]  # noqa: S608
            for table in tables if table.startswith("municipal_assets_")
        )  # fmt: skip
        assert told == {"cim": 1000, "municipal_assets": counted} and counted > 1000
        # What names another row names the right one.
        wrong = db.execute(
            "SELECT count(*) FROM municipal_assets_pipeline l JOIN municipal_assets_pipepoint p ON p.id = l.start_id "
            "WHERE NOT ST_Equals(ST_StartPoint(l.geom), p.geom)"
        ).fetchone()
        lamps = db.execute(
            "SELECT count(*) FROM municipal_assets_lamp l LEFT JOIN municipal_assets_facility f ON f.id = l.cabinet_id "
            "WHERE f.name IS DISTINCT FROM '路灯控制箱' || l.circuit"
        ).fetchone()
        assert wrong == lamps == (0,)


def owner(code: str, database: str) -> subprocess.CompletedProcess[str]:
    """Run `code` as the owner of the test's database in a process of its own."""
    env = {
        **os.environ, "ZHUJIAN_DB_NAME": database, "ZHUJIAN_DB_ROLE": "owner", "DJANGO_SETTINGS_MODULE": "zhujian.settings",
        "ZHUJIAN_SECRET_KEY": settings.SECRET_KEY,
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", code], cwd=BASE, env=env, capture_output=True, text=True, check=False, timeout=300
    )
