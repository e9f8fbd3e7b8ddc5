"""Acts on several parts at once: whoever has two hundred of them does not open each."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from zhujian.boards.city_management.supervision.models import SupervisionTask, UnitTask
from zhujian.boards.city_management.supervision.rules import tasks as rules
from zhujian.boards.city_management.supervision.services import records, tasks
from zhujian.foundation.kernel.errors import Conflict, Refusal

MOST = 200


@transaction.atomic
def do_take(unit_ids: Iterable[int]) -> list[UnitTask]:
    """签收并由本单位办理: sign for parts and take them in hand, all or none. Those already signed for are only taken in hand."""
    records.demand("unit_task", "handle")
    wanted = list(dict.fromkeys(unit_ids))
    if not wanted:
        raise Refusal("supervision.none", "请先勾选要签收的任务。", "unit")
    if len(wanted) > MOST:
        raise Refusal("supervision.too_many", f"一次最多签收{MOST}项，请分批办理。", "unit")
    done = []
    for pk in wanted:
        unit = records.locked(UnitTask, pk, "项承办任务")
        if unit.state not in (rules.ISSUED, rules.RECEIVED):
            raise Conflict("supervision.moved", f"《{unit.title}》已经签收办理，请刷新页面。")
        if unit.state == rules.ISSUED:
            tasks.do_act(pk, "receive", "receive")
        done.append(tasks.do_act(pk, "arrange", "self"))
    return done


def unanswered(task: SupervisionTask) -> list[UnitTask]:
    """Parts of a task that have not been signed for or answered."""
    return list(task.units.filter(state__in=rules.WITH_UNIT).order_by("id"))


@transaction.atomic
def do_urge_all(task_id: int, *, text: str) -> int:
    """催办 every unit of a task that has not answered; how many."""
    records.demand("task", "urge")
    task = records.locked(SupervisionTask, task_id, "项监督任务")
    records.require_issuer(task.issuer_code)
    waiting = unanswered(task)
    if not waiting:
        raise Conflict("supervision.all_answered", "各单位都已反馈，无需催办。")
    for unit in waiting:
        tasks.do_urge(unit.pk, text=text)
    return len(waiting)
