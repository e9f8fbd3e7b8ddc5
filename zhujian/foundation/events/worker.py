"""The worker: delivers events and runs periodic jobs until told to stop, and long work in lanes beside them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, connection, transaction

from zhujian.foundation.events import registry, services
from zhujian.foundation.kernel import scope

log = logging.getLogger("zhujian.worker")


def run_job(job: registry.Job) -> int | None:
    """Run a job once in a transaction; None when another worker is running it."""
    with transaction.atomic(), scope.system(f"定时任务 {job.name}"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [f"job:{job.name}"])
        if not cursor.fetchone()[0]:
            return None
        return job.run()


def run_jobs() -> dict[str, int | None]:
    """Run every job once, in registration order; used by tests and by ``worker --once``."""
    return {job.name: run_job(job) for job in registry.jobs()}


def loop(stopped: Callable[[], bool], pause: float = 0.5) -> None:
    """Work until `stopped()`; a fault in one round is logged and the next round tries again."""
    due = {job.name: 0.0 for job in registry.jobs()}
    beside = [
        threading.Thread(target=_keep, args=(lane, stopped, pause), name=lane.name, daemon=True) for lane in registry.lanes()
    ]
    for thread in beside:
        thread.start()
    while not stopped():
        try:
            done = services.deliver_all(limit=200)
            for job in registry.jobs():
                if time.monotonic() >= due[job.name] and not stopped():
                    due[job.name] = time.monotonic() + job.seconds
                    _guarded(job)
        except DatabaseError:
            log.exception("the database did not answer; trying again")
            connection.close()
            done = 0
        if not done:
            time.sleep(pause)
    for thread in beside:
        thread.join(10)


def run_lanes() -> int:
    """Do everything that waits in the lanes, here and now; used by ``worker --once`` and by tests. Returns how many pieces."""
    count = 0
    for lane in registry.lanes():
        while lane.run(lambda: False):
            count += 1
    return count


def _keep(lane: registry.Lane, stopped: Callable[[], bool], pause: float) -> None:
    """A lane's thread: one piece after the other; a fault is logged and the next round tries again."""
    while not stopped():
        try:
            done = lane.run(stopped)
        except Exception:
            log.exception("lane %s failed", lane.name)
            connection.close()
            done = False
        if not done:
            time.sleep(max(pause, 1.0))
    connection.close()


def _guarded(job: registry.Job) -> None:
    try:
        run_job(job)
    except DatabaseError:
        raise
    except Exception:
        log.exception("job %s failed", job.name)
