"""Prepared statements give the same rows as the ORM, and write the same values."""

from __future__ import annotations

from copy import copy
from datetime import UTC, datetime

import pytest
from django.db import DataError, transaction
from django.db.models.base import ModelState

from zhujian.foundation.kernel import prepared, scope
from zhujian.foundation.kernel.errors import Conflict
from zhujian.foundation.workflow.models import Bundle, Instance, Part, Task

pytestmark = pytest.mark.django_db
REGION = "420106000000"


def some_task() -> Task:
    bundle = Bundle.objects.create(key="k", sha="s" * 64, definitions=[1, 2])
    instance = Instance.objects.create(
        key="k", bundle=bundle, subject="t.t:1", title="事项", region_code=REGION, facts={"层数": 3, "list": [1, "二"]}
    )
    part = Part.objects.create(instance=instance, region_code=REGION, spec="k", state={"tasks": []})
    return Task(
        instance=instance, part=part, token="a" * 32, node="n", title="审查", subject="t.t:1", subject_title="事项", process="k",
        outcomes=[["pass", "同意"]], party_keys=["org:A", 'org:"B"'], clock_start=datetime(2026, 1, 5, tzinfo=UTC),
        region_code=REGION, parties=["org:A"],
    )  # fmt: skip


def test_insert_and_fetch_agree_with_the_orm() -> None:
    with scope.system("测试"):
        task = some_task()
        prepared.insert(Task, [task])
        (read, part), (again,) = (
            prepared.fetch(
                ((Task, "t"), (Part, "p")),
                "FROM workflow_task t JOIN workflow_part p ON p.id = t.part_id WHERE t.id = %s",
                [task.pk],
            )[0],
            prepared.fetch(((Task, "t"),), "FROM workflow_task t WHERE t.id = %s", [task.pk])[0],
        )
        by_orm = Task.objects.get(pk=task.pk)
        for field in Task._meta.concrete_fields:
            assert getattr(read, field.attname) == getattr(by_orm, field.attname) == getattr(again, field.attname), field.name
        assert part.state == {"tasks": []}
        assert read.city_key == "4201"
        assert not read._state.adding


def test_insert_of_nothing_sends_nothing() -> None:
    assert prepared.insert(Task, []) == []


def test_save_version_refuses_a_stale_row() -> None:
    with scope.system("测试"):
        task = prepared.insert(Task, [some_task()])[0]
        task.outcomes, task.party_keys, task.status = [["no", "不同意"]], ["person:7"], "done"
        task.save_version(1, fields=["outcomes", "party_keys", "status"])
        kept = Task.objects.get(pk=task.pk)
        assert (kept.outcomes, kept.party_keys, kept.status, kept.version) == ([["no", "不同意"]], ["person:7"], "done", 2)
        assert kept.updated_at > task.updated_at
        with pytest.raises(Conflict):
            task.save_version(1, fields=["status"])


def test_a_geometry_is_left_to_the_orm() -> None:
    from zhujian.boards.construction.project_management.models import Project

    assert not prepared.plain(Project, ["location"])
    assert prepared.plain(Project, ["name", "conditions", "facts"])
    with pytest.raises(TypeError):
        prepared.insert(Project, [Project()])


def test_many_rows_are_written_as_the_orm_would_and_nothing_is_cut() -> None:
    with scope.system("测试"):
        first = some_task()
        tasks = [copy(first) for _ in range(5)]
        for number, task in enumerate(tasks):
            task.token, task._state = f"{number:032d}", ModelState()
        prepared.insert(Task, tasks)
        for number, task in enumerate(tasks):
            task.title, task.outcomes = f"审查{number}", [["pass", f"同意{number}"]]
            task.due = datetime(2026, 1, 6 + number, tzinfo=UTC) if number else None
        assert prepared.update_many(Task, tasks, ["title", "outcomes", "due"], size=2) == 5
        for task in tasks:
            kept = Task.objects.get(pk=task.pk)
            assert (kept.title, kept.outcomes, kept.due, kept.version) == (task.title, task.outcomes, task.due, 1)
        assert prepared.update_many(Task, [], ["title"]) == 0
        with pytest.raises(TypeError):
            prepared.update_many(Task, tasks, ["parties"])
        tasks[0].token = "a" * 33
        with pytest.raises(DataError), transaction.atomic():
            prepared.update_many(Task, tasks[:1], ["token"])
