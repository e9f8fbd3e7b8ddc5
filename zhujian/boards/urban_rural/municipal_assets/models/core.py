"""What every municipal asset has: codes, three responsible bodies, condition, source, versions (urban-rural-construction.md §2)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Func, Q

from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.kernel.models import ScopedModel
from zhujian.foundation.kernel.valid_time import ValidTime


class Metres(Func):
    """Length of a line on the ellipsoid in metres, two decimals; immutable, so that a generated column may hold it."""

    template = "round(ST_Length((%(expressions)s)::geography)::numeric, 2)"
    output_field = models.DecimalField(max_digits=12, decimal_places=2)


def length_field(verbose_name: str = "长度") -> models.GeneratedField:
    """Length in metres computed by the database from `geom`: it cannot contradict the geometry."""
    return models.GeneratedField(
        expression=Metres(models.F("geom")), output_field=models.DecimalField(verbose_name, max_digits=12, decimal_places=2),
        db_persist=True, verbose_name=verbose_name,
    )  # fmt: skip


def asset_constraints(name: str) -> list[models.BaseConstraint]:
    """Constraints of every register; `name` is the model's name in lower case."""
    return [
        *ValidTime.Meta.constraints,
        models.CheckConstraint(
            condition=Q(condition=None) | Q(condition__range=(1, 5)), name=f"{name}_condition_scale",
            violation_error_message="状况等级只能是 1（完好）到 5（危险）。",
        ),
        models.UniqueConstraint(
            fields=["county_key", "code"], condition=Q(valid_to=None, planned=False) & ~Q(code=""), name=f"{name}_code_present",
            violation_error_message="这个编码在本县（市、区）已被另一处设施使用，请核对。",
        ),
    ]  # fmt: skip


class Asset(ValidTime, ScopedModel):
    """One version of one facility. Owner, maintainer and regulator are three bodies and three fields, never one.

    The present row keeps its id for life: a new version copies what was into a closed row (`services.new_version`).
    """

    code = models.CharField(
        "标识码", max_length=40, blank=True, default="", db_index=True, help_text="部件为16位标识码；管线和线状设施为模块编码"
    )
    class_code = models.CharField("分类代码", max_length=8, blank=True, default="")
    name = models.CharField("名称", max_length=120, blank=True, default="")
    owner_org = models.CharField("产权单位代码", max_length=18, blank=True, default="", help_text="统一社会信用代码")
    owner_name = models.CharField("产权单位", max_length=120, blank=True, default="", help_text="未查明时留空，不得填代管单位")
    maintainer_org = models.CharField("养护单位代码", max_length=18, blank=True, default="", help_text="统一社会信用代码")
    maintainer_name = models.CharField("养护单位", max_length=120, blank=True, default="")
    regulator_org = models.CharField("监管单位代码", max_length=18, blank=True, default="", help_text="统一社会信用代码")
    regulator_name = models.CharField("监管单位", max_length=120, blank=True, default="")
    built_on = models.DateField("建成日期", null=True, blank=True)
    material = models.CharField("材质", max_length=16, blank=True, default="")
    spec = models.CharField("规格", max_length=120, blank=True, default="")
    design_life_years = models.PositiveSmallIntegerField(
        "设计使用年限", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(300)]
    )
    condition = models.PositiveSmallIntegerField("状况等级", null=True, blank=True)
    condition_original = models.CharField(
        "原评价结果", max_length=120, blank=True, default="", help_text="按哪项标准、得分或等级，例如 CJJ 99-2017 BCI 84.2 B级"
    )
    condition_on = models.DateField("评价日期", null=True, blank=True)
    status = models.CharField("使用状态", max_length=12, default="in_use")
    cim_feature_id = models.UUIDField("CIM要素标识", null=True, blank=True)
    source = models.CharField("数据来源", max_length=12, default="manual")
    accuracy_m = models.DecimalField(
        "平面精度", max_digits=6, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    batch = models.ForeignKey(
        "municipal_assets.CensusBatch", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="普查批次"
    )
    note = models.CharField("备注", max_length=400, blank=True, default="")

    class Meta(ScopedModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.name or self.code


class AssetFile(ScopedModel):
    """A paper of a facility (drawing, photo, contract, test report); it belongs to the facility, not to one version."""

    feature_id = models.UUIDField("要素标识", db_index=True)
    resource = models.CharField("设施类型", max_length=80)
    kind = models.CharField("资料类型", max_length=12)
    title = models.CharField("资料名称", max_length=120)
    dated = models.DateField("形成日期", null=True, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")

    class Meta(ScopedModel.Meta):
        verbose_name = "设施资料"
        constraints = [models.UniqueConstraint(fields=["feature_id", "file"], name="asset_file_once")]
        indexes = [*ScopedModel.Meta.indexes]

    def __str__(self) -> str:
        return self.title


__all__ = ["Asset", "AssetFile", "Metres", "asset_constraints", "length_field"]
