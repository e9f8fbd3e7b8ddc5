"""The law of a project's life: scenarios of construction.md §10, then properties."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.construction.project_management import rules
from zhujian.boards.construction.project_management.rules import Season, Span

MONTHS3 = Span(3, "month")
YEAR = Span(1, "year")
PERMIT = {"first": MONTHS3}
AFTER = {
    "qss_report_due": Span(5, "calendar_day"), "filing_due": Span(15, "calendar_day"), "planning_papers_due": Span(6, "month"),
    "archive_transfer_due": Span(3, "month"),
}  # fmt: skip
WARRANTY = {
    "structure": Span(50, "year"),
    "waterproof": Span(5, "year"),
    "electrics": Span(2, "year"),
    "fit_out": Span(2, "year"),
}
FLOORS = {"works": Decimal(400), "goods": Decimal(200), "services": Decimal(100)}
FIRE = {"venue": Decimal(20000), "care": Decimal(1000), "other_public": Decimal(40000)}
HEIGHTS = {"tall_public_m": Decimal(50), "tall_residence_m": Decimal(54)}


def codes(reasons) -> set[str]:
    return {r.code for r in reasons}


# ---- §10 ------------------------------------------------------------------------------------------------------------------


def test_construction_10_6_permit_start_two_extensions_then_lapse():
    issued = date(2026, 3, 10)
    limits = [rules.start_limit(issued, granted=[MONTHS3] * n, **PERMIT) for n in range(3)]
    assert limits == [date(2026, 6, 10), date(2026, 9, 10), date(2026, 12, 10)]
    ask = {"wanted": MONTHS3, "longest": MONTHS3, "most": 2, **PERMIT}
    assert rules.extension_reasons(issued, on=date(2026, 6, 10), granted=[], **ask) == []
    assert rules.extension_reasons(issued, on=date(2026, 9, 1), granted=[MONTHS3], **ask) == []
    third = rules.extension_reasons(issued, on=date(2026, 12, 1), granted=[MONTHS3, MONTHS3], **ask)
    assert codes(third) == {"permit.extension.count"}
    assert not rules.lapsed(limits[2], started_on=None, on=date(2026, 12, 10))
    assert rules.lapsed(limits[2], started_on=None, on=date(2026, 12, 11))
    assert rules.permit_status_reasons("valid", "lapsed") == []
    assert codes(rules.permit_status_reasons("lapsed", "valid")) == {"permit.status"}


def test_construction_10_7_suspension_report_and_reverification():
    stopped = date(2026, 1, 15)
    assert rules.suspension_report_due(stopped, within=Span(1, "month")) == date(2026, 2, 15)
    asked = {"after": YEAR, "reported_on": date(2026, 2, 1)}
    late = rules.resume_reasons(stopped, date(2027, 1, 20), reverified_on=None, **asked)
    assert codes(late) == {"permit.resume.reverify"}
    assert rules.resume_reasons(stopped, date(2027, 1, 20), reverified_on=date(2027, 1, 18), **asked) == []
    assert rules.resume_reasons(stopped, date(2027, 1, 14), reverified_on=None, **asked) == []
    assert rules.reverification_needed(stopped, date(2027, 1, 15), after=YEAR)


def test_construction_10_8_permit_number():
    assert rules.permit_number("420106", date(2026, 9, 15), 3, "01") == "420106202609150301"
    assert rules.phased_number("420106202609150301", "S") == "420106202609150301S"
    assert rules.phased_number("420106202609150301", "W") == "420106202609150301"
    with pytest.raises(ValueError):
        rules.phased_number("420106202609150301", "X")


def test_construction_10_9_timers_after_acceptance():
    duties = {d.key: d.due for d in rules.acceptance_duties(date(2026, 5, 20), AFTER)}
    assert duties["qss_report_due"] == date(2026, 5, 25)
    assert duties["filing_due"] == date(2026, 6, 4)
    assert duties["planning_papers_due"] == date(2026, 11, 20)
    assert duties["archive_transfer_due"] == date(2026, 8, 20)
    warranty = {
        w.item: w.until
        for w in rules.warranties(
            date(2026, 5, 20), WARRANTY, heating=rules.season("1115-0315"), cooling=rules.season("0601-0930"), seasons=2
        )
    }
    assert warranty["waterproof"] == date(2031, 5, 20)
    assert warranty["electrics"] == warranty["fit_out"] == date(2028, 5, 20)
    assert warranty["structure"] == date(2076, 5, 20)
    assert warranty["heating"] == date(2028, 3, 15)
    assert warranty["cooling"] == date(2027, 9, 30)


def test_construction_10_10_acceptance_blocked_by_planning_only():
    results = {"E02": "reject", "E03": "pass", "E04": "pass", "E05": "pass", "E07": "pass", "B06": "recorded"}
    assert codes(rules.acceptance_reasons(results)) == {"acceptance.planning"}
    assert rules.fire_route(special=False) == "FILING"
    assert codes(rules.joint_acceptance_reasons(results)) == {"joint_acceptance.E02", "joint_acceptance.E06"}
    redone = {**results, "E02": "pass"}
    assert rules.acceptance_reasons(redone) == []
    assert rules.joint_acceptance_reasons({**redone, "E06": "pass"}) == []


def test_construction_10_11_budget_over_the_estimate():
    over = rules.estimate_check(estimate_wan=Decimal(20000), budget_wan=Decimal(22100), most=Decimal("1.10"))
    assert over.ratio == Decimal("1.105")
    assert not over.passes
    assert "110.5%" in over.reasons[0].message
    assert "110%" in over.reasons[0].message
    assert rules.estimate_check(estimate_wan=Decimal(20000), budget_wan=Decimal(22000), most=Decimal("1.10")).passes


# ---- types and thresholds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        (("FIT_OUT", "OWNED", "GOV", "BUILDING", True), "T6"),
        (("EXTENSION", "GRANTED_WITH_SCHEME", "ENT", "BUILDING", False), "T6"),
        (("NEW", "GRANTED_WITH_SCHEME", "GOV", "MUNI_LINE", False), "T5"),
        (("NEW", "ALLOCATED", "GOV", "MUNI_LINE", False), "T2"),
        (("NEW", "ALLOCATED", "GOV", "MUNI_POINT", True), "T1"),
        (("NEW", "GRANTED", "ENT", "BUILDING", True), "T4"),
        (("NEW", "GRANTED", "ENT", "BUILDING", False), "T3"),
    ],
)
def test_project_type_first_hit(facts, wanted):
    nature, land, invest, kind, low = facts
    assert rules.project_type(nature=nature, land_mode=land, invest_type=invest, object_kind=kind, low_risk=low) == wanted


def test_low_risk_includes_the_limits():
    size = {"area_limit": Decimal(10000), "height_limit": Decimal(24), "hazardous": False, "industrial": True}
    assert rules.is_low_risk(gfa_m2=Decimal(10000), height_m=Decimal(24), **size)
    assert not rules.is_low_risk(gfa_m2=Decimal("10000.01"), height_m=Decimal(24), **size)
    assert not rules.is_low_risk(gfa_m2=Decimal(100), height_m=Decimal(5), **{**size, "hazardous": True})


def test_permit_needed_by_either_floor():
    floors = {"contract_floor": Decimal(30), "area_floor": Decimal(300), "start_report_approved": False}
    assert rules.permit_needed(contract_wan=Decimal(30), gfa_m2=Decimal(300), **floors)
    assert not rules.permit_needed(contract_wan=Decimal("29.99"), gfa_m2=Decimal(5000), **floors)
    assert not rules.permit_needed(contract_wan=Decimal(5000), gfa_m2=Decimal("299.9"), **floors)
    assert rules.permit_needed(contract_wan=None, gfa_m2=None, **floors)
    assert not rules.permit_needed(contract_wan=None, gfa_m2=None, **{**floors, "start_report_approved": True})


def test_tender_and_energy_thresholds_include_the_number():
    none = {"works_wan": Decimal(0), "goods_wan": Decimal(0), "services_wan": Decimal(0)}
    assert rules.tender_required(state_funded=True, floors=FLOORS, **{**none, "works_wan": Decimal(400)})
    assert not rules.tender_required(state_funded=True, floors=FLOORS, **{**none, "works_wan": Decimal("399.99")})
    assert not rules.tender_required(state_funded=False, floors=FLOORS, **{**none, "works_wan": Decimal(9999)})
    assert rules.energy_review_needed(tce=Decimal(1000), gwh=Decimal(0), tce_floor=Decimal(1000), gwh_floor=Decimal(5))
    assert not rules.energy_review_needed(tce=Decimal("999.9"), gwh=Decimal("4.9"), tce_floor=Decimal(1000), gwh_floor=Decimal(5))


@pytest.mark.parametrize(
    ("use", "area", "height", "special"),
    [
        ("care", 1000, 10, False), ("care", 1001, 10, True), ("venue", 20000, 10, False), ("venue", 20001, 10, True),
        ("residence", 90000, 54, False), ("residence", 100, "54.1", True), ("other_public", 40000, 50, False),
        ("other_public", 100, "50.1", True), ("key_office", 1, 1, True), ("hazardous", 1, 1, True), ("ordinary", 90000, 90, False),
    ],
)  # fmt: skip
def test_fire_special_must_exceed(use, area, height, special):
    got = rules.fire_special(use=use, single_area_m2=Decimal(area), height_m=Decimal(height), areas=FIRE, **HEIGHTS)
    assert got is special


# ---- permit gate ------------------------------------------------------------------------------------------------------------

READY = {
    "land": True, "planning_permit": True, "demolition_progress": None, "contractor_chosen": True, "drawings": True, "funds": True,
    "quality_safety": True, "wages_secured": True,
}  # fmt: skip


def test_permit_gate_is_open_when_everything_is_there():
    assert rules.permit_reasons(rules.PermitCase(**READY), on=date(2026, 3, 10)) == []


@pytest.mark.parametrize("name", [k for k, v in READY.items() if v])
def test_permit_gate_closes_on_each_condition(name):
    found = rules.permit_reasons(rules.PermitCase(**{**READY, name: False}), on=date(2026, 3, 10))
    assert len(found) == 1


def test_permit_gate_reports_all_reasons_at_once():
    case = rules.PermitCase(
        **{**READY, "land": False, "wages_secured": False, "demolition_progress": False}, fire_design=False, tender_done=False,
        assessments_open=("A08",), qualification_covers=False, safety_licence_until=date(2026, 3, 9), manager_bound_to="滨江花园",
        supervisor_bound_to="翠湖名邸", safety_officers=1,
    )  # fmt: skip
    found = codes(rules.permit_reasons(case, on=date(2026, 3, 10), officers_needed=2))
    assert found == {
        "permit.gate.land", "permit.gate.demolition", "permit.gate.wages", "permit.gate.fire", "permit.gate.tender",
        "permit.gate.assessment", "permit.gate.qualification", "permit.gate.safety_licence", "permit.gate.manager",
        "permit.gate.chief_supervisor", "permit.gate.officers",
    }  # fmt: skip


def test_licence_valid_on_its_last_day():
    case = rules.PermitCase(**READY, safety_licence_until=date(2026, 3, 10))
    assert rules.permit_reasons(case, on=date(2026, 3, 10)) == []


def test_safety_officers_by_area():
    table = [(Decimal(0), 1), (Decimal(10000), 2), (Decimal(50000), 3)]
    assert [rules.officers_needed(Decimal(a), steps=table) for a in (9999, 10000, 49999, 50000)] == [1, 2, 2, 3]


def test_phased_permits():
    ready = {"planning_permit": True, "scheme_approved": True, "pile_first": False}
    assert rules.phase_reasons("S", [], **ready) == []
    assert rules.phase_reasons("J", ["S"], **ready) == []
    assert codes(rules.phase_reasons("M", ["S"], **ready)) == {"permit.phase.order"}
    assert codes(rules.phase_reasons("S", ["S"], **ready)) == {"permit.phase.twice"}
    assert codes(rules.phase_reasons("W", ["S"], **ready)) == {"permit.phase.whole"}
    early = {"planning_permit": False, "scheme_approved": True}
    assert codes(rules.phase_reasons("S", [], **early, pile_first=False)) == {"permit.gate.planning"}
    assert rules.phase_reasons("S", [], **early, pile_first=True) == []
    assert codes(rules.phase_reasons("J", ["S"], **early, pile_first=True)) == {"permit.gate.planning"}
    assert codes(rules.phase_reasons("S", [], planning_permit=False, scheme_approved=False, pile_first=True)) == {
        "permit.phase.scheme"
    }


def test_extension_refused_too_long_too_late_or_after_start():
    ask = {"granted": [], "longest": MONTHS3, "most": 2, **PERMIT}
    issued = date(2026, 3, 10)
    assert codes(rules.extension_reasons(issued, on=date(2026, 6, 1), wanted=Span(4, "month"), **ask)) == {
        "permit.extension.length"
    }
    assert codes(rules.extension_reasons(issued, on=date(2026, 6, 1), wanted=Span(0, "month"), **ask)) == {
        "permit.extension.length"
    }
    assert codes(rules.extension_reasons(issued, on=date(2026, 6, 11), wanted=MONTHS3, **ask)) == {"permit.extension.late"}
    assert codes(rules.extension_reasons(issued, on=date(2026, 6, 1), wanted=MONTHS3, started=True, **ask)) == {
        "permit.extension.started"
    }


# ---- completion ---------------------------------------------------------------------------------------------------------------


def test_acceptance_blocked_by_dwellings_hazards_and_notice():
    results = {"E02": "pass", "E03": "pass"}
    found = rules.acceptance_reasons(
        results, open_hazards=2, dwellings=(119, 120), notified_on=date(2026, 5, 12), notice_limit=date(2026, 5, 11)
    )
    assert codes(found) == {"acceptance.hazards", "acceptance.dwellings.some", "acceptance.notice"}
    assert codes(rules.acceptance_reasons({}, skipped=("E02",))) == {"acceptance.dwellings"}
    assert rules.acceptance_reasons({}, skipped=("E02", "E03")) == []


def test_handover():
    ready = {"acceptance_passed": True, "filing_number": "2109-420106-04-01-123456-JX-001", "residential": True}
    assert rules.handover_reasons(**ready, two_books=True) == []
    assert codes(rules.handover_reasons(**ready, two_books=False)) == {"handover.books"}
    bad = rules.handover_reasons(acceptance_passed=False, filing_number="", residential=False, two_books=False)
    assert codes(bad) == {"handover.acceptance", "handover.filing"}


def test_season_over_new_year_counts_whole_seasons():
    heating = Season((11, 15), (3, 15))
    assert heating.nth_end(date(2026, 11, 15), 1) == date(2027, 3, 15)
    assert heating.nth_end(date(2026, 11, 16), 1) == date(2028, 3, 15)


# ---- clocks -----------------------------------------------------------------------------------------------------------------


def test_supplement_is_asked_once_and_in_time():
    window = {"ask_until": date(2026, 3, 9)}
    assert rules.supplement_reasons(on=date(2026, 3, 9), asked_before=False, **window) == []
    assert codes(rules.supplement_reasons(on=date(2026, 3, 10), asked_before=False, **window)) == {"supplement.late"}
    assert codes(rules.supplement_reasons(on=date(2026, 3, 5), asked_before=True, **window)) == {"supplement.once"}


def test_acceptance_day():
    case = {"received": date(2026, 3, 2), "ask_until": date(2026, 3, 9)}
    assert rules.acceptance_day(on=date(2026, 3, 9), **case) is None
    assert rules.acceptance_day(on=date(2026, 3, 10), **case) == date(2026, 3, 2)
    assert rules.acceptance_day(on=date(2026, 3, 20), asked_on=date(2026, 3, 6), **case) is None
    done = rules.acceptance_day(on=date(2026, 3, 20), asked_on=date(2026, 3, 6), completed_on=date(2026, 3, 18), **case)
    assert done == date(2026, 3, 18)
    assert rules.acceptance_day(on=date(2026, 3, 20), asked_on=date(2026, 3, 12), **case) == date(2026, 3, 2)


def test_longest_path_takes_the_slower_branch():
    after = {"s": ["a", "b"], "a": ["j"], "b": ["c"], "c": ["j"], "j": []}
    assert rules.longest_path(after, {"a": 15, "b": 10, "c": 7}) == (17, ("s", "b", "c", "j"))
    assert rules.longest_path({}, {}) == (0, ())
    with pytest.raises(ValueError, match="after itself"):
        rules.longest_path({"a": ["b"], "b": ["a"]}, {})


def test_project_time_subtracts_pauses_and_keeps_the_cap():
    assert rules.project_time([10, 20, 20, 12], [8]) == 54
    assert rules.project_time([5], [9]) == 0
    assert rules.cap_reasons({"P1": 30, "P2": 20, "P3": 20, "P5": 15}, cap=85) == []
    assert codes(rules.cap_reasons({"P1": 30, "P2": 56}, cap=85)) == {"stage_days.cap"}


# ---- life, codes, agreement ---------------------------------------------------------------------------------------------------


def test_life_ends_in_extinction_only_from_demolition():
    before = [s for s in ("draft", "approval", "building", "suspended", "accepted", "in_use", "demolition", "extinct", "withdrawn")
              if "extinct" in rules.next_states(s)]  # fmt: skip
    assert before == ["demolition"]
    assert rules.next_states("extinct") == rules.next_states("withdrawn") == frozenset()
    assert codes(rules.state_reasons("demolition", "extinct", building_codes_live=["b1"])) == {"project.state.buildings"}
    assert rules.state_reasons("demolition", "extinct") == []
    assert codes(rules.state_reasons("approval", "accepted")) == {"project.state"}


def test_unit_codes():
    project = "2109-420106-04-01-123456"
    assert rules.unit_code(project, 1, 12) == f"{project}-001012"
    assert rules.unit_code_reasons(f"{project}-001012", project) == []
    assert codes(rules.unit_code_reasons("2110-420106-04-01-123456-001012", project)) == {"unit.code"}
    with pytest.raises(ValueError):
        rules.unit_code(project, 1000)


def test_dates_ascend_and_records_agree():
    day = date(2026, 3, 1)
    later = day + timedelta(days=1)
    assert (
        rules.date_order_reasons({"approval": day, "tender": None, "contract": day, "permit": later, "completion": later}) == []
    )
    assert [r.field for r in rules.date_order_reasons({"contract": later, "permit": day})] == ["permit"]
    one = Decimal("0.01")
    assert rules.contract_sum_reasons(Decimal(101), [Decimal(60), Decimal(40)], tolerance=one) == []
    assert codes(rules.contract_sum_reasons(Decimal("101.01"), [Decimal(100)], tolerance=one)) == {"permit.money"}
    three = Decimal("0.03")
    assert rules.area_reasons(Decimal(103), Decimal(100), tolerance=three) == []
    assert codes(rules.area_reasons(Decimal("103.01"), Decimal(100), tolerance=three)) == {"area.difference"}
    assert rules.area_reasons(Decimal(150), Decimal(100), tolerance=three, explanation="增加设备用房") == []
    assert codes(rules.reference_reasons(project=True, drawings=False, contract=True)) == {"permit.reference"}
    assert codes(rules.demolition_reasons(day, later, earliest=date(2026, 3, 16))) == {"demolition.early"}
    assert rules.stage_order_reasons("B02", {"A13": "pass"}, {"B02": ["A13", "B01"]}, skipped=["B01"]) == []
    assert codes(rules.stage_order_reasons("B02", {}, {"B02": ["A13"]})) == {"step.order"}


# ---- properties -----------------------------------------------------------------------------------------------------------------

DAYS = st.dates(date(2000, 1, 1), date(2080, 1, 1))


@given(DAYS, st.lists(st.integers(1, 3), max_size=2))
def test_start_limit_only_moves_forward(issued, months):
    granted = [Span(m, "month") for m in months]
    limits = [rules.start_limit(issued, granted=granted[:n], **PERMIT) for n in range(len(granted) + 1)]
    assert limits == sorted(set(limits))
    assert limits[0] > issued


@given(DAYS, DAYS)
def test_a_permit_lapses_exactly_when_the_limit_passes_without_start(limit, on):
    assert rules.lapsed(limit, started_on=None, on=on) is (on > limit)
    assert not rules.lapsed(limit, started_on=limit, on=on)


@given(DAYS, st.integers(0, 40), st.sampled_from(["calendar_day", "month", "year"]))
def test_spans_are_monotone(day, amount, unit):
    assert Span(amount, unit).after(day) <= Span(amount + 1, unit).after(day)
    assert Span(amount, unit).after(day) >= day


@given(st.decimals(1, 10**6, places=4), st.decimals(0, 10**6, places=4))
def test_estimate_check_agrees_with_its_ratio(estimate, budget):
    got = rules.estimate_check(estimate_wan=estimate, budget_wan=budget, most=Decimal("1.10"))
    assert got.passes is (got.ratio <= Decimal("1.10")) is (not got.reasons)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("ghijkl"))),
    st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(0, 30)),
)
def test_longest_path_is_never_shorter_than_one_node(successors, days):
    total, path = rules.longest_path(successors, days)
    nodes = set(successors) | {n for s in successors.values() for n in s}
    assert total >= max((days.get(n, 0) for n in nodes), default=0)
    assert total == sum(days.get(n, 0) for n in path)
