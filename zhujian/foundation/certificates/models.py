"""Certificate types, certificates and expiry reminders."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from zhujian.foundation.certificates.rules import STATE_TEXT, State, SurfaceField
from zhujian.foundation.documents.models import Document, StoredFile
from zhujian.foundation.kernel.fields import EncryptedJSONField
from zhujian.foundation.kernel.models import ScopedModel

STATES = [(state.value, text) for state, text in STATE_TEXT.items()]


class CertificateType(models.Model):
    """A type of certificate as its defining body describes it; loaded from ``certificate_types.toml`` of the modules."""

    key = models.CharField("标识符", max_length=64, unique=True)
    code = models.CharField("证照类型代码", max_length=21, unique=True)
    name = models.CharField("证照类型名称", max_length=80)
    defining_body = models.CharField("定义机构", max_length=80)
    holder_kind = models.CharField("持证主体类别", max_length=12)  # organisation | person | project | building
    validity_months = models.PositiveSmallIntegerField("有效期（月）", null=True)  # None: 长期 or decided case by case
    template = models.CharField("文书模板", max_length=96, default="permit")
    surface_fields = models.JSONField("照面字段", default=list)
    layout = models.JSONField("版面文字", default=dict)  # overline, statement, notes, columns
    basis = models.CharField("依据", max_length=200, blank=True, default="")
    confidence = models.CharField("可信度", max_length=1, default="C")

    class Meta:
        verbose_name = "证照类型"

    def __str__(self) -> str:
        return self.name

    @property
    def fields(self) -> list[SurfaceField]:
        """Fields of the 照面 in their printed order."""
        return [SurfaceField(**raw) for raw in self.surface_fields]


class Certificate(ScopedModel):
    """One edition of one certificate. A renewal or change is a new row; the older edition turns 失效 and stays readable."""

    identifier = models.CharField("电子证照标识", max_length=140, unique=True)
    type = models.ForeignKey(CertificateType, models.PROTECT, verbose_name="证照类型")
    cert_no = models.CharField("证照编号", max_length=64, db_index=True)
    serial = models.CharField("流水号", max_length=64)
    edition = models.PositiveSmallIntegerField("版本", default=1)
    holder_name = models.CharField("持证主体", max_length=120)
    holder_hash = models.CharField("持证主体证件号索引", max_length=64, blank=True, default="", db_index=True)
    holders = EncryptedJSONField("持证主体明细", context="certificates.certificate.holders")
    issuer_name = models.CharField("颁发机构", max_length=120)
    issuer_code = models.CharField("颁发机构代码", max_length=18)
    issue_date = models.DateField("颁发日期")
    valid_from = models.DateField("有效期起")
    valid_to = models.DateField("有效期止", null=True, blank=True)  # None: 长期
    state = models.CharField("状态", max_length=2, choices=STATES, default=State.VALID)
    state_note = models.CharField("状态说明", max_length=200, blank=True, default="")
    suspended_from = models.DateField("暂扣起", null=True)
    suspended_to = models.DateField("暂扣止", null=True)
    predecessor = models.OneToOneField("self", models.PROTECT, null=True, related_name="successor", verbose_name="关联证照")
    trust_level = models.CharField("可信等级", max_length=1, default="A")
    creation_mode = models.CharField("生成方式", max_length=8, default="new")  # new 新增 | backfill 存量补录
    surface = EncryptedJSONField("照面信息", context="certificates.certificate.surface")
    subject = models.CharField("所属事项", max_length=96, db_index=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, verbose_name="证照文件")
    file_ofd = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+", verbose_name="OFD 文件")
    seal_ref = models.CharField("用印记录", max_length=96, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "电子证照"
        constraints = [
            models.UniqueConstraint(fields=["type", "issuer_code", "serial", "edition"], name="certificate_edition_once"),
            models.UniqueConstraint(fields=["type", "cert_no"], condition=Q(state__in=["01", "02"]), name="certificate_no_once"),
        ]
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["valid_to"], condition=Q(state__in=["01", "02"]), name="certificate_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.type.name} {self.cert_no}"

    @property
    def key(self) -> str:
        """Subject key under which its events and evidence are filed."""
        return f"certificates.certificate:{self.pk}"


class Reminder(models.Model):
    """A reminder that a certificate is about to expire."""

    certificate = models.ForeignKey(Certificate, models.CASCADE, related_name="reminders", verbose_name="证照")
    days = models.PositiveSmallIntegerField("提前天数")
    due_on = models.DateField("提醒日期")
    sent_at = models.DateTimeField("发出时间", null=True)

    class Meta:
        verbose_name = "到期提醒"
        constraints = [models.UniqueConstraint(fields=["certificate", "days"], name="reminder_once")]
        indexes = [models.Index(fields=["due_on"], condition=Q(sent_at__isnull=True), name="reminder_due")]
