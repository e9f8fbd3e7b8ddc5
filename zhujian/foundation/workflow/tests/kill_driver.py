"""Completes tasks in forked processes that die by SIGKILL at a chosen write; driven by test_kill.py over a pipe.

Reads lines ``<task id> <account id> <n>``: the child kills itself instead of doing its n-th write (the commit counts as the
last one, n = -1 kills right after the commit, n = 0 never). Answers ``<signal or 0> <writes seen>``.
"""

from __future__ import annotations

import os
import signal
import sys


def child(task_id: int, account_id: int, fatal: int, pipe: int) -> None:
    """Complete the task, dying at write number `fatal`."""
    from django.db import connection, transaction

    from zhujian.foundation.identity.models import Account
    from zhujian.foundation.identity.testing import scope_of
    from zhujian.foundation.kernel import scope
    from zhujian.foundation.workflow import services

    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(execute, sql, params, many, context):
        if str(sql).lstrip().split(None, 1)[0].upper() in ("INSERT", "UPDATE", "DELETE", "WITH"):
            count()
        return execute(sql, params, many, context)

    commit = connection._commit

    def watched_commit() -> None:
        count()
        commit()
        if fatal == -1:
            os.kill(os.getpid(), signal.SIGKILL)

    with transaction.atomic():
        who = scope_of(Account.objects.get(pk=account_id))
    connection._commit = watched_commit
    with connection.execute_wrapper(watch), transaction.atomic(), scope.acting(who):
        services.do_complete(task_id, outcome="pass", comment="同意")
    os.write(pipe, str(seen).encode())
    os._exit(0)


def main() -> None:
    """Serve requests until standard input ends."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhujian.settings")
    import django

    django.setup()
    for line in sys.stdin:
        task_id, account_id, fatal = map(int, line.split())
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                child(task_id, account_id, fatal, writing)
            finally:
                os._exit(99)
        os.close(writing)
        _, status = os.waitpid(pid, 0)
        seen = os.read(reading, 20).decode() or "0"
        os.close(reading)
        print(f"{status & 0x7F or (status >> 8)} {seen}", flush=True)


if __name__ == "__main__":
    main()
