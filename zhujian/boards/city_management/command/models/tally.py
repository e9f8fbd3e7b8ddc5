"""The running count of open cases, kept by a trigger on the cases; what walls and desks read instead of the cases."""

from __future__ import annotations

from django.db import models

from zhujian.foundation.kernel.models import Guard, RegionCodeField


class CaseTally(models.Model):
    """So many open cases more (or fewer) of a county that stand alike; the sum over equal rows is how many there are.

    Every change of a case that matters adds a row with −1 and one with +1 (`migrations/0007`), so that nobody waits for a counter that
    somebody else is changing; `services.tally.fold` adds equal rows up now and then. Only the trigger writes here.
    """

    guard = Guard.REGION

    region_code = RegionCodeField()  # the county
    org_code = models.CharField("主办单位代码", max_length=18, blank=True, default="", db_collation="C")
    state = models.CharField("状态", max_length=12, db_collation="C")
    # none: no clock yet; runs; told: runs, overdue and told so; grey: stands still in time; late: stands still, overdue before
    standing = models.CharField("时限状况", max_length=5, db_collation="C")
    role = models.CharField("当前处理岗位", max_length=16, blank=True, default="")
    suspended = models.BooleanField("挂账")
    supervised = models.BooleanField("督办")
    number = models.IntegerField("件数")

    class Meta:
        verbose_name = "在办案件计数"
        indexes = [models.Index(fields=["region_code", "state"], name="case_tally_place")]


__all__ = ["CaseTally"]
