"""kill −9 between any two writes of "complete a task": the step is done once or not at all, with everything that belongs to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from zhujian.foundation.identity.testing import make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow import services
from zhujian.foundation.workflow.models import Task
from zhujian.foundation.workflow.testing import complete, task_at
from zhujian.foundation.workflow.tests import samples

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
WUCHANG = "420106000000"


def counts() -> dict[str, int]:
    """Rows of every table, as the owner of nothing but a system scope sees them."""
    with transaction.atomic(), scope.system("测试"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'spatial%%' "
            "AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'SELECT') ORDER BY 1"
        )
        tables = [row[0] for row in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"SELECT '{t}', count(*) FROM \"{t}\"" for t in tables))
        return dict(cursor.fetchall())


def delta(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {table: after[table] - before[table] for table in after if after[table] != before[table]}


@pytest.fixture
def driver():
    env = {**os.environ, "ZHUJIAN_DB_NAME": settings.DATABASES["default"]["NAME"], "ZHUJIAN_DB_ROLE": "app"}
    command = [sys.executable, "-m", "zhujian.foundation.workflow.tests.kill_driver"]
    base = Path(settings.BASE)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env, cwd=base) as running:

        def ask(task: Task, account, fatal: int) -> tuple[int, int]:
            running.stdin.write(f"{task.pk} {account.pk} {fatal}\n")
            running.stdin.flush()
            code, seen = running.stdout.readline().split()
            return int(code), int(seen)

        yield ask
        running.stdin.close()
        running.wait(20)


def settled() -> None:
    """Wait until the server has noticed that the killed client is gone."""
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in%%'"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.05)


def test_a_step_is_done_once_or_not_at_all(driver) -> None:
    # The last task of a called process: its own part ends, the parent's join opens, the instance's facts change.
    with transaction.atomic(), scope.system("测试"):
        samples.publish(*samples.ALL.values())
        firm = make_enterprise()
        reviewer, window, approver = (make_official(WUCHANG, "HUD", [r]) for r in ("reviewer", "window", "approver"))

    def prepared(number: int) -> Task:
        with transaction.atomic():
            with scope.acting(scope_of(firm)):
                made = services.start(
                    "t_stage", subject=f"test.kill:{number}", region_code=WUCHANG, title="断电", parties=[scope_of(firm).keys[2]]
                )
            complete(firm, task_at(made, "apply", "C01"), "done")
            complete(window, task_at(made, "accept", "C01"), "accept")
            complete(reviewer, task_at(made, "review", "C01"), "pass")
            return task_at(made, "decide", "C01")

    task = prepared(0)
    before = counts()
    code, writes = driver(task, approver, 0)
    whole = delta(before, counts())
    assert code == 0 and writes >= 6
    assert {"events_event", "kernel_history"} <= whole.keys()

    for fatal in range(1, writes + 1):
        task = prepared(fatal)
        before = counts()
        code, _ = driver(task, approver, fatal)
        settled()
        assert code == signal.SIGKILL
        assert delta(before, counts()) == {}, f"something stayed of a step killed at write {fatal}"
        with transaction.atomic():
            assert task_at(task.instance_id, "decide", "C01").version == task.version
        # After the restart the same step can be done, and leaves exactly what it always leaves.
        code, _ = driver(task, approver, 0)
        assert code == 0 and delta(before, counts()) == whole

    task = prepared(writes + 1)
    before = counts()
    code, _ = driver(task, approver, -1)
    settled()
    assert code == signal.SIGKILL and delta(before, counts()) == whole, "what was committed must be whole"
    code, _ = driver(task, approver, 0)
    assert code == 99 and delta(before, counts()) == whole, "a step that is done cannot be done again"
