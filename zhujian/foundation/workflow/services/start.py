"""Starting a process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Reason, refuse_if
from zhujian.foundation.workflow import store
from zhujian.foundation.workflow.models import Instance
from zhujian.foundation.workflow.services.apply import Work
from zhujian.foundation.workflow.services.common import prove, tell

MAX_FACTS = 20_000
RUNNING = Reason("workflow.start.running", "同一事项正在办理，请在待办中继续，不要重复发起。")


def check_start(key: str, *, subject: str, facts: Mapping[str, Any]) -> list[Reason]:
    """Reasons why a process cannot be started: the same one already runs on the subject, or the facts are too big."""
    reasons = []
    if Instance.objects.filter(key=key, subject=subject, status__in=("running", "suspended")).exists():
        reasons.append(RUNNING)
    if len(str(facts)) > MAX_FACTS:
        reasons.append(Reason("workflow.start.facts", "流程事实只存放少量判断数据，表单和文件请另存。"))
    return reasons


@transaction.atomic
def start(
    key: str, *, subject: str, region_code: str, title: str, parties: Iterable[str] = (), facts: Mapping[str, Any] | None = None
) -> Instance:
    """Start process `key` about `subject` (``<module>.<model>:<id>``) in the version that serves `region_code`.

    `facts` are small JSON values that gateways read; `parties` are party keys that may see the instance. Refusal
    ``workflow.start.running`` when the same process already runs on the subject.
    """
    who = scope.current()
    with scope.system("发起流程"):
        facts = dict(facts or {})
        refuse_if(check_start(key, subject=subject, facts=facts))
        instance = Instance(
            key=key, bundle=store.bundle_for(key, region_code), subject=subject, title=title[:200], region_code=region_code,
            parties=list(parties), facts=facts, initiator_name=who.actor_name, initiator_keys=list(who.keys), created_by=who.actor_id,
        )  # fmt: skip
        try:
            with transaction.atomic():
                instance.save(force_insert=True)
        except IntegrityError:  # two people at the same moment: the constraint decides
            raise Conflict(reasons=[RUNNING]) from None
        work = Work(instance)
        work.run.start()
        opened = work.save()
        prove("workflow.started", instance, {"instance": instance.pk, "key": key, "title": title, "bundle": instance.bundle.sha})
        tell("started", instance, opened=[t.pk for t in opened])
    return instance
