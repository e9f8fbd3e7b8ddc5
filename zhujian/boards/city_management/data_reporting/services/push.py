"""Pushing: waiting records become a batch, the batch is sent until it is answered, each record gets its receipt.

Sending claims the batch with a lease and commits before the network is touched; the answer is written in a transaction of its own. A crash
anywhere in between sends the same batch again, and the receiver gives the same answer again: nothing lost, nothing doubled.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from zhujian.boards.city_management.data_reporting.models import Batch, Outgoing, Peer
from zhujian.boards.city_management.data_reporting.rules.reconcile import backoff
from zhujian.boards.city_management.data_reporting.services import schemas, transport
from zhujian.foundation.kernel import prepared, scope
from zhujian.foundation.kernel.canonical import canonical, moment
from zhujian.foundation.kernel.errors import Conflict, NotFound
from zhujian.foundation.parameters import selectors as parameters

GOOD = ("stored", "kept", "duplicate")
LEASE = timedelta(minutes=3)
RETRIED = frozenset({401, 408, 409, 425, 429}) | frozenset(range(500, 600))
Call = Callable[..., transport.Answer]


def push_next(_stopped: Callable[[], bool] = lambda: False, *, call: Call = transport.call) -> bool:
    """Send one batch; False when nothing is due. Several workers may do this at once."""
    claimed = _claim()
    if claimed is None:
        return False
    send(claimed, call)
    return True


def push_all(*, call: Call = transport.call, most: int = 10_000) -> int:
    """Send what is due; how many batches were tried."""
    done = 0
    while done < most and push_next(call=call):
        done += 1
    return done


def _claim() -> int | None:
    """The batch to send now, leased; a new one is made of waiting records when none is open for their platform and data set."""
    with transaction.atomic(), scope.system("数据上报"):
        now = timezone.now()
        open_ones = Batch.objects.filter(state__in=("waiting", "sending"), next_at__lte=now, peer__is_active=True)
        batch = open_ones.select_for_update(skip_locked=True, of=("self",)).order_by("next_at", "id").first() or _gather()
        if batch is None:
            return None
        batch.state, batch.attempts, batch.next_at = Batch.State.SENDING, batch.attempts + 1, now + LEASE
        batch.save(update_fields=["state", "attempts", "next_at", "updated_at"])
        return batch.pk


def _gather() -> Batch | None:
    busy = Batch.objects.filter(peer=OuterRef("peer"), dataset=OuterRef("dataset"), state__in=("waiting", "sending"))
    first = (
        Outgoing.objects.filter(Q(state="waiting"), peer__is_active=True).exclude(peer__url="").exclude(Exists(busy))
        .order_by("id").select_related("peer").first()
    )  # fmt: skip
    if first is None:
        return None
    # One at a time makes batches for a platform: two would take the same data set apart and lose its order.
    Peer.objects.select_for_update().get(pk=first.peer_id)
    if busy_now := Batch.objects.filter(peer=first.peer, dataset=first.dataset, state__in=("waiting", "sending")).first():
        return busy_now if busy_now.next_at and busy_now.next_at <= timezone.now() else None
    size = schemas.number("batch_size", first.peer.region_code)
    rows = list(
        Outgoing.objects.select_for_update().filter(
            peer=first.peer, dataset=first.dataset, schema_version=first.schema_version, state="waiting"
        ).order_by("id")[:size]
    )  # fmt: skip
    if not rows:
        return None
    now = timezone.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    batch = Batch.objects.create(
        peer=first.peer, batch_id=uuid.uuid4().hex, dataset=first.dataset, schema_version=first.schema_version, count=len(rows),
        next_at=now, region_code=first.peer.region_code,
    )  # fmt: skip
    for seq, row in enumerate(rows, 1):
        row.batch, row.seq, row.state, row.push_time = batch, seq, Outgoing.State.BATCHED, row.push_time or now
        row.code = row.message = ""
        row.digest = schemas.digest_of(row.payload | row.personal)  # by the algorithm that the batch will name
    prepared.update_many(Outgoing, rows, ["batch", "seq", "state", "push_time", "code", "message", "digest"])
    return batch


def body_of(batch: Batch) -> bytes:
    """The push as it travels: the same bytes every time it is sent."""
    algorithm = str(parameters.value("data_reporting.digest", on=timezone.localtime(batch.created_at).date()).value)
    source = batch.peer.region_code[:6]
    head = {
        "batchId": batch.batch_id, "source": source, "dataset": batch.dataset, "schemaVersion": batch.schema_version,
        "digestAlgorithm": algorithm, "count": batch.count,
    }  # fmt: skip
    records = [
        {
            "source": source, "dataset": batch.dataset, "schemaVersion": batch.schema_version, "batchId": batch.batch_id, "seq": row.seq,
            "op": row.op, "businessKey": row.business_key, "eventTime": moment(row.event_time), "pushTime": moment(row.push_time or batch.created_at),
            "payload": row.payload | row.personal, "digest": row.digest,
        }
        for row in Outgoing.objects.filter(batch=batch).order_by("seq")
    ]  # fmt: skip
    return canonical({**head, "records": records}).encode()


def send(batch_id: int, call: Call = transport.call) -> None:
    """Send one claimed batch and write down what came of it."""
    with transaction.atomic(), scope.system("数据上报"):
        batch = Batch.objects.select_related("peer").get(pk=batch_id)
        body = body_of(batch)
    try:
        answer = call(batch.peer, "POST", "batches", None, body)
    except transport.Unreachable as error:
        answer = transport.Answer(0, {"title": str(error)})
    with transaction.atomic(), scope.system("数据上报"):
        batch = Batch.objects.select_for_update(of=("self",)).select_related("peer").get(pk=batch_id)
        if batch.state != Batch.State.SENDING:
            return  # its lease ran out and somebody else has written the answer
        if answer.status == 200:
            _receipts(batch, answer.body)
        else:
            _failed(batch, answer)


def _failed(batch: Batch, answer: transport.Answer) -> None:
    said = str(answer.body.get("detail") or answer.body.get("title") or f"HTTP {answer.status}")[:300]
    batch.error = said if answer.status == 0 else f"{answer.status} {said}"
    if answer.status == 0 or answer.status in RETRIED:
        wait = answer.wait_s or backoff(batch.attempts, schemas.number("backoff_cap", batch.region_code))
        batch.state, batch.next_at = Batch.State.WAITING, timezone.now() + timedelta(seconds=wait)
    else:  # the same bytes will not be taken another time: somebody has to look
        batch.state, batch.next_at = Batch.State.FAILED, None
    batch.save()
    Peer.objects.filter(pk=batch.peer_id).update(last_error=batch.error[:300])


def _receipts(batch: Batch, body: dict[str, Any]) -> None:
    now, given = timezone.now(), {}
    for raw in body.get("receipts", []) if isinstance(body.get("receipts"), list) else []:
        if isinstance(raw, dict) and isinstance(raw.get("seq"), int):
            given[raw["seq"]] = raw
    rows = list(Outgoing.objects.select_for_update().filter(batch=batch).order_by("seq"))
    for row in rows:
        receipt = given.get(row.seq)
        if receipt is None:  # without a receipt it counts as not sent
            row.state, row.batch, row.seq = Outgoing.State.WAITING, None, None
        elif receipt.get("result") in GOOD:
            row.state, row.receipt_at, row.code, row.message = Outgoing.State.ACCEPTED, now, "", ""
        else:
            row.state, row.receipt_at = Outgoing.State.REJECTED, now
            row.code, row.message = str(receipt.get("code", ""))[:12], str(receipt.get("message", ""))[:500]
    prepared.update_many(Outgoing, rows, ["state", "batch", "seq", "receipt_at", "code", "message"])
    batch.accepted = sum(row.state == Outgoing.State.ACCEPTED for row in rows)
    batch.rejected = sum(row.state == Outgoing.State.REJECTED for row in rows)
    batch.state, batch.next_at, batch.answered_at, batch.error = Batch.State.DONE, None, now, ""
    batch.save()
    Peer.objects.filter(pk=batch.peer_id).update(last_ok_at=now, last_error="")


@transaction.atomic
def do_resend(batch_id: int) -> Batch:
    """Send a batch again that waits for its next try or that was refused as a whole."""
    batch = Batch.objects.select_for_update(of=("self",)).filter(pk=batch_id).first()
    if batch is None:
        raise NotFound("exchange.batch", "没有找到这个批次，可能不在您的管辖范围内。")
    if batch.state not in (Batch.State.WAITING, Batch.State.FAILED):
        raise Conflict("exchange.batch_state", "这个批次正在发送或已有回执，无需重新发送。")
    batch.state, batch.next_at, batch.attempts = Batch.State.WAITING, timezone.now(), 0
    batch.save_version(batch.version, fields=["state", "next_at", "attempts"])
    return batch
