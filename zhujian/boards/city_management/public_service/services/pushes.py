"""States on their way to the hotlines: in order, tried again, given up and taken up again by hand."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from zhujian.boards.city_management.public_service.hotline import client
from zhujian.boards.city_management.public_service.models import StatusPush
from zhujian.boards.city_management.public_service.services import limits
from zhujian.foundation.kernel.errors import Conflict, NotFound

BATCH = 20


def backoff(attempts: int) -> timedelta:
    """Wait after the n-th failure: 10 s, 20 s, 40 s …, at most an hour."""
    return timedelta(seconds=min(3600, 10 * 2 ** max(0, min(attempts, 12) - 1)))


@transaction.atomic
def deliver() -> int:
    """Send what is due, the earlier states of an order first; returns how many were acknowledged. For the worker."""
    earlier = StatusPush.objects.filter(order=OuterRef("order"), state=StatusPush.State.WAITING, pk__lt=OuterRef("pk"))
    due = StatusPush.objects.filter(state=StatusPush.State.WAITING, next_at__lte=timezone.now()).exclude(Exists(earlier))
    done = 0
    for row in (
        due.select_for_update(skip_locked=True, of=("self",)).select_related("order__peer").order_by("next_at", "pk")[:BATCH]
    ):
        done += _send(row)
    return done


def _send(row: StatusPush) -> int:
    peer, now = row.order.peer, timezone.now()
    row.attempts += 1
    try:
        if peer is None or not peer.active or not peer.push_url:
            raise client.Rejected("接入方已停用或没有推送地址")
        row.receipt = client.push(peer.push_url, peer.code, peer.secret, row.payload).number
        row.state, row.error, row.done_at = StatusPush.State.DONE, "", now
    except client.Rejected as refused:
        row.state, row.error = StatusPush.State.REJECTED, str(refused)[:200]
    except client.Failed as failed:
        row.error, row.next_at = str(failed)[:200], now + backoff(row.attempts)
        if row.attempts >= limits.number("push_attempts"):
            row.state = StatusPush.State.DEAD
    row.save_version(row.version, fields=["attempts", "receipt", "state", "error", "done_at", "next_at"])
    return int(row.state == StatusPush.State.DONE)


@transaction.atomic
def do_again(push_id: int) -> StatusPush:
    """Put a state that was rejected or given up back into the queue."""
    row = StatusPush.objects.select_for_update().filter(pk=push_id).first()
    if row is None:
        raise NotFound("status_push.absent", "没有这条推送记录，请刷新页面。")
    if row.state not in (StatusPush.State.REJECTED, StatusPush.State.DEAD):
        raise Conflict("status_push.state", "这条状态不需要重新推送，请刷新页面。")
    row.state, row.attempts, row.next_at = StatusPush.State.WAITING, 0, timezone.now()
    row.save_version(row.version, fields=["state", "attempts", "next_at"])
    return row


__all__ = ["backoff", "deliver", "do_again"]
