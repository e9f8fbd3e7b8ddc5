"""Work orders of the hotlines: taken in once, divided by rules, answered or sent back in time, told of every state."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.command import selectors as command
from zhujian.boards.city_management.digital_city import selectors as city
from zhujian.boards.city_management.digital_city.selectors import places
from zhujian.boards.city_management.public_service.hotline.orders import Order
from zhujian.boards.city_management.public_service.models import Peer, StatusPush, Submission, TransferRule, WorkOrder
from zhujian.boards.city_management.public_service.rules import orders as rules
from zhujian.boards.city_management.public_service.services import codes, reports
from zhujian.foundation.events.services import publish
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Refusal, refuse_if
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.worktime import rules as worktime
from zhujian.foundation.worktime import selectors as calendars

SURE = ("door", "poi")  # levels of an address that say where something is
TEXT_MOST = 2000
SPACE = uuid.UUID("5b6ac9ab-23a7-5a43-9a3b-3d0f6a5d7e11")  # client keys of orders, so that an order is reported once


def limit_of(kind: str, region: str) -> tuple[worktime.Limit, int]:
    """The limit for an answer to an order of a kind, and the version of the parameter."""
    found = parameters.value(f"public_service.reply_{kind}", on=timezone.localdate(), region=region)
    return worktime.Limit(int(found.value["amount"]), found.value["unit"]), found.version_id


def rules_in_force() -> list[rules.Transfer]:
    """Transfer rules of today."""
    day = timezone.localdate()
    rows = TransferRule.objects.filter(valid_from__lte=day).order_by("pk")
    return [
        rules.Transfer(row.action, row.kind, row.class_code, row.unit, row.source, row.prefix, tuple(row.words), row.area, row.pk)
        for row in rows
        if row.valid_to is None or row.valid_to > day
    ]


@transaction.atomic
def do_receive(order: Order, *, peer: Peer | None, region_code: str) -> tuple[WorkOrder, bool]:
    """Take in one order; (the order, whether it is new). The same number of a hotline is the same order, however often it comes.

    Runs in a system scope. Conflict when the number is known with another content.
    """
    with scope.system("接收热线工单"):
        known = WorkOrder.objects.filter(source=order.source, order_no=order.order_no).first()
        if known is not None:
            if (known.content, known.kind) != (order.content, order.kind):
                raise Conflict(
                    "work_order.changed", f"工单{order.order_no}已经收到过，内容不同；更正请先退回原工单再重新派发。", "order_no"
                )
            return known, False
        region, point = _where(order, region_code)
        now = timezone.now()
        limit, version = limit_of(order.kind, region)
        calendar = calendars.calendar(region)
        back = parameters.value("public_service.return_limit", on=timezone.localdate(), region=region).value
        made = WorkOrder.objects.create(
            order_no=order.order_no, source=order.source, peer=peer, kind=order.kind, ext_class=order.ext_class,
            ext_class_name=order.ext_class_name, title=order.title or order.content[:60], content=order.content, address=order.address,
            location=point, caller_name=order.caller_name, caller_phone=order.caller_phone,
            phone_hash=codes.hash_of(order.caller_phone) if order.caller_phone else "", secrecy=order.secrecy,
            called_at=order.called_at or now, received_at=now, limit_text=str(limit), due_at=worktime.deadline(now, limit, calendar),
            return_by=worktime.deadline(now, worktime.Limit(int(back["amount"]), back["unit"]), calendar),
            calendar_version=calendar.version, parameter_version=version, region_code=region,
        )  # fmt: skip
        push(made, "accepted", now)
        _tell("work_order.received", made)
        divide(made)
    return made, True


def _where(order: Order, region_code: str) -> tuple[str, Point | None]:
    """Region and place of an order: its coordinates, else a door or a landmark of that address, else only the region."""
    if order.lon is not None and order.lat is not None:
        if grid := city.grid_at(order.lon, order.lat):
            return grid.code[:12], Point(order.lon, order.lat, srid=4490)
        found = regions.at(order.lon, order.lat)
        return (found.code if found else order.region_code or region_code), Point(order.lon, order.lat, srid=4490)
    region = order.region_code or region_code
    if order.address:
        best = next(iter(places.find(order.address, region_code=region, limit=1)), None)
        if best is not None and best.level in SURE:
            return (best.grid_code[:12] if best.grid_code else region), Point(best.lon, best.lat, srid=4490)
    return region, None


def divide(order: WorkOrder) -> None:
    """Apply the transfer rule: a case where the place is known, an answering unit; a return is only proposed, a person does it."""
    rule = rules.choose(
        rules_in_force(),
        source=order.source,
        ext_class=order.ext_class,
        text=f"{order.title}{order.content}",
        region_code=order.region_code,
    )
    if rule is None:
        return
    order.rule_id, order.unit = rule.id, rule.unit
    if rule.action == "answer":
        order.state = "answering"
    order.save_version(order.version, fields=["rule_id", "unit", "state"])
    if rule.action == "case" and order.location is not None:
        _make_case(order, rule.kind, rule.class_code)


def proposal(order: WorkOrder) -> TransferRule | None:
    """The rule that was found for an order."""
    return TransferRule.objects.filter(pk=order.rule_id).first() if order.rule_id else None


def _locked(order_id: int, act: str, version: int | None) -> WorkOrder:
    order = WorkOrder.objects.select_for_update().filter(pk=order_id).first()
    if order is None:
        raise NotFound("work_order.absent", "没有这张工单，或不在您的管辖范围内。")
    refuse_if(rules.check_act(order.state, act))
    if version is not None and version != order.version:
        raise Conflict("edit.stale", "这张工单刚刚有变化，请刷新页面核对后再办理。")
    return order


def _make_case(order: WorkOrder, kind: str, class_code: str) -> None:
    """Put an order into the acceptance pool. A caller who asked not to be named stays with the order only."""
    hidden = bool(order.secrecy)
    # It is the caller who reports: the official who passes the order on may well work on the case later.
    with scope.acting(replace(scope.current(), actor_id=None, actor_name="" if hidden else order.caller_name)):
        sent = _submit(order, kind, class_code, hidden)
    if hidden and order.phone_hash:  # still found by their own phone, and called back by whoever may see the order
        sent.submission.phone_hash = order.phone_hash
        sent.submission.save_version(sent.submission.version, fields=["phone_hash"])
    order.submission, order.state = sent.submission, "case"
    order.save_version(order.version, fields=["submission", "state"])
    _tell("work_order.transferred", order)


def _submit(order: WorkOrder, kind: str, class_code: str, hidden: bool) -> reports.Sent:
    assert order.location is not None
    return reports.do_submit(
        client_key=uuid.uuid5(SPACE, f"{order.source}/{order.order_no}"), source=order.source, lon=order.location.x,
        lat=order.location.y, description=order.content, kind=kind, class_code=class_code, address=order.address,
        captured_at=order.called_at, phone="" if hidden else order.caller_phone, name="" if hidden else order.caller_name,
        anonymous=hidden, shown=False, external_no=order.order_no[:40],
    )  # fmt: skip


@transaction.atomic
def do_transfer(
    order_id: int, kind: str, class_code: str, *, lon: float | None = None, lat: float | None = None, version: int | None = None
) -> WorkOrder:
    """Make an order a case of a class, at its place or at the one given."""
    order = _locked(order_id, "transfer", version)
    if lon is not None and lat is not None:
        refuse_if(reports.check_place(lon, lat))
        order.location = Point(lon, lat, srid=4490)
        order.save_version(order.version, fields=["location"])
    if order.location is None:
        raise Refusal("work_order.place", "还不知道在哪里：请在地图上点选位置，再转为案件。", "place")
    with scope.system("热线工单转案件"):
        _make_case(order, kind, class_code)
    return order


@transaction.atomic
def do_answer(order_id: int, text: str, *, version: int | None = None) -> WorkOrder:
    """Answer an order that is no case."""
    order = _locked(order_id, "answer", version)
    _reply(order, _text(text, "reply", "答复"))
    push(order, "replied", timezone.now(), reply=order.reply)
    return order


@transaction.atomic
def do_return(order_id: int, reason: str, *, version: int | None = None, now: datetime | None = None) -> WorkOrder:
    """Send an order back that is not this body's; within the limit (one working day) only."""
    order = _locked(order_id, "return", version)
    at = now or timezone.now()
    if at > order.return_by:
        until = timezone.localtime(order.return_by).strftime("%Y-%m-%d %H:%M")
        raise Refusal("work_order.return_late", f"已超过退回时限（{until}）。请按职责办理，或请指挥中心协调主办单位。", "reason")
    order.return_reason, order.returned_at, order.state = _text(reason, "reason", "退回原因")[:300], at, "returned"
    order.save_version(order.version, fields=["return_reason", "returned_at", "state"])
    push(order, "returned", at, reason=order.return_reason)
    _tell("work_order.returned", order)
    return order


@transaction.atomic
def do_archive(order_id: int, *, version: int | None = None) -> WorkOrder:
    """Put an answered order away."""
    order = _locked(order_id, "archive", version)
    order.state = "archived"
    order.save_version(order.version, fields=["state"])
    return order


def _text(text: str, field: str, name: str) -> str:
    text = text.strip()
    if len(text) < 2 or len(text) > TEXT_MOST:
        raise Refusal(f"work_order.{field}", f"请填写{name}（2到{TEXT_MOST}个字）。", field)
    return text


def _reply(order: WorkOrder, text: str) -> None:
    order.reply, order.replied_at, order.state = text, timezone.now(), "replied"
    order.save_version(order.version, fields=["reply", "replied_at", "state"])
    _tell("work_order.replied", order)


def do_tell(submission: Submission, status: str) -> None:
    """A submission moved: tell the order it came from, and answer it when its case has come to an end."""
    order = WorkOrder.objects.select_for_update().filter(submission=submission).first()
    if order is None or not status:
        return
    now = timezone.now()
    if submission.case_no and order.case_no != submission.case_no:
        order.case_no = submission.case_no
        order.save_version(order.version, fields=["case_no"])
    # Events may come late or together: what happened before is told first, with its own time.
    case = command.case(submission.case_no) if submission.case_no else None
    if case is not None and status in ("dispatched", "closed"):
        for earlier, at in (("registered", case.registered_at), ("dispatched", case.dispatched_at)):
            if at is not None:
                push(order, earlier, at, **({"unit": case.org_name} if earlier == "dispatched" else {}))
    if status == "refused":
        _reply(order, submission.reason or "经核实不予立案。")
    if status == "closed":
        _reply(order, submission.reason or f"{submission.class_name or '您反映的问题'}已处置完毕，经现场核查后结案。")
    said = {"reason": submission.reason} if status == "refused" else {"reply": order.reply} if status == "closed" else {}
    push(order, status, now, **said)


def push(order: WorkOrder, status: str, at: datetime, **said: Any) -> StatusPush | None:
    """Queue a state for the hotline, in the transaction in which it came about; each once, never backwards."""
    if order.peer is None or not order.peer.push_url:
        return None
    if not rules.may_follow(StatusPush.objects.filter(order=order).values_list("status", flat=True), status):
        return None
    payload = {
        "order_no": order.order_no, "status": status, "status_name": rules.STATUS_WORDS[status], "case_no": order.case_no,
        "at": timezone.localtime(at).isoformat(timespec="seconds"), **said,
    }  # fmt: skip
    return StatusPush.objects.create(order=order, status=status, payload=payload, next_at=at, region_code=order.region_code)


def _tell(name: str, order: WorkOrder) -> None:
    """Event and evidence; never who called."""
    facts = {
        "order_no": order.order_no,
        "source": order.source,
        "kind": order.kind,
        "state": order.state,
        "case_no": order.case_no,
    }
    subject = f"public_service.work_order:{order.pk}"
    publish(name, subject=subject, region_code=order.region_code, payload=facts)
    evidence.record(name, object_id=subject, region_code=order.region_code, payload=facts)


__all__ = [
    "do_answer", "do_archive", "do_receive", "do_return", "do_tell", "do_transfer", "limit_of", "proposal", "push",
]  # fmt: skip
