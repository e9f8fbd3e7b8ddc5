"""Leave to take underground data away, and the ledger of what was taken (§20c: 应急 query always allowed, export needs 涉密审批)."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from zhujian.foundation.kernel.models import ScopedModel


class ReleaseGrant(ScopedModel):
    """An application and, once approved, the leave: who may take which registers of which area, how exact, from when to when."""

    number = models.CharField("审批编号", max_length=40, unique=True, editable=False)
    applicant = models.BigIntegerField("申请人", editable=False)
    applicant_name = models.CharField("申请人", max_length=64, editable=False)
    org_name = models.CharField("申请单位", max_length=120, editable=False)
    purpose = models.CharField("用途", max_length=400)
    recipient = models.CharField("资料使用单位", max_length=120)
    registers = ArrayField(models.CharField(max_length=40), verbose_name="资料")
    area = gis.PolygonField("范围", srid=4490)
    area_km2 = models.DecimalField("面积", max_digits=10, decimal_places=4, editable=False)
    valid_from = models.DateField("开始日期")
    valid_to = models.DateField("截止日期")
    precision = models.CharField("提供精度", max_length=8, default="metre")
    state = models.CharField("状态", max_length=10, default="reviewing")
    reviewer = models.BigIntegerField("审查人", null=True, editable=False)
    reviewer_name = models.CharField("审查人", max_length=64, blank=True, default="", editable=False)
    approver_name = models.CharField("批准人", max_length=64, blank=True, default="", editable=False)
    opinion = models.CharField("审批意见", max_length=400, blank=True, default="", editable=False)
    decided_at = models.DateTimeField("批准时间", null=True, editable=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "管线资料提供审批"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")),
                name="release_days",
                violation_error_message="截止日期不能早于开始日期。",
            )
        ]
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["applicant", "state"])]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        """Subject key of its process, events and evidence."""
        return f"municipal_assets.release_grant:{self.pk}"


class ReleaseEntry(ScopedModel):
    """One taking away: what, how much, how, by whom, under which leave, with which mark. Never changed."""

    append_only = True

    grant = models.ForeignKey(ReleaseGrant, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="审批")
    number = models.CharField("标记编号", max_length=40, unique=True)
    register = models.CharField("资料", max_length=40)
    way = models.CharField("方式", max_length=8)
    form = models.CharField("格式", max_length=12, blank=True, default="")
    rows = models.PositiveIntegerField("条数")
    box = gis.PolygonField("范围", srid=4490, null=True, blank=True)
    area_km2 = models.DecimalField("面积", max_digits=10, decimal_places=4)
    precision = models.CharField("提供精度", max_length=8)
    account = models.BigIntegerField("领取人")
    account_name = models.CharField("领取人", max_length=64)
    org_name = models.CharField("领取单位", max_length=120, blank=True, default="")
    day = models.DateField("日期")

    class Meta(ScopedModel.Meta):
        verbose_name = "管线资料提供记录"
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["account", "day"])]

    def __str__(self) -> str:
        return self.number
