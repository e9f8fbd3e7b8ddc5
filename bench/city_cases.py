"""City management with many cases: taking in reports, and the pages of those on duty, at 10⁴ closed cases and at very many.

Databases of their own (``zj_cases_10000``, ``zj_cases_<N>``) are kept between runs: a small city in which real cases were led through the
process by its services, each then copied with its rows over the thirteen counties of a city, one thirteenth of them in the county that is
asked (`bench.city_fill` says what of a closed case is copied). Tables, policies, triggers and indexes are those that are shipped.
``ZHUJIAN_BENCH_CASES`` (10⁷) and ``ZHUJIAN_BENCH_OPEN`` (200,000) set the size; 10⁷ take 10 to 15 minutes once and some 20 GB.

Reports are taken in by two processes through the service, a transaction each; pages are read over HTTP from granian with two workers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import psycopg

from bench import frame
from bench.frame import BASE, Row, milliseconds

CLOSED = int(os.environ.get("ZHUJIAN_BENCH_CASES", 10**7))
OPEN = int(os.environ.get("ZHUJIAN_BENCH_OPEN", 200_000))
SMALL = (10_000, 5_000)  # so many open ones that the pages of a county are as full as at the large size
BARE = "zj_cases_bare"  # migrated, without cases: the pattern of the others
SECONDS, TIMES, WARM = 6, 300, 40  # a page is met by each of the eight threads before it is timed
# How far open cases have come.
ENDS = {"patrol": 0.1, "to_department": 0.25, "assigned": 0.3, "fed_back": 0.1, "sent": 0.15, "checked": 0.1}
# These walk over the open cases that are about to run out, forty times as many at the large size: fast enough, not flat.
WALKS = ("数字城管首页", "移动值班")
PAGES = (
    ("我的待办", "dispatcher", "/command/todo/", 1.0), ("部门待办", "department_desk", "/command/todo/", 1.0),
    ("值班长待办", "shift_leader2", "/command/todo/", 1.0), ("在办案件", "dispatcher", "/command/cases/", 1.0),
    ("部门在办案件", "department_desk", "/command/cases/", 1.0), ("案件页", "dispatcher", "/command/cases/{open}/", 1.0),
    ("已结案件页", "dispatcher", "/command/cases/{closed}/", 1.0), ("受理台", "acceptor", "/command/desk/", 1.0),
    ("数字城管首页", "acceptor", "/command/", 1.0), ("移动值班", "leader", "/command/leader/", 1.0), ("值班大屏", "leader", "/command/wall/", 0.0),
)  # fmt: skip


def run() -> list[Row]:
    """Rows of the table: reports a second, the slowest percent of each page, and how flat it stays."""
    small, large = made(*SMALL), made(CLOSED, OPEN)
    few, many = pages(small), pages(large)
    rows = [Row("接收上报（服务，2 个进程）", intake(large), 200.0, 1.0, note=f"{CLOSED:,} 件已结、{OPEN:,} 件在办")]
    for name, _, _, bar in PAGES:
        middle, worst = many[name]
        rows.append(Row(f"{name} p99", worst, 100.0, bar, "毫秒", at_most=True, note=f"中位 {middle:.0f} 毫秒"))
        rows.append(
            Row(
                f"{name} p99，比 {SMALL[0]:,} 件时",
                worst,
                few[name][1],
                0.0 if name in WALKS else 1.5 * bar,
                "毫秒",
                at_most=True,
            )
        )
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
            taken[name] = milliseconds(lambda caller=caller, where=where: caller.get(where), times=TIMES, warm_up=WARM)  # type: ignore[misc]
    return taken


# -- in a process of its own, on the database itself ----------------------------------------------------------------------------


def fill(closed: int, open_: int) -> dict[str, Any]:
    """Make what is missing; sessions and two cases to look at."""
    from django.db import transaction
    from django.test import Client

    from bench.city_fill import Fill
    from zhujian.boards.city_management.command.models import Case, CaseStep
    from zhujian.foundation.identity.models import Account
    from zhujian.foundation.identity.testing import login
    from zhujian.foundation.kernel import scope

    with psycopg.connect(frame.owner_url(), autocommit=True) as db:
        if not db.execute("SELECT to_regclass('zj_fill') IS NOT NULL").fetchone()[0]:  # type: ignore[index]
            print(f"  {closed:,} cases …", file=sys.stderr, flush=True)
        found = templates()
        ends = {"closed": (found["closed"], closed)} | {end: (found[end], int(open_ * share)) for end, share in ENDS.items()}
        Fill(db, ends | {"waiting": (found["waiting"], max(2000, open_ // 100))}).run()
    sessions = {}
    with transaction.atomic(), scope.system("基准测试"):
        for role in sorted({role for _, role, _, _ in PAGES}):
            client = Client()
            login(client, Account.objects.get(name=role))
            sessions[role] = client.cookies["sessionid"].value
        here = CaseStep.objects.filter(county_key="420106", case__gt=max(found.values()))
        last = {
            "open": Case.objects.filter(county_key="420106", state="to_dispatch").latest("pk").pk,
            "closed": here.filter(action="close").latest("at").case_id,
        }
    return {"sessions": sessions, **last}


def templates() -> dict[str, int]:
    """Real cases of a small city, one for each end, and a report that waits; their ids. Led through the process once in a database."""
    from django.db import transaction

    from zhujian.boards.city_management.command.models import Case, Report
    from zhujian.boards.city_management.command.tests import kit
    from zhujian.foundation.kernel import scope

    with transaction.atomic():
        with scope.system("基准测试"):
            there = list(Case.objects.order_by("id").values_list("pk", flat=True)[: len(ENDS) + 1])
            if there:  # copying them was broken off
                return dict(zip((*ENDS, "closed"), there, strict=True)) | {
                    "waiting": Report.objects.filter(state="waiting").earliest("pk").pk
                }
            city = kit.build()
        loop = kit.Loop(city)
        ends = {
            "patrol": loop.patrol(), "to_department": loop.to_department(), "assigned": loop.assign(loop.to_department()),
            "fed_back": loop.feed_back(loop.to_department()),
        }  # fmt: skip
        sent = loop.feed_back(loop.to_department())
        ends["sent"] = loop.do(sent, "acceptor", "send", inspector=city.other_inspector.pk)
        ends["checked"] = loop.check(loop.feed_back(loop.to_department()))
        ends["closed"] = loop.whole()
        return {name: case.pk for name, case in ends.items()} | {"waiting": loop.report().pk}


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
