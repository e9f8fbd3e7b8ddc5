"""Taking back an assignment, and keeping the case in step when its process is moved or stopped by the workflow's own means."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case
from zhujian.boards.city_management.command.services import ending, record
from zhujian.boards.city_management.command.services.asked import require_department
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.models import Task


@transaction.atomic
def do_revoke_assignment(case_id: int, reason: str) -> Task:
    """The department takes an assignment back, to assign anew or to return the case: a return needs that first (§2.2 S4)."""
    who = scope.current()
    record.visible_case(case_id)
    with scope.system("收回指派"):
        case = record.lock(case_id)
        require_department(who, case, "department_desk")
        if case.state != "handling" or case.task is None:
            raise Conflict("revoke.state", "案件没有指派处置人员，不需要收回。")
        return workflow.do_complete(case.task, outcome="back", comment=reason or "收回指派", data={"revoked": True})


def process_stopped(subject: str, reason: str) -> None:
    """The process of a case was ended from outside: the case ends with it. In a system scope."""
    case = Case.objects.select_for_update().filter(pk=int(subject.rpartition(":")[2])).first()
    if case is None or not case.is_open:
        return
    now, before = timezone.now(), case.state
    ending.finish(case, "void", reason or "流程已终止", now)
    record.step(case, "void", now=now, before=before, opinion=reason)
    record.save(case)
    record.prove("void", case, reason=reason)
    record.tell("void", case, now, close_kind="void", reason=reason)
