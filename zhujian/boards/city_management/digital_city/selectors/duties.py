"""Who has to act on a class of things in a place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils import timezone

from zhujian.boards.city_management.digital_city.rules import responsibility as rules
from zhujian.foundation.identity.selectors import covering_codes
from zhujian.foundation.kernel import scope

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


def responsible(kind: str, class_code: str, grid_code: str, on: date | None = None) -> Body | None:
    """The body that acts on a class in a unit grid (or a 12-digit region); None when not even a last resort is named.

    Read in a system scope: a county's dispatcher needs the city's duties too, and learns only the answer.
    """
    places = [*covering_codes(grid_code[:12].ljust(12, "0")), *([grid_code] if len(grid_code) == 15 else [])]
    day = on or timezone.localdate()
    with scope.system("查找责任单位"), connection.cursor() as cursor:
        cursor.execute(DUTIES, [kind, places, ["", class_code[:2], class_code], day, day])
        rows = cursor.fetchall()
    named = {rules.Duty(role, code, area, org): (name, basis) for role, code, area, org, name, basis in rows}
    duty = rules.choose(named, class_code, grid_code)
    return Body(duty.org_code, named[duty][0], duty.role, named[duty][1]) if duty else None
