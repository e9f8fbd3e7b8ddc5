"""Issuing tasks and working on them. A unit's part runs as the process `supervision_unit`; the parent closes with its last part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.supervision.models import SupervisionTask, UnitStep, UnitTask
from zhujian.boards.city_management.supervision.rules import tasks as rules
from zhujian.boards.city_management.supervision.services import records
from zhujian.foundation.documents.services import for_parties
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Reason, Refusal, refuse_if
from zhujian.foundation.kernel.scope import region_prefix
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow import Assignment, Node, ProcessHandler, register, subjects
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.services.clocks import moments

KEY = "supervision_unit"
MOST_DAYS = 250


def check_draft(values: Mapping[str, Any]) -> list[Reason]:
    """Reasons against a draft: kind, words, limit, and who receives it."""
    found = []
    for name, most, words in (("title", 120, "标题"), ("requirement", 4000, "要求")):
        text = str(values.get(name) or "").strip()
        if not text:
            found.append(Reason(f"supervision.{name}", f"请填写{words}。", name))
        elif len(text) > most:
            found.append(Reason(f"supervision.{name}", f"{words}最多{most}个字，请删减。", name))
    found += parameters.code_check("supervision.kind", values.get("kind"), timezone.localdate(), field="kind")
    days = values.get("limit_days")
    if not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        found.append(Reason("supervision.limit", f"反馈时限为1～{MOST_DAYS}个工作日。", "limit_days"))
    return found


def check_receivers(office: Any, codes: Iterable[str]) -> list[Reason]:
    """Tasks go down: to offices in the issuer's own region, not to itself, each once."""
    codes = list(codes)
    if not codes:
        return [Reason("supervision.receivers", "请至少选择一个接收单位。", "receivers")]
    found = []
    prefix = region_prefix(office.region_code)
    for code in codes:
        org = identity.organisation(code)
        if (
            org is None
            or not org.is_active
            or not org.is_public_body
            or org.code == office.code
            or not org.region_code.startswith(prefix)
        ):
            found.append(
                Reason(
                    "supervision.receiver", f"{org.name if org else code}不能作为接收单位，请选择本地区的下级单位。", "receivers"
                )
            )
    return found


@transaction.atomic
def do_draft(
    values: Mapping[str, Any], *, files: Iterable[Any] = (), origin_id: int | None = None, subject: str = ""
) -> SupervisionTask:
    """Draft a task in the name of the actor's office; nobody else sees it yet."""
    records.demand("task", "issue")
    office = records.own_office()
    receivers = list(dict.fromkeys(values.get("receivers") or []))
    refuse_if([*check_draft(values), *(check_receivers(office, receivers) if receivers else [])])
    own = [f"org:{office.code}"]
    task = SupervisionTask(
        number=records.next_number("督", office.region_code), kind=values["kind"], title=values["title"].strip(), parties=own,
        requirement=values["requirement"].strip(), issuer_code=office.code, issuer_name=office.name, receivers=receivers,
        limit_days=values["limit_days"], is_key=bool(values.get("is_key")), subject=subject, region_code=office.region_code,
        files=records.keep(files, region_code=office.region_code, parties=own), created_by=scope.current().actor_id, origin_id=origin_id,
    )  # fmt: skip
    task.save()
    return task


@transaction.atomic
def do_change(
    task_id: int, values: Mapping[str, Any], *, files: Iterable[Any] = (), expected_version: int | None = None
) -> SupervisionTask:
    """Change a draft."""
    records.demand("task", "issue")
    task = records.locked(SupervisionTask, task_id, "项监督任务")
    records.require_issuer(task.issuer_code)
    if task.state != SupervisionTask.State.DRAFT:
        raise Conflict("supervision.issued", "任务已经下发，不能再修改；确需调整的请撤销后重新下发。")
    receivers = list(dict.fromkeys(values.get("receivers") or []))
    refuse_if([*check_draft(values), *(check_receivers(records.own_office(), receivers) if receivers else [])])
    for name in ("kind", "limit_days"):
        setattr(task, name, values[name])
    task.title, task.requirement, task.is_key, task.receivers = (
        values["title"].strip(),
        values["requirement"].strip(),
        bool(values.get("is_key")),
        receivers,
    )
    task.files = [*task.files, *records.keep(files, region_code=task.region_code, parties=task.parties)]
    task.save_version(
        expected_version or task.version, fields=["kind", "limit_days", "title", "requirement", "is_key", "receivers", "files"]
    )
    return task


@transaction.atomic
def do_issue(task_id: int) -> SupervisionTask:
    """统筹布置: issue a draft to every receiving unit; each gets its own part with its own clocks."""
    records.demand("task", "issue")
    task = records.locked(SupervisionTask, task_id, "项监督任务")
    records.require_issuer(task.issuer_code)
    if task.state != SupervisionTask.State.DRAFT:
        raise Conflict("supervision.issued", "任务已经下发，请刷新页面查看进度。")
    refuse_if(check_receivers(records.own_office(), task.receivers))
    now = timezone.now()
    task.state, task.issued_at = SupervisionTask.State.ISSUED, now
    task.parties = [f"org:{task.issuer_code}", *(f"org:{code}" for code in task.receivers)]
    task.files = list(for_parties(task.files, task.parties).values()) if task.files else []
    task.save_version(task.version, fields=["state", "issued_at", "parties", "files"])
    for place, code in enumerate(task.receivers, 1):
        _give(task, code, place, now)
    records.prove(
        "supervision.issued",
        task,
        {"number": task.number, "kind": task.kind, "receivers": task.receivers, "limit_days": task.limit_days},
        event=True,
    )
    records.tell(task.receivers, title=f"监督任务：{task.title}", body=f"{task.issuer_name}下发，请在1个工作日内签收。", link="/supervision/",
                 level="warn" if task.is_key else "info", dedupe=f"supervision.issued:{task.pk}")  # fmt: skip
    return task


def _give(task: SupervisionTask, code: str, place: int, now: datetime) -> None:
    org = identity.organisation(code)
    assert org is not None, "judged above"
    limit = parameters.value("supervision.receipt_limit", on=timezone.localdate(), region=org.region_code)
    receipt_due, _ = moments(now, {"amount": int(limit.value), "unit": limit.unit}, org.region_code)
    due, yellow_at = due_of(now, task.limit_days, org.region_code)
    unit = UnitTask(
        task=task, number=f"{task.number}-{place:02d}", title=task.title, kind=task.kind, requirement=task.requirement, is_key=task.is_key,
        issuer_code=task.issuer_code, issuer_name=task.issuer_name, org_code=org.code, org_name=org.name, issued_at=now,
        receipt_due=receipt_due, due=due, yellow_at=yellow_at, limit_days=task.limit_days, files=task.files, region_code=org.region_code,
        level="2" if task.is_key else "", parties=[f"org:{task.issuer_code}", f"org:{org.code}"], created_by=scope.current().actor_id,
    )  # fmt: skip
    unit.save()
    note(unit, "下发", "", task.requirement[:500])
    workflow.start(KEY, subject=unit.key, region_code=org.region_code, title=f"{task.title}（{org.name}）", parties=unit.parties,
                   facts={"unit": unit.pk})  # fmt: skip


def due_of(start: datetime, days: int, region_code: str) -> tuple[datetime | None, datetime | None]:
    """(due, yellow from) of a limit in working days on the region's calendar."""
    return moments(start, {"amount": days, "unit": "working_day"}, region_code)


def note(unit: UnitTask, action: str, before: str, opinion: str, files: Iterable[int] = ()) -> UnitStep:
    """Write one act into the unit's record."""
    who = scope.current()
    return UnitStep.objects.create(
        unit=unit, at=timezone.now(), action=action, from_state=before, to_state=unit.state, actor=who.actor_name or "系统",
        org_name=who.org_name, opinion=opinion, files=list(files), region_code=unit.region_code, parties=unit.parties, created_by=who.actor_id,
    )  # fmt: skip


@transaction.atomic
def do_cancel(task_id: int, *, reason: str) -> SupervisionTask:
    """Withdraw a task; parts that are still open end with it."""
    records.demand("task", "issue")
    task = records.locked(SupervisionTask, task_id, "项监督任务")
    records.require_issuer(task.issuer_code)
    reason = records.needed(reason, "reason", "请写明撤销原因。")
    if task.state not in (SupervisionTask.State.DRAFT, SupervisionTask.State.ISSUED):
        raise Conflict("supervision.ended", "任务已经办结或撤销。")
    task.state = SupervisionTask.State.CANCELLED
    task.save_version(task.version, fields=["state"])
    for unit in UnitTask.objects.select_for_update().filter(task=task, state__in=rules.OPEN):
        before, unit.state = unit.state, rules.CANCELLED
        unit.save_version(unit.version, fields=["state"])
        note(unit, "撤销", before, reason)
        running = subjects.running(KEY, unit.key)
        if running is not None:
            with scope.system("撤销监督任务"):
                workflow.do_terminate(running.pk, reason=reason)
    records.prove("supervision.cancelled", task, {"number": task.number, "reason": reason}, event=True)
    return task


@transaction.atomic
def do_urge(unit_id: int, *, text: str) -> UnitTask:
    """催办: remind the unit; counted and told, the state stays."""
    records.demand("task", "urge")
    unit = records.locked(UnitTask, unit_id, "项承办任务")
    _require_open(unit)
    _require_above(unit)
    text = records.needed(text, "text", "请写明催办内容。")
    unit.urged += 1
    unit.save_version(unit.version, fields=["urged"])
    note(unit, "催办", unit.state, text)
    records.prove("supervision.urged", unit, {"number": unit.number, "text": text})
    records.tell([unit.org_code], title=f"催办：{unit.title}", body=text, link=f"/supervision/units/{unit.pk}/", level="warn")
    return unit


@transaction.atomic
def do_supervise(unit_id: int, *, level: str, text: str) -> UnitTask:
    """重点督办: put the unit's task under supervision of a level; it never gets lower."""
    records.demand("task", "urge")
    unit = records.locked(UnitTask, unit_id, "项承办任务")
    _require_open(unit)
    _require_above(unit)
    refuse_if(parameters.code_check("supervision.level", level, timezone.localdate(), field="level"))
    text = records.needed(text, "text", "请写明督办要求。")
    if level < unit.level:
        raise Refusal("supervision.level_lower", "督办级别只能提高，不能降低。", "level")
    unit.level = level
    unit.save_version(unit.version, fields=["level"])
    label = parameters.code_label("supervision.level", level)
    note(unit, label, unit.state, text)
    records.prove("supervision.supervised", unit, {"number": unit.number, "level": level, "text": text}, event=True)
    records.tell(
        [unit.org_code], title=f"{label}：{unit.title}", body=text, link=f"/supervision/units/{unit.pk}/", level="urgent"
    )
    return unit


def _require_open(unit: UnitTask) -> None:
    if unit.state not in rules.OPEN:
        raise Conflict("supervision.unit_closed", "这项承办任务已经办结或撤销。")


def _require_above(unit: UnitTask) -> None:
    """The issuer, or an office above the receiving unit."""
    office = records.own_office()
    if office.code == unit.org_code:
        raise NotAllowed("supervision.own", "不能催办、督办本单位承办的任务。")


class UnitHandler(ProcessHandler):
    """A unit's part of a task."""

    key = KEY

    def assign(self, node: Node, instance: Any) -> Assignment:
        """Receiving, arranging and answering is the unit's; reviewing is the issuer's."""
        unit = UnitTask.objects.get(pk=instance.facts["unit"])
        return Assignment(org_code=unit.issuer_code if node.id == "review" else unit.org_code, title=f"监督任务：{node.name}")

    def opened(self, task: Any) -> None:
        """The unit's own limit, given by the issuer and extended by it."""
        if task.node in ("arrange", "handle"):
            unit = UnitTask.objects.get(pk=int(task.subject.rpartition(":")[2]))
            subjects.set_due(unit.key, ("arrange", "handle"), unit.due, unit.yellow_at)

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """Roles, words where words are needed, and no answer before those below have answered."""
        records.demand("task" if task.node == "review" else "unit_task", "review" if task.node == "review" else "handle")
        unit = UnitTask.objects.get(pk=task.instance.facts["unit"])
        found = []
        if (task.node, outcome) in (("handle", "feedback"), ("review", "return")) and not str(data.get("comment") or "").strip():
            words = "请写明办理过程和结果。" if task.node == "handle" else "请写明退回意见，说明还需补充什么。"
            found.append(Reason("supervision.comment", words, "comment"))
        if task.node == "handle" and SupervisionTask.objects.filter(origin=unit, state__in=("draft", "issued")).exists():
            found.append(Reason("supervision.forwarded", "转办下级的任务还没有全部办结，请待下级办结后汇总反馈，或先撤销转办。"))
        return found

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Bring the unit's row in line."""
        unit = UnitTask.objects.select_for_update().get(pk=task.instance.facts["unit"])
        before, unit.state = unit.state, rules.state_after(task.node, outcome)
        now, who = timezone.now(), scope.current()
        comment = str(data.get("comment") or "")
        fields = ["state"]
        if task.node == "receive":
            unit.received_at, unit.received_by = now, who.actor_name
            unit.receipt_late = unit.receipt_late or bool(unit.receipt_due and now > unit.receipt_due)
            fields += ["received_at", "received_by", "receipt_late"]
        elif task.node == "handle":
            unit.fed_back_at, unit.feedback, unit.feedback_files = now, comment, list(data.get("files") or [])
            unit.feedback_late = unit.feedback_late or bool(unit.due and now > unit.due)
            fields += ["fed_back_at", "feedback", "feedback_files", "feedback_late"]
        elif outcome == "return":
            unit.returns += 1
            fields += ["returns"]
        elif outcome == "close":
            unit.closed_at = now
            fields += ["closed_at"]
        unit.save_version(unit.version, fields=fields)
        label = dict(task.outcomes).get(outcome, outcome)
        note(unit, label, before, comment, data.get("files") or ())
        _inform(unit, task.node, outcome, comment)
        return {}

    def finished(self, instance: Any) -> None:
        """The parent closes when every part is closed."""
        unit = UnitTask.objects.get(pk=instance.facts["unit"])
        task = SupervisionTask.objects.select_for_update().get(pk=unit.task_id)
        if task.state != SupervisionTask.State.ISSUED or not rules.may_close(task.units.values_list("state", flat=True)):
            return
        task.state, task.closed_at = SupervisionTask.State.CLOSED, timezone.now()
        task.save_version(task.version, fields=["state", "closed_at"])
        records.prove("supervision.closed", task, {"number": task.number}, event=True)
        if task.origin_id:
            above = UnitTask.objects.get(pk=task.origin_id)
            records.tell(
                [above.org_code],
                title=f"下级已全部办结：{task.title}",
                body="请汇总后向下发单位反馈。",
                link=f"/supervision/units/{above.pk}/",
            )


def _inform(unit: UnitTask, node: str, outcome: str, comment: str) -> None:
    link = f"/supervision/units/{unit.pk}/"
    if node == "handle":
        records.tell([unit.issuer_code], title=f"待审核反馈：{unit.title}", body=f"{unit.org_name}已反馈。", link=link)
    elif node == "review":
        words = "已办结。" if outcome == "close" else f"已退回：{comment[:200]}"
        records.tell([unit.org_code], title=f"监督任务{'办结' if outcome == 'close' else '退回'}：{unit.title}", body=words, link=link,
                     level="info" if outcome == "close" else "warn")  # fmt: skip


@transaction.atomic
def do_act(unit_id: int, node: str, outcome: str, *, comment: str = "", files: Iterable[Any] = ()) -> UnitTask:
    """Complete the unit's open task at `node` (the page's button); files are kept for both sides."""
    unit = UnitTask.objects.filter(pk=unit_id).first()
    if unit is None:
        records.locked(UnitTask, unit_id, "项承办任务")
    assert unit is not None
    task = next((t for t in subjects.open_tasks(unit.key) if t.node == node), None)
    if task is None:
        raise Conflict("supervision.moved", "这一步已经办理过，请刷新页面查看最新进度。")
    kept = records.keep(files, region_code=unit.region_code, parties=unit.parties)
    workflow.do_complete(task.pk, outcome=outcome, comment=comment, data={"files": kept})
    return UnitTask.objects.get(pk=unit_id)


HANDLER = register(UnitHandler())
