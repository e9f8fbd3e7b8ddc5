"""A task from the province to its cities and back: on the engine, under row-level security, with its clocks."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from zhujian.boards.city_management.supervision import selectors
from zhujian.boards.city_management.supervision.models import Circular, SupervisionTask, UnitStep, UnitTask
from zhujian.boards.city_management.supervision.services import circulars, extensions, tasks
from zhujian.foundation.events.models import Event
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity import testing
from zhujian.foundation.identity.models import Account
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, NotFound, Refusal
from zhujian.foundation.messages.models import Message
from zhujian.foundation.workflow.models import Task

pytestmark = pytest.mark.django_db
PROVINCE, WUHAN, YICHANG, HONGSHAN = "420000000000", "420100000000", "420500000000", "420111000000"


def code(region: str, authority: str = "UMB") -> str:
    return testing.make_organisation(region, authority).code


def paper() -> SimpleUploadedFile:
    """A scanned notice."""
    data = BytesIO()
    Image.new("RGB", (60, 80), "white").save(data, "JPEG")
    return SimpleUploadedFile("通知.jpg", data.getvalue(), "image/jpeg")


class World:
    """The province's superviser and head, two cities' desks, a district's desk."""

    def __init__(self) -> None:
        self.province = testing.make_official(PROVINCE, "HUD", roles=["superviser"], name="省督查")
        self.head = testing.make_official(PROVINCE, "HUD", roles=["leader"], name="厅领导")
        self.wuhan = testing.make_official(WUHAN, "UMB", roles=["department_desk", "superviser"], name="武汉经办")
        self.yichang = testing.make_official(YICHANG, "UMB", roles=["department_desk"], name="宜昌经办")
        self.hongshan = testing.make_official(HONGSHAN, "UMB", roles=["department_desk"], name="洪山经办")

    def draft(self, who: Account | None = None, **changes: Any) -> SupervisionTask:
        values = {"kind": "special", "title": "窨井盖安全专项治理", "requirement": "全面排查窨井盖病害隐患。", "limit_days": 5,
                  "receivers": [code(WUHAN), code(YICHANG)]} | changes  # fmt: skip
        with scope.acting(testing.scope_of(who or self.province)):
            return tasks.do_draft(values, files=[paper()], origin_id=changes.get("origin_id"))

    def issued(self, who: Account | None = None, **changes: Any) -> dict[str, UnitTask]:
        drafted = self.draft(who, **changes)
        with scope.acting(testing.scope_of(who or self.province)):
            tasks.do_issue(drafted.pk)
        with scope.system("test"):
            return {unit.org_code: unit for unit in UnitTask.objects.filter(task=drafted).select_related("task")}


@pytest.fixture
def world(db: None) -> World:
    return World()


def act(who: Account, unit: UnitTask, node: str, outcome: str, comment: str = "", **options: Any) -> UnitTask:
    with scope.acting(testing.scope_of(who)):
        return tasks.do_act(unit.pk, node, outcome, comment=comment, **options)


def answer(who: Account, unit: UnitTask) -> None:
    act(who, unit, "receive", "receive")
    act(who, unit, "arrange", "self")
    act(who, unit, "handle", "feedback", "已排查 1200 处，整改 37 处。")


def state(record: Any) -> str:
    with scope.system("test"):
        return type(record).objects.get(pk=record.pk).state


def test_a_task_goes_down_comes_back_and_the_parent_closes_with_its_last_part(world: World) -> None:
    units = world.issued()
    wuhan, yichang = units[code(WUHAN)], units[code(YICHANG)]
    answer(world.wuhan, wuhan)
    act(world.province, wuhan, "review", "return", "请补充整改照片。")
    assert state(wuhan) == "returned"
    act(world.wuhan, wuhan, "handle", "feedback", "已补充照片。")
    act(world.province, wuhan, "review", "close")
    assert (state(wuhan), state(wuhan.task)) == ("closed", "issued")
    answer(world.yichang, yichang)
    act(world.province, yichang, "review", "close")
    with scope.system("test"):
        task = SupervisionTask.objects.get(pk=wuhan.task_id)
        assert task.state == "closed" and task.closed_at is not None
        said = list(UnitStep.objects.filter(unit=wuhan).order_by("id").values_list("action", "to_state"))
        assert said == [("下发", "issued"), ("签收", "received"), ("本单位办理", "handling"), ("反馈", "fed_back"), ("退回重办", "returned"),
                        ("反馈", "fed_back"), ("办结", "closed")]  # fmt: skip
        assert UnitTask.objects.get(pk=wuhan.pk).returns == 1
        assert Event.objects.filter(name="supervision.closed").count() == 1
        assert Entry.objects.filter(kind="supervision.issued").count() == 1


def test_each_city_sees_its_own_part_only_and_the_province_all(world: World) -> None:
    units = world.issued()
    wuhan = units[code(WUHAN)]
    with scope.acting(testing.scope_of(world.wuhan)):
        assert [u.org_code for u in UnitTask.objects.all()] == [code(WUHAN)]
        assert SupervisionTask.objects.get().title == "窨井盖安全专项治理"
        assert len(selectors.files_of(UnitTask.objects.get().files)) == 1, "the paper came with the task"
    with scope.acting(testing.scope_of(world.yichang)), pytest.raises(NotFound):
        tasks.do_act(wuhan.pk, "receive", "receive")
    with scope.acting(testing.scope_of(world.hongshan)):
        assert not UnitTask.objects.exists() and not SupervisionTask.objects.exists()
    with scope.acting(testing.scope_of(world.province)):
        assert UnitTask.objects.count() == 2


def test_a_draft_is_nobody_elses_business(world: World) -> None:
    world.draft()
    with scope.acting(testing.scope_of(world.wuhan)):
        assert not SupervisionTask.objects.exists()


def test_receipt_is_due_after_one_working_day_and_the_answer_after_the_limit(world: World) -> None:
    unit = world.issued()[code(WUHAN)]
    with scope.system("test"):
        receive = Task.objects.get(subject=unit.key, node="receive")
        assert receive.due == unit.receipt_due and unit.due > unit.receipt_due
    act(world.wuhan, unit, "receive", "receive")
    act(world.wuhan, unit, "arrange", "self")
    with scope.system("test"):
        assert Task.objects.get(subject=unit.key, node="handle").due == unit.due


def test_overdue_receipt_is_marked_once_and_a_circular_is_drafted_signed_and_read(world: World) -> None:
    unit = world.issued()[code(WUHAN)]
    past = timezone.now() - timedelta(minutes=1)
    with scope.system("test"):
        UnitTask.objects.filter(pk=unit.pk).update(receipt_due=past)
        assert circulars.mark_overdue() == 1
        assert circulars.mark_overdue() == 0
        draft = Circular.objects.get()
        assert (draft.kind, draft.state, draft.named) == ("receipt", "draft", [code(WUHAN)])
    with scope.acting(testing.scope_of(world.wuhan)):
        assert not Circular.objects.exists(), "a draft is not yet for the one it names"
        with pytest.raises(NotAllowed):
            circulars.do_publish(draft.pk)
    with scope.acting(testing.scope_of(world.head)):
        row = circulars.do_publish(draft.pk)
        assert row.number.startswith("城管督〔")
        with pytest.raises(Conflict):
            circulars.do_publish(draft.pk)
    with scope.acting(testing.scope_of(world.wuhan)):
        assert Circular.objects.get().state == "published"
    with scope.system("test"):
        assert Message.objects.filter(account=world.wuhan, title__startswith="通报：").count() == 1
        assert UnitTask.objects.get(pk=unit.pk).receipt_late
        UnitTask.objects.filter(pk=unit.pk).update(due=past)
        assert circulars.mark_overdue() == 1
        assert sorted(Circular.objects.values_list("kind", flat=True)) == ["feedback", "receipt"]


def test_an_extension_moves_the_date_and_a_late_or_second_request_is_refused(world: World) -> None:
    unit = world.issued()[code(WUHAN)]
    act(world.wuhan, unit, "receive", "receive")
    act(world.wuhan, unit, "arrange", "self")
    with scope.acting(testing.scope_of(world.wuhan)):
        asked = extensions.do_ask(unit.pk, days=3, reason="汛期延误。")
        with pytest.raises(Refusal, match="待审核"):
            extensions.do_ask(unit.pk, days=3, reason="再延。")
        with pytest.raises(NotAllowed):
            extensions.do_decide(asked.pk, grant=True)
    with scope.acting(testing.scope_of(world.province)):
        with pytest.raises(Refusal, match="理由"):
            extensions.do_decide(asked.pk, grant=False)
        extensions.do_decide(asked.pk, grant=True)
    with scope.system("test"):
        later = UnitTask.objects.get(pk=unit.pk)
        assert later.due > unit.due and later.extended == 1
        assert Task.objects.get(subject=unit.key, node="handle").due == later.due
        UnitTask.objects.filter(pk=unit.pk).update(due=timezone.now() - timedelta(minutes=1))
    with scope.acting(testing.scope_of(world.wuhan)), pytest.raises(Refusal, match="时限已过"):
        extensions.do_ask(unit.pk, days=3, reason="再延。")


def test_a_city_forwards_to_a_district_and_answers_after_it(world: World) -> None:
    unit = world.issued()[code(WUHAN)]
    act(world.wuhan, unit, "receive", "receive")
    act(world.wuhan, unit, "arrange", "forward")
    below = world.issued(world.wuhan, receivers=[code(HONGSHAN)], origin_id=unit.pk)[code(HONGSHAN)]
    with pytest.raises(Refusal, match="转办下级"):
        act(world.wuhan, unit, "handle", "feedback", "已办。")
    answer(world.hongshan, below)
    act(world.wuhan, below, "review", "close")
    assert state(below.task) == "closed"
    act(world.wuhan, unit, "handle", "feedback", "汇总：洪山区已办结。")
    assert state(unit) == "fed_back"


def test_urging_counts_supervision_only_rises_and_nobody_urges_themselves(world: World) -> None:
    unit = world.issued(is_key=True)[code(WUHAN)]
    assert unit.level == "2"
    with scope.acting(testing.scope_of(world.province)):
        tasks.do_urge(unit.pk, text="请尽快签收。")
        with pytest.raises(Refusal, match="只能提高"):
            tasks.do_supervise(unit.pk, level="1", text="督办。")
        assert tasks.do_supervise(unit.pk, level="3", text="领导督办。").level == "3"
    with scope.acting(testing.scope_of(world.wuhan)), pytest.raises(NotAllowed, match="本单位"):
        tasks.do_urge(unit.pk, text="催自己。")
    with scope.system("test"):
        assert UnitTask.objects.get(pk=unit.pk).urged == 1


def test_what_a_draft_needs_is_said_and_tasks_only_go_down(world: World) -> None:
    with pytest.raises(Refusal) as refusal:
        world.draft(title=" ", kind="other", limit_days=0)
    assert {r.field for r in refusal.value.reasons} == {"title", "kind", "limit_days"}
    with pytest.raises(Refusal, match="不能作为接收单位"):
        world.draft(world.wuhan, receivers=[code(YICHANG)])
    empty = world.draft(receivers=[])
    with scope.acting(testing.scope_of(world.province)), pytest.raises(Refusal, match="至少选择"):
        tasks.do_issue(empty.pk)
    with scope.acting(testing.scope_of(world.yichang)), pytest.raises(NotAllowed):
        tasks.do_draft({})


def test_cancelling_ends_every_open_part(world: World) -> None:
    unit = world.issued()[code(WUHAN)]
    with scope.acting(testing.scope_of(world.province)):
        tasks.do_cancel(unit.task_id, reason="与上级部署合并。")
    assert (state(unit), state(unit.task)) == ("cancelled", "cancelled")
    with scope.acting(testing.scope_of(world.wuhan)), pytest.raises(Conflict):
        tasks.do_act(unit.pk, "receive", "receive")


def test_the_unit_cannot_review_its_own_answer(world: World) -> None:
    unit = world.issued()[code(WUHAN)]
    answer(world.wuhan, unit)
    with scope.acting(testing.scope_of(world.wuhan)), pytest.raises(NotAllowed):
        tasks.do_act(unit.pk, "review", "close")
