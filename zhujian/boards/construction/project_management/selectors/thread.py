"""What the project page shows: stages, open tasks, progress by step, timeline, clocks, changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from zhujian.boards.construction.project_management import rules, steps
from zhujian.boards.construction.project_management.models import Material, PermitAct, Project, StepRecord
from zhujian.boards.construction.project_management.selectors import latest_steps
from zhujian.foundation.events import selectors as events
from zhujian.foundation.evidence import selectors as evidence
from zhujian.foundation.kernel import access, scope
from zhujian.foundation.kernel.models import History
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.resources import registry
from zhujian.foundation.workflow import selectors as clocks
from zhujian.foundation.workflow import subjects as workflow
from zhujian.foundation.worktime import rules as worktime
from zhujian.foundation.worktime import selectors as calendars

TAGS = {
    "working": "tag-info", "supplement": "tag-warn", "passed": "tag-ok", "promised": "tag-ok", "recorded": "tag-ok",
    "rejected": "tag-error", "withdrawn": "tag-muted", "not_needed": "tag-muted",
}  # fmt: skip
DONE = ("passed", "promised", "recorded")
NO_CALENDAR = "待定（缺次年工作日历）"


@dataclass(frozen=True)
class StageMark:
    """One piece of the stage bar."""

    key: str
    title: str
    state: str
    note: str


def stage_bar(project: Project, open_count: int = 0) -> list[StageMark]:
    """The seven stages: done, now (with `open_count` tasks under way) or next. A stage is done when a later one has begun."""
    keys = list(steps.STAGES)
    at = keys.index(project.stage) if project.stage in keys else 0
    ended = project.readonly
    marks = []
    for place, (key, title) in enumerate(steps.STAGES.items()):
        state = "done" if place < at or (ended and place == at) else "now" if place == at else "next"
        now = f"办理中，{open_count} 项待办" if open_count else "办理中"
        note = {"done": "已完成", "now": now, "next": "未开始"}[state]
        marks.append(StageMark(key, title, state, note))
    return marks


@dataclass(frozen=True)
class OpenTask:
    """A task somebody has to do now. `light` is the signal of its clock, `wait` says why a clock has no end yet."""

    row: Any
    title: str
    step: str
    holder: str
    url: str
    mine: bool
    light: clocks.Signal | None
    wait: str


def open_tasks(project: Project) -> list[OpenTask]:
    """Open tasks of the project's process, the viewer's own first."""
    who = scope.current()
    tasks = workflow.open_tasks(project.subject)
    undated = any(task.due is None for task in tasks)
    endless = (
        {c.step for c in workflow.step_clocks(project.process_id) if c.due is None and not c.finished_at} if undated else set()
    )
    found = []
    for task in tasks:
        firm = _party(project, task.party_keys) if task.party_keys else ""
        holder = " ".join(part for part in (task.org_name or firm, task.assignee_name) if part)
        wait = NO_CALENDAR if task.due is None and (task.limit is not None or task.step in endless) else ""
        step, _, title = task.title.partition(" ") if task.step else ("", "", task.title)
        address = reverse("workflow:task", args=[task.pk])
        found.append(
            OpenTask(task, title or task.title, step, holder, address, workflow.may_act(task, who), clocks.signal(task), wait)
        )
    return sorted(found, key=lambda t: (not t.mine, t.row.due is None, t.row.due or t.row.created_at))


def _party(project: Project, keys: list[str]) -> str:
    if f"org:{project.developer_code}" in keys:
        return project.developer_name
    codes = [key[4:] for key in keys if key.startswith("org:")]
    firm = project.participation_set.filter(org_code__in=codes).first()
    return firm.org_name if firm else "参建单位"


def facts_table(project: Project) -> list[tuple[str, str]]:
    """The project's main facts as (label, text)."""
    today = timezone.localdate()

    def coded(name: str) -> str:
        return dict(parameters.code_list(f"project_management.{name}", today)).get(getattr(project, name), getattr(project, name))

    rows: list[tuple[str, Any]] = [
        ("项目代码", project.code), ("审批类型", f"{project.type_code} {steps.PROJECT_TYPES.get(project.type_code, '')}"),
        ("建设单位", project.developer_name), ("统一社会信用代码", project.developer_code),
        ("所在区划", regions.full_name(project.region_code)), ("建设地点", project.address),
        ("投资类型", coded("invest_type")), ("工程对象", coded("object_kind")), ("立项方式", coded("approval_mode")),
        ("用地方式", coded("land_mode")), ("建设性质", coded("nature")), ("总建筑面积", _with(project.gfa_m2, "㎡")),
        ("线路长度", _with(project.length_m, "m")), ("总投资", _with(project.total_investment_wan, "万元")),
        ("合同价", _with(project.contract_wan, "万元")), ("立项文号", project.approval_number),
        ("用地规划许可证", project.land_plan_number), ("工程规划许可证", project.works_plan_number),
        ("计划工期", _period(project.planned_start, project.planned_end)), ("实际开工", project.started_on),
        ("竣工验收", project.accepted_on), ("灭失日期", project.extinct_on), ("建设规模", project.scale),
    ]  # fmt: skip
    return [(label, str(value)) for label, value in rows if value not in (None, "")]


def _with(value: Any, unit: str) -> str:
    return f"{value.normalize():,f} {unit}" if value else ""


def _period(start: Any, end: Any) -> str:
    return f"{start or '待定'} 至 {end or '待定'}" if start or end else ""


@dataclass(frozen=True)
class StepRow:
    """One step on the progress page."""

    step: steps.Step
    record: StepRecord | None
    status: str
    tag: str
    office: str
    skipped: bool


@dataclass(frozen=True)
class StageProgress:
    """Steps of one stage with counts."""

    key: str
    title: str
    rows: list[StepRow]
    done: int
    total: int
    open: bool
    skipped: list[str]


def progress(project: Project) -> list[StageProgress]:
    """Every step of every stage as this city does it, with what has come of it."""
    records = latest_steps(project)
    catalogue = steps.load(project.region_code)
    skipped = {key[5:] for key, value in workflow.facts(project.process_id).items() if key.startswith("skip_") and value}
    found = []
    for key, title in steps.STAGES.items():
        rows = [_row(step, records.get(step.id), step.id in skipped) for step in catalogue.applied_for(key)]
        done = sum(1 for row in rows if row.record and row.record.status in DONE)
        total = sum(1 for row in rows if not row.skipped)
        left_out = [row.step.title for row in rows if row.skipped]
        found.append(StageProgress(key, title, rows, done, total, key == project.stage, left_out))
    return found


def _row(step: steps.Step, record: StepRecord | None, skipped: bool) -> StepRow:
    office = steps.AUTHORITIES.get(step.authority, step.authority)
    if record is not None:
        return StepRow(step, record, record.get_status_display(), TAGS[record.status], record.decided_org or office, False)
    if skipped:
        return StepRow(step, None, "不需要办理", "tag-muted", office, True)
    return StepRow(step, None, "未开始", "tag-muted", office, False)


@dataclass(frozen=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    title: str
    who: str
    text: str
    state: str
    late: bool = False


def timeline(project: Project, limit: int) -> list[Moment]:
    """What was done, newest first: completed tasks and other acts of the process."""
    found = [
        Moment(task.completed_at, f"{task.title}：{task.result_label}", f"{task.completed_org} {task.completed_by_name}".strip(), task.comment,
               "returned" if task.result in ("reject", "refuse") else "done", bool(task.due and task.completed_at > task.due))
        for task in workflow.done_tasks(project.subject, limit)
    ]  # fmt: skip
    with scope.system("项目办理过程"):  # who sees the project sees all of it, also what was done before they joined
        acts = workflow.acts(project.subject, limit)
    found += [
        Moment(act.at, workflow.act_title(act), f"{act.org_name} {act.actor_name}".strip(), act.comment, "done") for act in acts
    ]
    return sorted(found, key=lambda m: m.at, reverse=True)[:limit]


def materials_by_step(project: Project) -> dict[str, list[Material]]:
    """Files in force by step."""
    found: dict[str, list[Material]] = {}
    for row in Material.objects.filter(project=project, replaced=False).order_by("step", "id"):
        found.setdefault(row.step, []).append(row)
    return found


@dataclass(frozen=True)
class StageClock:
    """Working days used and promised for one stage."""

    title: str
    used: str
    limit: str
    note: str


def stage_clocks(project: Project) -> list[StageClock]:
    """Time used per reform stage: the longest path through its steps in working days, pauses left out, beside the promise.

    A step follows another when it was accepted after the other had ended (construction.md §1.3 rule 7).
    """
    catalogue = steps.load(project.region_code)
    calendar = calendars.calendar(project.region_code)
    clocks = {c.step: c for c in workflow.step_clocks(project.process_id)}
    found = []
    for key in steps.APPLICATION_STAGES:
        mine = {name: c for name, c in clocks.items() if steps.step(name).stage == key}
        days = {name: _days(c, calendar) for name, c in mine.items()}
        after = {
            a: [b for b, other in mine.items() if c.finished_at and other.clock_start >= c.finished_at] for a, c in mine.items()
        }  # fmt: skip
        used, path = rules.longest_path(after, days) if days else (0, ())
        promise = catalogue.profile.days(project.type_code, key)
        note = "最长路径：" + " → ".join(f"{name} {catalogue[name].title}" for name in path) if path else "还没有受理的事项"
        found.append(StageClock(steps.STAGES[key], f"{used} 个工作日", f"{promise} 个工作日" if promise else "—", note))
    return found


def _days(clock: workflow.StepClock, calendar: worktime.Calendar) -> int:
    """Working days a step's clock has run."""
    end = clock.finished_at or timezone.now()

    def between(first: datetime, last: datetime) -> int:
        return worktime.working_days_between(timezone.localdate(first), timezone.localdate(last), calendar)

    return max(0, between(clock.clock_start, end) - sum(between(p.start, p.end or end) for p in clock.pauses))


@dataclass(frozen=True)
class Change:
    """One changed field of the project's own row."""

    what: str
    before: str
    after: str
    at: datetime
    actor: str


def changes(project: Project, limit: int = 60) -> list[Change]:
    """Changes of the project's fields, newest first, with the fields' Chinese names."""
    names = {f.column: str(f.verbose_name) for f in Project._meta.concrete_fields}
    hidden = {"facts", "process_id", "parties"}
    found = []
    with scope.system("项目信息变更"):  # as above
        rows = list(
            History.objects.filter(table=Project._meta.db_table, row_id=project.pk, action="update").order_by("-id")[:limit]
        )
    for row in rows:
        for column, (before, after) in row.diff.items():
            if column not in hidden:
                shown = (_in_words(column, value) for value in (before, after))
                found.append(Change(names.get(column, column), *shown, row.at, row.actor_name or "系统"))
    return found


def _in_words(column: str, value: Any) -> str:
    """A coded value by its label, as the register shows it; others as they are."""
    fields = registry.get("project_management.project").fields
    item = next((f for f in fields.values() if f.column.strip('"') == column), None)
    if item is None or value in (None, "") or isinstance(value, list | dict | bool):
        return _plain(value)
    return item.kind.show(value) or _plain(value)


def _plain(value: Any) -> str:
    return (
        {None: "（空）", "": "（空）", True: "是", False: "否"}.get(value, str(value))
        if not isinstance(value, list | dict)
        else "…"
    )


EVENT_TITLES = {
    "project.registered": "项目登记", "step.finished": "事项办结", "permit.issued": "核发施工许可证", "permit.changed": "施工许可证变更",
    "permit.expired": "施工许可证废止", "permit.suspended": "中止施工", "permit.resumed": "恢复施工", "permit.revoked": "施工许可证撤销",
    "permit.cancelled": "施工许可证注销", "enforcement.watch": "通知执法关注", "works.started": "开工", "acceptance.passed": "竣工验收合格",
    "joint_acceptance.passed": "联合验收通过", "filing.done": "竣工验收备案", "building.delivered": "交付", "demolition.filed": "拆除备案",
    "building.extinct": "房屋灭失", "project.extinct": "项目灭失", "document.issued": "出具文书", "document.voided": "文书作废",
    "workflow.started": "发起流程", "workflow.finished": "流程办结", "workflow.task_completed": "办结任务", "workflow.part_finished": "环节办结",
    "workflow.clock_paused": "特殊程序开始", "workflow.clock_resumed": "特殊程序结束", "workflow.returned": "退回", "workflow.withdrawn": "撤回",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One event or evidence entry in words."""

    at: datetime
    title: str
    note: str
    url: str = ""
    sealed: bool = True


def events_of(project: Project, limit: int = 50) -> list[Told]:
    """What other modules were told of the project, newest first."""
    with scope.system("项目事件"):
        rows = list(events.of_subject(project.subject, limit))
    return [Told(row.occurred_at, _title(row.name, row.payload, project), str(row.payload.get("number") or "")) for row in rows]


def evidence_of(project: Project, limit: int = 50) -> list[Told]:
    """Evidence about the project in words, newest first; empty for people who may not see evidence."""
    if not access.allowed("evidence.entry", "view"):
        return []
    return [
        Told(entry.recorded_at, _title(entry.kind, {}, project), f"账本第 {entry.leaf.leaf_index} 条" if _leaf(entry) else "待封存",
             reverse("evidence:entry", args=[entry.pk]), _leaf(entry))
        for entry in evidence.entries_of(project.subject, limit)
    ]  # fmt: skip


def _leaf(entry: Any) -> bool:
    return getattr(entry, "leaf", None) is not None


def _title(name: str, payload: dict[str, Any], project: Project) -> str:
    """Chinese title of an event or evidence kind; steps by their name."""
    family, _, rest = name.partition(".")
    step = rest if family == "step" and rest != "finished" else str(payload.get("step") or "")
    known = EVENT_TITLES.get(name)
    try:
        named = f"{step} {steps.step(step, project.region_code).title}" if step else ""
    except KeyError:
        named = ""
    if known and named:
        return f"{known}：{named}"
    acts = {str(kind.value): str(kind.label) for kind in PermitAct.Kind}
    return known or named or (f"施工许可证{acts[rest]}" if family == "permit" and rest in acts else name)


def role_names() -> dict[str, str]:
    """Chinese names of the firms' roles."""
    return dict(steps.PARTIES)
