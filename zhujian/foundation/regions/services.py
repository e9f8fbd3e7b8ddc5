"""Changes of divisions, from a day on: nothing that was ever in force is rewritten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import memory, scope
from zhujian.foundation.kernel.errors import Reason, refuse_if
from zhujian.foundation.regions import selectors
from zhujian.foundation.regions.models import Region


def check_change(code: str, on: date, successors: Sequence[str], reason: str) -> list[Reason]:
    """Whether `code` may change on the day `on`: it exists, the day is not past, the successors exist then, the actor's range."""
    who = scope.current()
    reasons = []
    if not who.region_lo <= code < who.region_hi or code[2:] == "0" * 10:
        reasons.append(Reason("regions.range", "只能变更本单位管辖范围内的下级区划。"))
    found = selectors.region(code)
    if found is None or found.valid_to is not None or found.level == "grouping":
        reasons.append(Reason("regions.ended", "该区划不存在或已停用，不能再次变更。"))
    elif on <= found.valid_from:
        reasons.append(Reason("regions.day", f"施行日期应晚于该区划的启用日期 {found.valid_from}。", "day"))
    if on < timezone.localdate():
        reasons.append(Reason("regions.past", "施行日期不能早于今天，已经发生的记录不能改写。", "day"))
    for successor in successors:
        if successor == code or not selectors.exists(successor, on):
            reasons.append(
                Reason("regions.successor", f"承继区划 {successor} 在施行之日不存在，请先新增或核对代码。", "successors")
            )
    if not reason.strip():
        reasons.append(Reason("regions.reason", "请写明依据。", "reason"))
    return reasons


def _end(code: str, on: date, successors: Sequence[str], reason: str) -> Region:
    row = Region.objects.select_for_update().get(code=code, valid_to=None)
    row.valid_to, row.successors, row.reason, row.official = on, list(successors), reason.strip(), True
    row.save(update_fields=["valid_to", "successors", "reason", "official"])
    # The loader leaves alone every code that an official looks after: all versions of it must stay.
    Region.objects.filter(code=code).update(official=True)
    return row


def _tell(code: str, on: date, reason: str, what: dict) -> None:
    memory.forget()
    subject, facts = f"regions.region:{code}", {"on": on.isoformat(), **what}
    evidence.record(f"regions.{what['act']}", object_id=subject, region_code=code, payload={**facts, "reason": reason.strip()})
    events.publish("regions.changed", subject=subject, region_code=code, payload=facts)


@transaction.atomic
def do_retire(code: str, *, on: date, successors: Sequence[str], reason: str) -> Region:
    """End `code` on the day `on` (the first day it no longer is); records of before keep it, sums as of now count its first successor."""
    refuse_if(check_change(code, on, successors, reason))
    if not successors:
        refuse_if([Reason("regions.successor", "请填写至少一个承继区划代码，历史数据才能按现口径汇总。", "successors")])
    if [child for child in selectors.children(code, on) if child.level in ("city", "county")]:
        refuse_if([Reason("regions.children", "该区划下仍有县级区划，请先变更它们。", None)])
    row = _end(code, on, successors, reason)
    _tell(code, on, reason, {"act": "retire", "successors": list(successors)})
    return row


@transaction.atomic
def do_rename(code: str, *, on: date, name: str, reason: str) -> Region:
    """Give `code` a new name from the day `on`; before that day it keeps the old one."""
    refuse_if(check_change(code, on, (), reason))
    name = "".join(name.split())
    if not name or name == selectors.name(code):
        refuse_if([Reason("regions.name", "新名称不能为空，也不能与现名称相同。", "name")])
    row = _end(code, on, [code], reason)
    renamed = Region.objects.create(
        code=code, name=name, level=row.level, parent_code=row.parent_code, kind=row.kind, zone=row.zone, valid_from=on,
        reason=reason.strip(), official=True,
    )  # fmt: skip
    _tell(code, on, reason, {"act": "rename", "name": name})
    return renamed
