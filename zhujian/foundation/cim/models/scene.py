"""Saved views of the 3D page."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from zhujian.foundation.kernel.models import Guard


class Viewpoint(models.Model):
    """One saved view. Its owner sees it; shared, so does the owner's organisation (only people with one of `roles`, when it names any)."""

    guard = Guard.PARTY

    name = models.CharField("名称", max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="保存人")
    parties = ArrayField(models.TextField(), default=list)
    roles = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name="共享给岗位角色")
    view = models.JSONField("视角")
    created_at = models.DateTimeField("保存时间", auto_now_add=True)

    class Meta:
        verbose_name = "三维视角"
        indexes = [models.Index(fields=["owner", "-id"], name="cim_viewpoint_owner")]

    def __str__(self) -> str:
        return self.name

    @property
    def shared(self) -> bool:
        """Whether others than its owner see it."""
        return any(key.startswith("org:") for key in self.parties)


__all__ = ["Viewpoint"]
