"""Timers of diagrams: parts whose next timer is due are woken by a periodic job."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow.models import Instance, Part
from zhujian.foundation.workflow.services.apply import Work
from zhujian.foundation.workflow.services.common import tell


@transaction.atomic
def do_tick(limit: int = 100) -> int:
    """Wake up to `limit` parts whose timer is due; a suspended instance sleeps on. How many were woken."""
    now = timezone.now()
    count = 0
    with scope.system("流程定时"):
        due = Part.objects.filter(status="running", next_timer__lte=now, instance__status="running")
        for part_id, instance_id in due.order_by("next_timer").values_list("pk", "instance_id")[:limit]:
            instance = Instance.objects.select_for_update(of=("self",)).select_related("bundle").get(pk=instance_id)
            row = Part.objects.get(pk=part_id)
            if instance.status != Instance.Status.RUNNING or row.status != "running":
                continue
            row.instance = instance
            work = Work(instance)
            work.rows[row.pk] = row
            work.run.tick(work.load(row.pk))
            opened = work.save()
            tell("timer", instance, part=row.pk, step=row.step, opened=[t.pk for t in opened])
            count += 1
    return count
