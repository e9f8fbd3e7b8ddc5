"""What was asked for, talked over and decided about a case, and the cases it is linked with: read only where there is something."""

from __future__ import annotations

from functools import cached_property

from django.db import connection
from django.db.models import Q

from zhujian.boards.city_management.command.models import Appeal, Case, Coordination, Extension, Supervision, Suspension
from zhujian.foundation.kernel import prepared

# Most cases have none of these: one prepared statement says so, instead of seven that come back empty.
THERE = """
SELECT EXISTS (SELECT FROM command_extension WHERE case_id = %(case)s), EXISTS (SELECT FROM command_suspension WHERE case_id = %(case)s),
EXISTS (SELECT FROM command_supervision WHERE case_id = %(case)s), EXISTS (SELECT FROM command_appeal WHERE case_id = %(case)s),
EXISTS (SELECT FROM command_coordination WHERE case_id = %(case)s),
EXISTS (SELECT FROM command_case WHERE previous_id = %(case)s), EXISTS (SELECT FROM command_case WHERE master_id = %(case)s)
"""
LINKED = 5  # of a kind


class Beside:
    """Extensions, suspensions, supervisions and appeals of one case in the order they were made, and linked cases, as far as visible.

    Read when first asked for and kept: make it for one request, before anything is changed.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        with connection.cursor() as cursor, prepared.statements():
            cursor.execute(THERE, {"case": case.pk})
            (
                self._extended, self._suspended, self._supervised, self._appealed, self._coordinated, self._followed, self._merged,
            ) = cursor.fetchone()  # fmt: skip

    @cached_property
    def extensions(self) -> list[Extension]:
        """延期 asked for."""
        return list(Extension.objects.filter(case=self.case).order_by("id")) if self._extended else []

    @cached_property
    def suspensions(self) -> list[Suspension]:
        """挂账 asked for."""
        return list(Suspension.objects.filter(case=self.case).order_by("id")) if self._suspended else []

    @cached_property
    def supervisions(self) -> list[Supervision]:
        """督办."""
        return list(Supervision.objects.filter(case=self.case).order_by("id")) if self._supervised else []

    @cached_property
    def appeals(self) -> list[Appeal]:
        """申诉."""
        return list(Appeal.objects.filter(case=self.case).order_by("id")) if self._appealed else []

    @cached_property
    def coordinations(self) -> list[Coordination]:
        """协调会."""
        return list(Coordination.objects.filter(case=self.case).order_by("id")) if self._coordinated else []

    @cached_property
    def linked(self) -> list[tuple[str, Case]]:
        """Linked cases with how they are linked: 前案, 主案, 反复发生, 并入本案."""
        case = self.case
        before = {pk: word for pk, word in ((case.previous_id, "前案"), (case.master_id, "主案")) if pk}
        wanted = Q(pk__in=before)
        wanted |= Q(previous=case) if self._followed else Q()
        wanted |= Q(master=case) if self._merged else Q()
        if not (before or self._followed or self._merged):
            return []
        rows = Case.objects.filter(wanted).only("pk", "number", "class_name", "state", "accepted_at", "previous", "master")
        found: dict[str, list[Case]] = {"前案": [], "主案": [], "反复发生": [], "并入本案": []}
        for row in rows.order_by("id")[: 4 * LINKED]:
            word = before.get(row.pk) or ("反复发生" if row.previous_id == case.pk else "并入本案")
            found[word].append(row)
        return [(word, row) for word, some in found.items() for row in some[:LINKED]]


__all__ = ["Beside"]
