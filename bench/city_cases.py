"""City management with many cases: taking in reports, and the pages of those on duty, at 10⁴ closed cases and at very many.

Databases of their own (``zj_cases_10000``, ``zj_cases_<N>``) are kept between runs: a small city in which real cases were led through the
process by its services, each then copied with its rows (case, log, report, process, tasks, errands) over the thirteen counties of a city,
one thirteenth of them in the county that is asked. Tables, policies, triggers and indexes are those that are shipped; of a closed case's
log and tasks the last lines are kept. ``ZHUJIAN_BENCH_CASES`` (10⁷) and ``ZHUJIAN_BENCH_OPEN`` (200,000) set the size.

Reports are taken in by two processes through the service, a transaction each; pages are read over HTTP from granian with two workers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import psycopg

from bench import frame
from bench.frame import BASE, Row, milliseconds

CLOSED = int(os.environ.get("ZHUJIAN_BENCH_CASES", 10**7))
OPEN = int(os.environ.get("ZHUJIAN_BENCH_OPEN", 200_000))
SMALL = (10_000, 200)
BARE = "zj_cases_bare"  # migrated, without cases: the pattern of the others
COUNTIES = 13
SECONDS, TIMES, CHUNK = 6, 150, 50_000
LINES, TASKS = 3, 2  # of a closed case's log and tasks
ENDS = {"patrol": 0.15, "to_department": 0.25, "assigned": 0.25, "fed_back": 0.2, "sent": 0.15}  # how far open cases have come
PAGES = (
    ("我的待办", "dispatcher", "/command/todo/", 1.0), ("部门待办", "department_desk", "/command/todo/", 1.0),
    ("案件列表", "dispatcher", "/command/cases/", 1.0), ("案件页", "dispatcher", "/command/cases/{open}/", 1.0),
    ("已结案件页", "dispatcher", "/command/cases/{closed}/", 1.0), ("受理台", "acceptor", "/command/desk/", 1.0),
    ("值守大屏", "leader", "/command/wall/", 0.0),
)  # fmt: skip


def run() -> list[Row]:
    """Rows of the table: reports a second, the slowest percent of each page, and how flat it stays."""
    small, large = made(*SMALL), made(CLOSED, OPEN)
    few, many = pages(small), pages(large)
    rows = [Row("接收上报（服务，2 个进程）", intake(large), 200.0, 1.0, note=f"{CLOSED:,} 件已结、{OPEN:,} 件在办")]
    for name, _, _, bar in PAGES:
        middle, worst = many[name]
        rows.append(Row(f"{name} p99", worst, 100.0, bar, "毫秒", at_most=True, note=f"中位 {middle:.0f} 毫秒"))
        rows.append(Row(f"{name} p99，比 {SMALL[0]:,} 件时", worst, few[name][1], 1.5 * bar, "毫秒", at_most=True))
    return rows


def made(closed: int, open_: int) -> dict[str, Any]:
    """The database of a size, made when it is missing; what a caller needs: name, sessions by role, ids of cases."""
    import data

    from bench.frame import cluster, remote

    name = f"zj_cases_{closed}"
    server = cluster.ensure()["owner"]
    for one, pattern in ((BARE, "zhujian_empty"), (name, BARE)):
        if not remote.query(server, f"SELECT 1 FROM pg_database WHERE datname = '{one}'").stdout.strip():
            remote.query(server, f"CREATE DATABASE {one} TEMPLATE {pattern}")
            if one == name:  # what was done to its pattern is noted with a database, not in it
                note = remote.query(
                    server, f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{BARE}'"
                )
                remote.query(server, f"COMMENT ON DATABASE {name} IS '{note.stdout.strip()}'")
        data.ensure(Path(sys.executable), addresses(one), demo=False)
    urls = addresses(name)
    return {"name": name, "urls": urls, **json.loads(child(name, "fill", str(closed), str(open_)).splitlines()[-1])}


def addresses(name: str) -> dict[str, str]:
    """Owner's and application's address of a database."""
    return {role: urlparse(url)._replace(path=f"/{name}").geturl() for role, url in frame.cluster.ensure().items()}


def child(name: str, *words: str) -> str:
    """Run this file in a process that works on the database `name`; what it said."""
    env = {
        **os.environ, "ZHUJIAN_DB_NAME": name, "ZHUJIAN_DB_ROLE": "app", "DJANGO_SETTINGS_MODULE": "zhujian.settings", "PYTHONPATH": str(BASE),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "bench.city_cases", *words], cwd=BASE, env=env, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def intake(found: dict[str, Any]) -> float:
    """Reports that two processes together take in per second; a hundredth of a second for each start is left out."""
    env = {**os.environ, "ZHUJIAN_DB_NAME": found["name"], "ZHUJIAN_DB_ROLE": "app", "DJANGO_SETTINGS_MODULE": "zhujian.settings"}
    command = [sys.executable, "-m", "bench.city_cases", "report"]
    children = [subprocess.Popen(command, cwd=BASE, env=env, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    return sum(float(one.communicate()[0].split()[-1]) for one in children)


def pages(found: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """(median, slowest percent) in milliseconds of each page, one caller."""
    from bench.tiles import Caller, served

    env = {**os.environ, "DATABASE_URL": found["urls"]["owner"], "DATABASE_APP_URL": found["urls"]["app"]}
    env.pop("ZHUJIAN_DB_NAME", None)
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "--workers", "2", "--blocking-threads",
        "4", "--no-ws", "--log-level", "warning", "zhujian.wsgi:application",
    ]  # fmt: skip
    taken = {}
    with served(command, env, "/login/") as address:
        for name, role, path, _ in PAGES:
            caller = Caller(address, {"Cookie": f"sessionid={found['sessions'][role]}"})
            where = path.format(open=found["open"], closed=found["closed"])
            taken[name] = milliseconds(lambda caller=caller, where=where: caller.get(where), times=TIMES, warm_up=8)  # type: ignore[misc]
    return taken


# -- in a process of its own, on the database itself ----------------------------------------------------------------------------


def fill(closed: int, open_: int) -> dict[str, Any]:
    """Make what is missing; sessions and two cases to look at."""
    from django.db import transaction
    from django.test import Client

    from zhujian.boards.city_management.command.models import Case
    from zhujian.foundation.identity.models import Account
    from zhujian.foundation.identity.testing import login
    from zhujian.foundation.kernel import scope

    with psycopg.connect(frame.owner_url(), autocommit=True) as db:
        count = db.execute("SELECT reltuples FROM pg_class WHERE relname = 'command_case'").fetchone()
        if count is None or count[0] < closed * 0.9:
            print(f"  {closed:,} cases …", file=sys.stderr, flush=True)
            copy(db, templates(), closed, open_)
    sessions = {}
    with transaction.atomic(), scope.system("基准测试"):
        for role in ("dispatcher", "department_desk", "acceptor", "leader"):
            client = Client()
            login(client, Account.objects.get(name=role))
            sessions[role] = client.cookies["sessionid"].value
        here = Case.objects.filter(county_key="420106")
        last = {"open": here.filter(state="to_dispatch").latest("pk").pk, "closed": here.filter(state="closed").latest("pk").pk}
    return {"sessions": sessions, **last}


def templates() -> dict[str, int]:
    """Real cases of a small city, one for each end; their ids. Led through the process once in a database."""
    from django.db import transaction

    from zhujian.boards.city_management.command.models import Case
    from zhujian.boards.city_management.command.tests import kit
    from zhujian.foundation.kernel import scope

    with transaction.atomic():
        with scope.system("基准测试"):
            there = list(Case.objects.order_by("id").values_list("pk", flat=True)[:7])
            if there:  # copying them was broken off
                return dict(zip((*ENDS, "closed"), there, strict=True))
            city = kit.build()
        loop = kit.Loop(city)
        ends = {
            "patrol": loop.patrol(), "to_department": loop.to_department(), "assigned": loop.assign(loop.to_department()),
            "fed_back": loop.feed_back(loop.to_department()),
        }  # fmt: skip
        sent = loop.feed_back(loop.to_department())
        ends["sent"] = loop.do(sent, "acceptor", "send", inspector=city.other_inspector.pk)
        ends["closed"] = loop.whole()
    return {name: case.pk for name, case in ends.items()}


def copy(db: psycopg.Connection, ids: dict[str, int], closed: int, open_: int) -> None:
    """Copy the templates: secondary indexes are made afterwards, the history of copied rows is not written."""
    import django
    from django.conf import settings

    assert django.apps.apps.ready and settings.configured
    tables = (
        "command_case",
        "command_casestep",
        "command_report",
        "command_errand",
        "workflow_instance",
        "workflow_part",
        "workflow_task",
    )
    began = time.perf_counter()
    kept = db.execute(
        "SELECT indexdef, indexname FROM pg_indexes i JOIN pg_class c ON c.relname = i.indexname JOIN pg_index x ON x.indexrelid = c.oid "
        "WHERE tablename = ANY(%s) AND NOT indisunique",
        [list(tables)],
    ).fetchall()
    with db.transaction():  # whole or not at all
        for table in tables:
            db.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for _, name in kept:
            db.execute(f'DROP INDEX "{name}"')
        for number, (end, pk) in enumerate(ids.items()):
            count = closed if end == "closed" else int(open_ * ENDS[end])
            one_case(db, pk, number, count, finished=end == "closed")
        db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement, _ in kept:
            db.execute(statement)
        for table in tables:
            db.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            db.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    for table in tables:
        db.execute(f"VACUUM ANALYZE {table}")
    print(f"  {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


def one_case(db: psycopg.Connection, pk: int, number: int, count: int, *, finished: bool) -> None:
    """`count` copies of one case with its rows; the rows of a county other than the first belong to other bodies."""
    shift = "(n %% 2900 + 1) * interval '1 day'" if finished else "(n %% 240 - 120) * interval '1 hour'"
    county = f"(ARRAY['420106','420102','420103','420104','420105','420107','420111','420112','420113','420114','420115','420116','420117'])[1 + n %% {COUNTIES}]"
    own = f"n %% {COUNTIES} = 0"
    instance = _one(db, f"SELECT id FROM workflow_instance WHERE subject = 'command.case:{pk}'")
    base = {
        table: _one(db, f"SELECT coalesce(max(id), 0) FROM {table}")
        for table in ("command_case", "workflow_instance", "workflow_part", "workflow_task")
    }
    case, inst, part = (f"{base[t]} + n" for t in ("command_case", "workflow_instance", "workflow_part"))
    tasks = TASKS if finished else _one(db, f"SELECT count(*) FROM workflow_task WHERE instance_id = {instance}")
    common = {"region_code": f"CASE WHEN {own} THEN t.region_code ELSE {county} || substr(t.region_code, 7) END"}
    bodies = {
        "org_code": f"CASE WHEN {own} THEN t.org_code ELSE 'X' || {county} END",
        "parties": f"CASE WHEN {own} THEN t.parties ELSE '{{}}' END",
    }
    subject = {"subject": f"'command.case:' || ({case})"}
    day = f"to_char(date '2012-01-01' + {number * 400} + (n / 99999)::integer, 'YYYYMMDD')"
    clone(db, "command_case", f"id = {pk}", count, 1, shift, common | bodies | {
        "id": case, "number": f"'420106' || {day} || lpad((n %% 99999 + 1)::text, 5, '0')", "previous_id": "NULL", "master_id": "NULL",
        "task": "NULL" if finished else f"{base['workflow_task']} + n * {tasks}",
        "location": "ST_Translate(t.location, (n %% 1000) * 1e-6, (n / 1000 %% 1000) * 1e-6)",
    })  # fmt: skip
    clone(db, "command_casestep", f"case_id = {pk}", count, LINES if finished else 50, shift, common | bodies | {"case_id": case})
    clone(db, "command_report", f"case_id = {pk}", count, 1, shift, common | {
        "case_id": case, "client_key": "gen_random_uuid()", "number": f"'420106' || '{10 + number}0101' || lpad(n::text, 8, '0')", "previous_id": "NULL",
    })  # fmt: skip
    clone(db, "workflow_instance", f"id = {instance}", count, 1, shift, common | bodies | subject | {"id": inst})
    clone(
        db,
        "workflow_part",
        f"instance_id = {instance}",
        count,
        1,
        shift,
        common | {"id": part, "instance_id": inst, "parent_id": "NULL", "next_timer": "NULL"},
    )
    clone(db, "workflow_task", f"instance_id = {instance}", count, tasks, shift, common | bodies | subject | {
        "id": f"{base['workflow_task']} + n * {tasks} + t.zj_k", "instance_id": inst, "part_id": part, "asked_by_id": "NULL",
        "org_id": f"CASE WHEN {own} THEN t.org_id ELSE -(n %% {COUNTIES}) END", "assignee": f"CASE WHEN {own} THEN t.assignee END",
    })  # fmt: skip
    if not finished:
        clone(db, "command_errand", f"case_id = {pk}", count, 5, shift, common | {"case_id": case, "task": "NULL"})


def clone(db: psycopg.Connection, table: str, where: str, count: int, most: int, shift: str, changes: dict[str, str]) -> None:
    """The newest `most` rows of `table` that meet `where`, `count` times, all moments moved back by `shift`."""
    found = db.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
        [table],
    ).fetchall()
    values = {}
    for name, kind in found:
        if name == "id" and "id" not in changes:
            continue  # from the sequence
        moved = f't."{name}" - {shift}' if kind.startswith("timestamp") else f't."{name}"'
        values[name] = changes.get(name, moved)
    into = ", ".join(f'"{name}"' for name in values)
    source = (
        f"SELECT {', '.join(values.values())} FROM (SELECT *, row_number() OVER (ORDER BY id DESC) - 1 AS zj_k FROM {table} WHERE {where} "
        f"ORDER BY id DESC LIMIT {most}) t, generate_series(%s::bigint, %s::bigint) n"
    )
    for first in range(1, count + 1, CHUNK):
        db.execute(f"INSERT INTO {table} ({into}) {source}", [first, min(first + CHUNK - 1, count)])


def _one(db: psycopg.Connection, sql: str) -> int:
    row = db.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


def report() -> float:
    """Reports one process takes in per second, as a resident, each in its transaction."""
    import random

    from django.db import transaction

    from zhujian.boards.city_management.command import services
    from zhujian.boards.city_management.command.tests import kit
    from zhujian.foundation.identity.models import Account
    from zhujian.foundation.identity.testing import scope_of
    from zhujian.foundation.kernel import scope

    chance = random.Random(os.getpid())
    with transaction.atomic(), scope.system("基准测试"):
        who = scope_of(Account.objects.get(name="王居民"))

    def one() -> None:
        with transaction.atomic(), scope.acting(who):
            services.do_report(
                client_key=uuid.uuid4(), source="public_web", lon=kit.WEST + chance.random() * 0.0009, lat=kit.SOUTH + chance.random() * 0.0009,
                kind="event", class_code="0110", description="路边有一堆垃圾",
            )  # fmt: skip

    return frame.per_second(one, seconds=SECONDS, warm_up=20)


if __name__ == "__main__":
    import django

    frame.DATABASE = os.environ["ZHUJIAN_DB_NAME"]
    django.setup()
    print(json.dumps(fill(int(sys.argv[2]), int(sys.argv[3]))) if sys.argv[1] == "fill" else report())
