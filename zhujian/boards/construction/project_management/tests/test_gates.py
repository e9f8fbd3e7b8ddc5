"""What the law asks before a step: scenarios 9 and 11, and refusals of what cannot be true."""

from __future__ import annotations

from datetime import date

import pytest

from zhujian.boards.construction.project_management.models import Participation, Project, StepRecord, Timer
from zhujian.boards.construction.project_management.services import gates, permit_gate, timers, values
from zhujian.boards.construction.project_management.steps import step as declared
from zhujian.boards.construction.project_management.tests.world import World, codes_of, is_open, open_task, run_to, status_of
from zhujian.foundation.certificates import services as certificates
from zhujian.foundation.certificates.models import Certificate
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.messages.models import Message

pytestmark = pytest.mark.django_db


def found(gate, project: Project, **form) -> set[str]:
    with scope.system("test"):
        return {reason.code for reason in gate(project, form)}


def test_scenario_9_what_must_follow_acceptance_and_how_long_warranties_run(xiangyang: World, clock) -> None:
    project = xiangyang.register("T3")
    with scope.system("test"):
        timers.start_after_acceptance(project, date(2026, 5, 20))
        due = {row.code: row.due_on for row in Timer.objects.filter(project=project)}
    assert due["after:qss_report_due"] == date(2026, 5, 25)
    assert due["after:filing_due"] == date(2026, 6, 4)
    assert due["after:planning_papers_due"] == date(2026, 11, 20)
    assert due["after:warranty:waterproof"] == date(2031, 5, 20)
    assert due["after:warranty:electrics"] == date(2028, 5, 20)
    assert due["after:warranty:structure"] == date(2076, 5, 20)
    with scope.system("test"):
        timers.start_after_acceptance(project, date(2026, 5, 21))  # accepted again: the open ones move
        assert Timer.objects.get(project=project, code="after:filing_due").due_on == date(2026, 6, 5)
        assert timers.finish(project, "after:qss_report_due", date(2026, 5, 24)) == 1
        assert timers.finish(project, "after:qss_report_due", date(2026, 5, 24)) == 0
        assert timers.remind(date(2026, 5, 28)) == 0
        assert timers.remind(date(2026, 5, 30)) == 1, "seven days before the filing is due"
        assert timers.remind(date(2026, 5, 31)) == 0, "once"
        assert Message.objects.filter(title__contains="竣工验收备案").count() == 1


def test_scenario_11_a_budget_above_110_percent_is_held_and_may_go_back_to_the_feasibility_report(xiangyang: World) -> None:
    walker = xiangyang.walker(xiangyang.register("T1", fire_special=False, has_civil_defence=False))
    walker.values["A05"] = {"estimate": "20000"}
    walker.values["B03"] = {"estimate": "20000", "budget": "22100", "exceed_reason": ""}
    task = run_to(walker, "B03", "apply")
    with pytest.raises(Refusal) as told:
        walker.do(task)
    assert codes_of(told.value) == {"estimate.reason"}
    assert "110.5%" in told.value.message
    walker.values["B03"]["exceed_reason"] = "地质条件变化，基础加深"
    walker.do(task)
    walker.run(until=lambda t: t.step != "B03" and t.node != "report_budget" or t.node == "report_budget")
    held = next(t for t in walker.open() if t.node == "report_budget")
    assert dict(held.outcomes) == {"adjust": "同意按调整后的概算执行", "redo": "要求重新报批可行性研究报告"}
    assert held.authority == "DRC"
    walker.do(held, "redo", comment="重新报批可研")
    assert is_open(walker, "A05", "apply"), "the feasibility report is done anew"
    walker.values["A05"] = {"estimate": "21000"}
    walker.values["B03"] = {"estimate": "21000", "budget": "22000"}
    walker.run(until=lambda t: t.step not in ("A05", "B03"))
    assert not [t for t in walker.open() if t.node == "report_budget"], "22 000 of 21 000 passes"
    with scope.system("test"):
        rounds = StepRecord.objects.filter(project=walker.project, step="B03").order_by("round")
        assert [(r.round, r.status) for r in rounds] == [(1, "passed"), (2, "passed")]
    assert found(gates.budget_gate, walker.project, estimate="20000", budget="22000") == set()
    assert found(gates.budget_gate, walker.project, estimate="20000", budget="22000.01") == {"estimate.reason"}
    assert found(gates.budget_gate, walker.project, estimate="0", budget="1") == {"estimate.zero"}


def test_dates_and_sums_that_cannot_be_true_are_refused(xiangyang: World) -> None:
    project = xiangyang.register("T3")
    tender = {"notice_on": "2026-01-05", "opened_on": "2026-01-24", "published_until": "2026-01-26", "awarded_on": "2026-01-26"}
    assert found(gates.tender_gate, project, **tender) == {"tender.period", "tender.publicity", "tender.award"}
    tender |= {"opened_on": "2026-01-25", "published_until": "2026-01-28", "awarded_on": "2026-01-29"}
    assert found(gates.tender_gate, project, **tender) == set()
    with scope.system("test"):
        StepRecord.objects.create(
            project=project, region_code=project.region_code, parties=project.parties, step="C01", status="recorded", form=tender
        )
    assert found(gates.contract_gate, project, signed_on="2026-01-28") == {"contract.early"}
    assert found(gates.contract_gate, project, signed_on="2026-03-01") == {"contract.late"}
    same = f"湖北建设有限公司（{xiangyang.firm.code}）"
    assert found(gates.contract_gate, project, signed_on="2026-02-28", contractor=same, supervisor=same) == {"contract.interest"}
    assert found(gates.presale_gate, project, invested="2499", total_investment="10000") == {"presale.invested"}
    assert found(gates.presale_gate, project, invested="2500", total_investment="10000") == set()
    area = {"gfa_measured": "104", "gfa_permitted": "100"}
    assert found(gates.verification_gate, project, **area) == {"area.difference"}
    assert found(gates.verification_gate, project, **area, deviation_reason="阳台封闭") == set()
    assert found(gates.verification_gate, project, gfa_measured="103", gfa_permitted="100") == set()
    consultation = {"published_on": "2026-01-05", "closed_on": "2026-02-03", "objections": "21"}
    assert found(gates.consultation_gate, project, **consultation) == {"consultation.period"}
    assert found(gates.consultation_gate, project, published_on="2026-01-05", closed_on="2026-02-04") == set()
    assert found(gates.funds_gate, project, compensation_budget="100", funds="99") == {"expropriation.funds"}
    assert found(gates.relocation_gate, project, paid_on="2026-02-02", moved_on="2026-02-01") == {"expropriation.order"}
    assert found(gates.demolition_gate, project, filed_on="2026-03-01", planned_start="2026-03-15") == {"demolition.early"}
    assert found(gates.demolition_gate, project, filed_on="2026-03-01", planned_start="2026-03-16") == set()
    assert found(gates.demolished_gate, project, started_on="2026-03-09", finished_on="2026-03-08") == {
        "demolition.order", "demolition.utilities",
    }  # fmt: skip
    assert found(gates.change_gate, project, is_major=True, back_to="不需要") == {"change.step"}
    assert found(gates.change_gate, project, is_major=False, back_to="C02 施工图审查") == {"change.minor"}
    assert found(gates.handover_gate, project) == {"handover.acceptance", "handover.filing", "handover.books"}
    assert found(gates.start_gate, project, started_on="2026-03-10") == {"works.permit"}
    assert found(gates.stop_gate, project, action="中止施工", suspended_on="2026-03-01") == {"permit.suspend.state"}
    assert found(gates.stop_gate, project, action="恢复施工", resumed_on="2026-03-01") == {"permit.resume.state"}


def test_the_station_is_told_seven_working_days_before(xiangyang: World) -> None:
    project = xiangyang.register("T3")
    with scope.system("test"):
        # Ten days over Qingming (6 April is a day off): working days are the 1, 2, 3, 7, 8, 9 and 10 April.
        assert gates.last_notice_day(project, date(2026, 4, 10)) == date(2026, 3, 31)
    late = found(gates.notice_gate, project, notified_on="2026-04-01", accepted_on="2026-04-10")
    assert "acceptance.notice" in late
    assert "acceptance.notice" not in found(gates.notice_gate, project, notified_on="2026-03-31", accepted_on="2026-04-10")


def test_the_permit_gate_names_everything_that_is_missing(xiangyang: World) -> None:
    project = xiangyang.register("T3", conditions=["tender_required"])
    missing = found(permit_gate.permit_gate, project, phase="W", funds_ready=False, demolition_ready=False, safety_officers="1")
    assert {
        "permit.gate.land", "permit.gate.planning", "permit.gate.demolition", "permit.gate.contractor", "permit.gate.tender",
        "permit.gate.drawings", "permit.gate.funds", "permit.gate.supervision", "permit.gate.wages", "permit.gate.officers",
    } <= missing  # fmt: skip


def test_one_manager_one_project_across_the_province(xiangyang: World, yichang: World) -> None:
    busy = yichang.register("T4", name="远安厂房")
    project = xiangyang.register("T4")
    firm = xiangyang.orgs["contractor"]
    with scope.system("test"):
        for one in (busy, project):
            Participation.objects.create(
                project=one, region_code=one.region_code, parties=one.parties, role="CON", org_code=firm.code, org_name=firm.name,
                manager_name="王建国", valid_from=date(2026, 1, 5),
            )  # fmt: skip
        Project.objects.filter(pk=busy.pk).update(status="building")
    with xiangyang.as_("HUD"):
        assert not Project.objects.filter(pk=busy.pk).exists(), "an official of another city cannot see it"
        reasons = {r.code: r.message for r in permit_gate.permit_gate(project, {"manager": "王建国"})}
    assert "远安厂房" in reasons["permit.gate.manager"]


def test_an_expired_or_revoked_certificate_is_no_material(xiangyang: World, clock) -> None:
    walker = xiangyang.walker(xiangyang.register("T5"))
    task = run_to(walker, "B02", "apply")
    with scope.system("test"):
        title = Certificate.objects.get(subject=walker.project.subject, type__key="land_title")
        certificates.revoke(title, reason="登记错误")
    with pytest.raises(Refusal) as told:
        walker.do(task)
    assert codes_of(told.value) == {"certificate.unusable"}
    assert title.cert_no in told.value.message and "撤销" in told.value.message
    assert status_of(walker.project, "B02") == ""


def test_values_are_checked_one_by_one() -> None:
    step = declared("B01")
    form = {
        "designer": "某设计院",
        "gfa": "-1",
        "plot_ratio": "abc",
        "green_ratio": "NaN",
        "density": "30",
        "height": "1e3",
        "parking": "x" * 10,
    }
    told = {reason.field: reason.code for reason in values.reasons(step, form, on=date(2026, 3, 10))}
    assert told == {
        "gfa": "field.negative",
        "plot_ratio": "field.number",
        "green_ratio": "field.number",
        "parking": "field.number",
    }
    choice = declared("B05")
    told = {
        r.field: r.code
        for r in values.reasons(choice, {"shelter_mode": "别的", "ground_gfa": "1", "shelter_area": "1"}, on=date(2026, 3, 10))
    }
    assert told == {"shelter_mode": "field.choice"}
    day = declared("E01")
    for text, code in (
        ("2026-02-30", "field.date"),
        ("1026-01-01", "field.date"),
        ("2026-03-11", "field.future"),
        ("昨天", "field.date"),
    ):
        told = {
            r.field: r.code for r in values.reasons(day, {"surveyed_on": text}, on=date(2026, 3, 10)) if r.field == "surveyed_on"
        }
        assert told == {"surveyed_on": code}


def test_a_major_change_goes_back_to_the_step_it_touches_and_holds_acceptance(xiangyang: World) -> None:
    walker = xiangyang.to_stage("P4", "T4")
    walker.values["D10"] = {"is_major": True, "back_to": "B02 建设工程规划许可证", "content": "增加一层"}
    run_to(walker, "D10", "enter")
    walker.do(open_task(walker, "D10", "enter"), "submit")
    walker.do(open_task(walker, "D10", "confirm"))
    assert is_open(walker, "B02", "apply"), "beside the running works"
    before = _certificate(walker.project)
    with scope.system("test"):
        held = gates.completion_gate(walker.project, {"notified_on": "2026-02-02", "accepted_on": "2026-03-10"})
    assert "acceptance.redo" not in {r.code for r in held}, "not handed in yet"
    walker.do(open_task(walker, "B02", "apply"))
    with scope.system("test"):
        held = gates.completion_gate(walker.project, {"notified_on": "2026-02-02", "accepted_on": "2026-03-10"})
    assert "acceptance.redo" in {r.code for r in held}
    for node in ("accept", "review", "decide"):
        walker.do(open_task(walker, "B02", node))
    after = _certificate(walker.project)
    assert (after.cert_no, after.edition) == (before.cert_no, before.edition + 1), "the number stays, the edition grows"


def _certificate(project: Project) -> Certificate:
    with scope.system("test"):
        return Certificate.objects.filter(subject=project.subject, type__key="works_planning_permit").order_by("-edition")[0]
