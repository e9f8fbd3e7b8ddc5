"""Clocks of steps and tasks: limits from parameters, due dates by the working calendar, pauses, extension, recomputation.

Rules (construction.md §1.3): day 0 is the acceptance day; special procedures are excluded; yellow when little is left or
most is used, red when overdue, grey while paused. Due and warning moments are stored, so a light is a comparison with now.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Reason, Refusal, refuse_if
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow.handlers_api import Node, OwnClock, ProcessHandler, TimeLimit, handler_for
from zhujian.foundation.workflow.models import OPEN, Instance, Part, Pause, Task
from zhujian.foundation.workflow.services import common
from zhujian.foundation.worktime import rules
from zhujian.foundation.worktime import selectors as worktime

log = logging.getLogger("zhujian.workflow")

if TYPE_CHECKING:
    from zhujian.foundation.workflow import engine
    from zhujian.foundation.workflow.services.apply import Work


def limit_from_parameter(key: str, instance: Any) -> TimeLimit | None:
    """The limit that parameter `key` gives today where the instance is; None without a key."""
    if not key:
        return None
    try:
        found = parameters.value(key, on=timezone.localdate(), region=instance.region_code)
    except KeyError:
        raise Refusal("workflow.limit.missing", f"流程使用的时限参数 {key} 不存在，请联系流程管理员。") from None
    if found.unit not in rules.UNITS:
        raise Refusal("workflow.limit.unit", f"时限参数“{found.title}”的单位“{found.unit}”不是时限单位，请联系参数管理员。")
    return TimeLimit(int(found.value), found.unit, key, found.version_id)


def as_json(limit: TimeLimit | None) -> dict[str, Any] | None:
    """A limit as it is stored beside the date it led to."""
    if limit is None:
        return None
    return {"amount": limit.amount, "unit": limit.unit, "parameter": limit.parameter, "version_id": limit.version_id}


def words(limit: dict[str, Any] | None, extra: int = 0) -> str:
    """A stored limit as people say it: ``20个工作日``; empty without one."""
    return "" if limit is None else str(rules.Limit(limit["amount"] + extra, limit["unit"]))


def moments(
    start: datetime, limit: dict[str, Any] | None, region_code: str, pauses: Sequence[rules.Pause] = (), extra: int = 0
) -> tuple[datetime | None, datetime | None]:
    """(due, yellow from) of a clock that started at `start`; (None, None) without a limit.

    `extra` units are an approved extension. The yellow moment is when `worktime.rules.light` turns from green to yellow.
    (None, None) too when a year's holidays are not loaded: work goes on, the date is computed once they are (`do_recompute`).
    """
    if limit is None:
        return None, None
    try:
        return _moments(start, limit, region_code, pauses, extra)
    except rules.CalendarMissing as missing:
        log.warning("limit %s from %s in %s: %s", limit, start, region_code, missing)
        return None, None


def _moments(
    start: datetime, limit: dict[str, Any], region_code: str, pauses: Sequence[rules.Pause], extra: int
) -> tuple[datetime, datetime]:
    calendar = worktime.calendar(region_code)
    whole = rules.Limit(limit["amount"] + extra, limit["unit"])
    due = rules.deadline(start, whole, calendar, pauses)
    today = timezone.localdate()
    ratio = Fraction(str(parameters.value("worktime.light_used_ratio", on=today, region=region_code).value))
    if whole.unit in rules.CLOCK:
        return due, min(due, rules.share_used(start, whole, calendar, ratio, pauses))
    near = int(parameters.value("worktime.light_few_days", on=today, region=region_code).value)
    share = _share_day(start, whole, calendar, pauses, ratio)
    try:
        return due, min(share, _near_day(due, calendar, near))
    except rules.CalendarMissing:  # a due day in natural days is known although that year's working days are not
        return due, share


def _share_day(
    start: datetime, limit: rules.Limit, calendar: rules.Calendar, pauses: Sequence[rules.Pause], ratio: Fraction
) -> datetime:
    """Beginning of the day on which `ratio` of a limit in days is used."""
    unit: rules.Unit
    if limit.unit == "working_day":
        total, unit = limit.amount, limit.unit
    else:
        bare = rules.deadline(start, limit, calendar)
        total, unit = (bare.date() - rules.local(start).date()).days, "calendar_day"
    day = rules.deadline(start, rules.Limit(ceil(total * ratio), unit), calendar, pauses)
    return datetime.combine(day.date(), time.min, rules.CHINA)


def _near_day(due: datetime, calendar: rules.Calendar, near: int) -> datetime:
    """Beginning of the first day after which at most `near` working days lie up to the due day."""
    day, count = due.date(), 0
    while True:
        count += calendar.is_working(day)
        if count > near:
            return datetime.combine(day, time.min, rules.CHINA)
        day -= timedelta(days=1)


def light(due: datetime | None, yellow_at: datetime | None, paused_at: datetime | None, now: datetime | None = None) -> str:
    """green, yellow, red, grey; empty when there is no limit."""
    if due is None:
        return ""
    if paused_at is not None:
        return "grey"
    now = now or timezone.now()
    if now > due:
        return "red"
    return "yellow" if yellow_at is not None and now >= yellow_at else "green"


# -- when things open ---------------------------------------------------------------------------------------------------


def set_step_clock(row: Part, part: engine.Part, work: Work) -> None:
    """Give a called part its step clock: at once, or at acceptance when a task of it says ``zj:clock``."""
    assert part.call is not None
    instance = work.instance
    limit = as_json(work.handler(part.call).limit(part.call, instance))
    if limit is None:
        return
    row.clock_limit = limit
    row.clock_shadow = as_json(limit_from_parameter(part.call.shadow, instance))
    if not any(item.zj.get("clock") for item in work.compiled.diagrams[part.spec].items.values()):
        row.clock_start = work.now
        _compute_part(row, ())


def set_task_clock(
    task: Task, part: Part, limit: TimeLimit | None, node: Node, instance: Instance, own: OwnClock | None = None
) -> None:
    """Due date of a new task: the clock its module keeps (`own`), its own limit, else what is left of the step clock."""
    if own is not None:
        task.due, task.yellow_at, task.paused_at = own.due, own.yellow_at, own.paused_at
        return
    task.limit = as_json(limit)
    if task.limit is not None:
        task.due, task.yellow_at = moments(task.clock_start, task.limit, task.region_code)
        shadow = as_json(limit_from_parameter(node.shadow, instance))
        task.shadow_due = moments(task.clock_start, shadow, task.region_code)[0]
    elif part.clock_start is not None:
        task.due, task.yellow_at, task.shadow_due = part.due, part.yellow_at, part.shadow_due
        task.paused_at = part.paused_at


def own_clock(task: Task, part: Part) -> OwnClock | None:
    """The clock that the module of a stored task keeps for it; None for the engine's own clocks."""
    from zhujian.foundation.workflow import store

    compiled = store.compiled(part.instance.bundle)
    node = compiled.node(part.spec, task.node, task.nodes, task.number)
    handler = handler_for(*compiled.chain(node.process, node.path))
    return None if type(handler).clock is ProcessHandler.clock else handler.clock(node, part.instance)


def show_clock(instance_id: int, nodes: Iterable[str], clock: OwnClock) -> int:
    """A module's own clock has moved: let the open tasks at `nodes` show it; how many."""
    return Task.objects.filter(instance=instance_id, node__in=list(nodes), status__in=(*OPEN, "suspended")).update(
        due=clock.due, yellow_at=clock.yellow_at, paused_at=clock.paused_at, version=F("version") + 1, updated_at=timezone.now()
    )


def start_step_clock(part: Part, now: datetime) -> None:
    """Day 0: the application has been accepted."""
    if part.clock_limit is None or part.clock_start is not None:
        return
    part.clock_start = now
    _compute_part(part, ())
    part.save(update_fields=["clock_start", "due", "yellow_at", "shadow_due"])


def move_step_clock(part: Part, start: datetime, *, afresh: bool = False) -> None:
    """Let a step's clock run from `start`: from receipt when nobody asked for a supplement in time, or `afresh` for a new application."""
    if part.clock_limit is None:
        return
    part.clock_start = start
    if afresh:
        part.clock_extra = 0
    _compute_part(part, _since(start, pauses_of(part, None, timezone.now())))
    part.save(update_fields=["clock_start", "clock_extra", "due", "yellow_at", "shadow_due"])


def _compute_part(part: Part, pauses: Sequence[rules.Pause]) -> None:
    if part.clock_start is None:
        return
    part.due, part.yellow_at = moments(part.clock_start, part.clock_limit, part.region_code, pauses, part.clock_extra)
    part.shadow_due = moments(part.clock_start, part.clock_shadow, part.region_code, pauses)[0]


# -- pauses -------------------------------------------------------------------------------------------------------------


def pauses_of(part: Part, task: Task | None, now: datetime) -> list[rules.Pause]:
    """Excluded stretches of a clock: of the whole instance, of the part, and of the task itself; a running one reaches to `now`."""
    rows = Pause.objects.filter(instance_id=part.instance_id).filter(Q(part=None) | Q(part=part)).order_by("start")
    return [rules.Pause(p.start, p.end or now, p.kind) for p in rows if p.task_id in (None, task.pk if task else None)]


def recompute(part: Part, now: datetime) -> int:
    """Compute the dates of a part's clock and of its open tasks anew; how many tasks."""
    _compute_part(part, _since(part.clock_start, pauses_of(part, None, now)))
    part.save(update_fields=["due", "yellow_at", "shadow_due", "paused_at", "clock_extra"])
    count = 0
    for task in Task.objects.filter(part=part, status__in=(*OPEN, "suspended")):
        if (kept := own_clock(task, part)) is not None:
            Task.objects.filter(pk=task.pk).update(
                due=kept.due, yellow_at=kept.yellow_at, paused_at=kept.paused_at, updated_at=timezone.now()
            )
            count += 1
            continue
        if task.limit is not None:
            own = _since(task.clock_start, pauses_of(part, task, now))
            task.due, task.yellow_at = moments(task.clock_start, task.limit, task.region_code, own)
        elif part.clock_start is not None:
            task.due, task.yellow_at, task.shadow_due = part.due, part.yellow_at, part.shadow_due
        running = Pause.objects.filter(instance_id=part.instance_id, end=None)
        held = [p for p in running if p.part_id in (None, part.pk) and p.task_id in (None, task.pk)]
        task.paused_at = min((p.start for p in held), default=None)
        task.save(update_fields=["due", "yellow_at", "shadow_due", "paused_at", "updated_at"])
        count += 1
    return count


def _since(start: datetime | None, pauses: list[rules.Pause]) -> list[rules.Pause]:
    """Pauses as far as they lie after `start`."""
    if start is None:
        return []
    return [rules.Pause(max(start, p.start), p.end, p.kind) for p in pauses if p.end is not None and p.end > start]


def check_pause_clock(task: Task, kind: str) -> list[Reason]:
    """Whether a special procedure may stop the task's clock now."""
    reasons = common.open_reasons(task)
    if task.paused_at is not None:
        reasons.append(Reason("workflow.clock.paused", "计时已经暂停，请先恢复计时。"))
    if task.due is None:
        reasons.append(Reason("workflow.clock.none", "这项任务没有时限，无需暂停计时。"))
    if kind not in dict(pause_kinds()):
        reasons.append(Reason("workflow.clock.kind", "请选择特别程序的种类。", "kind"))
    return reasons


def pause_kinds() -> list[tuple[str, str]]:
    """Special procedures that are excluded from the clock: (code, label)."""
    return parameters.code_list("workflow.pause_kind", timezone.localdate())


@transaction.atomic
def do_pause_clock(task_id: int, kind: str, *, reason: str, start: datetime | None = None, end: datetime | None = None) -> Pause:
    """Stop the step's clock for a special procedure from `start` (now) to `end` (open).

    A stretch wholly in the past or with a known end is excluded at once.
    """
    with common.working_on(task_id, "暂停计时") as (task, who):
        common.require_may_act(task, who)
        now = timezone.now()
        start = start or now
        found = check_pause_clock(task, kind)
        if not reason.strip():
            found.append(Reason("workflow.clock.reason", "请写明暂停计时的原因和依据。", "reason"))
        begin = task.part.clock_start or task.clock_start
        if start < begin or start > now:
            found.append(Reason("workflow.clock.start", "开始时间应在受理之后、当前时间之前。", "start"))
        if end is not None and end < start:
            found.append(Reason("workflow.clock.end", "结束时间不能早于开始时间。", "end"))
        refuse_if(found)
        instance = task.instance
        pause = Pause.objects.create(
            instance=instance, part=task.part, task=task if task.limit is not None else None, kind=kind, start=start, end=end,
            reason=reason.strip()[:500], actor_name=who.actor_name, region_code=instance.region_code, parties=instance.parties,
            created_by=who.actor_id,
        )  # fmt: skip
        task.part.paused_at = start if end is None and task.part.clock_start is not None else task.part.paused_at
        recompute(task.part, now)
        common.note(instance, "clock_paused", task=task, comment=reason, pause=kind)
        common.prove(
            "workflow.clock_paused", instance, {"task": task.pk, "kind": kind, "start": start.isoformat(), "reason": reason}
        )
        common.tell("clock_paused", instance, task=task.pk, step=task.step, kind=kind)
        return pause


@transaction.atomic
def do_resume_clock(task_id: int, *, end: datetime | None = None) -> Pause:
    """Let the step's clock run again from `end` (now)."""
    with common.working_on(task_id, "恢复计时") as (task, who):
        common.require_may_act(task, who)
        now = timezone.now()
        pause = (
            Pause.objects.filter(part=task.part, end=None, task_id__in=[task.pk]).first()
            or Pause.objects.filter(part=task.part, end=None, task=None).first()
        )
        if pause is None:
            raise Conflict("workflow.clock.running", "计时没有暂停，无需恢复。")
        end = end or now
        if not pause.start <= end <= now:
            refuse_if([Reason("workflow.clock.end", "恢复时间应在暂停之后、当前时间之前。", "end")])
        pause.end = end
        pause.save(update_fields=["end", "updated_at"])
        task.part.paused_at = None
        recompute(task.part, now)
        common.note(task.instance, "clock_resumed", task=task, pause=pause.kind)
        common.tell("clock_resumed", task.instance, task=task.pk, step=task.step, kind=pause.kind)
        return pause


def check_extend(task: Task, amount: int) -> list[Reason]:
    """Whether the step may be extended by `amount` units (once, up to the parameter's maximum)."""
    reasons = common.open_reasons(task)
    most = int(parameters.value("workflow.extension_max", on=timezone.localdate(), region=task.region_code).value)
    if task.part.clock_start is None:
        reasons.append(Reason("workflow.extend.none", "本环节尚未开始计时，不能延长。"))
    if task.part.clock_extra:
        reasons.append(Reason("workflow.extend.again", "本环节已延长过一次，不能再次延长。"))
    if not 0 < amount <= most:
        reasons.append(Reason("workflow.extend.amount", f"延长不超过 {most} 个工作日，请改小。", "amount"))
    return reasons


@transaction.atomic
def do_extend(task_id: int, amount: int, *, reason: str) -> Part:
    """Extend the step's limit by `amount` of its units; the head's approval (行政许可法 第四十二条), told to the applicant."""
    with common.working_on(task_id, "延长时限") as (task, who):
        if not who.roles & {"approver", "supervisor"} or (task.org_id is not None and task.org_id != who.org_id):
            raise NotAllowed("workflow.extend.approval", "延长时限须由承办单位负责人批准，请提请负责人操作。")
        found = check_extend(task, amount)
        if not reason.strip():
            found.append(Reason("workflow.extend.reason", "请写明延长的理由，理由将告知申请人。", "reason"))
        refuse_if(found)
        task.part.clock_extra = amount
        recompute(task.part, timezone.now())
        common.note(task.instance, "extended", task=task, comment=reason, amount=amount)
        common.prove("workflow.extended", task.instance, {"task": task.pk, "amount": amount, "reason": reason})
        parties = [key for key in task.instance.parties if key.startswith(("org:", "person:"))]
        common.send(
            parties, title=f"“{task.instance.title}”办理期限延长", body=f"延长 {amount} 个工作日，理由：{reason}",
            link=f"/workflow/instances/{task.instance_id}/",
        )  # fmt: skip
        return task.part


@transaction.atomic
def do_recompute(region_prefix: str = "") -> int:
    """Compute all running clocks (below `region_prefix`) anew, after the calendar changed; how many tasks."""
    count = 0
    with scope.system("工作日历调整，重新计算时限"):
        # Steps and tasks with a limit, including those whose date could not be computed before.
        limited = Q(clock_limit__isnull=False) | Q(
            pk__in=Task.objects.filter(status__in=(*OPEN, "suspended"), limit__isnull=False).values("part_id")
        )
        parts = Part.objects.filter(limited, status="running", region_code__startswith=region_prefix)
        for part in parts.defer("state").order_by("instance_id", "pk"):
            Instance.objects.select_for_update().get(pk=part.instance_id)
            count += recompute(part, timezone.now())
    return count


def limit_of(task: Task) -> TimeLimit | None:
    """What the handler of the task's process says today (used by pages that explain a limit)."""
    from zhujian.foundation.workflow import store

    compiled = store.compiled(task.instance.bundle)
    node = compiled.node(task.part.spec, task.node, task.nodes, task.number)
    return handler_for(*compiled.chain(node.process, node.path)).limit(node, task.instance)
