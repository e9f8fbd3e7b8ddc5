"""Who has to act on a class of things in a place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils import timezone

from zhujian.boards.city_management.digital_city.models import Responsibility
from zhujian.boards.city_management.digital_city.rules import responsibility as rules
from zhujian.foundation.identity.selectors import covering_codes
from zhujian.foundation.kernel import prepared, scope

# Asked with every case that is filed, therefore written by hand.
DUTIES = """
SELECT r.role, r.class_code, r.area, o.code, o.name, r.basis
FROM digital_city_responsibility r JOIN identity_organisation o ON o.id = r.organisation_id
WHERE r.kind = %s AND r.area = ANY(%s) AND r.class_code = ANY(%s) AND o.is_active
AND NOT r.planned AND r.valid_from <= %s AND (r.valid_to IS NULL OR r.valid_to > %s)
"""


@dataclass(frozen=True)
class Body:
    """The body a case goes to, and as what."""

    org_code: str
    org_name: str
    role: str
    basis: str


@dataclass(frozen=True)
class Rung:
    """One step of the ladder 养护 → 权属 → 主管 → 兜底: who is named for it and by what; `body` None when nobody is."""

    role: str
    label: str
    body: Body | None
    class_code: str = ""
    area: str = ""


def _named(kind: str, class_code: str, grid_code: str, on: date | None) -> dict[rules.Duty, tuple[str, str]]:
    """Duties that may fit, with the body's name and the basis.

    Read in a system scope: a county's dispatcher needs the city's duties too, and learns only the answer.
    """
    places = [*covering_codes(grid_code[:12].ljust(12, "0")), *([grid_code] if len(grid_code) == 15 else [])]
    day = on or timezone.localdate()
    with scope.system("查找责任单位"), connection.cursor() as cursor, prepared.statements():
        cursor.execute(DUTIES, [kind, places, ["", class_code[:2], class_code], day, day])
        rows = cursor.fetchall()
    return {rules.Duty(role, code, area, org): (name, basis) for role, code, area, org, name, basis in rows}


def responsible(kind: str, class_code: str, grid_code: str, on: date | None = None) -> Body | None:
    """The body that acts on a class in a unit grid (or a 12-digit region); None when not even a last resort is named."""
    named = _named(kind, class_code, grid_code, on)
    duty = rules.choose(named, class_code, grid_code)
    return Body(duty.org_code, named[duty][0], duty.role, named[duty][1]) if duty else None


def ladder(kind: str, class_code: str, grid_code: str, on: date | None = None) -> list[Rung]:
    """All four rungs in their order, so that a dispatcher sees why a body is proposed; the first named one is `responsible`."""
    named = _named(kind, class_code, grid_code, on)
    labels = dict(Responsibility.Role.choices)
    found = []
    for role, duty in rules.rungs(named, class_code, grid_code).items():
        body = Body(duty.org_code, named[duty][0], role, named[duty][1]) if duty else None
        found.append(Rung(role, labels[role], body, duty.class_code if duty else "", duty.area if duty else ""))
    return found
