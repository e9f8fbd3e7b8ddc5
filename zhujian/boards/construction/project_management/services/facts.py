"""Facts of a project that the diagrams and decision tables read: small values, computed by rules from columns and parameters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from zhujian.boards.construction.project_management import rules
from zhujian.boards.construction.project_management.models import Project
from zhujian.boards.construction.project_management.rules.spans import Span
from zhujian.foundation.parameters import selectors as parameters

COLUMNS = (
    "invest_type", "object_kind", "approval_mode", "land_mode", "nature", "eia_class", "is_residential", "is_presale",
    "has_civil_defence", "fire_special", "ultra_limit", "low_risk",
)  # fmt: skip


def number(key: str, on: date, region: str) -> Decimal:
    """A numeric parameter of this module."""
    return Decimal(str(parameters.value(f"project_management.{key}", on=on, region=region).value))


def span(key: str, on: date, region: str) -> Span:
    """A parameter of this module that is a calendar span, e.g. 3 months."""
    found = parameters.value(f"project_management.{key}", on=on, region=region)
    return Span(int(found.value), found.unit)


def plain(value: Decimal | None) -> int | float | None:
    """A number as JSON keeps it: whole numbers exactly, others as the nearest float."""
    if value is None:
        return None
    exact = Decimal(value)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


class Known:
    """Parameters of a day looked up once per key and county: thousands of projects share them."""

    def __init__(self, on: date) -> None:
        self.on = on
        self.conditions = dict.fromkeys((key for key, _ in parameters.code_list("project_management.condition", on)), False)
        self.numbers: dict[tuple[str, str], Decimal] = {}

    def number(self, key: str, region: str) -> Decimal:
        """A numeric parameter of this module."""
        at = (key, region[:6])
        if at not in self.numbers:
            self.numbers[at] = number(key, self.on, region)
        return self.numbers[at]


def of_project(project: Project, *, on: date, known: Known | None = None) -> dict[str, Any]:
    """Facts at registration; later facts (contract, areas, results) join as steps are decided."""
    region = project.region_code
    known = known or Known(on)
    facts: dict[str, Any] = {name: getattr(project, name) for name in COLUMNS}
    facts |= known.conditions
    facts |= dict.fromkeys(project.conditions, True)
    facts["project_type"] = rules.project_type(
        nature=project.nature, land_mode=project.land_mode, invest_type=project.invest_type, object_kind=project.object_kind,
        low_risk=project.low_risk,
    )  # fmt: skip
    facts["fire_route"] = rules.fire_route(special=project.fire_special)
    facts |= measured(project, on=on, known=known)
    facts |= {key: plain(known.number(key, region)) for key in ("estimate_ratio", "permit_contract_floor", "permit_area_floor")}
    facts["party_DEV"] = f"org:{project.developer_code}"
    return facts


def measured(project: Project, *, on: date, known: Known | None = None) -> dict[str, Any]:
    """Facts that follow from money and areas and may change when these become known."""
    region = project.region_code
    known = known or Known(on)
    needed = rules.permit_needed(
        contract_wan=project.contract_wan, gfa_m2=project.gfa_m2, start_report_approved=False,
        contract_floor=known.number("permit_contract_floor", region), area_floor=known.number("permit_area_floor", region),
    )  # fmt: skip
    return {
        "needs_permit": needed, "gfa_m2": plain(project.gfa_m2), "height_m": plain(project.height_m),
        "contract_wan": plain(project.contract_wan),
    }  # fmt: skip
