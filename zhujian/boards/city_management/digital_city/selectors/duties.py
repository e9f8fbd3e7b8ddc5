"""Who has to act on a class of things in a place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from zhujian.boards.city_management.digital_city.models import Responsibility
from zhujian.boards.city_management.digital_city.rules import responsibility as rules
from zhujian.foundation.identity.selectors import covering_codes
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.valid_time import present


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
    area = grid_code[:12].ljust(12, "0")
    places = [*covering_codes(area), *([grid_code] if len(grid_code) == 15 else [])]
    codes = ["", class_code[:2], class_code]
    with scope.system("查找责任单位"):
        rows = {
            rules.Duty(row.role, row.class_code, row.area, row.organisation.code): row
            for row in Responsibility.objects.filter(
                present(on or timezone.localdate()),
                kind=kind,
                area__in=places,
                class_code__in=codes,
                organisation__is_active=True,
            ).select_related("organisation")
        }
    duty = rules.choose(rows, class_code, grid_code)
    if duty is None:
        return None
    row = rows[duty]
    return Body(duty.org_code, row.organisation.name, duty.role, row.basis)
