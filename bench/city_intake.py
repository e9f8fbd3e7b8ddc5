"""Report intake of city management: two callers at once, each report its own commit with grid, history, event and evidence (bar: 200 a second)."""

from __future__ import annotations

import multiprocessing
import random

import psycopg

from bench.city_points import EAST, FILL, NORTH, SIDE, SOUTH, WEST
from bench.frame import Row, milliseconds, owner_url, per_second

CALLERS, SECONDS = 2, 8.0
WANTED = 200.0


def _caller(number: int, answers: multiprocessing.Queue[float]) -> None:
    """File reports as fast as one process can."""
    from django.db import connection

    connection.close()
    act = _act(number)
    answers.put(per_second(act, seconds=SECONDS, warm_up=20))


def _act(number: int) -> object:
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
    """Reports a second of two callers together, and how long one takes when nobody else reports."""
    with psycopg.connect(owner_url(), autocommit=True) as db:
        if not db.execute("SELECT count(*) > 90000 FROM digital_city_grid").fetchone()[0]:  # type: ignore[index]
            db.execute(FILL)
            db.execute("VACUUM ANALYZE digital_city_grid")
    median, worst = milliseconds(_act(0), times=200)  # type: ignore[arg-type]
    from django.db import connection

    connection.close()
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    callers = [fork.Process(target=_caller, args=(number, answers)) for number in range(1, CALLERS + 1)]
    for one in callers:
        one.start()
    together = sum(answers.get(timeout=SECONDS * 6) for _ in callers)
    for one in callers:
        one.join()
    return [
        Row(
            "城管上报入库（两路同时，每条一次提交）",
            together,
            WANTED,
            1.0,
            note=f"一条 {median:.1f} 毫秒，最慢百分之一 {worst:.1f} 毫秒",
        ),
    ]
