"""Publish, deliver, replay."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from zhujian.foundation.events import registry
from zhujian.foundation.events.models import Delivery, Event
from zhujian.foundation.kernel import prepared, scope
from zhujian.foundation.kernel.errors import Conflict, NotFound
from zhujian.foundation.parameters import selectors as parameters

log = logging.getLogger("zhujian.events")

# The oldest due delivery whose subject has no earlier one waiting for the same subscriber: order per subject is kept,
# and several workers share the queue without waiting for each other.
NEXT = """
SELECT d.id FROM events_delivery d
 WHERE d.status = 'pending' AND d.next_at <= %s
   AND NOT EXISTS (SELECT 1 FROM events_delivery e WHERE e.status = 'pending' AND e.subscriber = d.subscriber
                      AND e.subject = d.subject AND e.id < d.id)
 ORDER BY d.next_at, d.id LIMIT 1 FOR UPDATE SKIP LOCKED
"""

# The event and its deliveries in one round trip.
PUBLISH = """
WITH e AS (INSERT INTO events_event (name, subject, region_code, parties, payload, actor_id, occurred_at)
  VALUES (%s, %s, %s, %s::text[], %s::jsonb, %s, %s) RETURNING id, subject),
d AS (INSERT INTO events_delivery (event_id, subscriber, subject, status, attempts, next_at, error)
  SELECT e.id, s, e.subject, 'pending', 0, %s, '' FROM e, unnest(%s::text[]) s)
SELECT id FROM e
"""


def publish(name: str, *, subject: str, region_code: str, payload: dict[str, Any], parties: Iterable[str] = ()) -> Event:
    """Write an event and one delivery per subscriber in the running transaction.

    `subject` is ``<module>.<model>:<id>``; `payload` is small JSON: keys and facts, never documents or personal data.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an event belongs to the transaction of what happened")
    now = timezone.now()
    event = Event(
        name=name, subject=subject, region_code=region_code, parties=list(parties), payload=payload, actor_id=scope.current().actor_id,
        occurred_at=now,
    )  # fmt: skip
    to = [s.by for s in registry.subscriptions(name)]
    with connection.cursor() as cursor, prepared.statements():
        cursor.execute(
            PUBLISH,
            [name, subject, region_code, event.parties, json.dumps(payload, ensure_ascii=False), event.actor_id, now, now, to],
        )
        event.pk = cursor.fetchone()[0]
    event._state.adding, event._state.db = False, connection.alias
    return event


def deliver_next() -> bool:
    """Deliver one event to one subscriber; False when nothing is due.

    The handler and the mark "done" share one transaction: both happen or neither.
    """
    with transaction.atomic(), scope.system("事件投递"), connection.cursor() as cursor:
        cursor.execute(NEXT, [timezone.now()])
        row = cursor.fetchone()
        if row is None:
            return False
        delivery = Delivery.objects.select_related("event").get(pk=row[0])
        delivery.attempts += 1
        try:
            subscription = registry.subscription(delivery.subscriber)
            if subscription is None:
                raise LookupError(f"subscriber {delivery.subscriber} is not installed")
            with transaction.atomic():
                subscription.handler(delivery.event)
        except Exception as error:
            _put_off(delivery, error)
        else:
            delivery.status, delivery.done_at, delivery.error = Delivery.Status.DONE, timezone.now(), ""
        delivery.save()
        return True


def _put_off(delivery: Delivery, error: Exception) -> None:
    today = timezone.localdate()
    most = int(parameters.value("events.max_attempts", on=today).value)
    cap = int(parameters.value("events.backoff_cap", on=today).value)
    delivery.error = "".join(traceback.format_exception(error))[-4000:]
    if delivery.attempts >= most:
        delivery.status = Delivery.Status.DEAD
        log.error("dead letter %s for %s: %s", delivery.event, delivery.subscriber, error)
    else:
        delivery.next_at = timezone.now() + timedelta(seconds=min(2 ** (delivery.attempts - 1), cap))


def deliver_all(limit: int = 10_000) -> int:
    """Deliver what is due; returns how many deliveries were tried."""
    done = 0
    while done < limit and deliver_next():
        done += 1
    return done


@transaction.atomic
def do_replay(delivery_id: int) -> Delivery:
    """Put a dead letter back into the queue."""
    delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound("events.delivery_unknown", "没有找到这条投递记录，请刷新页面。")
    if delivery.status != Delivery.Status.DEAD:
        raise Conflict("events.not_dead", "这条投递不是死信，可能已被他人重新投递，请刷新页面。")
    delivery.status, delivery.attempts, delivery.next_at = Delivery.Status.PENDING, 0, timezone.now()
    delivery.save()
    return delivery
