"""Computing clocks anew: on purpose, with a line in the log; and dates that had to wait for a year's calendar."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.command.models import OPEN, Case
from zhujian.boards.city_management.command.services import clock, levels, record
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotAllowed, Refusal
from zhujian.foundation.kernel.scope import region_range
from zhujian.foundation.workflow import services as workflow


def _again(case_id: int, reason: str) -> bool:
    case = record.lock(case_id)
    found, was, now = clock.of(case), case.due, timezone.now()
    if found is None or not case.is_open:
        return False
    clock.put(case, found, now)
    levels.again(case, now)
    if case.due == was:
        record.save(case)
        return False
    record.step(case, "recompute", now=now, opinion=reason, before_due=was.isoformat() if was else None)
    record.save(case)
    instance = workflow.lock_subject(case.subject)
    if instance is not None:
        clock.show(case, instance.pk)
    return True


@transaction.atomic
def do_recompute(region_code: str, reason: str) -> int:
    """Compute the open cases of a place anew after its calendar has changed (shift leader or parameter officer); how many moved.

    A deadline that was told to a department changes only on purpose, and the log says from what (urban-management.md §1.6, 3).
    """
    who = scope.current()
    low, high = region_range(region_code)
    inside = who.is_system or (who.kind == "official" and who.region_lo <= low and high <= who.region_hi)
    if not inside or not (who.is_system or who.roles & {"shift_leader", "parameter_admin"}):
        raise NotAllowed("access.denied", "重新计算时限须由本辖区值班长或参数管理员办理。")
    if not reason.strip():
        raise Refusal("recompute.reason", "请写明重新计算的原因。", "reason")
    with scope.system("重新计算时限"):
        rows = Case.objects.filter(state__in=OPEN, clock_start__isnull=False, region_code__gte=low, region_code__lt=high)
        return sum(_again(pk, reason) for pk in rows.order_by("id").values_list("pk", flat=True))


def fill_in() -> int:
    """Give a date to open cases that have none because a year's holidays were not known; how many. In a system scope."""
    rows = Case.objects.filter(state__in=OPEN, clock_start__isnull=False, due=None).exclude(limit_text="")
    return sum(_again(pk, "工作日历已补充") for pk in rows.order_by("id").values_list("pk", flat=True))
