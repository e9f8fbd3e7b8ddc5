"""The outbox: with its transaction, once, in order, retried, then dead and replayable."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from zhujian.foundation.events import registry, services
from zhujian.foundation.events.models import Delivery, Event
from zhujian.foundation.identity import testing as people
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(monkeypatch):
    monkeypatch.setattr(registry, "_subscriptions", {})
    calls: list[tuple[str, dict]] = []

    @registry.subscribe("permit.issued", by="test.first")
    def first(event: Event) -> None:
        if event.payload.get("fail"):
            raise ValueError("handler fault")
        calls.append((event.subject, event.payload))

    with scope.system("test"):
        yield calls


def send(n: int, subject: str = "project:1", **payload: object) -> Event:
    return services.publish("permit.issued", subject=subject, region_code="420106000000", payload={"n": n, **payload})


def test_delivers_once_and_in_order(heard) -> None:
    send(1)
    send(2)
    assert services.deliver_all() == 2
    assert services.deliver_all() == 0
    assert [p["n"] for _, p in heard] == [1, 2]
    assert set(Delivery.objects.values_list("status", flat=True)) == {"done"}


def test_rolled_back_business_sends_nothing(heard) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        send(1)
        raise RuntimeError
    assert services.deliver_all() == 0
    assert not Event.objects.exists()


def test_failure_backs_off_blocks_only_its_subject_then_dies_and_replays(heard) -> None:
    send(1, fail=True)
    send(2)
    send(3, subject="project:2")
    assert services.deliver_all() == 2
    assert [p["n"] for _, p in heard] == [3], "the later event of the failing subject waits its turn"
    waiting = Delivery.objects.get(event__payload__n=1)
    assert waiting.attempts == 1
    assert "handler fault" in waiting.error
    assert timedelta(0) < waiting.next_at - timezone.now() <= timedelta(seconds=1)
    gaps = []
    while waiting.status == "pending":
        Delivery.objects.filter(pk=waiting.pk).update(next_at=timezone.now())
        assert services.deliver_next()
        waiting.refresh_from_db()
        gaps.append((waiting.next_at - timezone.now()).total_seconds())
    assert waiting.status == "dead"
    assert waiting.attempts == 10
    assert all(gap <= 300 for gap in gaps)
    assert services.deliver_all() == 1, "a dead letter no longer blocks its subject"
    services.do_replay(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.attempts) == ("pending", 0)
    with pytest.raises(Conflict):
        services.do_replay(waiting.pk)


def test_a_failing_handler_leaves_nothing_half_written(heard, monkeypatch) -> None:
    @registry.subscribe("permit.issued", by="test.writer")
    def writer(event: Event) -> None:
        services.publish("echo", subject=event.subject, region_code=event.region_code, payload={})
        raise ValueError("after writing")

    send(1)
    services.deliver_all()
    assert not Event.objects.filter(name="echo").exists()
    assert Delivery.objects.get(subscriber="test.first").status == "done"


def test_event_needs_a_transaction(django_db_blocker, monkeypatch) -> None:
    monkeypatch.setattr("zhujian.foundation.events.services.connection", type("C", (), {"in_atomic_block": False}))
    with pytest.raises(RuntimeError):
        services.publish("x", subject="a:1", region_code="420000000000", payload={})


def test_a_system_administrator_sees_and_replays_dead_letters_without_payload(heard, client) -> None:
    send(1, fail=True)
    Delivery.objects.update(status="dead")
    admin = people.make_official("420000", "HUD", ("system_admin",))
    people.login(client, admin)
    page = client.get("/events/?status=dead")
    assert page.status_code == 200
    assert "permit.issued" in page.content.decode()
    dead = Delivery.objects.get()
    assert client.post(f"/events/{dead.pk}/replay/").status_code == 302
    dead.refresh_from_db()
    assert dead.status == "pending"
    assert client.post("/events/999999/replay/").status_code == 404
