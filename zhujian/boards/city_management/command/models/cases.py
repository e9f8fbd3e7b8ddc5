"""Cases (案件), their append-only log and the errands of inspectors."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Least

from zhujian.boards.city_management.digital_city.models import Condition
from zhujian.foundation.kernel.models import ScopedModel

# States in which somebody still has something to do.
OPEN = (
    "verifying", "to_register", "to_dispatch", "dispatched", "handling", "dept_confirm", "to_check", "checking", "to_close",
)  # fmt: skip


TIGHT = Q(state__in=OPEN, paused_at=None, overdue_told=False)
# What no list shows: left out when many cases are read.
UNSHOWN = (
    "location", "pauses", "parties", "assist", "supervision_side", "command_side", "disposing_side", "reporters", "community",
    "register_due", "dispatched_at", "stage_since", "dispatched_by", "received_at", "handled_at", "fed_back_at", "check_sent_at", "checked_at",
    "checked_by", "closed_by", "close_reason", "close_kind", "calendar_version", "called_back_at", "created_at", "updated_at", "created_by",
    "registered_at", "registered_by", "accepted_by", "city_key",
)  # fmt: skip


class Case(ScopedModel):
    """One case of city management. It is never opened again: what happens anew becomes a case of its own, linked by `previous`."""

    class State(models.TextChoices):
        """Where the case stands (urban-management.md §2.2)."""

        VERIFYING = "verifying", "核实中"
        TO_REGISTER = "to_register", "待立案"
        TO_DISPATCH = "to_dispatch", "待派遣"
        DISPATCHED = "dispatched", "待处置"
        HANDLING = "handling", "处置中"
        DEPT_CONFIRM = "dept_confirm", "待反馈"
        TO_CHECK = "to_check", "待核查"
        CHECKING = "checking", "核查中"
        TO_CLOSE = "to_close", "待结案"
        CLOSED = "closed", "已结案"
        VOID = "void", "已作废"
        DUPLICATE = "duplicate", "重复案件"
        FORCED = "forced", "强制结案"

    number = models.CharField("案件编号", max_length=19, unique=True, db_collation="C")
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.TO_REGISTER)
    suspended = models.BooleanField("挂账", default=False)
    kind = models.CharField("类型", max_length=9, choices=[("component", "部件"), ("event", "事件")])
    class_code = models.CharField("小类代码", max_length=5, db_collation="C")
    class_name = models.CharField("小类", max_length=60, default="")
    condition = models.ForeignKey(Condition, models.PROTECT, null=True, related_name="+", verbose_name="立案条件")
    stage = models.PositiveSmallIntegerField("阶段", default=1)
    stages = models.PositiveSmallIntegerField("阶段数", default=1)
    description = models.CharField("问题描述", max_length=500)
    address = models.CharField("地址", max_length=200, blank=True, default="")
    location = gis.PointField("位置", srid=4490)  # a GiST index comes with it
    grid_code = models.CharField("单元网格", max_length=15, blank=True, default="", db_collation="C")
    community = models.CharField("社区", max_length=12, blank=True, default="", db_collation="C")
    component_code = models.CharField("部件标识码", max_length=18, blank=True, default="", db_collation="C")
    source = models.CharField("问题来源", max_length=16)
    urgent = models.BooleanField("紧急", default=False)
    report_count = models.PositiveIntegerField("上报数", default=1)
    reported_at = models.DateTimeField("首次上报时间")
    accepted_at = models.DateTimeField("受理时间", null=True)
    accepted_by = models.BigIntegerField("受理员", null=True)
    registered_at = models.DateTimeField("立案时间", null=True)
    registered_by = models.BigIntegerField("立案人", null=True)
    register_due = models.DateTimeField("立案时限", null=True)
    dispatched_at = models.DateTimeField("派遣时间", null=True)
    stage_since = models.DateTimeField("本轮起点", null=True)
    dispatched_by = models.BigIntegerField("派遣员", null=True)
    org_code = models.CharField("主办单位代码", max_length=18, blank=True, default="", db_collation="C")
    org_name = models.CharField("主办单位", max_length=120, blank=True, default="")
    assist = ArrayField(models.CharField(max_length=18), default=list, blank=True, verbose_name="协办单位")
    # The body whose clock this is: the one that the city's (or the only) command centre gave the case to.
    recipient = models.CharField(
        "计时单位代码", max_length=18, blank=True, default="", db_default="", db_collation="C", editable=False
    )
    level = models.CharField(
        "指挥层级", max_length=8, blank=True, default="", db_default="", choices=[("district", "区级")]
    )  # empty: with the city
    handed_org = models.CharField("区指挥中心代码", max_length=18, blank=True, default="", db_default="", db_collation="C")
    handed_name = models.CharField("区指挥中心", max_length=120, blank=True, default="", db_default="")
    handed_at = models.DateTimeField("下派时间", null=True)
    # Named by a coordination meeting: this body may not return the case.
    designated = models.CharField("指定单位代码", max_length=18, blank=True, default="", db_default="", db_collation="C")
    handler = models.BigIntegerField("处置人", null=True)
    handler_name = models.CharField("处置人姓名", max_length=64, blank=True, default="")
    received_at = models.DateTimeField("接收时间", null=True)
    handled_at = models.DateTimeField("处置完成时间", null=True)
    fed_back_at = models.DateTimeField("反馈时间", null=True)
    check_sent_at = models.DateTimeField("发核查时间", null=True)
    checked_at = models.DateTimeField("核查时间", null=True)
    checked_by = models.BigIntegerField("核查人", null=True)
    checked_ok = models.BooleanField("核查通过", null=True)
    closed_at = models.DateTimeField("结案时间", null=True)
    closed_by = models.BigIntegerField("结案人", null=True)
    close_kind = models.CharField(
        "结案方式", max_length=9, blank=True, default="",
        choices=[("normal", "正常结案"), ("void", "作废"), ("duplicate", "重复"), ("forced", "强制结案")],
    )  # fmt: skip
    close_reason = models.CharField("结案说明", max_length=300, blank=True, default="")
    limit_text = models.CharField("处置时限", max_length=5, blank=True, default="")
    due = models.DateTimeField("处置截止", null=True)
    yellow_at = models.DateTimeField("预警时刻", null=True)
    clock_start = models.DateTimeField("计时起点", null=True)
    paused_at = models.DateTimeField("暂停计时", null=True)
    pause_kind = models.CharField("暂停原因", max_length=12, blank=True, default="")
    pauses = models.JSONField("已扣除时段", default=list)
    extra = models.PositiveSmallIntegerField("延期量", default=0)
    used_s = models.PositiveIntegerField("已用（秒）", default=0)
    overdue_s = models.PositiveIntegerField("超期（秒）", default=0)
    overdue_earlier_s = models.PositiveIntegerField("前阶段超期（秒）", default=0)
    overdue_told = models.BooleanField("已提示超期", default=False, editable=False)
    calendar_version = models.CharField("日历版本", max_length=12, blank=True, default="")
    extensions = models.PositiveSmallIntegerField("延期次数", default=0)
    reworks = models.PositiveSmallIntegerField("返工次数", default=0)
    returns = models.PositiveSmallIntegerField("回退次数", default=0)
    wrong_dispatches = models.PositiveSmallIntegerField("派遣不准次数", default=0)
    dispatches = models.PositiveSmallIntegerField("派遣次数", default=0)
    suspended_until = models.DateField("挂账到期", null=True)
    supervise_level = models.CharField(
        "督办", max_length=1, blank=True, default="", choices=[("1", "一般督办"), ("2", "重点督办"), ("3", "领导督办")]
    )
    typical = models.BooleanField("典型案件", default=False)
    appeal = models.CharField(
        "申诉",
        max_length=8,
        blank=True,
        default="",
        choices=[("open", "申诉中"), ("upheld", "申诉成立"), ("rejected", "申诉不成立")],
    )
    exempt = models.BooleanField("免责", default=False)
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="followed_by", verbose_name="前案")
    master = models.ForeignKey("self", models.PROTECT, null=True, related_name="duplicates", verbose_name="主案")
    satisfaction = models.CharField("满意度", max_length=1, blank=True, default="")
    called_back_at = models.DateTimeField("回访时间", null=True)
    holder_org = models.CharField("当前处理单位", max_length=18, blank=True, default="", db_collation="C")
    holder_account = models.BigIntegerField("当前处理人", null=True)
    holder_role = models.CharField("当前处理岗位", max_length=16, blank=True, default="")
    supervision_side = ArrayField(models.BigIntegerField(), default=list, editable=False, verbose_name="监督方经办人")
    command_side = ArrayField(models.BigIntegerField(), default=list, editable=False, verbose_name="指挥方经办人")
    disposing_side = ArrayField(models.BigIntegerField(), default=list, editable=False, verbose_name="处置方经办人")
    reporters = ArrayField(models.BigIntegerField(), default=list, editable=False, verbose_name="上报人账号")
    task = models.BigIntegerField("当前任务", null=True, editable=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "案件"
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["county_key", "state", "due"], condition=Q(state__in=OPEN), name="case_open"),
            # What becomes yellow or red next, and who has not been told yet: the rest of the lights is in the running count (`CaseTally`).
            models.Index(fields=["due"], condition=TIGHT, name="case_due_untold"),
            models.Index(F("county_key"), Least("yellow_at", "due"), condition=TIGHT, name="case_tight_county"),
            models.Index(F("city_key"), Least("yellow_at", "due"), condition=TIGHT, name="case_tight_city"),
            GinIndex(fields=["parties"], condition=Q(state__in=OPEN), name="case_party_open"),
            # The duty list: a county's or a city's open cases, soonest due first.
            models.Index(fields=["county_key", "due", "id"], condition=Q(state__in=OPEN), name="case_duty_county"),
            models.Index(fields=["city_key", "due", "id"], condition=Q(state__in=OPEN), name="case_duty_city"),
            models.Index(fields=["org_code", "-id"], name="case_org"),
            models.Index(fields=["class_code", "component_code"], condition=Q(state__in=OPEN), name="case_class_open"),
            models.Index(fields=["county_key", "closed_at"], name="case_closed"),
            models.Index(fields=["city_key", "closed_at"], condition=Q(closed_at__isnull=False), name="case_closed_city"),
            models.Index(fields=["county_key", "called_back_at"], condition=Q(called_back_at__isnull=False), name="case_called_back"),
            models.Index(fields=["suspended_until"], condition=Q(suspended=True), name="case_suspended"),
            models.Index(fields=["grid_code", "-id"], name="case_grid"),
            GistIndex(fields=["location"], condition=Q(state__in=OPEN), name="case_place_open"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        """Subject key of its process, events and evidence."""
        return f"command.case:{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether anybody still has something to do."""
        return self.state in OPEN


class DayNumber(models.Model):
    """The last case number given in a county on a day; its row is locked until the caller commits."""

    county = models.CharField("县区", max_length=6, db_collation="C")
    day = models.DateField("日期")
    last = models.PositiveIntegerField("已用到")

    class Meta:
        verbose_name = "案件日序号"
        constraints = [models.UniqueConstraint(fields=["county", "day"], name="case_day_number_once")]


class CaseStep(ScopedModel):
    """One line of a case's log: what was done, by whom, and how the clock of disposal stood then. Never changed."""

    append_only = True

    case = models.ForeignKey(Case, models.PROTECT, related_name="steps", verbose_name="案件")
    from_state = models.CharField("原状态", max_length=12, blank=True, default="")
    to_state = models.CharField("新状态", max_length=12, blank=True, default="")
    node = models.CharField("环节", max_length=16, blank=True, default="")
    action = models.CharField("动作", max_length=24)
    actor = models.BigIntegerField("办理人", null=True)
    actor_name = models.CharField("办理人姓名", max_length=64, blank=True, default="")
    role = models.CharField("岗位", max_length=16, blank=True, default="")
    org_code = models.CharField("单位代码", max_length=18, blank=True, default="")
    org_name = models.CharField("单位", max_length=120, blank=True, default="")
    at = models.DateTimeField("时间")
    opinion = models.CharField("意见", max_length=1000, blank=True, default="")
    receiver = models.CharField("接收方", max_length=120, blank=True, default="")
    attachments = ArrayField(models.BigIntegerField(), default=list, verbose_name="附件")
    stage_due = models.DateTimeField("本环节时限", null=True)
    used_s = models.PositiveIntegerField("处置已用（秒）", null=True)
    remaining_s = models.IntegerField("处置剩余（秒）", null=True)
    detail = models.JSONField("详情", default=dict)

    class Meta(ScopedModel.Meta):
        verbose_name = "案件流转记录"
        indexes = [models.Index(fields=["case", "id"]), models.Index(fields=["county_key", "action", "at"]),
                   models.Index(fields=["city_key", "action", "at"], name="step_of_city")]  # fmt: skip


class Errand(ScopedModel):
    """What an inspector is sent to look at: whether it is true (核实), whether it is mended (核查)."""

    class Kind(models.TextChoices):
        """Before registering, or before closing; cities name the two differently, the codes do not."""

        VERIFY = "verify", "核实"
        CHECK = "check", "核查"

    case = models.ForeignKey(Case, models.PROTECT, related_name="errands", verbose_name="案件")
    report = models.ForeignKey("Report", models.PROTECT, null=True, related_name="errands", verbose_name="上报")
    kind = models.CharField("类型", max_length=6, choices=Kind.choices)
    inspector = models.BigIntegerField("监督员", null=True)
    inspector_name = models.CharField("监督员姓名", max_length=64, blank=True, default="")
    chosen_by = models.CharField("选派方式", max_length=8, blank=True, default="")  # beat | nearest | office | named
    sent_at = models.DateTimeField("下发时间")
    due = models.DateTimeField("时限", null=True)
    done_at = models.DateTimeField("完成时间", null=True)
    result = models.CharField("结果", max_length=5, blank=True, default="")  # true | false | pass | fail
    opinion = models.CharField("意见", max_length=1000, blank=True, default="")
    task = models.BigIntegerField("流程任务", null=True)
    escalated_at = models.DateTimeField("超时上报", null=True)
    location = gis.PointField("完成位置", srid=4490, null=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "核实核查任务"
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["inspector", "due", "id"], condition=Q(done_at=None), name="errand_mine"),
            models.Index(fields=["due"], condition=Q(done_at=None, escalated_at=None), name="errand_due"),
            # What a period counts: what is open, and what was done since it began; a city's in the order of time, as the rows lie.
            models.Index(fields=["county_key", "done_at"], name="errand_done"),
            models.Index(fields=["city_key", "done_at"], condition=Q(done_at__isnull=False), name="errand_done_city"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.case_id}"


__all__ = ["OPEN", "UNSHOWN", "Case", "CaseStep", "DayNumber", "Errand"]
