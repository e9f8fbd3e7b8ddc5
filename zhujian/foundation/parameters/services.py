"""Changes of parameters and codes by an official: from a day on, with basis and reason, in the official's own region."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import memory, scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.kernel.exact import dumps, loads
from zhujian.foundation.kernel.registry import modules
from zhujian.foundation.parameters import selectors
from zhujian.foundation.parameters.models import CodeItem, CodeList, ParameterChange, ParameterVersion
from zhujian.foundation.parameters.rules import Parameter, parse, same_shape, within
from zhujian.foundation.regions import selectors as regions


def leave_trace(
    act: str, subject: str, *, region: str, before: object, after: object, reason: str, event: str, payload: dict
) -> None:
    """What every change of reference data leaves behind: evidence in the ledger, an event, and a line in the audit log.

    An act on everywhere ('') is told under the actor's region, or the province's when no person acts.
    """
    place = region or scope.current().region_code or next((root.code for root in regions.roots()), "")
    facts = {"act": act, "region": region, "before": dumps(before), "after": dumps(after), "reason": reason.strip()}
    evidence.record(act, object_id=subject, region_code=place, payload=facts)
    events.publish(event, subject=subject, region_code=place, payload=payload)
    if any(mod.code == "audit" for mod in modules()):
        from zhujian.foundation.audit.services import record

        record(act, target=subject, **{name: facts[name] for name in ("region", "before", "after", "reason")})


def edge(key: str, region: str = "") -> int:
    """Number of the latest version of `key` in exactly `region` (0: none): what a form saw, to notice a change in between."""
    return max((version.version_id for version in selectors.versions(key) if version.region == region), default=0)


def check_place(region: str) -> list[Reason]:
    """Whether the actor may set values for `region`: '' (everywhere) belongs to the province, others to their own range."""
    who = scope.current()
    if who.is_system:
        return []
    if not region:
        whole = who.kind == "official" and who.region_code[2:] == "0" * 10
        return (
            []
            if whole
            else [Reason("parameters.place", "全省默认值由省级参数管理员变更；您可以为本地区设定单独的数值。", "region")]
        )
    if not who.region_lo <= region < who.region_hi:
        return [Reason("parameters.place", "只能为本单位管辖范围内的地区设定数值。", "region")]
    return [] if regions.exists(region) else [Reason("parameters.region", "没有这个行政区划，请重新选择。", "region")]


def check_day(day: date, present: Parameter | None, today: date) -> list[Reason]:
    """Whether a change may begin on `day`: not in the past, and after the beginning of the value it replaces."""
    if day < today:
        return [Reason("parameters.past", "施行日期不能早于今天：已经据此作出的结果不能改写。", "valid_from")]
    if present and present.valid_from >= day:
        message = f"自 {present.valid_from} 起已有一个版本，请另选更晚的日期" + (
            "，或先撤回它。" if present.valid_from > today else "。"
        )
        return [Reason("parameters.day_taken", message, "valid_from")]
    return []


def check_change(key: str, text: str, *, day: date, basis: str, reason: str, region: str = "") -> tuple[Any, list[Reason]]:
    """The new value and what speaks against it."""
    known = selectors.versions(key)
    pattern = known[0]
    value, reasons = parse(pattern.kind, text)
    if not reasons:
        row = (
            ParameterVersion.objects.only("least", "most")
            .filter(key=key, region_code=pattern.region)
            .order_by("valid_from")
            .last()
        )
        latest = [version for version in known if version.region == region] or [
            version for version in known if not version.region
        ]
        reasons += within(value, row.least, row.most) if row and pattern.kind in ("int", "decimal") else []
        reasons += same_shape(latest[-1].value, value) if latest and pattern.kind == "json" else []
        if latest and value == latest[-1].value and latest[-1].region == region and latest[-1].valid_to is None:
            reasons.append(Reason("parameters.same", "新数值与现行数值相同，无需变更。", "value"))
    here = [version for version in known if version.region == region]
    reasons += check_day(day, here[-1] if here else None, timezone.localdate())
    if not basis.strip():
        reasons.append(Reason("parameters.basis", "请写明依据（文件名称和条款）。", "basis"))
    if not reason.strip():
        reasons.append(Reason("parameters.reason", "请写明变更原因。", "reason"))
    return value, reasons + check_place(region)


def _lock(key: str, region: str, expected: int) -> None:
    """Let changes of one parameter pass one after another, and refuse the one that has seen an older state."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"parameters:{key}"])
    memory.forget()
    if edge(key, region) != expected:
        raise Conflict("edit.stale", "该参数刚刚被别人变更过，请刷新页面核对后再提交。")


def _facts(row: ParameterVersion) -> dict[str, Any]:
    return loads(dumps({name: getattr(row, name) for name in ("value", "unit", "basis", "valid_from", "valid_to")}))


def _note(row: ParameterVersion, act: str, before: dict | None, after: dict | None, reason: str) -> None:
    who = scope.current()
    ParameterChange.objects.create(
        key=row.key, region_code=row.region_code, version_id=row.pk, act=act, before=before, after=after, reason=reason.strip(),
        actor_id=who.actor_id, actor_name=who.actor_name or "系统", organisation=who.org_name,
    )  # fmt: skip
    memory.forget()
    leave_trace(
        f"parameters.{act}",
        f"parameters.parameter:{row.key}",
        region=row.region_code,
        before=before,
        after=after,
        reason=reason,
        event="parameters.changed",
        payload={"key": row.key, "region": row.region_code, "act": act, "version_id": row.pk},
    )


@transaction.atomic
def do_change(
    key: str, *, text: str, day: date, basis: str, reason: str, expected: int, region: str = "", confidence: str = "A"
) -> ParameterVersion:
    """Give `key` the value `text` from `day` on, in `region` ('' = everywhere). The version in force ends the day before.

    `expected` is what `edge` said when the official looked. Refusals: ``parameters.*``; Conflict ``edit.stale``.
    """
    try:
        selectors.versions(key)
    except KeyError:
        raise NotFound("parameters.unknown", "没有这个参数。") from None
    _lock(key, region, expected)
    value, reasons = check_change(key, text, day=day, basis=basis, reason=reason, region=region)
    refuse_if(reasons)
    rows = list(ParameterVersion.objects.select_for_update().filter(key=key).order_by("region_code", "valid_from"))
    pattern = rows[0]
    former = next((row for row in reversed(rows) if row.region_code == region), None)
    before = None
    if former:
        before = _facts(former)
        ParameterVersion.objects.filter(pk=former.pk).update(
            official=True, **({"valid_to": day} if former.valid_to is None or former.valid_to > day else {})
        )
    row = ParameterVersion.objects.create(
        key=key, region_code=region, kind=pattern.kind, value=value, least=pattern.least, most=pattern.most, unit=pattern.unit,
        title=pattern.title, basis=basis.strip(), valid_from=day, confidence=confidence, module=pattern.module, note=pattern.note,
        official=True, created_by=scope.current().actor_id,
    )  # fmt: skip
    _note(row, "change" if former else "override", before, _facts(row), reason)
    return row


@transaction.atomic
def do_end(key: str, *, region: str, day: date, reason: str, expected: int) -> ParameterVersion:
    """End a region's own value on `day`: from then on the default counts there again."""
    if not region:
        raise Refusal("parameters.default", "全省默认值不能停用，只能变更。")
    _lock(key, region, expected)
    row = ParameterVersion.objects.select_for_update().filter(key=key, region_code=region).order_by("valid_from").last()
    reasons = check_place(region)
    if row is None or (row.valid_to and row.valid_to <= day):
        reasons.append(Reason("parameters.ended", "该地区没有单独的数值，或已经停用。"))
    elif day < timezone.localdate() or day <= row.valid_from:
        reasons.append(Reason("parameters.past", f"停用日期不能早于今天，且应晚于 {row.valid_from}。", "day"))
    if not reason.strip():
        reasons.append(Reason("parameters.reason", "请写明原因。", "reason"))
    refuse_if(reasons)
    assert row is not None
    before = _facts(row)
    row.valid_to, row.official = day, True
    row.save(update_fields=["valid_to", "official"])
    _note(row, "end", before, _facts(row), reason)
    return row


@transaction.atomic
def do_withdraw(version_id: int, *, reason: str) -> None:
    """Take back a version that has not begun yet; the one before it goes on as if nothing had been planned."""
    row = ParameterVersion.objects.select_for_update().filter(pk=version_id).first()
    if row is None:
        raise NotFound("parameters.unknown", "没有这个版本，可能已被撤回。")
    reasons = check_place(row.region_code)
    if row.valid_from <= timezone.localdate():
        reasons.append(Reason("parameters.begun", "该版本已经施行，不能撤回；请从今后某日起变更。"))
    if not reason.strip():
        reasons.append(Reason("parameters.reason", "请写明原因。", "reason"))
    refuse_if(reasons)
    before = _facts(row)
    former = ParameterVersion.objects.filter(key=row.key, region_code=row.region_code, valid_to=row.valid_from).first()
    after = row.valid_to
    _note(row, "withdraw", before, None, reason)
    row.delete()
    if former:
        ParameterVersion.objects.filter(pk=former.pk).update(valid_to=after)
    memory.forget()


@transaction.atomic
def do_add_code(key: str, *, code: str, label: str, day: date, reason: str) -> CodeItem:
    """Put a code into a list from `day` on."""
    listing = _list_for_change(key, day, reason)
    code, label = code.strip(), " ".join(label.split())
    reasons = []
    if not code or not label:
        reasons.append(Reason("code.empty", "代码和含义都要填写。", "code"))
    if any(item.code == code and (item.valid_to is None or item.valid_to > day) for item in selectors.listing(key).items):
        reasons.append(Reason("code.taken", f"代码“{code}”已在使用，请先停用或换一个代码。", "code"))
    refuse_if(reasons)
    last = CodeItem.objects.filter(list=listing).order_by("-rank").first()
    item = CodeItem.objects.create(
        list=listing, code=code, label=label, rank=last.rank + 1 if last else 0, valid_from=day, official=True
    )
    _note_code(key, item, "add", reason)
    return item


@transaction.atomic
def do_end_code(key: str, *, item_id: int, day: date, reason: str) -> CodeItem:
    """Retire a code on `day`: records keep it and show its label, new ones are refused."""
    listing = _list_for_change(key, day, reason)
    item = CodeItem.objects.select_for_update().filter(pk=item_id, list=listing).first()
    if item is None or item.valid_to or item.valid_from >= day:
        raise Refusal("code.ended", "该代码已停用，或停用日期不晚于启用日期。", "day")
    item.valid_to, item.official = day, True
    item.save(update_fields=["valid_to", "official"])
    _note_code(key, item, "end", reason)
    return item


def _list_for_change(key: str, day: date, reason: str) -> CodeList:
    listing = CodeList.objects.select_for_update().filter(key=key).first()
    if listing is None:
        raise NotFound("code.list_unknown", "没有这个代码表。")
    reasons = check_place("")
    if day < timezone.localdate():
        reasons.append(Reason("code.past", "日期不能早于今天。", "day"))
    if not reason.strip():
        reasons.append(Reason("code.reason", "请写明依据和原因。", "reason"))
    refuse_if(reasons)
    return listing


def _note_code(key: str, item: CodeItem, act: str, reason: str) -> None:
    facts = loads(dumps({"code": item.code, "label": item.label, "valid_from": item.valid_from, "valid_to": item.valid_to}))
    who = scope.current()
    ParameterChange.objects.create(
        key=key, region_code="", version_id=item.pk, act=f"code_{act}", after=facts, reason=reason.strip(),
        actor_id=who.actor_id, actor_name=who.actor_name or "系统", organisation=who.org_name,
    )  # fmt: skip
    memory.forget()
    leave_trace(
        f"parameters.code_{act}",
        f"parameters.code_list:{key}",
        region="",
        before=None,
        after=facts,
        reason=reason,
        event="parameters.codes_changed",
        payload={"key": key, "code": item.code, "act": act},
    )
