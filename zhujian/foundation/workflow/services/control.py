"""Acts upon a whole instance: suspend, resume, terminate; and urging (督办)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Reason
from zhujian.foundation.workflow.models import OPEN, Act, Instance, Part, Pause, Task
from zhujian.foundation.workflow.services import clocks, common
from zhujian.foundation.workflow.services.tasks import refuse_blank

SUSPENSION = "suspension"


def check_suspend(instance: Instance) -> list[Reason]:
    """Reasons against suspending."""
    if instance.status != Instance.Status.RUNNING:
        return [Reason("workflow.instance.not_running", f"流程{instance.get_status_display()}，不能中止。")]
    return []


def require_control(instance: Instance, who: scope.Scope) -> None:
    """Only an approver or supervisor of the place, or the programme itself, may stop a process."""
    inside = who.region_lo <= instance.region_code < who.region_hi
    if not who.is_system and not (who.kind == "official" and who.roles & {"approver", "supervisor"} and inside):
        raise NotAllowed("workflow.control.denied", "中止、恢复和终止流程须由审批或监管岗位办理。")


@transaction.atomic
def do_suspend(instance_id: int, *, reason: str) -> Instance:
    """Suspend a running instance: nothing can be done, all clocks stand still."""
    who = scope.current()
    common.visible_instance(instance_id)
    reason = refuse_blank(reason, "workflow.suspend.reason", "请写明中止的原因和依据。", "reason")
    with scope.system("中止流程"):
        instance = common.locked_instance(instance_id)
        require_control(instance, who)
        if found := check_suspend(instance):
            raise Conflict(reasons=found)
        now = timezone.now()
        instance.status, instance.reason = Instance.Status.SUSPENDED, reason[:500]
        instance.save_version(instance.version, fields=["status", "reason"])
        Task.objects.filter(instance=instance, status__in=OPEN).update(
            was=F("status"), status=Task.Status.SUSPENDED, paused_at=now, version=F("version") + 1, updated_at=now
        )
        Pause.objects.create(
            instance=instance, kind=SUSPENSION, start=now, reason=reason[:500], actor_name=who.actor_name,
            region_code=instance.region_code, parties=instance.parties, created_by=who.actor_id,
        )  # fmt: skip
        common.note(instance, "suspended", comment=reason)
        common.prove("workflow.suspended", instance, {"instance": instance.pk, "reason": reason, "by": who.actor_name})
        common.tell("suspended", instance, reason=reason)
        return instance


@transaction.atomic
def do_resume(instance_id: int, *, reason: str = "") -> Instance:
    """Resume a suspended instance; the suspended time is excluded from every clock."""
    who = scope.current()
    common.visible_instance(instance_id)
    with scope.system("恢复流程"):
        instance = common.locked_instance(instance_id)
        require_control(instance, who)
        if instance.status != Instance.Status.SUSPENDED:
            raise Conflict("workflow.instance.not_suspended", f"流程{instance.get_status_display()}，无需恢复。")
        now = timezone.now()
        instance.status, instance.reason = Instance.Status.RUNNING, ""
        instance.save_version(instance.version, fields=["status", "reason"])
        Pause.objects.filter(instance=instance, kind=SUSPENSION, end=None).update(end=now, updated_at=now)
        Task.objects.filter(instance=instance, status=Task.Status.SUSPENDED).update(
            status=F("was"), was="", paused_at=None, version=F("version") + 1, updated_at=now
        )
        for part in Part.objects.filter(instance=instance, status="running").defer("state"):
            part.instance = instance
            clocks.recompute(part, now)
        common.note(instance, "resumed", comment=reason)
        common.prove("workflow.resumed", instance, {"instance": instance.pk, "by": who.actor_name})
        common.tell("resumed", instance)
        return instance


@transaction.atomic
def do_terminate(instance_id: int, *, reason: str) -> Instance:
    """End a running or suspended instance for good (撤销, 作废 …); open tasks are cancelled."""
    who = scope.current()
    common.visible_instance(instance_id)
    reason = refuse_blank(reason, "workflow.terminate.reason", "请写明终止的原因和依据。", "reason")
    with scope.system("终止流程"):
        instance = common.locked_instance(instance_id)
        require_control(instance, who)
        if instance.status not in (Instance.Status.RUNNING, Instance.Status.SUSPENDED):
            raise Conflict("workflow.instance.ended", f"流程{instance.get_status_display()}，不能终止。")
        end(instance, Instance.Status.TERMINATED, reason)
        common.note(instance, "terminated", comment=reason)
        common.prove("workflow.terminated", instance, {"instance": instance.pk, "reason": reason, "by": who.actor_name})
        common.tell("terminated", instance, reason=reason)
        return instance


def end(instance: Instance, status: str, reason: str) -> None:
    """Close everything of an instance (already locked)."""
    now = timezone.now()
    instance.status, instance.reason, instance.finished_at = status, reason[:500], now
    instance.save_version(instance.version, fields=["status", "reason", "finished_at"])
    Task.objects.filter(instance=instance, status__in=(*OPEN, "suspended")).update(
        status=Task.Status.CANCELLED, version=F("version") + 1, updated_at=now
    )
    Part.objects.filter(instance=instance, status="running").update(status="cancelled", finished_at=now, next_timer=None)
    Pause.objects.filter(instance=instance, end=None).update(end=now, updated_at=now)


@transaction.atomic
def do_urge(task_id: int, *, message: str) -> Act:
    """Urge those in charge of an open task: a message and a record; supervisors of the place only."""
    message = refuse_blank(message, "workflow.urge.message", "请写明督办意见和要求。", "message")
    with common.working_on(task_id, "督办") as (task, who):
        if "supervisor" not in who.roles or not who.region_lo <= task.region_code < who.region_hi:
            raise NotAllowed("workflow.urge.denied", "督办须由本地区监管岗位发起。")
        common.require_open(task)
        Task.objects.filter(pk=task.pk).update(urged=F("urged") + 1)
        act = common.note(task.instance, "urged", task=task, comment=message)
        common.send(
            addressees(task), title=f"督办：{task.title}", body=f"{task.subject_title}：{message}", link=f"/workflow/tasks/{task.pk}/",
            level="warn", dedupe=f"workflow.urge:{act.pk}", roles=(task.role,) if task.role and task.assignee is None else (),
        )  # fmt: skip
        common.tell("urged", task.instance, task=task.pk, message=message)
        return act


def addressees(task: Task) -> list[str]:
    """Party keys of those a message about the task should reach."""
    if task.assignee is not None:
        return [f"person:{task.assignee}"]
    if task.party_keys:
        return list(task.party_keys)
    return [f"org:{task.org_code}"] if task.org_code else []
