"""Report intake of city management: two callers at once, each report its own commit with grid, history, event and evidence (bar: 200 a second).

The rate is what two processes do together on this machine, whatever else it does; round trips and processor time of one report, of the
application and of its server process, say where the time goes and hardly depend on who else is at work.
"""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psycopg

from bench.city_points import EAST, FILL, NORTH, SIDE, SOUTH, WEST
from bench.frame import Row, milliseconds, owner_url, per_second

CALLERS, SECONDS = 2, 8.0
WANTED = 200.0
BUDGET = 8  # round trips of a report without photos: begin, scope, stamps, grid, report, event, evidence, commit
TICKS = os.sysconf("SC_CLK_TCK")


class Told(NamedTuple):
    """What one caller did: reports a second, and milliseconds of processor time for each in the application and in its server."""

    rate: float
    own: float
    server: float


def _caller(number: int, answers: multiprocessing.Queue[Told]) -> None:
    """File reports as fast as one process can."""
    from django.db import connection

    connection.close()
    act = _act(number)
    for _ in range(20):
        act()
    backend = connection.connection.info.backend_pid
    count = 0

    def one() -> None:
        nonlocal count
        act()
        count += 1

    own, server = sum(os.times()[:2]), _used(backend)
    rate = per_second(one, seconds=SECONDS, warm_up=0)
    own, server = sum(os.times()[:2]) - own, _used(backend) - server
    answers.put(Told(rate, own * 1000 / count, server * 1000 / count))


def _used(pid: int) -> float:
    """Seconds of processor time of a process of this machine; 0 when the server runs elsewhere."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _act(number: int) -> Callable[[], None]:
    from django.db import transaction

    from zhujian.boards.city_management.command import services
    from zhujian.foundation.kernel import scope

    chance = random.Random(number)

    def one() -> None:
        with transaction.atomic(), scope.acting(scope.PUBLIC):
            report = services.do_report(
                source="public_web", lon=WEST + chance.random() * EAST * SIDE, lat=SOUTH + chance.random() * NORTH * SIDE, kind="event",
                class_code="0110", description="路边有暴露垃圾", reporter_phone="19900000000",
            )  # fmt: skip
            assert report.grid_code, "every point lies in a grid"

    return one


def run() -> list[Row]:
    """Reports a second of two callers together, what one costs, and how long it takes when nobody else reports."""
    with psycopg.connect(owner_url(), autocommit=True) as db:
        if not db.execute("SELECT count(*) > 90000 FROM digital_city_grid").fetchone()[0]:  # type: ignore[index]
            db.execute(FILL)
            db.execute("VACUUM ANALYZE digital_city_grid")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    act = _act(0)
    median, worst = milliseconds(act, times=400, warm_up=20)
    with CaptureQueriesContext(connection) as queries:
        act()
    trips = len(queries)
    connection.close()
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    callers = [fork.Process(target=_caller, args=(number, answers)) for number in range(1, CALLERS + 1)]
    for one in callers:
        one.start()
    told = [answers.get(timeout=SECONDS * 6) for _ in callers]
    for one in callers:
        one.join()
    together = sum(one.rate for one in told)
    own, server = (sum(part) / len(told) for part in list(zip(*told, strict=True))[1:])
    return [
        Row("城管上报入库（两路同时，每条一次提交）", together, WANTED, 1.0, note=f"一条 {median:.1f} 毫秒，最慢百分之一 {worst:.1f} 毫秒"),
        Row("其中每条的处理器时间", own + server, 1000 * CALLERS / WANTED, 1.0, "毫秒", True, f"应用 {own:.1f}，数据库 {server:.1f}"),
        Row("其中每条与数据库的往返", trips, BUDGET, 1.0, "次", True),
    ]  # fmt: skip
