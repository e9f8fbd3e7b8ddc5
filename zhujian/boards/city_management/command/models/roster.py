"""值班表: who is on duty when, at the centres and as the leader in charge."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import models
from django.utils import timezone

from zhujian.foundation.kernel.models import ScopedModel

CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class DutyRoster(ScopedModel):
    """One person's duty on one day, from a clock time to another; an end not after the start lies on the next day."""

    class Role(models.TextChoices):
        """Posts that are rostered here; inspectors have their roster with their patrols (module ``collection``)."""

        LEADER = "leader", "带班领导"
        SHIFT_LEADER = "shift_leader", "值班长"
        ACCEPTOR = "acceptor", "受理员"
        DISPATCHER = "dispatcher", "派遣员"
        SUPERVISER = "superviser", "督查员"

    day = models.DateField("日期")
    role = models.CharField("岗位", max_length=12, choices=Role.choices)
    name = models.CharField("姓名", max_length=60)
    account = models.BigIntegerField("账号", null=True, blank=True, editable=False)
    starts = models.CharField("上班", max_length=5, help_text="24小时制，例如 08:00。")
    ends = models.CharField("下班", max_length=5, help_text="不晚于上班时间的，表示次日下班，例如 20:00 至 08:00。")
    phone = models.CharField("值班电话", max_length=20, blank=True, default="", help_text="公开的值班号码，不填个人手机。")
    note = models.CharField("备注", max_length=120, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "值班表"
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["county_key", "day"], name="duty_roster_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["region_code", "day", "role", "name", "starts"], name="duty_roster_once",
                violation_error_message="这个人在这一天的这个班次已经排过了。",
            ),
            models.CheckConstraint(
                condition=models.Q(starts__regex=CLOCK, ends__regex=CLOCK), name="duty_roster_times",
                violation_error_message="上下班时间请按24小时制填写，例如 08:00。",
            ),
            models.CheckConstraint(
                condition=~models.Q(starts=models.F("ends")), name="duty_roster_span",
                violation_error_message="上班和下班不能是同一时刻；整日值班请分成两班。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.day:%m-%d} {self.get_role_display()} {self.name}"

    def span(self) -> tuple[datetime, datetime]:
        """From when to when, aware, in China's time."""
        zone = timezone.get_default_timezone()
        start = datetime.combine(self.day, time.fromisoformat(self.starts), zone)
        end = datetime.combine(self.day, time.fromisoformat(self.ends), zone)
        return start, end if end > start else end + timedelta(days=1)
