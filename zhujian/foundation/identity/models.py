"""Accounts, organisations and posts."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from zhujian.foundation.identity.rules import SEPARATED
from zhujian.foundation.kernel.codes import DOCUMENTS
from zhujian.foundation.kernel.fields import EncryptedTextField
from zhujian.foundation.kernel.models import Guard, RegionCodeField


class AccountManager(BaseUserManager):
    """Creates accounts."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> Account:
        """Create one account with a hashed password (unusable when None)."""
        account = self.model(username=username, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """One natural person's login (one `sub` per person); employment is in `Post`.

    `duty_class` binds every post of the account to one duty through a composite foreign key (see migration 0002), so that
    the database refuses a person who would hold two of 系统管理员, 安全管理员, 安全审计员 and business.
    """

    class Kind(models.TextChoices):
        """Which side of the counter the person stands on."""

        OFFICIAL = "official", "工作人员"
        ENTERPRISE = "enterprise", "企业经办人"
        RESIDENT = "resident", "居民"

    class Duty(models.TextChoices):
        """Business, or one of the 三员."""

        BUSINESS = "business", "业务"
        SYSTEM_ADMIN = "system_admin", "系统管理"
        SECURITY_ADMIN = "security_admin", "安全管理"
        AUDITOR = "auditor", "安全审计"

    username = models.CharField("登录名", max_length=64, unique=True)
    name = models.CharField("姓名", max_length=64)
    email = models.EmailField("邮箱", blank=True, default="")
    kind = models.CharField("类别", max_length=12, choices=Kind.choices, default=Kind.RESIDENT)
    duty_class = models.CharField("职责类别", max_length=16, choices=Duty.choices, default=Duty.BUSINESS)
    is_active = models.BooleanField("启用", default=True)
    password_changed_at = models.DateTimeField("密码修改时间", null=True, blank=True)
    must_change_password = models.BooleanField("下次登录须改密码", default=False)
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    created_by = models.BigIntegerField("创建人", null=True, blank=True, editable=False)
    dismissed_at = models.DateTimeField("离职时间", null=True, blank=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = AccountManager()

    class Meta:
        verbose_name = "账号"
        constraints = [models.UniqueConstraint(fields=["id", "duty_class"], name="identity_account_duty")]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """The person's name."""
        return self.name


class Organisation(models.Model):
    """A department, institution or enterprise; key is the 统一社会信用代码."""

    class Kind(models.TextChoices):
        """What sort of body it is."""

        DEPARTMENT = "department", "行政机关"
        INSTITUTION = "institution", "事业单位"
        UTILITY = "utility", "市政公用企业"
        ENTERPRISE = "enterprise", "企业"

    code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("单位名称", max_length=120)
    kind = models.CharField("单位类别", max_length=16, choices=Kind.choices)
    authorities = ArrayField(models.CharField(max_length=8), default=list, blank=True, verbose_name="职能")  # DRC NRP HUD …
    trades = ArrayField(models.CharField(max_length=8), default=list, blank=True, verbose_name="从业类别")  # DEV CON SUP DES …
    region_code = RegionCodeField()
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级单位")
    legal_representative = models.CharField("法定代表人", max_length=64, blank=True, default="")
    address = models.CharField("住所", max_length=200, blank=True, default="")
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = "单位"
        indexes = [models.Index(fields=["region_code", "id"])]

    def __str__(self) -> str:
        return self.name

    @property
    def is_public_body(self) -> bool:
        """Whether its people act as officials (and so see the rows of its region)."""
        return self.kind in {self.Kind.DEPARTMENT, self.Kind.INSTITUTION}


class Post(models.Model):
    """An account's place in an organisation from a date to a date, with its roles.

    A delegated post names the post that lends its roles, always has an end date, and loses what its delegator loses.
    """

    class Kind(models.TextChoices):
        """How the person came to the post."""

        FORMAL = "formal", "任职"
        ACTING = "acting", "代理（主持工作）"
        DELEGATED = "delegated", "委托代办"
        AGENT = "agent", "企业授权"

    account = models.ForeignKey(Account, models.PROTECT, related_name="posts", verbose_name="人员")
    duty_class = models.CharField("职责类别", max_length=16, choices=Account.Duty.choices, default=Account.Duty.BUSINESS)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts", verbose_name="单位")
    title = models.CharField("岗位名称", max_length=64)
    roles = ArrayField(models.CharField(max_length=32), default=list, verbose_name="角色")
    kind = models.CharField("任职方式", max_length=12, choices=Kind.choices, default=Kind.FORMAL)
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)
    delegated_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="delegations", verbose_name="委托岗位"
    )
    firm_admin = models.BooleanField("企业管理员", default=False)
    basis = models.CharField("依据", max_length=200, blank=True, default="")
    granted_by = models.BigIntegerField("授予人", null=True, blank=True, editable=False)
    granted_at = models.DateTimeField("授予时间", auto_now_add=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)
    revoked_by = models.BigIntegerField("撤销人", null=True, blank=True, editable=False)
    revoke_reason = models.CharField("撤销原因", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "岗位"
        indexes = [models.Index(fields=["account", "id"]), models.Index(fields=["organisation", "id"])]
        constraints = [
            models.CheckConstraint(
                name="identity_post_duty_roles",
                condition=(Q(duty_class="business") & ~Q(roles__overlap=list(SEPARATED)))
                | Q(duty_class="system_admin", roles=["system_admin"])
                | Q(duty_class="security_admin", roles=["security_admin"])
                | Q(duty_class="auditor", roles=["auditor"]),
            ),
            models.CheckConstraint(
                name="identity_post_dates", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))
            ),
            models.CheckConstraint(
                name="identity_post_delegation",
                condition=~Q(kind="delegated") | Q(delegated_from__isnull=False, valid_to__isnull=False),
            ),
            models.CheckConstraint(
                name="identity_post_not_self_granted",
                condition=Q(granted_by__isnull=True) | Q(kind="delegated") | ~Q(granted_by=F("account_id")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation.name} {self.title}"


class PersonalRecord(models.Model):
    """A person's identity document and phone: encrypted, searchable only by keyed hash, visible only to that person.

    Kept apart from `Account` so that row-level security can hide it from everybody else; a look at somebody else's record
    takes a system scope with a reason and leaves an audit entry (`services.accounts.reveal`).
    """

    guard = Guard.PARTY

    account = models.OneToOneField(Account, models.CASCADE, related_name="personal")
    document_kind = models.CharField(
        "证件类型", max_length=24, choices=[(k, v[0]) for k, v in DOCUMENTS.items()], default="id_card"
    )
    document_number = EncryptedTextField("证件号码", blank=True, default="")
    document_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    phone = EncryptedTextField("手机号码", blank=True, default="")
    phone_hash = models.CharField(max_length=64, db_index=True, blank=True, default="", editable=False)
    parties = ArrayField(models.TextField(), default=list)

    class Meta:
        verbose_name = "个人信息"


class PasswordRecord(models.Model):
    """A former password's hash, kept only as long as the rule forbids using it again."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="former_passwords")
    password = models.CharField(max_length=128)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "历史密码"


class LoginLock(models.Model):
    """Failures of one key (login name and address, address alone, or second factor) and until when it is locked."""

    key = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "登录锁定"


class LoginSession(models.Model):
    """One login: from where, by which factors, and how it ended."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="logins")
    session_key = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField("登录时间")
    address = models.CharField("来源地址", max_length=45, blank=True, default="")
    agent = models.CharField("浏览器", max_length=300, blank=True, default="")
    factor = models.CharField("第二因素", max_length=16, blank=True, default="")
    ended_at = models.DateTimeField("结束时间", null=True)
    end_reason = models.CharField("结束原因", max_length=32, blank=True, default="")

    class Meta:
        verbose_name = "登录会话"
        indexes = [models.Index(fields=["account", "-id"])]


class AccessToken(models.Model):
    """A read-only token by which a person's own program (QGIS, GDAL) acts in one of the person's posts; only its hash is kept."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="tokens", verbose_name="人员")
    post = models.ForeignKey(Post, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="岗位")
    name = models.CharField("用途", max_length=60)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("创建时间")
    expires_on = models.DateField("有效期至")
    last_used_on = models.DateField("最近使用", null=True)
    revoked_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = "访问令牌"
        indexes = [models.Index(fields=["account", "-id"])]
