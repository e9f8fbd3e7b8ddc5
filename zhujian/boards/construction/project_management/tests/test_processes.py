"""The diagrams: drawn cleanly, lint-free, and every kind of project gets through them in every city."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhujian.boards.construction.project_management import rules, steps
from zhujian.boards.construction.project_management.steps import loader
from zhujian.boards.construction.project_management.tests.driving import (
    BASE,
    CITIES,
    CONDITIONS,
    GOV,
    PROCESSES,
    SITE,
    TYPICAL,
    WUHAN,
    YICHANG,
    Drive,
    bundle,
    ordinary,
    stage_limit_days,
)
from zhujian.foundation.workflow import dmn
from zhujian.foundation.workflow.diagram import cached_decision

FULL = {**BASE, **SITE, **dict.fromkeys(CONDITIONS, True), "in_approved_plan": False, "regional_assessed": False,
        "is_residential": True, "is_presale": True, "has_civil_defence": True, "fire_special": True, "ultra_limit": True,
        "beyond_design_life": True, "wants_planning": True}  # fmt: skip
ALL = {s.id for s in steps.load()}
# §1.2, row Skipped, and what no project of the type can need.
SKIPPED = {
    "T1": {"A06", "A07"}, "T2": {"A06", "A07", "B04", "B05", "C09", "E03", "E04", "E11", "F06", "F07"},
    "T3": {"A03", "A04", "A05", "A06", "B03"}, "T4": {"A03", "A04", "A05", "A06", "B01", "B03"},
    "T5": {"A03", "A04", "A05", "A06", "B01", "B03"}, "T6": {"A03", "A04", "A05", "A06", "A12", "A13", "A14", "B03"},
}  # fmt: skip
OF_TYPE = {
    "T1": GOV, "T2": {**GOV, "object_kind": "MUNI_LINE"}, "T3": {}, "T4": {"low_risk": True},
    "T5": {"land_mode": "GRANTED_WITH_SCHEME"}, "T6": {"nature": "FIT_OUT"},
}  # fmt: skip


@cache
def limits(region: str) -> dict[str, tuple[int, str]]:
    """Limit parameters in `region`: key → (amount, unit)."""
    found: dict[str, tuple[int, str]] = {}
    for row in tomllib.loads(loader.PARAMETERS.read_text(encoding="utf-8"))["parameter"]:
        key = row["key"].removeprefix(loader.PREFIX)
        if row.get("region", "") == region or key not in found:
            found[key] = (row["value"], row["unit"])
    return found


def results(drive: Drive, step: str) -> list[str]:
    return [result for _, s, result in drive.calls if s == step]


# ---- projects -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(TYPICAL))
@pytest.mark.parametrize("region", CITIES)
def test_every_type_reaches_extinction_in_every_city(kind, region):
    drive = Drive(TYPICAL[kind], region).go()
    assert drive.finished
    assert drive.root.result == "extinct"
    assert drive.facts["project_type"] == kind
    assert {"A02", "C07", "D01", "E06", "E08", "F01", "G07", "G10"} <= drive.steps()


@pytest.mark.parametrize("kind", list(TYPICAL))
@pytest.mark.parametrize("region", CITIES)
def test_stage_times_are_the_longest_paths_the_profile_promises(kind, region):
    drive = Drive(TYPICAL[kind], region).go()
    got = {stage: stage_limit_days(drive, stage, region, limits(region)) for stage in steps.APPLICATION_STAGES}
    profile = steps.load(region).profile
    assert got == profile.stage_days[kind]
    assert rules.cap_reasons(got, cap=profile.cap_days) == []


@pytest.mark.parametrize("kind", list(OF_TYPE))
def test_steps_of_a_type_with_every_condition_met(kind):
    drive = Drive({**FULL, **OF_TYPE[kind]}).go()
    assert drive.facts["project_type"] == kind
    assert ALL - drive.steps() == SKIPPED[kind]


def test_every_step_is_reached_by_some_project():
    seen: set[str] = set()
    for kind, facts in OF_TYPE.items():
        seen |= Drive({**FULL, **facts}).go().steps()
        assert kind
    seen |= Drive({**FULL, "approval_mode": "VERIFICATION"}).go().steps()
    assert seen == ALL


def test_a_small_project_below_the_floor_needs_no_permit():
    drive = Drive({**TYPICAL["T4"], "gfa_m2": "299"}).go()
    assert drive.facts["needs_permit"] is False
    assert drive.finished
    assert not {"C02", "C04", "C05", "C06", "C07", "D02", "D06", "E07", "E09"} & drive.steps()


def test_owner_demolition_skips_expropriation():
    drive = Drive(TYPICAL["T3"], decider=lambda node, facts, visit: "owner" if node.id == "extinction_ground" else None).go()
    assert not {f"G0{n}" for n in range(1, 7)} & drive.steps()
    assert {"G07", "G08", "G09", "G10"} <= drive.steps()


# ---- branches -----------------------------------------------------------------------------------------------------------------


def once(step: str, node: str, outcome: str):
    """Decider that answers `outcome` the first time `node` of `step` is done."""
    done = []

    def choose(at, facts, visit):
        if at.step == step and at.id == node and not done:
            done.append(at)
            return outcome
        return None

    return choose


def test_assessments_run_beside_the_main_line():
    drive = Drive(TYPICAL["T3"], until="A06").go()
    assert {t.node.step for t in drive.waiting()} == {"A06"}
    drive = Drive(TYPICAL["T3"])
    while not {"A06", "A08", "A09", "A11"} <= {t.node.step for t in drive.waiting()}:
        task = drive.waiting()[0]
        drive.do(task, ordinary(task.node, 1))
    assert {t.node.step for t in drive.waiting()} == {"A06", "A08", "A09", "A11"}


def test_a_rejected_branch_returns_only_that_branch():
    drive = Drive(TYPICAL["T3"], decider=once("E05", "decide", "reject")).go()
    assert drive.finished
    for step in ("E02", "E03", "E04", "E06", "E07", "E08"):
        assert len(results(drive, step)) == 1, step
    nodes = [node for step, node, _ in drive.log if step == "E05"]
    assert nodes == ["apply", "accept", "review", "decide", "rectify", "accept", "review", "decide"]
    assert results(drive, "E05") == ["pass"]


def test_construction_10_10_acceptance_waits_for_planning_and_other_branches_keep_their_results():
    drive = Drive(TYPICAL["T3"], decider=once("E02", "decide", "reject"), until="E02").go()
    assert {t.node.step for t in drive.waiting()} == {"E02"}
    assert drive.facts["fire_route"] == "FILING"
    assert {s: drive.facts.get(f"result_{s}") for s in ("E04", "E05", "E07")} == {"E04": "pass", "E05": "pass", "E07": "pass"}
    assert "result_E06" not in drive.facts
    drive.until = ""
    drive.go()
    assert drive.finished
    assert results(drive, "E05") == ["pass"]
    order = [s for _, s, _ in drive.calls]
    assert order.index("E02") < order.index("E06") < order.index("E08")


def test_acceptance_cannot_be_reached_around_planning():
    """Even when the window finds E02 'not needed', the way leads back to E02 and not to E06."""
    rounds = {"rectify": "withdraw", "withdrawal": "not_needed"}
    seen = []

    def choose(node, facts, visit):
        if node.step != "E02" or len(seen) > 2 or node.id not in ("decide", *rounds):
            return None
        seen.append(node.id)
        return rounds.get(node.id, "reject")

    drive = Drive(TYPICAL["T3"], decider=choose).go()
    assert results(drive, "E02") == ["not_needed", "pass"]
    order = [(s, r) for _, s, r in drive.calls]
    assert order.index(("E02", "pass")) < order.index(("E06", "pass"))


def test_supplement_can_be_asked_only_once():
    drive = Drive(TYPICAL["T3"], decider=once("B02", "accept", "supplement")).go()
    nodes = [node for step, node, _ in drive.log if step == "B02"]
    assert nodes == ["apply", "accept", "supplement", "accept_again", "review", "decide"]
    again = bundle("").node("approval_item", "accept_again", ())
    assert [o.code for o in again.outcomes] == ["accept", "refuse"]
    assert [o.code for o in bundle("").node("approval_item", "accept", ()).outcomes] == ["accept", "supplement", "refuse"]


def test_withdrawn_item_waits_for_a_new_application():
    answers = {"decide": ["reject"], "rectify": ["withdraw"], "withdrawal": ["reapply"]}

    def choose(node, facts, visit):
        return answers[node.id].pop() if node.step == "B02" and answers.get(node.id) else None

    drive = Drive(TYPICAL["T3"], decider=choose).go()
    nodes = [node for step, node, _ in drive.log if step == "B02"]
    assert nodes.count("apply") == 2
    assert results(drive, "B02") == ["pass"]


def test_construction_10_11_budget_over_the_estimate_is_reported_and_may_redo_feasibility():
    over = {**TYPICAL["T1"], "budget_wan": "22100"}
    held = Drive(over, until="report_budget").go()
    assert "report_budget" in {t.node.id for t in held.waiting()}
    assert held.facts["budget_over"] is True
    assert not [t for t in held.waiting() if t.node.step == "C07"]

    def redo(node, facts, visit):
        if node.id == "report_budget":
            facts["estimate_wan"] = "22000"
            return "redo"
        return None

    drive = Drive(over, decider=redo).go()
    assert results(drive, "A05") == ["pass", "pass"]
    assert results(drive, "B03") == ["pass", "pass"]
    fine = Drive({**TYPICAL["T1"], "budget_wan": "22000"}).go()
    assert fine.facts["budget_over"] is False
    assert results(fine, "B03") == ["pass"]


def test_deferred_assessment_is_done_before_the_permit():
    drive = Drive({**TYPICAL["T3"], "later_A08": True, "later_B06": True}).go()
    order = [s for _, s, _ in drive.calls]
    assert order.count("A08") == order.count("B06") == 1
    assert order.index("B02") < order.index("A08") < order.index("C07")
    assert order.index("D07") < order.index("B06") < order.index("E08")


def test_phased_permits_follow_one_another():
    phases = iter(["J", "M"])

    def choose(node, facts, visit):
        if node.step == "C07" and node.id == "apply":
            facts["permit_phase"] = "S" if not facts.get("permit_phase") else next(phases)

    drive = Drive(TYPICAL["T3"], decider=choose).go()
    assert results(drive, "C07") == ["pass", "pass", "pass"]
    assert drive.finished


def test_supervision_ends_only_when_rectified():
    def choose(node, facts, visit):
        return "fail" if node.step == "D06" and node.id == "recheck" and visit == 1 else None

    drive = Drive(TYPICAL["T3"], decider=choose).go()
    nodes = [n for s, n, _ in drive.log if s == "D06"]
    assert nodes == ["inspect", "rectify", "recheck", "rectify", "recheck", "inspect", "inspect"]


def test_failed_completion_acceptance_is_repeated():
    drive = Drive(TYPICAL["T3"], decider=once("E06", "accept", "fail")).go()
    assert [n for s, n, _ in drive.log if s == "E06"] == ["notify", "check", "accept", "notify", "check", "accept"]


@pytest.mark.parametrize("region", CITIES)
@given(st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_officials_decide_no_project_gets_stuck_or_slips_through(region, random):
    """Random facts and random outcomes: every project ends, and never passes a gate before what the gate needs."""
    facts = {**FULL, **OF_TYPE[random.choice(list(OF_TYPE))]}
    facts |= {
        name: random.random() < 0.5 for name in (*CONDITIONS, "is_residential", "is_presale", "has_civil_defence", "fire_special")
    }
    facts |= {f"later_{step}": random.random() < 0.3 for step in ("A08", "A09", "A10", "A11", "B06")}

    def choose(node, known, visit):
        # After a few rounds people come to an end.
        return random.choice(node.outcomes).code if visit <= 3 else None

    drive = Drive(facts, region, choose).go()
    assert drive.finished
    order = [step for _, step, _ in drive.calls]
    first = {step: order.index(step) for step in order}
    last = {step: len(order) - 1 - order[::-1].index(step) for step in order}
    for gate, needs in {
        "C07": ("B02", "C04"),
        "E06": ("E02", "E03", "D06", "D07"),
        "E08": ("E04", "E05", "E06"),
        "G10": ("G07", "G08"),
    }.items():
        for step in needs:
            if gate in first and step in order:
                assert last[step] < last[gate], (gate, step)
    if "E02" in first:
        assert results(drive, "E02")[-1] == "pass"
    assert drive.run.facts.get("result_E06") == "pass"


# ---- cities -------------------------------------------------------------------------------------------------------------------


def test_wuhan_reviews_drawings_beside_the_planning_permit():
    drive = Drive(TYPICAL["T3"], WUHAN)
    while not {"B02", "C02"} <= {t.node.step for t in drive.waiting()}:
        task = drive.waiting()[0]
        drive.do(task, ordinary(task.node, 1))
    drive.go()
    assert "C06" not in drive.steps()
    assert "step_C02" in drive.nodes()
    late = Drive(TYPICAL["T3"], "", until="B02").go()
    assert "C02" not in {t.node.step for t in late.waiting()}


def test_wuhan_lets_piles_begin_first():
    drive = Drive({**TYPICAL["T3"], "pile_first": True}, WUHAN).go()
    assert [n for n, s, _ in drive.calls if s == "C07"] == ["step_C07_pile", "step_C07"]
    assert "step_C07_pile" not in Drive({**TYPICAL["T3"], "pile_first": True}).go().nodes()


def test_wuhan_land_with_scheme_is_reviewed_before_supply():
    nodes = [n for _, n, _ in Drive(TYPICAL["T5"], WUHAN).go().log]
    assert "prereview_T5" in nodes
    assert "step_C02_promise" in Drive(TYPICAL["T5"], WUHAN).go().nodes()
    assert "prereview_T5" not in [n for _, n, _ in Drive(TYPICAL["T3"], WUHAN).go().log]


def test_yichang_promises_and_merges():
    drive = Drive(TYPICAL["T3"], YICHANG).go()
    assert {"step_A08_promise", "step_A09_promise", "step_E07_promise"} <= drive.nodes()
    assert "B05" not in drive.steps()
    order = [s for _, s, _ in drive.calls]
    assert order.index("C07") < order.index("C05") < order.index("D01")
    report = Drive({**TYPICAL["T3"], "eia_class": "REPORT"}, YICHANG).go()
    assert "step_A08" in report.nodes()
    default = [s for _, s, _ in Drive(TYPICAL["T3"]).go().calls]
    assert default.index("C05") < default.index("C07")


# ---- decisions agree with the rules ---------------------------------------------------------------------------------------------


def table(key: str) -> dmn.Decision:
    return cached_decision((PROCESSES / f"{key}.dmn").read_text(encoding="utf-8"))


def test_type_table_agrees_with_the_rule():
    lists = loader.code_lists()
    names = ("nature", "land_mode", "invest_type", "object_kind")
    for values in product(*([code for code, _ in lists[f"project_management.{n}"]] for n in names), [True, False]):
        facts = dict(zip((*names, "low_risk"), values, strict=True))
        assert dmn.decide(table("project_type"), facts)[0] == {"project_type": rules.project_type(**facts)}, facts


def test_permit_and_fire_and_estimate_tables_agree_with_the_rules():
    from decimal import Decimal

    for contract, area in product((None, "29.99", "30", "8600"), (None, "299.99", "300", "58200")):
        facts = {
            "contract_wan": contract,
            "gfa_m2": area,
            "permit_contract_floor": 30,
            "permit_area_floor": 300,
            "object_kind": "BUILDING",
        }
        wanted = rules.permit_needed(
            contract_wan=contract and Decimal(contract), gfa_m2=area and Decimal(area), start_report_approved=False,
            contract_floor=Decimal(30), area_floor=Decimal(300),
        )  # fmt: skip
        assert dmn.decide(table("permit_needed"), facts)[0] == {"needs_permit": wanted}, facts
    for special, kind in product((True, False), ("BUILDING", "MUNI_LINE", "MUNI_POINT")):
        wanted_route = rules.fire_route(special=special, has_fire_works=special or kind != "MUNI_LINE")
        assert dmn.decide(table("fire_route"), {"fire_special": special, "object_kind": kind})[0]["fire_route"] == wanted_route
    for budget, over in (("22000", False), ("22000.01", True), ("22100", True), (None, False)):
        facts = {"estimate_wan": "20000", "budget_wan": budget, "estimate_ratio": "1.10"}
        assert dmn.decide(table("estimate_check"), facts)[0] == {"budget_over": over}, budget


@pytest.mark.parametrize("path", sorted(PROCESSES.glob("skips_*.dmn")), ids=lambda p: p.stem)
def test_skip_tables_cover_every_type_and_read_known_facts(path):
    decision = cached_decision(path.read_text(encoding="utf-8"))
    assert [r.tests[0] for r in decision.rules] == [f'"{t}"' for t in steps.PROJECT_TYPES]
    assert all(re.fullmatch(r"(skip|promise|later)_[A-G]\d\d", name) for _, name in decision.outputs)
    facts = {**BASE, "project_type": "T3"}
    outputs, _ = dmn.decide(decision, facts)
    assert all(isinstance(value, bool) for value in outputs.values())
