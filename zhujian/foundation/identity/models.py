"""Accounts, organisations and posts."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models

from zhujian.foundation.kernel.models import RegionCodeField


class AccountManager(BaseUserManager):
    """Creates accounts."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> Account:
        """Create one account with a hashed password (unusable when None)."""
        account = self.model(username=username, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """One natural person's login (one `sub` per person); employment is in `Post`."""

    username = models.CharField("登录名", max_length=64, unique=True)
    name = models.CharField("姓名", max_length=64)
    email = models.EmailField("邮箱", blank=True, default="")
    kind = models.CharField("类别", max_length=12, default="resident")  # official | enterprise | resident
    duty_class = models.CharField("职责类别", max_length=12, default="business")  # business | sysadmin | secadmin | auditor
    is_active = models.BooleanField("启用", default=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = AccountManager()

    class Meta:
        verbose_name = "账号"


class Organisation(models.Model):
    """A department, institution or enterprise; key is the 统一社会信用代码."""

    code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("单位名称", max_length=120)
    kind = models.CharField("单位类别", max_length=16)  # department | institution | enterprise | utility
    authorities = ArrayField(models.CharField(max_length=8), default=list, blank=True, verbose_name="职能")  # DRC NRP HUD …
    region_code = RegionCodeField()
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, verbose_name="上级单位")
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "单位"

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """An account's place in an organisation from a date to a date, with its roles."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="posts", verbose_name="人员")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts", verbose_name="单位")
    title = models.CharField("岗位名称", max_length=64)
    roles = ArrayField(models.CharField(max_length=32), default=list, verbose_name="角色")
    kind = models.CharField("任职方式", max_length=12, default="formal")  # formal | acting | delegated | agent
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)

    class Meta:
        verbose_name = "岗位"
