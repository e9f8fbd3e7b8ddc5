"""Census batches with their ledger and re-survey samples, cases of covers without an owner, as-built deliveries (§2, §10, §20c)."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.kernel.models import ScopedModel


class CensusBatch(ScopedModel):
    """One census of kinds of facilities in an area: planned → … → published → maintained."""

    code = models.CharField("批次编号", max_length=40, unique=True, blank=True)
    name = models.CharField("批次名称", max_length=120)
    kinds = ArrayField(models.CharField(max_length=12), default=list, verbose_name="普查对象")
    area = gis.MultiPolygonField("普查范围", srid=4490, null=True, blank=True)
    surveyor_org = models.CharField("探测单位代码", max_length=18, blank=True, default="")
    surveyor_name = models.CharField("探测单位", max_length=120)
    supervisor_name = models.CharField("监理单位", max_length=120, blank=True, default="")
    starts_on = models.DateField("计划开始")
    ends_on = models.DateField("计划完成")
    state = models.CharField("状态", max_length=16, default="planned", editable=False)
    state_since = models.DateTimeField("进入本状态", null=True, blank=True, editable=False)
    sample_seed = models.CharField("抽样种子", max_length=64, blank=True, default="", editable=False)
    sample_share = models.DecimalField("抽查比例", max_digits=6, decimal_places=2, null=True, blank=True, editable=False)
    sample_rule = models.CharField("抽样参数版本", max_length=120, blank=True, default="", editable=False)
    discrepancy = models.JSONField("抽查结果", default=dict, blank=True, editable=False)
    published_on = models.DateField("发布日期", null=True, blank=True, editable=False)
    note = models.CharField("备注", max_length=400, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "普查批次"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="census_dates",
                violation_error_message="计划完成不能早于计划开始。",
            )
        ]

    def __str__(self) -> str:
        return self.name


class CensusLedger(ScopedModel):
    """What the ledger says there is of one kind: completeness = surveyed ÷ ledger."""

    batch = models.ForeignKey(CensusBatch, models.CASCADE, related_name="ledger", verbose_name="普查批次")
    kind = models.CharField("普查对象", max_length=12)
    ledger_km = models.DecimalField("台账长度", max_digits=12, decimal_places=3, validators=[MinValueValidator(0)])
    ledger_count = models.PositiveIntegerField("台账数量", null=True, blank=True)
    basis = models.CharField("台账出处", max_length=200)

    class Meta(ScopedModel.Meta):
        verbose_name = "普查台账"
        constraints = [models.UniqueConstraint(fields=["batch", "kind"], name="census_ledger_kind")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.kind}"


class CensusSample(ScopedModel):
    """One facility drawn for the supervised re-survey, and what was found there."""

    batch = models.ForeignKey(CensusBatch, models.CASCADE, related_name="samples", verbose_name="普查批次")
    number = models.PositiveIntegerField("序号")
    resource = models.CharField("设施类型", max_length=80)
    feature_id = models.UUIDField("要素标识")
    label = models.CharField("设施", max_length=160)
    geom = gis.PointField("位置", srid=4490)
    result = models.CharField("复测结果", max_length=12, blank=True, default="")
    offset_m = models.DecimalField(
        "平面较差", max_digits=8, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    height_diff_m = models.DecimalField("高程较差", max_digits=8, decimal_places=3, null=True, blank=True)
    wrong_fields = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name="不符属性")
    surveyed_on = models.DateField("复测日期", null=True, blank=True)
    surveyed_by = models.CharField("复测人", max_length=64, blank=True, default="")
    note = models.CharField("说明", max_length=400, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "抽查复测"
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="census_sample_number"),
            models.UniqueConstraint(fields=["batch", "feature_id"], name="census_sample_once"),
        ]

    def __str__(self) -> str:
        return self.label


class OwnerlessCase(ScopedModel):
    """A cover whose owner is not known: found → published → claimed, or entrusted to a body that looks after it (§10)."""

    manhole = models.ForeignKey("municipal_assets.Manhole", models.PROTECT, related_name="ownerless_cases", verbose_name="窨井盖")
    number = models.CharField("案件编号", max_length=40, unique=True)
    state = models.CharField("状态", max_length=12, default="found")
    found_on = models.DateField("发现日期")
    found_by = models.CharField("发现人或单位", max_length=120)
    published_on = models.DateField("公告日期", null=True, blank=True)
    claim_until = models.DateField("认领截止", null=True, blank=True)
    claimant_org = models.CharField("认领单位代码", max_length=18, blank=True, default="")
    claimant_name = models.CharField("认领单位", max_length=120, blank=True, default="")
    entrusted_org = models.CharField("代管单位代码", max_length=18, blank=True, default="")
    entrusted_name = models.CharField("代管单位", max_length=120, blank=True, default="")
    closed_on = models.DateField("办结日期", null=True, blank=True)
    basis = models.CharField("依据", max_length=200, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "无主井盖"
        constraints = [
            models.UniqueConstraint(
                fields=["manhole"], condition=~Q(state__in=["claimed", "entrusted", "dropped"]), name="ownerless_one_open",
                violation_error_message="这处井盖已有正在办理的无主案件。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class AsBuilt(ScopedModel):
    """An as-built survey (竣工测量) that must be pushed into the register within the limit after completion."""

    number = models.CharField("登记号", max_length=40, unique=True, blank=True)
    name = models.CharField("工程名称", max_length=160)
    project_code = models.CharField("项目代码", max_length=40, blank=True, default="")
    kinds = ArrayField(models.CharField(max_length=12), default=list, verbose_name="涉及设施")
    builder_org = models.CharField("建设单位代码", max_length=18, blank=True, default="")
    builder_name = models.CharField("建设单位", max_length=120)
    completed_on = models.DateField("竣工日期")
    due_on = models.DateField("推送期限", null=True, blank=True, editable=False)
    delivered_on = models.DateField("推送日期", null=True, blank=True)
    checked_on = models.DateField("质检通过", null=True, blank=True)
    state = models.CharField("状态", max_length=12, default="due", editable=False)
    batch = models.ForeignKey(
        CensusBatch, models.PROTECT, null=True, blank=True, related_name="deliveries", verbose_name="并入批次"
    )
    note = models.CharField("备注", max_length=400, blank=True, default="")
    origin = models.CharField("来源", max_length=8, default="manual", editable=False)
    frame = models.CharField("坐标系和高程基准", max_length=80, blank=True, default="", editable=False)
    files = models.ManyToManyField(StoredFile, related_name="+", verbose_name="成果文件", editable=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "竣工测量"
        constraints = [
            models.UniqueConstraint(
                fields=["project_code"], condition=Q(origin="filing"), name="asbuilt_one_of_project",
                violation_error_message="这个项目的竣工测量已经登记。",
            ),
            models.CheckConstraint(
                condition=Q(delivered_on=None) | Q(delivered_on__gte=F("completed_on")), name="asbuilt_dates",
                violation_error_message="推送日期不能早于竣工日期。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
