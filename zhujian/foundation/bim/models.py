"""Models handed in, their versions, what the check found in them, and the rule packs they are checked by."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.kernel.models import Guard, RegionCodeField, ScopedModel
from zhujian.foundation.resources.indexes import sort_indexes


class Model(ScopedModel):
    """One BIM deliverable of a building or project; its versions follow each other."""

    name = models.CharField("模型名称", max_length=120)
    discipline = models.CharField("专业", max_length=12, default="arch")
    building_code = models.CharField(
        "房屋代码", max_length=26, blank=True, default="", db_index=True, help_text="26位；入CIM时关联到这幢房屋"
    )
    project_code = models.CharField("项目代码", max_length=24, blank=True, default="", db_index=True)
    submitter = models.CharField("提交单位", max_length=120, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "BIM 模型"
        indexes = [*ScopedModel.Meta.indexes, *sort_indexes("bim_model", "name")]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """Key under which its process, events and evidence are filed."""
        return f"bim.model:{self.pk}"


class Version(ScopedModel):
    """One file of a model on its way: 提交→自动检查→人工审查→通过→归档→入CIM. `number` counts from 1."""

    class State(models.TextChoices):
        """Where the version stands."""

        SUBMITTED = "submitted", "已提交"
        CHECKING = "checking", "自动检查中"
        FAILED_CHECK = "failed_check", "检查未通过"
        REVIEW = "review", "人工审查"
        REJECTED = "rejected", "已退回"
        PASSED = "passed", "审查通过"
        ARCHIVED = "archived", "已归档"
        PUBLISHED = "published", "已入CIM"

    model = models.ForeignKey(Model, models.PROTECT, related_name="versions", verbose_name="模型")
    number = models.PositiveIntegerField("版本号")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="bim_versions", verbose_name="IFC 文件")
    note = models.CharField("版本说明", max_length=300, blank=True, default="")
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.SUBMITTED)
    schema = models.CharField("IFC 版本", max_length=12, blank=True, default="")
    verdict_code = models.CharField("结论代码", max_length=40, blank=True, default="")
    verdict = models.TextField("检查结论", blank=True, default="")
    opinion = models.CharField("审查意见", max_length=1000, blank=True, default="")
    checks = models.JSONField("检查项", default=list)
    header = models.JSONField("文件头", default=dict)
    hand = models.JSONField("人工填写的位置", default=dict)
    georef = models.JSONField("地理参考", default=dict)
    lon = models.FloatField("经度", null=True)
    lat = models.FloatField("纬度", null=True)
    height = models.FloatField("高程（m）", null=True)
    rotation = models.FloatField("方位角（°）", null=True)
    storeys = models.JSONField("楼层", default=list)
    elements_count = models.PositiveIntegerField("构件数", null=True)
    errors_count = models.PositiveIntegerField("不符合项", null=True)
    warnings_count = models.PositiveIntegerField("提示项", null=True)
    level = models.PositiveSmallIntegerField(
        "内容达到的 CIM 级别", null=True, validators=[MinValueValidator(1), MaxValueValidator(7)]
    )
    result_sm3 = models.CharField("成果 SM3", max_length=64, blank=True, default="")
    checked_at = models.DateTimeField("检查完成时间", null=True)
    archived_at = models.DateTimeField("归档时间", null=True)
    published_at = models.DateTimeField("入CIM时间", null=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "模型版本"
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="bim_version_number"),
            models.CheckConstraint(condition=Q(lon=None) | Q(lon__gte=-180, lon__lte=180), name="bim_version_lon"),
            models.CheckConstraint(condition=Q(lat=None) | Q(lat__gte=-90, lat__lte=90), name="bim_version_lat"),
        ]

    def __str__(self) -> str:
        return f"{self.model.name} 第{self.number}版"

    @property
    def subject(self) -> str:
        """Key under which events and evidence of this version are filed."""
        return f"bim.version:{self.pk}"

    @property
    def placed(self) -> bool:
        """Whether it can be put on the map."""
        return self.lon is not None and self.lat is not None

    @property
    def waiting(self) -> bool:
        """Whether the automatic check is still to come or running."""
        return self.state in (self.State.SUBMITTED, self.State.CHECKING)

    @property
    def origin(self) -> dict[str, Any] | None:
        """Where the drawn origin stands: degrees, metres, azimuth of the model's +Y axis clockwise from true north."""
        if not self.placed:
            return None
        return {"lon": self.lon, "lat": self.lat, "height": self.height or 0.0, "rotation": self.rotation or 0.0}


class Held(models.Model):
    """What belongs to a version and is seen by whoever sees it. Written once, in bulk: no history of its own."""

    guard = Guard.REGION_OR_PARTY

    version = models.ForeignKey(Version, models.CASCADE, related_name="%(class)ss", verbose_name="模型版本")
    region_code = RegionCodeField()
    parties = ArrayField(models.TextField(), default=list, verbose_name="相关方")

    class Meta:
        abstract = True


class Job(Held):
    """The automatic check of a version: who works on it until when, how far it is. Changes every second: no history."""

    version = models.OneToOneField(Version, models.CASCADE, related_name="job", verbose_name="模型版本")
    progress = models.PositiveSmallIntegerField("进度（%）", default=0)
    stage_text = models.CharField("正在进行", max_length=200, blank=True, default="等待处理")
    waiting = models.BooleanField("待处理", default=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    claimed_by = models.CharField("处理程序", max_length=80, blank=True, default="")
    lease_until = models.DateTimeField("占用至", null=True)
    seconds = models.FloatField("用时（秒）", null=True)
    memory_mb = models.FloatField("内存峰值（MB）", null=True)

    class Meta:
        verbose_name = "自动检查任务"
        indexes = [models.Index(fields=["id"], condition=Q(waiting=True), name="bim_job_waiting")]


class Element(Held):
    """One element of a version; `feature_index` is its id in the tiles.

    `digest`: three times 32 hex digits: what it says, where it stands, its form. `box`: low and high corner in model metres, drawn origin
    taken off. `amount`: length, area, volume and the source of each.
    """

    feature_index = models.PositiveIntegerField("构件序号")
    global_id = models.CharField("GlobalId", max_length=64, db_collation="C")
    ifc_class = models.CharField("类别", max_length=60)
    name = models.CharField("名称", max_length=200, blank=True, default="")
    storey = models.PositiveSmallIntegerField("楼层")
    type_name = models.CharField("类型", max_length=200, blank=True, default="")
    properties = models.JSONField("属性", default=dict)
    digest = models.CharField("摘要", max_length=96)
    box = models.JSONField("范围", null=True)
    amount = models.JSONField("工程量", default=list)
    checked = models.BooleanField("有规则检查过", default=False)  # no rule applied: neither passed nor failed

    class Meta:
        verbose_name = "构件"
        constraints = [models.UniqueConstraint(fields=["version", "feature_index"], name="bim_element_once")]
        indexes = [models.Index(fields=["version", "global_id"])]

    def __str__(self) -> str:
        return self.name or self.global_id


class Finding(Held):
    """One failure of one rule."""

    rule = models.CharField("规则", max_length=60)
    severity = models.CharField("程度", max_length=8)
    message = models.TextField("问题")
    demand = models.TextField("要求")
    global_id = models.CharField("GlobalId", max_length=64, blank=True, default="")
    element = models.ForeignKey(Element, models.CASCADE, null=True, related_name="findings", verbose_name="构件")

    class Meta:
        verbose_name = "检查问题"
        indexes = [models.Index(fields=["version", "rule"])]


class Quantity(Held):
    """Sum of one class and type in one storey. `source`: where length, area and volume come from (qto, mesh), joined by |."""

    storey = models.PositiveSmallIntegerField("楼层")
    storey_name = models.CharField("楼层名称", max_length=200)
    ifc_class = models.CharField("类别", max_length=60)
    type_name = models.CharField("类型", max_length=200, blank=True, default="")
    count = models.PositiveIntegerField("数量")
    length_m = models.FloatField("长度（m）", null=True)
    area_m2 = models.FloatField("面积（㎡）", null=True)
    volume_m3 = models.FloatField("体积（m³）", null=True)
    source = models.CharField("来源", max_length=40, blank=True, default="")

    class Meta:
        verbose_name = "工程量"
        verbose_name_plural = "工程量"


class RulePack(ScopedModel):
    """One edition of a rule pack (IDS 1.0). `advisory`: identifiers of rules that warn only; `notes`: basis and confidence of each rule.

    A county's models are checked by its province's packs: officials below read them.
    """

    guard = Guard.COMMON

    key = models.CharField("标识", max_length=40, db_collation="C")
    edition = models.CharField("版次", max_length=20)
    title = models.CharField("名称", max_length=120)
    purpose = models.CharField("用途", max_length=300, blank=True, default="")
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)
    source = models.TextField("IDS 文件")
    sm3 = models.CharField("SM3", max_length=64)
    advisory = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name="只提示的规则")
    notes = models.JSONField("依据和信度", default=dict, blank=True)
    rules_count = models.PositiveSmallIntegerField("规则数")
    official = models.BooleanField("本地上传", default=False, editable=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "BIM 规则包"
        constraints = [
            models.UniqueConstraint(
                fields=["key", "edition", "region_code"], name="bim_rule_pack_once", violation_error_message="这个规则包的这一版次已经登记过了。"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from")), name="bim_rule_pack_dates",
                violation_error_message="停用日期应晚于启用日期。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.title} {self.edition}"
