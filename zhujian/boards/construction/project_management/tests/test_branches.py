"""Ways that are not straight: refusals of one branch, supplements, clocks that pause, joint review, withdrawal."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from zhujian.boards.construction.project_management.models import StepRecord
from zhujian.boards.construction.project_management.services import gates, standing
from zhujian.boards.construction.project_management.tests.world import World, codes_of, is_open, open_task, run_to, status_of
from zhujian.foundation.documents.models import Document
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Refusal
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.models import Part, Task

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")


def titles(project) -> list[str]:
    with scope.system("test"):
        return list(Document.objects.filter(subject=project.subject).order_by("id").values_list("title", flat=True))


def part_of(task: Task) -> Part:
    with scope.system("test"):
        return Part.objects.get(pk=task.part_id)


def test_scenario_10_a_rejected_branch_comes_back_alone(xiangyang: World) -> None:
    walker = xiangyang.to_stage("P5", "T3", is_residential=False, is_presale=False, conditions=[], fire_special=False)
    project = walker.project
    refused: list[int] = []

    def reject_planning_once(task: Task) -> str:
        if task.step == "E02" and task.node == "decide" and not refused:
            refused.append(task.pk)
            return "reject"
        return task.outcomes[0][0]

    walker.choose = reject_planning_once
    walker.run(until=lambda task: task.step == "E02" and task.node == "rectify" or task.step == "E06")
    assert status_of(project, "E02") == "rejected"
    assert {status_of(project, step) for step in ("E04", "E05", "E07")} == {"passed"}
    assert not is_open(walker, "E06") and not is_open(walker, "E08"), "completion acceptance waits for planning verification"
    assert "不予行政许可决定书" in titles(project)
    with scope.system("test"):
        project.refresh_from_db()
        found = gates.notice_gate(project, {"notified_on": "2026-02-20", "accepted_on": "2026-03-10"})
        assert {reason.code for reason in found} == {"acceptance.planning"}
        assert "不得组织竣工验收" in found[0].message
        assert project.fire_route == "FILING", "not special: filing, not acceptance"
        kept = dict(StepRecord.objects.filter(project=project, step__in=("E04", "E05", "E07")).values_list("step", "decided_at"))
    walker.run(until=lambda task: task.step == "E10" or task.step >= "F01")
    assert status_of(project, "E02") == "passed" and status_of(project, "E08") == "passed"
    with scope.system("test"):
        assert StepRecord.objects.get(project=project, step="E02", status="passed").round == 2
        now = dict(StepRecord.objects.filter(project=project, step__in=kept).values_list("step", "decided_at"))
        assert now == kept, "the other branches keep their results"
        assert standing.results_of(project)["E02"] == "pass"


def test_a_step_that_is_done_anew_has_no_result_meanwhile(xiangyang: World) -> None:
    project = xiangyang.register("T5")
    with scope.system("test"):
        common = {"project": project, "region_code": project.region_code, "parties": project.parties, "step": "E02"}
        StepRecord.objects.create(**common, round=1, status="passed")
        assert standing.results_of(project) == {"E02": "pass"}
        again = StepRecord.objects.create(**common, round=2, status="working")
        assert standing.results_of(project) == {}
        again.status = "not_needed"
        again.save()
        assert "E02" in standing.skipped_of(project)


def test_a_supplement_is_asked_once_and_in_time(xiangyang: World) -> None:
    walker = xiangyang.walker(xiangyang.register("T5"))
    project = walker.project
    task = run_to(walker, "A13", "accept")
    assert "supplement" in dict(task.outcomes)
    with pytest.raises(Refusal) as told:
        walker.do(task, "supplement", comment=" ")
    assert codes_of(told.value) == {"opinion.required"}
    walker.do(task, "supplement", comment="补充勘测定界图\n补充规划条件")
    assert status_of(project, "A13") == "supplement"
    assert titles(project)[-1] == "一次性补正材料告知书"
    walker.do(open_task(walker, "A13", "supplement"))
    again = open_task(walker, "A13", "accept_again")
    assert set(dict(again.outcomes)) == {"accept", "refuse"}, "a second supplement is not even offered"
    with pytest.raises(Refusal) as told:
        walker.do(again, "supplement", comment="还要补充")
    assert codes_of(told.value) == {"workflow.outcome.unknown"}
    walker.do(again, "accept")
    assert part_of(again).clock_start.date() == timezone.now().date()
    assert titles(project)[-1] == "受理通知书"


def test_not_asked_in_five_working_days_counts_as_accepted_on_receipt(xiangyang: World, clock) -> None:
    walker = xiangyang.walker(xiangyang.register("T5"))
    task = run_to(walker, "A13", "accept")
    with scope.system("test"):
        record = StepRecord.objects.get(project=walker.project, step="A13")
    clock.move_to(datetime(2026, 3, 18, 10, 0, tzinfo=CHINA))  # the sixth working day
    with pytest.raises(Refusal) as told:
        walker.do(task, "supplement", comment="补充材料")
    assert codes_of(told.value) == {"supplement.late"}
    walker.do(task, "accept")
    part = part_of(task)
    assert part.clock_start == record.applied_at, "the clock has run since receipt"
    assert part.due.astimezone(CHINA).date() == date(2026, 3, 17), "five working days from 10 March"


def test_a_new_application_after_a_refusal_has_a_new_clock(xiangyang: World, clock) -> None:
    walker = xiangyang.walker(xiangyang.register("T5"))
    run_to(walker, "A13", "decide")
    walker.do(open_task(walker, "A13", "decide"), "reject", comment="用地面积超出供地范围")
    clock.move_to(datetime(2026, 4, 1, 9, 0, tzinfo=CHINA))
    walker.do(open_task(walker, "A13", "rectify"), "resubmit")
    accept = open_task(walker, "A13", "accept")
    assert "supplement" in dict(accept.outcomes), "another application, another first check"
    walker.do(accept, "accept")
    part = part_of(accept)
    assert part.clock_start.astimezone(CHINA).date() == date(2026, 4, 1)
    assert part.due.astimezone(CHINA).date() == date(2026, 4, 9), "five working days, Qingming on 6 April left out"


def test_a_special_procedure_moves_the_due_day(xiangyang: World, clock) -> None:
    walker = xiangyang.walker(xiangyang.register("T5"))
    task = run_to(walker, "A13", "review")
    assert task.due.astimezone(CHINA).date() == date(2026, 3, 17)
    with xiangyang.as_("NRP"):
        clock.move_to(datetime(2026, 3, 11, 9, 0, tzinfo=CHINA))
        with pytest.raises(Refusal) as told:
            workflow.do_pause_clock(task.pk, "holiday", reason="")
        assert codes_of(told.value) == {"workflow.clock.kind", "workflow.clock.reason"}
        workflow.do_pause_clock(task.pk, "hearing", reason="利害关系人申请听证")
    with scope.system("test"):
        task.refresh_from_db()
        assert task.paused_at is not None
    with xiangyang.as_("NRP"):
        clock.move_to(datetime(2026, 3, 18, 18, 0, tzinfo=CHINA))
        workflow.do_resume_clock(task.pk)
    with scope.system("test"):
        task.refresh_from_db()
    assert task.paused_at is None
    # Counted: the 11th (a pause takes the days after the one it begins on), then the 19th, 20th, 23rd and 24th.
    assert task.due.astimezone(CHINA).date() == date(2026, 3, 24)


def test_joint_review_asks_every_department_and_waits_for_all(xiangyang: World) -> None:
    walker = xiangyang.walker(xiangyang.register("T3", conditions=[]))
    walker.run(until=lambda task: task.step == "B01" and task.node == "review")
    asked = [task for task in walker.open() if task.step == "B01" and task.asked_by_id]
    assert {task.authority for task in asked} == {"HUD", "CAD", "UMB"}
    review = next(task for task in walker.open() if task.step == "B01" and not task.asked_by_id)
    with pytest.raises(Refusal) as told:
        walker.do(review, "pass")
    assert codes_of(told.value) == {"workflow.countersign.open"}
    for task in asked:
        walker.do(
            task,
            "object" if task.authority == "CAD" else "agree",
            comment="人防出入口应当调整" if task.authority == "CAD" else "",
        )
    walker.do(review, "pass")
    walker.do(open_task(walker, "B01", "decide"), "return", comment="请核对人防意见")
    assert not [t for t in walker.open() if t.step == "B01" and t.asked_by_id], "nobody is asked twice in one round"
    walker.do(open_task(walker, "B01", "review"), "pass")
    walker.do(open_task(walker, "B01", "decide"), "pass")
    with scope.system("test"):
        paper = Document.objects.get(subject=walker.project.subject, title="设计方案联合审查意见书")
    given = dict(paper.fields["joint"])
    assert len(given) == 3 and any("人防出入口应当调整" in text for text in given.values())


def test_a_withdrawn_item_may_turn_out_not_to_be_needed_but_not_a_mandatory_one(xiangyang: World) -> None:
    walker = xiangyang.walker(xiangyang.register("T5"))
    for step, mandatory in (("A14", False), ("B02", True)):
        run_to(walker, step, "decide")
        walker.do(open_task(walker, step, "decide"), "reject", comment="材料有误")
        walker.do(open_task(walker, step, "rectify"), "withdraw")
        assert status_of(walker.project, step) == "withdrawn"
        confirm = open_task(walker, step, "withdrawal")
        if mandatory:
            with pytest.raises(Refusal) as told:
                walker.do(confirm, "not_needed")
            assert codes_of(told.value) == {"step.mandatory"}
            walker.do(confirm, "reapply")
            assert is_open(walker, step, "apply")
        else:
            walker.do(confirm, "not_needed")
            with scope.system("test"):
                assert step in standing.skipped_of(walker.project)


def test_a_task_is_done_once_by_the_right_person_in_the_version_seen(xiangyang: World) -> None:
    walker = xiangyang.walker(xiangyang.register("T5"))
    task = walker.open()[0]
    assert task.step == "A02"
    with xiangyang.as_("NRP"), pytest.raises(NotAllowed):
        workflow.do_complete(task.pk, outcome="done", data={"form": {}})
    with pytest.raises(Refusal) as told, scope.acting(walker.person_for(task)):
        workflow.do_complete(task.pk, outcome="done", data={"form": {"coded_on": "2026-02-31", "region": "x" * 300}})
    assert {"field.date", "field.required", "material.missing"} <= codes_of(told.value)
    assert {reason.field for reason in told.value.reasons} >= {"coded_on", "m_A02-02"}
    who, form = walker.person_for(task), None
    with scope.acting(who):
        form = walker.form_of(task)
        walker._hand_in(task)
        with pytest.raises(Conflict) as stale:
            workflow.do_complete(task.pk, outcome="done", data={"form": form}, expected_version=task.version + 5)
        assert codes_of(stale.value) == {"workflow.task.stale"}
        with pytest.raises(Refusal) as other:
            workflow.do_complete(task.pk, outcome="done", data={"form": {**form, "project_code": "2109-420106-04-01-123456"}})
        assert codes_of(other.value) == {"project.code.other"}
        with pytest.raises(Refusal) as late:
            workflow.do_complete(task.pk, outcome="done", data={"form": {**form, "coded_on": "2026-03-11"}})
        assert codes_of(late.value) == {"field.future"}
        workflow.do_complete(task.pk, outcome="done", data={"form": form}, expected_version=task.version)
        with pytest.raises(Conflict) as twice:
            workflow.do_complete(task.pk, outcome="done", data={"form": form})
        assert codes_of(twice.value) == {"workflow.task.done"}
    with scope.system("test"):
        assert StepRecord.objects.filter(project=walker.project, step="A02").count() == 1


def test_a_loop_that_must_hold_something_is_not_closed_empty(xiangyang: World) -> None:
    walker = xiangyang.to_stage("P4", "T4")
    enter = run_to(walker, "D07", "enter")
    with pytest.raises(Refusal) as told:
        walker.do(enter, "close")
    assert codes_of(told.value) == {"loop.empty"}
    walker.do(enter, "submit")
    walker.do(open_task(walker, "D07", "confirm"))
    walker.do(open_task(walker, "D07", "enter"), "close")
    assert is_open(walker, "D07", "close")


def test_a_future_year_without_holidays_never_blocks_acceptance(xiangyang: World, clock) -> None:
    clock.move_to(datetime(2026, 12, 29, 9, 0, tzinfo=CHINA))
    walker = xiangyang.walker(xiangyang.register("T5"))
    task = run_to(walker, "A13", "accept")
    walker.do(task, "accept")
    assert status_of(walker.project, "A13") == "working"
    assert part_of(task).clock_start <= timezone.now() + timedelta(seconds=1)
