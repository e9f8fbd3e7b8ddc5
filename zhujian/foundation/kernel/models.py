"""Base tables of the platform and the history that every scoped row leaves."""

from __future__ import annotations

import enum
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, When
from django.db.models.functions import Left, Now

from zhujian.foundation.kernel import prepared
from zhujian.foundation.kernel.errors import Conflict


class Guard(enum.Enum):
    """How row-level security decides on a table's rows."""

    REGION_OR_PARTY = "region_or_party"  # officials of the region, and the parties named on the row
    REGION = "region"  # officials of the region only
    PARTY = "party"  # the named parties only (messages, drafts)
    LEDGER = "ledger"  # read as REGION_OR_PARTY; whoever acts may append (evidence)
    COMMON = "common"  # written like REGION_OR_PARTY; read also by officials of the regions below the row's own (rule packs, common tables)
    PUBLISHED = "published"  # as COMMON, but read below only once `published`, and by everybody when `is_public` too
    AUDIT = "audit"  # read by the security auditor and background work only; whoever acts may append


class RegionCodeField(models.CharField):
    """12-digit region code, compared byte by byte so that a prefix is a range."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max_length", 12)
        kwargs.setdefault("verbose_name", "行政区划")
        kwargs.setdefault("db_collation", "C")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


class ScopedModel(models.Model):
    """A business row: has a place, parties, a version, and is guarded by row-level security.

    `city_key` and `county_key` are generated so that a list of one city's rows by newest id is one index scan.
    """

    guard = Guard.REGION_OR_PARTY
    append_only = False
    unkept: ClassVar[
        tuple[str, ...]
    ] = ()  # fields whose changes leave no history: they follow from rows that are kept (running counts)

    region_code = RegionCodeField()
    city_key = models.GeneratedField(
        expression=Case(When(region_code__regex=r"^..90", then=Left(F("region_code"), 6)), default=Left(F("region_code"), 4)),
        output_field=models.CharField(max_length=6, db_collation="C"),
        db_persist=True,
    )
    county_key = models.GeneratedField(
        expression=Left(F("region_code"), 6), output_field=models.CharField(max_length=6, db_collation="C"), db_persist=True
    )
    parties = ArrayField(models.TextField(), default=list, blank=True, verbose_name="相关方")
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)
    created_by = models.BigIntegerField("创建人", null=True, editable=False)

    class Meta:
        abstract = True
        indexes = [
            GinIndex(fields=["parties"]),
            models.Index(fields=["city_key", "-id"]),
            models.Index(fields=["county_key", "-id"]),
        ]

    def save_version(self, expected: int, *, fields: list[str]) -> None:
        """Write `fields` if the row still has version `expected`; otherwise refuse as a stale edit."""
        if prepared.plain(type(self), fields) and not any(hasattr(getattr(self, n), "resolve_expression") for n in fields):
            done = prepared.update_version(self, expected, fields)
        else:
            values = {name: getattr(self, name) for name in fields}
            same = type(self)._default_manager.filter(pk=self.pk, version=expected)
            done = bool(same.update(version=F("version") + 1, updated_at=Now(), **values))
        if not done:
            raise Conflict("edit.stale", "这条记录刚刚被别人修改过，请刷新页面核对后再提交。")
        self.version = expected + 1


class History(models.Model):
    """One change of one guarded row, written by a trigger; append-only and under the same scope as the row."""

    append_only = True
    guard = Guard.REGION_OR_PARTY

    at = models.DateTimeField()
    table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    action = models.CharField(max_length=6)
    row_version = models.PositiveIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.TextField(default="")
    region_code = RegionCodeField()
    parties = ArrayField(models.TextField(), default=list)
    diff = models.JSONField()

    class Meta:
        verbose_name = "变更历史"
        indexes = [models.Index(fields=["table", "row_id", "-id"])]


class LoadedDemo(models.Model):
    """A module whose demo data this database already holds; written in the transaction that loads them."""

    module = models.CharField("模块", max_length=64, primary_key=True)
    loaded_at = models.DateTimeField("载入时间", auto_now_add=True)

    class Meta:
        verbose_name = "已载入的演示数据"


class Stamp(models.Model):
    """Changes whenever the tables of one memory change (see `memory`); written by triggers made with `stamp_trigger`."""

    name = models.CharField(max_length=40, primary_key=True)
    stamp = models.UUIDField()

    class Meta:
        """Named."""

        verbose_name = "内存数据代次"


__all__ = ["Guard", "History", "LoadedDemo", "RegionCodeField", "ScopedModel", "Stamp"]
