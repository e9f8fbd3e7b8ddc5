"""Helpers for tests of modules that own processes."""

from __future__ import annotations

from typing import Any

from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.testing import scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow import services
from zhujian.foundation.workflow.models import OPEN, Instance, Task


def complete(account: Account, task: Task, outcome: str, *, comment: str = "", **data: Any) -> Task:
    """Complete `task` as `account` does."""
    with scope.acting(scope_of(account)):
        return services.do_complete(task.pk, outcome=outcome, data=data, comment=comment)


def open_tasks(instance: Instance | int) -> list[Task]:
    """Open tasks of the instance, oldest first."""
    with scope.system("测试"):
        pk = instance if isinstance(instance, int) else instance.pk
        return list(Task.objects.filter(instance=pk, status__in=OPEN).order_by("pk"))


def task_at(instance: Instance | int, node: str, step: str = "") -> Task:
    """The open task at `node` (of `step`); AssertionError with what is open otherwise."""
    found = [t for t in open_tasks(instance) if t.node == node and (not step or t.step == step)]
    assert found, f"no open task {node!r} {step!r}; open: {[(t.step, t.node) for t in open_tasks(instance)]}"
    return found[0]
