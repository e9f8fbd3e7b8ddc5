"""The law of a project's life as pure functions: facts and parameter values in, values or coded reasons out.

`project` type and thresholds · `permit` construction permit · `acceptance` completion and warranty · `clocks` time · `states`
life, codes and agreement of records · `spans` months and years. No Django, no clock, no input or output.
"""

from zhujian.boards.construction.project_management.rules.acceptance import (
    Due,
    Season,
    Warranty,
    acceptance_duties,
    acceptance_reasons,
    handover_reasons,
    joint_acceptance_reasons,
    season,
    warranties,
)
from zhujian.boards.construction.project_management.rules.clocks import (
    acceptance_day,
    cap_reasons,
    longest_path,
    project_time,
    supplement_reasons,
)
from zhujian.boards.construction.project_management.rules.permit import (
    PermitCase,
    extension_reasons,
    lapsed,
    officers_needed,
    permit_number,
    permit_reasons,
    permit_status_reasons,
    phase_reasons,
    phased_number,
    resume_reasons,
    reverification_needed,
    start_limit,
    suspension_report_due,
)
from zhujian.boards.construction.project_management.rules.project import (
    EstimateCheck,
    energy_review_needed,
    estimate_check,
    fire_route,
    fire_special,
    is_low_risk,
    permit_needed,
    project_type,
    tender_required,
)
from zhujian.boards.construction.project_management.rules.spans import Span
from zhujian.boards.construction.project_management.rules.states import (
    area_reasons,
    contract_sum_reasons,
    date_order_reasons,
    demolition_reasons,
    next_states,
    reference_reasons,
    stage_order_reasons,
    state_reasons,
    unit_code,
    unit_code_reasons,
)

__all__ = [
    "Due", "EstimateCheck", "PermitCase", "Season", "Span", "Warranty", "acceptance_day", "acceptance_duties", "acceptance_reasons",
    "area_reasons", "cap_reasons", "contract_sum_reasons", "date_order_reasons", "demolition_reasons", "energy_review_needed",
    "estimate_check", "extension_reasons", "fire_route", "fire_special", "handover_reasons", "is_low_risk",
    "joint_acceptance_reasons", "lapsed", "longest_path", "next_states", "officers_needed", "permit_needed", "permit_number",
    "permit_reasons", "permit_status_reasons", "phase_reasons", "phased_number", "project_time", "project_type",
    "reference_reasons", "resume_reasons", "reverification_needed", "season", "stage_order_reasons", "start_limit", "state_reasons",
    "supplement_reasons", "suspension_report_due", "tender_required", "unit_code", "unit_code_reasons", "warranties",
]  # fmt: skip
