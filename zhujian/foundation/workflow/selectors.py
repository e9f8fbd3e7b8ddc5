"""What other modules and pages read: to-do and done lists, counters, an instance's parts, history and live diagram."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.prepared import fetch
from zhujian.foundation.kernel.registry import modules
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.workflow.models import OPEN, Act, Definition, Instance, Part, Pause, Task
from zhujian.foundation.workflow.services.clocks import light, words
from zhujian.foundation.workflow.services.common import candidate_query, candidate_ways, is_candidate, may_act

PAGE = 30
CAP = 99
LIGHTS = {"green": "按期", "yellow": "即将到期", "red": "已超期", "grey": "暂停计时"}


@dataclass(frozen=True)
class Signal:
    """A traffic light as a page shows it: `code` for the style, `text` for everybody."""

    code: str
    text: str


def signal(row: Task | Part, now: datetime | None = None) -> Signal | None:
    """The light of a task's or step's clock with words; None without a limit."""
    now = now or timezone.now()
    code = light(row.due, row.yellow_at, row.paused_at, now)
    if not code:
        return None
    if code == "grey":
        return Signal(code, LIGHTS[code])
    assert row.due is not None
    days = (timezone.localtime(row.due).date() - timezone.localtime(now).date()).days
    if code == "red":
        return Signal(code, f"超期{-days}天" if days < 0 else "已超期")
    return Signal(code, f"剩{days}天" if days > 0 else "今天到期")


def by_light(code: str, now: datetime) -> Q:
    """Condition for tasks whose light is `code` at `now`."""
    running = Q(paused_at=None, due__isnull=False)
    return {
        "red": running & Q(due__lt=now),
        "yellow": running & Q(due__gte=now, yellow_at__lte=now),
        "green": running & (Q(yellow_at__gt=now) | Q(yellow_at=None, due__gte=now)),
        "grey": Q(paused_at__isnull=False, due__isnull=False),
    }[code]


def filtered(rows: QuerySet[Task], chosen: Mapping[str, str], now: datetime) -> QuerySet[Task]:
    """`rows` narrowed by what the page's filters say: `light`, `module`, `step`, `q` (begins or contains)."""
    if chosen.get("light") in LIGHTS:
        rows = rows.filter(by_light(chosen["light"], now))
    if chosen.get("module"):
        rows = rows.filter(module=chosen["module"])
    if chosen.get("step"):
        rows = rows.filter(step=chosen["step"])
    if text := (chosen.get("q") or "").strip()[:60]:
        rows = rows.filter(Q(subject_title__icontains=text) | Q(title__icontains=text))
    return rows


def todo(who: scope.Scope | None = None) -> QuerySet[Task]:
    """Open tasks that the actor has or may take, soonest due first (tasks without a limit last)."""
    who = who or scope.current()
    return Task.objects.filter(candidate_query(who), status__in=OPEN).order_by(F("due").asc(nulls_last=True), "id")


Narrow = Callable[[QuerySet[Task]], QuerySet[Task]]


def _all(rows: QuerySet[Task]) -> QuerySet[Task]:
    return rows


def soonest_values(limit: int, *fields: str, who: scope.Scope | None = None, narrow: Narrow = _all) -> list[tuple[Any, ...]]:
    """(id, due, *fields) of the first `limit` tasks of `todo`, narrowed, in its order.

    As fast with ten thousand tasks waiting at an office as with ten: each way a task can be mine is read in order from its own index
    and no further than needed.
    """
    ways = [
        narrow(Task.objects.filter(way, status__in=OPEN))
        .order_by(F("due").asc(nulls_last=True), "id")
        .values_list("id", "due", *fields)
        for way in candidate_ways(who or scope.current())
    ]
    parts = [way[:limit] for way in ways]
    if len(parts) == 1:
        return list(parts[0])
    return list(parts[0].union(*parts[1:], all=True).order_by("due", "id")[:limit])  # without a date last, as PostgreSQL orders


def soonest(limit: int, who: scope.Scope | None = None, *, narrow: Narrow = _all) -> list[Task]:
    """The first `limit` tasks of `todo`, narrowed (see `soonest_values`)."""
    return in_order([row[0] for row in soonest_values(limit, who=who, narrow=narrow)])


def in_order(keys: list[int]) -> list[Task]:
    """The visible ones of these tasks, in this order."""
    rows = {row.pk: row for (row,) in fetch(((Task, "t"),), "FROM workflow_task t WHERE t.id = ANY(%s)", [keys])} if keys else {}
    return [rows[key] for key in keys if key in rows]


def done(who: scope.Scope | None = None) -> QuerySet[Task]:
    """Tasks the actor has completed or returned, newest first."""
    who = who or scope.current()
    return Task.objects.filter(completed_by=who.actor_id).order_by("-completed_at", "-id")


def overdue(lights: tuple[str, ...] = ("red", "yellow"), now: datetime | None = None) -> QuerySet[Task]:
    """Open tasks with these lights that the scope lets one see, soonest due first."""
    now = now or timezone.now()
    condition = Q(pk__in=())
    for code in lights:
        condition |= by_light(code, now)
    return Task.objects.filter(condition, status__in=OPEN, asked_by=None).order_by("due", "id")


def late_by_node(module: str, prefix: str, now: datetime) -> dict[str, int]:
    """How many open tasks of a module are late, by node, in the region with these significant digits; tasks asked of others are left out."""
    rows = Task.objects.filter(status__in=OPEN, paused_at=None, due__lt=now, module=module, asked_by=None)
    rows = rows.filter(
        county_key__gte=prefix[:6], county_key__lt=f"{prefix[:6]}~", region_code__gte=prefix, region_code__lt=f"{prefix}~"
    )
    return dict(rows.order_by().values_list("node").annotate(number=Count("id")))


def after_due(rows: QuerySet[Task], cursor: str) -> QuerySet[Task]:
    """Rows after `cursor` (``<due iso or ->~<id>``) in due order."""
    due, _, pk = cursor.partition("~")
    if not pk.isdigit():
        return rows
    if due == "-":
        return rows.filter(due=None, id__gt=int(pk))
    try:
        at = datetime.fromisoformat(due)
    except ValueError:
        return rows
    return rows.filter(Q(due__gt=at) | Q(due=at, id__gt=int(pk)) | Q(due=None))


def before_done(rows: QuerySet[Task], cursor: str) -> QuerySet[Task]:
    """Rows after `cursor` (``<completed iso>~<id>``) in the done list."""
    at_text, _, pk = cursor.partition("~")
    try:
        at = datetime.fromisoformat(at_text)
    except ValueError:
        return rows
    return rows.filter(Q(completed_at__lt=at) | Q(completed_at=at, id__lt=int(pk))) if pk.isdigit() else rows


def counts(who: scope.Scope | None = None) -> dict[str, int]:
    """How many tasks wait for the actor, at most `CAP` each: ``todo``, ``red``, ``yellow``."""
    who = who or scope.current()
    now = timezone.now()
    rows = soonest_values(CAP + 1, "yellow_at", "paused_at", who=who)
    lights = [light(due, yellow, paused, now) for _, due, yellow, paused in rows]
    return {"todo": min(len(rows), CAP), "red": lights.count("red"), "yellow": lights.count("yellow")}


def due_soon(days: int = 3, who: scope.Scope | None = None) -> QuerySet[Task]:
    """The actor's tasks that fall due within `days` or are overdue."""
    return todo(who).filter(due__lt=timezone.now() + timedelta(days=days))


def instance_of(subject: str, key: str = "") -> Instance | None:
    """The newest instance about `subject` (of process `key`), as far as visible."""
    rows = Instance.objects.filter(subject=subject)
    return (rows.filter(key=key) if key else rows).order_by("-id").first()


def open_tasks_of(subject: str) -> list[Task]:
    """Open tasks about `subject`, soonest due first."""
    return list(
        Task.objects.filter(subject=subject, status__in=OPEN, asked_by=None).order_by(F("due").asc(nulls_last=True), "id")
    )


def steps_of(instance_id: int) -> list[Part]:
    """Parts of an instance that are steps, in the order they began."""
    return list(Part.objects.filter(instance=instance_id).exclude(step="").defer("state").order_by("id"))


def pauses_of(instance_id: int) -> list[Pause]:
    """Excluded stretches of an instance."""
    return list(Pause.objects.filter(instance=instance_id).order_by("id"))


@dataclass(frozen=True)
class Entry:
    """One line of an instance's timeline. `state`: done, now, returned, next."""

    at: datetime | None
    state: str
    title: str
    who: str
    comment: str
    url: str
    light: Signal | None = None


WORDS = {
    "returned": "退回", "withdrawn": "撤回", "transferred": "转办", "delegated": "委托", "countersigned": "加签", "opinion": "返回加签意见",
    "opinion_recalled": "撤回加签", "suspended": "中止", "resumed": "恢复", "terminated": "终止", "urged": "督办", "extended": "延长时限",
    "clock_paused": "暂停计时", "clock_resumed": "恢复计时", "decided": "自动判定",
}  # fmt: skip


def timeline(instance_id: int, *, part_id: int | None = None, limit: int = 200) -> list[Entry]:
    """What has happened in an instance (or one part), oldest first, open tasks at the end; the newest `limit` lines."""
    tasks = Task.objects.filter(instance=instance_id).exclude(status=Task.Status.CANCELLED, completed_at=None)
    acts = Act.objects.filter(instance=instance_id).exclude(kind__in=("returned", "opinion", "decided"))
    if part_id is not None:
        tasks, acts = tasks.filter(part=part_id), acts.filter(part=part_id)
    now = timezone.now()
    lines: list[Entry] = []
    for task in tasks.order_by("-id")[:limit]:
        title = task.title if not task.step or task.title.startswith(task.step) else f"{task.step} {task.title}"
        url = f"/workflow/tasks/{task.pk}/"
        if task.completed_at:
            state = "returned" if task.status in ("returned", "cancelled") or task.result in ("reject", "supplement") else "done"
            by = " ".join(filter(None, (task.completed_org, task.completed_by_name)))
            lines.append(Entry(task.completed_at, state, f"{title}：{task.result_label}", by, task.comment, url))
        elif task.status in (*OPEN, Task.Status.SUSPENDED):
            who = task.assignee_name or task.org_name or ("申请人" if task.party_keys else "")
            lines.append(Entry(None, "now", f"{title}：{task.get_status_display()}", who, "", url, signal(task, now)))
    for act in acts.order_by("-id")[:limit]:
        by = " ".join(filter(None, (act.org_name, act.actor_name)))
        lines.append(Entry(act.at, "done", act_words(act), by, act.comment, ""))
    lines.sort(key=lambda e: (e.at is None, e.at or now))
    return lines[-limit:]


def act_words(act: Act) -> str:
    """An act in a few words."""
    words_ = WORDS.get(act.kind, act.kind)
    to = act.detail.get("to")
    if to:
        words_ += "给" + ("、".join(to) if isinstance(to, list) else to)
    if act.kind == "decided":
        words_ += "：" + "，".join(f"{k}={v}" for k, v in act.detail.get("outputs", {}).items())
    return words_


def task(task_id: int) -> Task | None:
    """One visible task with its part and instance where those are visible too."""
    found = fetch(((Task, "t"),), "FROM workflow_task t WHERE t.id = %s", [task_id])
    return found[0][0] if found else None


def may_do(row: Task, who: scope.Scope | None = None) -> bool:
    """Whether the actor may work on the open task now."""
    return row.status in OPEN and may_act(row, who or scope.current())


def may_take(row: Task, who: scope.Scope | None = None) -> bool:
    """Whether the actor belongs to those the task was given to."""
    return is_candidate(row, who or scope.current())


def limit_words(row: Task | Part) -> str:
    """The limit as people say it."""
    if isinstance(row, Task):
        return words(row.limit) or words(row.part.clock_limit, row.part.clock_extra)
    return words(row.clock_limit, row.clock_extra)


def region_name(code: str) -> str:
    """Name of the place a definition is for."""
    return regions.name(code) if code else "全省（默认）"


def definitions() -> list[dict[str, Any]]:
    """Definitions by key: ``default``, ``variants`` and ``drafts`` as (row, name of the place)."""
    found: dict[str, dict[str, Any]] = {}
    for row in (
        Definition.objects.exclude(status="retired").defer("xml").order_by("kind", "module", "key", "region_code", "-number")
    ):
        entry = found.setdefault(
            row.key, {"key": row.key, "kind": row.kind, "name": row.name, "default": None, "variants": [], "drafts": []}
        )
        if row.status == "draft":
            entry["drafts"].append((row, region_name(row.region_code)))
        elif row.region_code:
            entry["variants"].append((row, region_name(row.region_code)))
        else:
            entry["default"], entry["name"] = row, row.name
    return list(found.values())


def process_owners() -> list[tuple[str, str]]:
    """(code, title) of the modules that own processes."""
    return [(m.code, m.title) for m in modules() if (m.path / "processes").is_dir()]
