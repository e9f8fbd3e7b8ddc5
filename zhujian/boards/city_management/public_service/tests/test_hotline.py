"""Work orders of 12345 and 12319: signed, once, divided by rules, answered in time, told back with receipts; callers masked."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.command.tests.kit import HERE, Loop, at, photo
from zhujian.boards.city_management.public_service.hotline import orders as format_
from zhujian.boards.city_management.public_service.hotline import signature
from zhujian.boards.city_management.public_service.models import CallBack, StatusPush, Submission, WorkOrder
from zhujian.boards.city_management.public_service.services import call_backs, orders, peers, pushes
from zhujian.boards.city_management.public_service.tests.conftest import Operator, deliver
from zhujian.boards.city_management.public_service.tests.hotline_kit import ORDER, only, push, receive
from zhujian.foundation.events.models import Event
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal

pytestmark = pytest.mark.django_db


def test_an_order_becomes_a_case_and_is_told_back_until_it_is_closed(hotline, loop: Loop, citizen: Client, monkeypatch) -> None:
    """受理 → 立案 → 派遣 → 结案, each with its receipt; the number of the order stands with the case and the other way round."""
    monkeypatch.setattr(signature.time, "time", lambda: timezone.now().timestamp())
    _, secret, side = hotline
    answer = push(citizen, secret, ORDER)
    assert answer.status_code == 201 and answer.json()["code"] == 0 and answer.json()["new"] is True
    order = only()
    assert (order.state, order.limit_text, answer.json()["state"]) == ("case", "7个工作日", "case")
    assert order.submission is not None and order.rule_id
    with scope.system("test"):
        report = Report.objects.get(number=order.submission.number)
    assert (report.source, report.external_no, report.reporter_name, report.reporter_phone, report.class_code, report.reporter) == (
        "hotline_12345", ORDER["order_no"], "赵六", "13900009999", "0110", None,
    )  # fmt: skip
    case = loop.accept(report)
    case = loop.do(case, "inspector", "true", comment="属实", files=[photo("check")])
    case = loop.do(case, "acceptor", "register")
    deliver()
    case = loop.close(loop.check(loop.feed_back(loop.dispatch(case))))
    deliver()
    with scope.system("test"):
        while pushes.deliver():
            pass
    assert [(one["status"], one["order_no"]) for one in side.got] == [
        (status, ORDER["order_no"]) for status in ("accepted", "registered", "dispatched", "closed")
    ]  # fmt: skip
    assert (
        side.got[-1]["case_no"] == case.number
        and case.number in side.got[-1]["reply"]
        and side.got[2]["unit"] == loop.people.umb.name
    )
    with scope.system("test"):
        assert list(StatusPush.objects.order_by("pk").values_list("receipt", "state")) == [(f"R{n}", "done") for n in range(1, 5)]
        found = CallBack.objects.get()
    assert (only().state, only().case_no) == ("replied", case.number)
    call_backs.do_answer(found.pk, 2, channel="desk")
    assert only().state == "visited"


def test_the_same_number_is_the_same_order(hotline, citizen: Client) -> None:
    _, secret, _ = hotline
    first, second = push(citizen, secret, ORDER), push(citizen, secret, ORDER)
    assert (second.status_code, second.json()["new"], second.json()["receipt"]) == (200, False, first.json()["receipt"])
    with scope.system("test"):
        assert WorkOrder.objects.count() == Submission.objects.count() == 1
    changed = push(citizen, secret, {**ORDER, "content": "别的事"})
    assert changed.status_code == 409 and changed.json()["code"] == "work_order.changed"


@pytest.mark.parametrize(
    ("headers", "code"),
    [({"X-Signature": "0" * 64}, "wrong"), ({"X-Nonce": ""}, "missing"), ({"X-Timestamp": "1000000000"}, "stale"), ({"X-App-Id": "nobody"}, "wrong"),
     ({"X-Timestamp": "x"}, "missing")],
)  # fmt: skip
def test_who_cannot_sign_is_turned_away(hotline, citizen: Client, headers: dict, code: str, monkeypatch) -> None:
    monkeypatch.setattr(signature.time, "time", lambda: timezone.now().timestamp())
    answer = push(citizen, hotline[1], ORDER, **headers)
    assert answer.status_code == 403 and answer.json()["code"] == f"hotline.signature.{code}"
    with scope.system("test"):
        assert not WorkOrder.objects.exists()


def test_a_stopped_hotline_and_another_ones_orders(hotline, citizen: Client) -> None:
    peer, secret, _ = hotline
    assert push(citizen, secret, {**ORDER, "source": "hotline_12319"}).status_code == 422
    with scope.system("test"):
        peers.do_stop(peer.pk)
    assert push(citizen, secret, ORDER).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"order_no": ""}, "order_no"), ({"kind": "other"}, "kind"), ({"content": "长" * 2001}, "content"), ({"lon": "x"}, "lon"), ({"lon": None}, "lon"),
        ({"lat": 91}, "lat"), ({"called_at": "2025-11-07 09:10"}, "called_at"), ({"secrecy": "maybe"}, "secrecy"), ({"region_code": "42"}, "region_code"),
        ({"extra": 1}, "extra"), ({"content": 5}, "content"), ({"caller_phone": "not a phone"}, "caller_phone"), ({"title": "a\u202eb"}, "title"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_order_is_named(hotline, citizen: Client, change: dict, field: str) -> None:
    answer = push(citizen, hotline[1], {**ORDER, **change})
    assert answer.status_code == 422 and field in {one["field"] for one in answer.json()["errors"]}
    with scope.system("test"):
        assert not WorkOrder.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b'{"order_no": "\\u0000"}', b"9" * 65_537])
def test_bodies_that_are_none(hotline, citizen: Client, body: bytes) -> None:
    assert push(citizen, hotline[1], None, body=body).status_code == 422


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON | st.dictionaries(st.sampled_from([*format_.TEXTS, "lon", "lat"]) | st.text(max_size=8), JSON, max_size=12))
def test_any_json_is_an_order_or_refused(raw: object) -> None:
    try:
        found = format_.read(raw, sources={"hotline_12345"}, kinds={"help"})
    except Refusal as refusal:
        assert all(reason.code.startswith("work_order.") and reason.message for reason in refusal.reasons)
    else:
        assert found.order_no and found.content and found.source == "hotline_12345"


# Limits, rules, acts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "limit", "day"),
    [
        ("consult", "3个工作日", "2025-11-12"),
        ("help", "5个工作日", "2025-11-14"),
        ("complaint", "7个工作日", "2025-11-18"),
        ("suggest", "7个工作日", "2025-11-18"),
    ],
)
def test_limits_by_kind_on_the_working_calendar(loop: Loop, kind: str, limit: str, day: str) -> None:
    """Friday 2025-11-07: the weekend does not count; wrong-unit returns until the end of Monday."""
    order = receive(kind=kind)
    assert (order.limit_text, timezone.localtime(order.due_at).date().isoformat()) == (limit, day)
    assert timezone.localtime(order.return_by).strftime("%Y-%m-%d %H:%M") == "2025-11-10 23:59" and order.calendar_version


def test_a_limit_over_the_national_days(loop: Loop, now) -> None:
    now.move_to(at("2025-09-29 10:00"))
    assert timezone.localtime(receive(kind="consult", called_at=None).due_at).date().isoformat() == "2025-10-10", (
        "30.9., 9.10., 10.10."
    )


def test_return_within_one_working_day_only(loop: Loop, now) -> None:
    order = receive(content="我的社保怎么查", order_no="a")
    assert order.state == "registered" and orders.proposal(order).action == "return", "proposed; a person does it"
    with loop.act("acceptor"), pytest.raises(Refusal, match="退回原因"):
        orders.do_return(order.pk, " ")
    with loop.act("acceptor"):
        assert orders.do_return(order.pk, "属于人社部门职责").state == "returned"
        with pytest.raises(Refusal, match="已退回"):
            orders.do_answer(order.pk, "再答复一次")
    late = receive(content="医保报销", order_no="b")
    now.move_to(at("2025-11-11 00:00"))
    with loop.act("acceptor"), pytest.raises(Refusal, match="已超过退回时限"):
        orders.do_return(late.pk, "属于医保部门职责")


def test_an_order_without_a_place_waits_for_a_person(loop: Loop) -> None:
    order = receive(lon=None, lat=None, address="不知道在哪")
    assert order.state == "registered" and order.location is None
    with loop.act("acceptor"):
        with pytest.raises(Refusal, match="点选位置"):
            orders.do_transfer(order.pk, "event", "0110")
        with pytest.raises(Conflict):
            orders.do_transfer(order.pk, "event", "0110", lon=HERE[0], lat=HERE[1], version=99)
        made = orders.do_transfer(order.pk, "event", "0110", lon=HERE[0], lat=HERE[1], version=order.version)
    assert made.state == "case" and made.submission is not None
    with scope.system("test"):
        assert Report.objects.get().reporter is None, "the official who passes it on is not who reports"


def test_who_asked_not_to_be_named_is_not(loop: Loop, sms: Operator) -> None:
    """匿名、保密: nothing of the caller reaches the case, the page or the events; the desk still reaches them."""
    for n, secrecy in enumerate(("anonymous", "confidential")):
        receive(secrecy=secrecy, order_no=f"s{n}", lon=HERE[0] + n / 5000)
    with scope.system("test"):
        for report in Report.objects.all():
            assert (report.reporter_name, report.reporter_phone, report.phone_hash, report.anonymous) == ("", "", "", True)
        told_ = json.dumps(list(Event.objects.values_list("payload", flat=True)), ensure_ascii=False)
        order = WorkOrder.objects.get(order_no="s1")
    assert "赵六" not in told_ and "13900009999" not in told_ and order.caller_phone == "13900009999"
    for who in ("acceptor", "dispatcher"):
        client = Client()
        testing.login(client, getattr(loop.people, who))
        page = client.get(f"/public-service/orders/{order.pk}/").content.decode()
        assert "按诉求人要求不显示" in page and "赵六" not in page and "13900009999" not in page
    crew = Client()
    testing.login(crew, loop.people.crew)
    assert crew.get(f"/public-service/orders/{order.pk}/").status_code == 403


def test_an_open_caller_is_masked_and_revealed_with_a_reason_only(loop: Loop) -> None:
    order = receive()
    client = Client()
    testing.login(client, loop.people.acceptor)
    page = client.get(f"/public-service/orders/{order.pk}/").content.decode()
    assert "赵**" in page and "139****9999" in page and "赵六" not in page
    listed = client.get("/r/public_service/work_order/").content.decode()
    assert order.order_no in listed and "13900009999" not in listed
