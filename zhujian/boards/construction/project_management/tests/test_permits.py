"""施工许可证: phases, extensions, lapse, change, stop and resumption, revocation — asked for by firms, decided by the issuing authority."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from zhujian.boards.construction.project_management.models import Participation, Permit, PermitAct, Project, Timer
from zhujian.boards.construction.project_management.services import permits, requests
from zhujian.boards.construction.project_management.tests.world import World, codes_of, is_open, open_task, run_to
from zhujian.foundation.certificates.models import Certificate
from zhujian.foundation.events.models import Event
from zhujian.foundation.identity import testing as people
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Refusal
from zhujian.foundation.messages.models import Message
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow import subjects

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")


def at(day: str) -> datetime:
    """Nine o'clock of a day."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time().replace(hour=9), CHINA)


def bare_permit(world: World, **values) -> Permit:
    """A permit of 2026-03-10 without the way to it."""
    project = world.register("T4")
    with scope.system("test"):
        permit = permits.do_issue(
            project, "420606202603100101", phase="W", on=date(2026, 3, 10), certificate_id=None, contract_wan=Decimal(8600),
            gfa_m2=Decimal(9600), contractor_name=world.orgs["contractor"].name,
        )  # fmt: skip
        for name, value in values.items():
            setattr(permit, name, value)
        permit.save()
    return permit


def ask(world: World, permit: Permit, kind: str, **values) -> object:
    with scope.acting(people.scope_of(world.developer)):
        return requests.do_request(permit.pk, kind, values)


def decide(world: World, permit: Permit, outcome: str = "pass", comment: str = "同意") -> None:
    """Review and decision by the issuing authority."""
    with world.as_("HUD"):
        for node in ("review", "decide"):
            task = next(t for t in subjects.open_tasks(permit.subject) if t.node == node)
            workflow.do_complete(task.pk, outcome="pass" if node == "review" else outcome, comment=comment)
    with scope.system("test"):
        permit.refresh_from_db()


def names_of(permit: Permit) -> list[str]:
    with scope.system("test"):
        subject = f"project_management.project:{permit.project_id}"
        return list(Event.objects.filter(subject=subject).order_by("id").values_list("name", flat=True))


def test_scenario_6_two_extensions_then_the_permit_lapses(xiangyang: World, clock) -> None:
    permit = bare_permit(xiangyang)
    assert permit.start_deadline == date(2026, 6, 10)
    for asked_on, limit in (("2026-06-01", date(2026, 9, 10)), ("2026-09-01", date(2026, 12, 10))):
        clock.move_to(at(asked_on))
        ask(xiangyang, permit, "extend", months=3, reason="拆迁未完成")
        assert permit.start_deadline < limit, "asking changes nothing"
        decide(xiangyang, permit)
        assert permit.start_deadline == limit
    clock.move_to(at("2026-12-01"))
    with pytest.raises(Refusal) as told:
        ask(xiangyang, permit, "extend", months=3, reason="资金困难")
    assert codes_of(told.value) == {"permit.extension.count"}
    with scope.system("test"):
        assert permits.lapse_due(date(2026, 12, 10)) == 0, "the last day is still in time"
        assert permits.lapse_due(date(2026, 12, 11)) == 1
        permit.refresh_from_db()
        assert permit.status == Permit.Status.LAPSED and permit.get_status_display() == "废止"
        assert permits.lapse_due(date(2026, 12, 12)) == 0
        assert PermitAct.objects.get(permit=permit, kind="lapse").on == date(2026, 12, 11)
    assert {"permit.expired", "enforcement.watch"} <= set(names_of(permit))


def test_an_extension_asked_for_in_time_holds_the_lapse_until_it_is_decided(xiangyang: World, clock) -> None:
    permit = bare_permit(xiangyang)
    clock.move_to(at("2026-06-09"))
    ask(xiangyang, permit, "extend", months=2, reason="图纸修改")
    with pytest.raises(Refusal) as twice:
        ask(xiangyang, permit, "extend", months=1, reason="图纸修改")
    assert codes_of(twice.value) == {"workflow.start.running"}
    clock.move_to(at("2026-06-15"))
    with scope.system("test"):
        assert permits.lapse_due() == 0
    decide(xiangyang, permit)
    assert permit.start_deadline == date(2026, 8, 10)
    clock.move_to(at("2026-08-01"))
    ask(xiangyang, permit, "extend", months=3, reason="仍未具备条件")
    decide(xiangyang, permit, "reject", "理由不充分")
    assert permit.start_deadline == date(2026, 8, 10)
    with scope.system("test"):
        told = Message.objects.filter(title__contains="未获同意")
        assert told.exists() and told[0].body == "理由不充分"
        assert permits.lapse_due(date(2026, 8, 11)) == 1


def test_scenario_7_after_a_year_the_permit_is_verified_before_works_resume(xiangyang: World, clock) -> None:
    clock.move_to(at("2026-01-20"))
    permit = bare_permit(xiangyang, issued_on=date(2025, 6, 2), started_on=date(2025, 7, 1))
    with scope.system("test"):
        Project.objects.filter(pk=permit.project_id).update(status="building", started_on=date(2025, 7, 1))
    with scope.acting(people.scope_of(xiangyang.developer)):
        with pytest.raises(Refusal) as told:
            permits.do_suspend(permit.pk, reason="资金中断", on=date(2026, 1, 21))
        assert codes_of(told.value) == {"permit.date.future"}
        permits.do_suspend(permit.pk, reason="资金中断", on=date(2026, 1, 15))
    with scope.system("test"):
        assert Timer.objects.get(code=f"stop:{permit.pk}").due_on == date(2026, 2, 15)
        assert Project.objects.get(pk=permit.project_id).status == "suspended"
    clock.move_to(at("2027-01-20"))
    with scope.acting(people.scope_of(xiangyang.developer)):
        with pytest.raises(Refusal) as told:
            permits.do_resume(permit.pk, reason="资金到位")
        assert codes_of(told.value) == {"permit.resume.unreported", "permit.resume.reverify"}
        permits.do_report_stop(permit.pk)
        with pytest.raises(NotAllowed):
            permits.do_reverify(permit.pk, reason="自行核验")
        with pytest.raises(Refusal) as told:
            permits.do_resume(permit.pk, reason="资金到位")
        assert codes_of(told.value) == {"permit.resume.reverify"}
    ask(xiangyang, permit, "reverify", reason="中止施工满一年，申请核验")
    decide(xiangyang, permit)
    with scope.acting(people.scope_of(xiangyang.developer)):
        permits.do_resume(permit.pk, reason="资金到位")
    with scope.system("test"):
        permit.refresh_from_db()
        assert permit.status == "valid" and Project.objects.get(pk=permit.project_id).status == "building"
        assert list(PermitAct.objects.filter(permit=permit).order_by("id").values_list("kind", flat=True)) == [
            "suspend", "report", "reverify", "resume",
        ]  # fmt: skip
    assert {"permit.suspended", "permit.resumed"} <= set(names_of(permit))


def test_only_the_issuing_authority_decides_and_only_the_builders_ask(xiangyang: World, yichang: World) -> None:
    permit = bare_permit(xiangyang)
    with scope.acting(people.scope_of(xiangyang.developer)), pytest.raises(NotAllowed) as told:
        permits.do_extend(permit.pk, months=3, reason="自己延期")
    assert codes_of(told.value) == {"permit.issuer"}
    with xiangyang.as_("NRP"), pytest.raises(NotAllowed):
        permits.do_revoke(permit.pk, reason="规划部门不能撤销")
    with scope.system("test"):
        from zhujian.boards.construction.project_management.services.sharing import do_join

        do_join(permit.project, "LAB", xiangyang.orgs["other"].code, xiangyang.orgs["other"].name, date(2026, 3, 10))
    with scope.acting(people.scope_of(xiangyang.officials["other"])), pytest.raises(NotAllowed) as told:
        requests.do_request(permit.pk, "extend", {"months": 3, "reason": "检测机构不能申请"})
    assert codes_of(told.value) == {"permit.party"}
    with yichang.as_("HUD"), pytest.raises(Refusal) as hidden:
        permits.do_revoke(permit.pk, reason="看不见")
    assert codes_of(hidden.value) == {"permit.not_found"}


def test_a_permit_of_works_that_have_not_begun_cannot_be_stopped_and_a_stale_edit_is_refused(xiangyang: World) -> None:
    permit = bare_permit(xiangyang)
    with xiangyang.as_("HUD"):
        with pytest.raises(Refusal) as told:
            permits.do_suspend(permit.pk, reason="停工")
        assert codes_of(told.value) == {"permit.suspend.unstarted"}
        with pytest.raises(Refusal) as told:
            permits.do_change(permit.pk, {"contract_wan": Decimal(8600)}, reason="没有变化")
        assert codes_of(told.value) == {"permit.change.nothing"}
        with pytest.raises(Refusal) as told:
            permits.do_cancel(permit.pk, reason=" ")
        assert codes_of(told.value) == {"permit.reason"}
        mine = Permit.objects.get(pk=permit.pk)
        permits.do_change(permit.pk, {"gfa_m2": Decimal(9700)}, reason="规划核准")
        mine.gfa_m2 = Decimal(1)
        with pytest.raises(Conflict) as stale:
            mine.save_version(mine.version, fields=["gfa_m2"])
        assert codes_of(stale.value) == {"edit.stale"}
        permits.do_revoke(permit.pk, reason="以欺骗手段取得")
        with pytest.raises(Refusal) as told:
            permits.do_cancel(permit.pk, reason="再注销")
        assert codes_of(told.value) == {"permit.status"}


def test_a_real_permit_changes_lapses_and_is_issued_anew(xiangyang: World, clock) -> None:
    walker = xiangyang.to_stage("P4", "T4")
    project = walker.project
    with scope.system("test"):
        permit = Permit.objects.get(project=project)
        first = Certificate.objects.get(pk=permit.certificate_id)
        assert permit.number == "420606202603100101" and first.edition == 1
    other = xiangyang.orgs["designer"]
    ask(xiangyang, permit, "change", contractor_name=other.name, contractor_code=other.code, reason="原施工单位退出")
    decide(xiangyang, permit)
    with scope.system("test"):
        second = Certificate.objects.get(pk=permit.certificate_id)
        first.refresh_from_db()
        assert second.edition == 2 and second.cert_no == first.cert_no and second.surface["contractor"] == other.name
        assert first.state == "void" or first.get_state_display() == "失效"
        assert Participation.objects.get(project=project, role="CON", valid_to__isnull=True).org_code == other.code
        assert Participation.objects.filter(project=project, role="CON", valid_to__isnull=False).exists()
    clock.move_to(at("2026-06-11"))
    with scope.system("test"):
        assert permits.lapse_due() == 1
    walker.values["D01"] = {"started_on": "2026-06-11"}
    with pytest.raises(Refusal) as told:
        walker.do(run_to(walker, "D01", "apply"))
    assert codes_of(told.value) == {"works.permit"}
    ask(xiangyang, permit, "reissue", reason="许可证废止，重新申领")
    decide(xiangyang, permit)
    with scope.system("test"):
        again = Permit.objects.get(project=project, status="valid")
        assert again.number == "420606202606110101" and again.start_deadline == date(2026, 9, 11)
        assert Certificate.objects.get(pk=again.certificate_id).cert_no == again.number
        assert again.contractor_name, "issued by the form of the first application"
    with pytest.raises(Refusal) as told:
        walker.values["D01"] = {"started_on": "2026-06-10"}
        walker.do(open_task(walker, "D01", "apply"))
    assert codes_of(told.value) == {"works.early"}
    walker.values["D01"] = {"started_on": "2026-06-11"}
    walker.do(open_task(walker, "D01", "apply"))
    walker.do(open_task(walker, "D01", "confirm"))
    with scope.system("test"):
        project.refresh_from_db()
        assert project.status == "building" and project.started_on == date(2026, 6, 11)


def test_phases_share_a_number_follow_their_order_and_share_the_money(xiangyang: World) -> None:
    walker = xiangyang.walker(xiangyang.register("T4", name="分阶段许可"))
    walker.values["C07"] = {"phase": "M", "contract_money": "10000"}
    with pytest.raises(Refusal) as told:
        walker.do(run_to(walker, "C07", "apply"))
    assert codes_of(told.value) == {"permit.phase.order"}
    for node in ("apply", "accept", "review", "decide"):
        walker.values["C07"] = {"phase": "S", "contract_money": "10000"}
        walker.do(open_task(walker, "C07", node))
    walker.run(until=lambda task: task.step == "C07" or task.step[:1] in "DE" and task.step not in ("D01", "D02"))
    walker.values["C07"] = {"phase": "M", "contract_money": "10000"}
    later = open_task(walker, "C07", "apply")
    with pytest.raises(Refusal) as told:
        walker.do(later)
    assert codes_of(told.value) == {"permit.phase.order"}
    walker.values["C07"] = {"phase": "J", "contract_money": "32000"}
    with pytest.raises(Refusal) as told:
        walker.do(later)
    assert codes_of(told.value) == {"permit.money"}, "all phases together are no more than the contract"
    for phase in ("J", "M"):
        walker.values["C07"] = {"phase": phase, "contract_money": "11000"}
        for node in ("apply", "accept", "review", "decide"):
            walker.do(open_task(walker, "C07", node))
    assert not is_open(walker, "C07")
    with scope.system("test"):
        numbers = list(Permit.objects.filter(project=walker.project).order_by("id").values_list("number", "phase", "started_on"))
    base = numbers[0][0][:18]
    assert [(number, phase) for number, phase, _ in numbers] == [(base + "S", "S"), (base + "J", "J"), (base + "M", "M")]
    assert all(started for _, _, started in numbers), "later phases of running works have begun with their permit"
