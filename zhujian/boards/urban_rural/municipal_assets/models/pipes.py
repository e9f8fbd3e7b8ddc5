"""Underground pipes: survey points and the lines between them (CJJ 61-2017, urban-rural-construction.md §2).

Elevations and depths are never one column: elevations are metres above the 1985 datum, depths are metres below the ground.
"""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q

from zhujian.boards.urban_rural.municipal_assets.models.core import Asset, asset_constraints, length_field
from zhujian.foundation.kernel.models import ScopedModel

HIGH, LOW = MaxValueValidator(9000), MinValueValidator(-500)


def elevation(verbose_name: str) -> models.DecimalField:
    """Metres above the 1985 national height datum."""
    return models.DecimalField(verbose_name, max_digits=8, decimal_places=3, null=True, blank=True, validators=[LOW, HIGH])


def depth(verbose_name: str) -> models.DecimalField:
    """Metres below the ground; negative where the pipe stands above it (reported by the topology check)."""
    return models.DecimalField(
        verbose_name, max_digits=6, decimal_places=3, null=True, blank=True,
        validators=[MinValueValidator(-100), MaxValueValidator(100)],
    )  # fmt: skip


class PipePoint(Asset):
    """A survey point of a pipe: feature (bend, tee …), attachment (manhole, valve …), elevations."""

    kind = models.CharField("管类", max_length=2)
    feature = models.CharField("特征", max_length=12, blank=True, default="")
    attachment = models.CharField("附属物", max_length=12, blank=True, default="")
    geom = gis.PointField("位置", srid=4490)
    ground_elev = elevation("地面高程")
    top_elev = elevation("管顶高程")
    bottom_elev = elevation("管底高程")
    well_depth = depth("井深")
    cover_type = models.CharField("井盖类型", max_length=12, blank=True, default="")
    users = models.PositiveIntegerField("接入户数", null=True, blank=True, help_text="水表井、调压箱、分支箱等后面的用户数")
    source_datum = models.CharField(
        "测量高程基准", max_length=12, blank=True, default="", help_text="原始成果的高程基准；入库已换算为1985国家高程基准"
    )

    class Meta(ScopedModel.Meta):
        verbose_name = "管点"
        constraints = [
            *asset_constraints("pipepoint"),
            models.CheckConstraint(
                condition=Q(ground_elev=None, top_elev=None, bottom_elev=None) | ~Q(source_datum=""), name="pipepoint_datum",
                violation_error_message="填写了高程，就必须说明原始成果的高程基准。",
            ),
        ]  # fmt: skip
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["kind", "id"])]


class Slope(Func):
    """Fall from start to end in per mille; NULL without both inverts."""

    template = "round((%(expressions)s)::numeric, 2)"
    arg_joiner = ", "
    output_field = models.DecimalField(max_digits=20, decimal_places=2)

    def as_sql(self, compiler, connection, **extra):  # type: ignore[no-untyped-def]
        """``(start − end) · 1000 / length``; the length is at least a centimetre."""
        parts = [compiler.compile(part) for part in self.source_expressions]
        start, end, geom = (sql for sql, _ in parts)
        return f"round(({start} - {end}) * 1000 / greatest(ST_Length(({geom})::geography)::numeric, 0.01), 2)", []


class PipeLine(Asset):
    """A pipe between two survey points. `flow`: 1 from start to end, −1 the other way, 0 not known."""

    kind = models.CharField("管类", max_length=2)
    start = models.ForeignKey(PipePoint, models.PROTECT, null=True, blank=True, related_name="lines_out", verbose_name="起点")
    end = models.ForeignKey(PipePoint, models.PROTECT, null=True, blank=True, related_name="lines_in", verbose_name="终点")
    geom = gis.LineStringField("管线", srid=4490)
    start_invert = elevation("起点管底高程")
    end_invert = elevation("终点管底高程")
    start_depth = depth("起点埋深")
    end_depth = depth("终点埋深")
    diameter_mm = models.PositiveIntegerField(
        "管径", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(20000)]
    )
    width_mm = models.PositiveIntegerField(
        "断面宽", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(50000)]
    )
    height_mm = models.PositiveIntegerField(
        "断面高", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(50000)]
    )
    pressure = models.CharField("压力级别", max_length=12, blank=True, default="")
    pressure_mpa = models.DecimalField(
        "设计压力", max_digits=7, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    voltage_kv = models.DecimalField(
        "电压", max_digits=7, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    holes = models.PositiveSmallIntegerField("总孔数", null=True, blank=True)
    buried_form = models.CharField("埋设方式", max_length=12, blank=True, default="")
    flow = models.SmallIntegerField("流向", default=0, choices=[(1, "起点至终点"), (-1, "终点至起点"), (0, "未知")])
    source_datum = models.CharField(
        "测量高程基准", max_length=12, blank=True, default="", help_text="原始成果的高程基准；入库已换算为1985国家高程基准"
    )
    length_m = length_field()
    slope = models.GeneratedField(
        expression=Slope(F("start_invert"), F("end_invert"), F("geom")), db_persist=True, verbose_name="坡度",
        output_field=models.DecimalField("坡度", max_digits=20, decimal_places=2),
    )  # fmt: skip

    class Meta(ScopedModel.Meta):
        verbose_name = "管线"
        constraints = [
            *asset_constraints("pipeline"),
            models.CheckConstraint(
                condition=Q(start_invert=None, end_invert=None) | ~Q(source_datum=""), name="pipeline_datum",
                violation_error_message="填写了高程，就必须说明原始成果的高程基准。",
            ),
            models.CheckConstraint(
                condition=Q(diameter_mm=None) | Q(width_mm=None, height_mm=None), name="pipeline_section",
                violation_error_message="圆管只填管径，矩形断面只填宽和高。",
            ),
        ]  # fmt: skip
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["kind", "id"])]
