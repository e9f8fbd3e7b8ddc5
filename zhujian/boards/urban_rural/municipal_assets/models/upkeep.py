"""Inspections, bridge assessments, conditions, work orders (urban-rural-construction.md §8–10, §13, §20c).

What these rows are about is named by ``resource`` (the register's key) and ``asset_id`` (the facility's present row, which keeps its
id for life); ``label`` is what it was called then.
"""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from zhujian.boards.urban_rural.municipal_assets.models.assets import Bridge
from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.kernel.models import ScopedModel


class AboutAsset(ScopedModel):
    """A row about one facility of whatever register."""

    resource = models.CharField("设施类型", max_length=80)
    asset_id = models.BigIntegerField("设施")
    label = models.CharField("设施名称", max_length=160)

    class Meta(ScopedModel.Meta):
        abstract = True


class BridgeInspection(ScopedModel):
    """One assessment of a bridge. A draft collects defects by part; when it is finished the index, the grade and the versions of the
    parameters are fixed and never change."""

    bridge = models.ForeignKey(Bridge, models.PROTECT, related_name="inspections", verbose_name="桥梁")
    kind = models.CharField("检查类型", max_length=12, default="regular")
    inspected_on = models.DateField("检查日期")
    org_name = models.CharField("检查单位", max_length=120)
    inspector = models.CharField("检查人", max_length=64)
    state = models.CharField("状态", max_length=8, default="draft", choices=[("draft", "填报中"), ("final", "已评定")])
    spans = models.PositiveSmallIntegerField("孔数", default=1, validators=[MinValueValidator(1), MaxValueValidator(200)])
    absent = models.JSONField("没有的构件", default=list, blank=True, help_text="没有的构件不计分，其权重分摊给其余构件")
    bci_m = models.DecimalField("桥面系", max_digits=5, decimal_places=2, null=True, blank=True)
    bci_s = models.DecimalField("上部结构", max_digits=5, decimal_places=2, null=True, blank=True)
    bci_x = models.DecimalField("下部结构", max_digits=5, decimal_places=2, null=True, blank=True)
    bci = models.DecimalField("桥梁状况指数", max_digits=5, decimal_places=2, null=True, blank=True)
    computed_grade = models.CharField("评分等级", max_length=4, blank=True, default="")
    grade = models.CharField("评定等级", max_length=4, blank=True, default="")
    reason = models.CharField("评定说明", max_length=300, blank=True, default="")
    condition = models.PositiveSmallIntegerField("状况等级", null=True, blank=True)
    scores = models.JSONField("构件得分", default=dict, blank=True)
    parameters = models.JSONField("参数版本", default=dict, blank=True)
    measures = models.TextField("处置措施", max_length=1000, blank=True, default="")
    measures_due = models.DateTimeField("处置时限", null=True, blank=True)
    finished_at = models.DateTimeField("评定时间", null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "桥梁评估"
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["bridge", "-inspected_on"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(bci=None) | Q(bci__range=(0, 100)), name="bridge_inspection_bci",
                violation_error_message="桥梁状况指数应在 0～100 之间。",
            ),
            models.UniqueConstraint(
                fields=["bridge"], condition=Q(state="draft"), name="bridge_inspection_one_draft",
                violation_error_message="这座桥已有一份正在填报的评估，请先完成或继续填报。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.bridge_id} {self.inspected_on}"


class BridgeDefect(ScopedModel):
    """A defect of one part in one place, with the points it deducts; a critical one decides the grade alone."""

    inspection = models.ForeignKey(BridgeInspection, models.CASCADE, related_name="defects", verbose_name="桥梁评估")
    group = models.CharField("部位", max_length=1, choices=[("m", "桥面系"), ("s", "上部结构"), ("x", "下部结构")])
    place = models.CharField("位置", max_length=12, blank=True, default="", help_text="孔号，或者墩台号")
    part = models.CharField("构件", max_length=12)
    points = models.DecimalField(
        "扣分", max_digits=4, decimal_places=1, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    description = models.CharField("病害描述", max_length=300)
    critical = models.CharField("严重病害", max_length=16, blank=True, default="")
    photo = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="照片")

    class Meta(ScopedModel.Meta):
        verbose_name = "桥梁病害"
        constraints = [
            models.CheckConstraint(
                condition=Q(points__range=(0, 100)), name="bridge_defect_points", violation_error_message="扣分应在 0～100 之间。"
            )
        ]

    def __str__(self) -> str:
        return self.description


class ConditionRecord(AboutAsset):
    """A measured index (PCI, RQI, 亮灯率, BCI) with its own grade, the grade of the common scale, and the parameters it was judged by."""

    index = models.CharField("指标", max_length=8)
    value = models.DecimalField("数值", max_digits=10, decimal_places=3)
    grade = models.CharField("原等级", max_length=16, blank=True, default="")
    condition = models.PositiveSmallIntegerField("状况等级", null=True, blank=True)
    measured_on = models.DateField("检测日期")
    measured_by = models.CharField("检测单位", max_length=120, blank=True, default="")
    standard = models.CharField("依据标准", max_length=40)
    parameters = models.JSONField("参数版本", default=dict, blank=True)
    detail = models.JSONField("原始数据", default=dict, blank=True)

    class Meta(AboutAsset.Meta):
        verbose_name = "状况评价"
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["resource", "asset_id", "-measured_on"])]

    def __str__(self) -> str:
        return f"{self.label} {self.index} {self.value}"


class InspectionPlan(AboutAsset):
    """How often something is inspected in one way; made from its class, its interval from the parameter that held then.

    Facilities inspected one by one have their id; a walk along all of a class that one body maintains in one region has id 0.
    """

    patrol = models.CharField("巡查类别", max_length=16, blank=True, default="")
    kind = models.CharField("检查类型", max_length=12)
    every = models.PositiveSmallIntegerField("间隔", validators=[MinValueValidator(1)])
    unit = models.CharField("间隔单位", max_length=6, choices=[("day", "天"), ("month", "月"), ("year", "年")])
    basis = models.CharField("依据", max_length=160)
    starts_on = models.DateField("起算日期")
    org_code = models.CharField("承担单位代码", max_length=18, blank=True, default="")
    org_name = models.CharField("承担单位", max_length=120)
    active = models.BooleanField("执行中", default=True)

    class Meta(AboutAsset.Meta):
        verbose_name = "巡查计划"
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "asset_id", "kind"], condition=Q(active=True) & ~Q(asset_id=0), name="inspection_plan_once",
                violation_error_message="这处设施已有同类巡查计划。",
            ),
            models.UniqueConstraint(
                fields=["patrol", "region_code", "org_name", "kind"], condition=Q(active=True, asset_id=0), name="inspection_plan_area",
                violation_error_message="这个单位在本区域已有同类巡查计划。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.label} {self.kind}"


class InspectionDue(AboutAsset):
    """One inspection that is due on a day, and what was found when it was done. Overdue: open after `due_on`."""

    plan = models.ForeignKey(InspectionPlan, models.PROTECT, null=True, blank=True, related_name="dues", verbose_name="巡查计划")
    patrol = models.CharField("巡查类别", max_length=16, blank=True, default="")
    kind = models.CharField("检查类型", max_length=12)
    due_on = models.DateField("应检日期")
    state = models.CharField("状态", max_length=10, default="open")
    cause = models.CharField("特殊检测原因", max_length=12, blank=True, default="")
    org_code = models.CharField("承担单位代码", max_length=18, blank=True, default="")
    org_name = models.CharField("承担单位", max_length=120, blank=True, default="")
    done_on = models.DateField("检查日期", null=True, blank=True)
    done_name = models.CharField("检查人", max_length=64, blank=True, default="")
    result = models.CharField("检查结果", max_length=8, blank=True, default="")
    note = models.CharField("检查记录", max_length=600, blank=True, default="")
    geom = gis.PointField("检查位置", srid=4490, null=True, blank=True)
    photos = models.ManyToManyField(StoredFile, related_name="+", verbose_name="照片")

    class Meta(AboutAsset.Meta):
        verbose_name = "巡查任务"
        constraints = [models.UniqueConstraint(fields=["plan", "due_on"], name="inspection_due_once")]
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["state", "due_on"]),
            models.Index(fields=["resource", "asset_id", "-due_on"]),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.due_on}"


class WorkOrder(AboutAsset):
    """A defect on its way to being mended: 报告 → 派单 → 处置 → 核查 → 办结. Its process is ``asset_work_order``."""

    number = models.CharField("工单编号", max_length=40, unique=True, editable=False)
    kind = models.CharField("问题类型", max_length=12)
    urgent = models.BooleanField("紧急", default=False)
    source = models.CharField("来源", max_length=12, default="report")
    source_id = models.BigIntegerField("来源记录", null=True, blank=True, editable=False)
    text = models.CharField("问题描述", max_length=600)
    geom = gis.PointField("位置", srid=4490, null=True, blank=True)
    state = models.CharField("状态", max_length=10, default="reported")
    reported_name = models.CharField("报告人", max_length=64, blank=True, default="")
    org_code = models.CharField("处置单位代码", max_length=18, blank=True, default="")
    org_name = models.CharField("处置单位", max_length=120, blank=True, default="")
    fixer = models.BigIntegerField("处置人", null=True, editable=False)
    fixer_name = models.CharField("处置人姓名", max_length=64, blank=True, default="")
    fixed_text = models.CharField("处置说明", max_length=600, blank=True, default="")
    verifier_name = models.CharField("核查人", max_length=64, blank=True, default="")
    guard_due = models.DateTimeField("围护时限", null=True, blank=True)
    due_at = models.DateTimeField("处置时限", null=True, blank=True)
    fixed_at = models.DateTimeField("处置时间", null=True, blank=True)
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    primary = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="linked", verbose_name="并入工单")

    class Meta(AboutAsset.Meta):
        verbose_name = "养护工单"
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["resource", "asset_id", "-id"]),
            models.Index(fields=["state", "-id"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        """Subject key of its process, events and evidence."""
        return f"municipal_assets.work_order:{self.pk}"


class WorkOrderPhoto(ScopedModel):
    """A photo of an order, before or after the repair."""

    order = models.ForeignKey(WorkOrder, models.CASCADE, related_name="photos", verbose_name="工单")
    moment = models.CharField("时点", max_length=6, choices=[("before", "处置前"), ("after", "处置后")])
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="照片")

    class Meta(ScopedModel.Meta):
        verbose_name = "工单照片"


class WorkOrderNote(ScopedModel):
    """Something that happened while the order was open, such as a sensor's event during maintenance."""

    append_only = True

    order = models.ForeignKey(WorkOrder, models.CASCADE, related_name="notes", verbose_name="工单")
    at = models.DateTimeField("时间")
    text = models.CharField("内容", max_length=400)

    class Meta(ScopedModel.Meta):
        verbose_name = "工单记事"
