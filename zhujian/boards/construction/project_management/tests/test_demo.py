"""The demonstration: every login that is meant to work finds work, in every colour of the clock."""

from __future__ import annotations

import pytest

from zhujian.boards.construction.project_management import demo
from zhujian.boards.construction.project_management.models import Project
from zhujian.foundation.identity import demo as people
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Account
from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow import selectors as workflow

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

WORKERS = (
    "dev01", "con06", "sup11", "window.gsc.420100", "reviewer.hud.420100", "approver.hud.420100", "reviewer.nrp.420100",
    "approver.drc.420100", "supervisor.qss.420100", "reviewer.hud.420106", "approver.hud.420106", "approver.hud.420500",
)  # fmt: skip


def test_every_login_finds_work_in_every_colour() -> None:
    with scope.system("test"):
        people.load()
        demo.load()
    work: dict[str, list] = {}
    for name in WORKERS:
        account = Account.objects.get(username=name)
        for post in identity.posts_of(account):
            with scope.acting(identity.scope_for(account, post)):
                work.setdefault(name, []).extend(workflow.todo())
    assert not [name for name in WORKERS if not work[name]]
    rows = [task for tasks in work.values() for task in tasks]
    lights = {signal.code for task in rows if (signal := workflow.signal(task))}
    assert lights == {"green", "yellow", "red", "grey"}
    assert any(task.urged for task in rows)
    assert {"supplement", "rectify"} <= {task.node for task in rows}
    with scope.system("test"):
        assert Project.objects.filter(status="extinct").count() == 1
        placed = Project.objects.filter(process_id=None, location__isnull=False)
        assert placed.count() > demo.HISTORY * 0.9
        assert not Project.objects.filter(object_kind="MUNI_LINE").exclude(type_code="T2").exists()
