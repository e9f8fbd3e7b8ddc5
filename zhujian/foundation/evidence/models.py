"""Entries, leaves, tiles, heads, witnesses."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models

from zhujian.foundation.kernel.fields import EncryptedTextField
from zhujian.foundation.kernel.models import Guard, RegionCodeField


class Entry(models.Model):
    """One legal act as the ledger knows it: the exact bytes that are hashed. Never changed; no personal data."""

    guard = Guard.LEDGER
    append_only = True

    kind = models.CharField("事项", max_length=64)
    object_id = models.CharField("对象", max_length=96)
    region_code = RegionCodeField()
    parties = ArrayField(models.TextField(), default=list, verbose_name="相关方")
    data = models.TextField("存证内容")
    leaf_hash = models.BinaryField("叶哈希", max_length=32)
    recorded_at = models.DateTimeField("存证时间")

    class Meta:
        verbose_name = "存证记录"
        indexes = [models.Index(fields=["object_id", "-id"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class Payload(models.Model):
    """What the entry's payload hash stands for, with its salt. May be redacted: the hash in the ledger stays."""

    entry = models.OneToOneField(
        Entry, models.CASCADE, primary_key=True, db_constraint=False, related_name="payload", verbose_name="存证记录"
    )
    salt = models.CharField("盐", max_length=32)
    body = EncryptedTextField("内容", context="evidence.payload.body")

    class Meta:
        verbose_name = "存证原文"


class Pending(models.Model):
    """An entry that committed but is not in the tree yet; the sequencer takes it out."""

    entry = models.OneToOneField(Entry, models.CASCADE, primary_key=True, db_constraint=False, related_name="+")
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = "待封存"


class Leaf(models.Model):
    """The place of an entry in the tree: leaf indexes 0, 1, 2 … without a gap."""

    append_only = True

    leaf_index = models.BigIntegerField("叶序号", primary_key=True)
    entry = models.OneToOneField(Entry, models.PROTECT, db_constraint=False, related_name="leaf", verbose_name="存证记录")

    class Meta:
        verbose_name = "叶"


class Tile(models.Model):
    """510 complete nodes of eight levels (see `tiles`). `id` = tile level · 2^48 + tile index."""

    id = models.BigIntegerField(primary_key=True)
    nodes = models.BinaryField()

    class Meta:
        verbose_name = "树块"


class Head(models.Model):
    """A signed tree head: what the log says about all its entries at one moment."""

    append_only = True

    tree_size = models.BigIntegerField("记录数")
    timestamp_ms = models.BigIntegerField("时间戳（毫秒）", unique=True)
    root = models.BinaryField("根哈希", max_length=32)
    signature = models.BinaryField("SM2 签名")
    public_key = models.BinaryField("公钥", max_length=64)

    class Meta:
        verbose_name = "树头"
        indexes = [models.Index(fields=["tree_size", "id"])]

    def __str__(self) -> str:
        return f"树头 {self.tree_size}"

    @property
    def signed_at(self) -> datetime:
        """When the log signed it."""
        return datetime.fromtimestamp(self.timestamp_ms / 1000, UTC)

    @property
    def root_hex(self) -> str:
        """The root in hex."""
        return bytes(self.root).hex()


class Witness(models.Model):
    """Another body that watches the log and cosigns its heads; only its public key is kept here."""

    name = models.CharField("见证方", max_length=120, unique=True)
    organisation_code = models.CharField("统一社会信用代码", max_length=18, blank=True, default="")
    public_key = models.BinaryField("公钥", max_length=64, unique=True)
    is_active = models.BooleanField("启用", default=True)
    registered_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = "见证方"

    def __str__(self) -> str:
        return self.name


class Cosignature(models.Model):
    """A witness's signature over a head and the time it saw it."""

    append_only = True

    head = models.ForeignKey(Head, models.PROTECT, related_name="cosignatures", verbose_name="树头")
    witness = models.ForeignKey(Witness, models.PROTECT, related_name="cosignatures", verbose_name="见证方")
    seen_ms = models.BigIntegerField("见证时间（毫秒）")
    signature = models.BinaryField("SM2 签名")

    class Meta:
        verbose_name = "见证签名"
        constraints = [models.UniqueConstraint(fields=["head", "witness"], name="cosignature_once")]
