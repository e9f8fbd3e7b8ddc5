"""Work orders of 12345 and 12319: signed, once, divided by rules, answered in time, told back with receipts; callers masked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.command.tests.kit import HERE, Loop, at, photo
from zhujian.boards.city_management.public_service.hotline import orders as format_
from zhujian.boards.city_management.public_service.hotline import signature
from zhujian.boards.city_management.public_service.models import CallBack, Peer, StatusPush, Submission, TransferRule, WorkOrder
from zhujian.boards.city_management.public_service.services import call_backs, orders, peers, pushes
from zhujian.boards.city_management.public_service.tests.conftest import Operator, deliver
from zhujian.boards.city_management.public_service.tests.counterpart import Counterpart, running
from zhujian.foundation.events.models import Event
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal

pytestmark = pytest.mark.django_db
DOOR = "/public-service/hotline/orders/"
ORDER: dict[str, Any] = {
    "order_no": "20251107000123", "source": "hotline_12345", "kind": "complaint", "content": "小区门口垃圾没人清，臭气熏天", "address": "民主路8号",
    "lon": HERE[0], "lat": HERE[1], "caller_name": "赵六", "caller_phone": "13900009999", "called_at": "2025-11-07T09:10:00+08:00",
}  # fmt: skip


@pytest.fixture
def hotline(loop: Loop) -> Iterator[tuple[Peer, str, Counterpart]]:
    """A registered 12345 platform with a counterpart that takes states."""
    with running(Counterpart()) as side, scope.system("test"):
        peer, secret = peers.do_register(
            code="wh12345",
            name="武汉12345",
            kind="hotline",
            source="hotline_12345",
            push_url=side.url,
            region_code="420106000000",
        )
        side.secret = secret
        yield peer, secret, side


def push(client: Client, secret: str, order: object, *, app: str = "wh12345", body: bytes | None = None, **headers: str) -> Any:
    data = body if body is not None else json.dumps(order, ensure_ascii=False).encode()
    signed = signature.headers(app, secret, "POST", DOOR, data, now=timezone.now().timestamp()) | headers
    return client.post(DOOR, data, content_type="application/json", headers=signed)


def only() -> WorkOrder:
    with scope.system("test"):
        return WorkOrder.objects.select_related("submission", "peer").get()


def told() -> list[str]:
    with scope.system("test"):
        return list(StatusPush.objects.order_by("pk").values_list("status", flat=True))


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


def receive(**more: Any) -> WorkOrder:
    raw = {**ORDER, **more}
    order = format_.read(
        {k: v for k, v in raw.items() if v is not None}, sources={"hotline_12345", "hotline_12319"},
        kinds={"consult", "help", "complaint", "suggest"},
    )  # fmt: skip
    return orders.do_receive(order, peer=None, region_code="420106000000")[0]


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


# Telling back ---------------------------------------------------------------------------------------------------------------


def test_pushes_are_tried_again_in_order_and_given_up_at_last(hotline, loop: Loop, citizen: Client, now, monkeypatch) -> None:
    monkeypatch.setattr(signature.time, "time", lambda: timezone.now().timestamp())
    _, secret, side = hotline
    push(citizen, secret, {**ORDER, "content": "请问怎么办理", "kind": "consult"})
    with loop.act("acceptor"):
        orders.do_answer(only().pk, "请到街道办事处办理。")
    assert told() == ["accepted", "replied"]
    side.answers = [(500, b"x"), (200, b"not json"), (302, b"x")]
    with scope.system("test"):
        for _ in range(3):
            assert pushes.deliver() == 0 and StatusPush.objects.get(status="replied").attempts == 0, "the later one waits"
            now.shift(timedelta(hours=1))
        assert pushes.deliver() == 1 and pushes.deliver() == 1
        assert [one["status"] for one in side.got] == ["accepted", "replied"] and side.got[1]["reply"] == "请到街道办事处办理。"


def test_a_rejected_state_is_seen_and_sent_again_by_hand(hotline, loop: Loop, citizen: Client, now, monkeypatch) -> None:
    monkeypatch.setattr(signature.time, "time", lambda: timezone.now().timestamp())
    _, secret, side = hotline
    push(citizen, secret, {**ORDER, "content": "请问"})
    side.answers = [(200, b'{"code": 7, "message": "no such order"}')]
    with scope.system("test"):
        assert pushes.deliver() == 0
        row = StatusPush.objects.get()
    assert (row.state, row.error) == ("rejected", "no such order")
    leader = Client()
    testing.login(leader, loop.people.shift_leader)
    page = leader.get(f"/public-service/orders/{only().pk}/").content.decode()
    assert "对方拒收" in page and "重新推送" in page
    assert leader.post(f"/public-service/pushes/{row.pk}/again/").status_code == 302
    with scope.system("test"):
        assert pushes.deliver() == 1 and StatusPush.objects.get().receipt == "R1"


def test_given_up_after_as_many_tries_as_the_parameter_says(hotline, citizen: Client, now, monkeypatch) -> None:
    monkeypatch.setattr(signature.time, "time", lambda: timezone.now().timestamp())
    _, secret, side = hotline
    push(citizen, secret, {**ORDER, "content": "请问"})
    side.answers = [(503, b"x")] * 20
    with scope.system("test"):
        for _ in range(10):
            pushes.deliver()
            now.shift(timedelta(hours=2))
        row = StatusPush.objects.get()
    assert (row.state, row.attempts, row.error) == ("dead", 10, "HTTP 503")


# Pages and files ------------------------------------------------------------------------------------------------------------


def test_the_page_of_an_order(hotline, loop: Loop) -> None:
    order = receive(content="<script>alert(1)</script>路灯", lon=None, lat=None, address="")
    desk = Client()
    testing.login(desk, loop.people.acceptor)
    address = f"/public-service/orders/{order.pk}/"
    page = desk.get(address).content.decode()
    assert "<script>alert" not in page and "转为案件" in page and "直接答复" in page and "退回热线" in page
    act = address + "act/"
    for data in ({"act": "transfer"}, {"act": "transfer", "service": "general"}, {"act": "answer", "reply": ""}, {"act": "x"},
                 {"act": "transfer", "service": "event-0110", "lon": "nan", "lat": ""}):  # fmt: skip
        assert desk.post(act, {**data, "version": str(order.version)}).status_code == 422
    done = desk.post(
        act, {"act": "transfer", "service": "event-0110", "lon": HERE[0], "lat": HERE[1], "version": str(order.version)}
    )
    assert done.status_code == 302 and only().state == "case"
    viewer = Client()
    testing.login(viewer, loop.people.dispatcher)
    assert viewer.post(act, {"act": "answer", "reply": "好的"}).status_code == 403


def test_orders_from_a_file(loop: Loop) -> None:
    """What a hotline exports: the same number again is skipped, a limit is set, the rule applied."""
    text = "工单号,热线,诉求类型,标题,内容,地址,来电时间,行政区划\n" + "".join(
        f"F{n},12345政务服务便民热线,投诉举报,,垃圾没人清{n},民主路8号,2025-11-07 09:00,420106000000\n" for n in range(3)
    )
    desk = Client()
    testing.login(desk, loop.people.acceptor)
    for _ in range(2):
        upload = SimpleUploadedFile("orders.csv", text.encode("utf-8-sig"), "text/csv")
        answer = desk.post("/r/public_service/work_order/import/", {"file": upload})
        report = desk.get(answer["Location"]).content.decode()
        assert "F0" in report or "3" in report
        desk.post(answer["Location"], {"choice": "all"})
        with scope.system("test"):
            assert WorkOrder.objects.count() == 3, report[-3000:]
    with scope.system("test"):
        assert set(WorkOrder.objects.values_list("kind", "limit_text")) == {("complaint", "7个工作日")}


def test_registering_a_peer_shows_its_secret_once(loop: Loop) -> None:
    leader = Client()
    testing.login(leader, loop.people.shift_leader)
    data = {
        "code": "wh12319",
        "name": "12319",
        "kind": "hotline",
        "source": "hotline_12319",
        "push_url": "https://example.gov.cn/x",
        "contact": "",
    }
    page = leader.post("/public-service/peers/", data).content.decode()
    with scope.system("test"):
        peer = Peer.objects.get(code="wh12319")
    assert peer.secret in page and peer.secret not in leader.get("/public-service/peers/").content.decode()
    assert peer.region_code == "420106000000"
    for change in ({"code": "坏 "}, {"code": "wh12319"}, {"name": ""}, {"source": ""}, {"push_url": "ftp://x"}):
        assert leader.post("/public-service/peers/", {**data, "code": "new", **change}).status_code == 422
    assert leader.post(f"/public-service/peers/{peer.pk}/stop/").status_code == 302
    with scope.system("test"):
        assert Peer.objects.get(code="wh12319").active is False
    acceptor = Client()
    testing.login(acceptor, loop.people.acceptor)
    assert acceptor.get("/public-service/peers/").status_code == 403


def test_replies_by_text_come_through_a_signed_door(loop: Loop, citizen: Client, settings, monkeypatch) -> None:
    monkeypatch.setattr(signature.time, "time", lambda: timezone.now().timestamp())
    settings.SMS_GATEWAY = {"url": "http://127.0.0.1:9", "account": "a", "secret": "s" * 20}
    where, body = "/public-service/sms/replies/", json.dumps({"phone": "13912345678", "text": "1"}).encode()

    def post(secret: str, data: bytes) -> Any:
        signed = signature.headers("a", secret, "POST", where, data, now=timezone.now().timestamp())
        return citizen.post(where, data, content_type="application/json", headers=signed)

    assert post("wrong" * 5, body).status_code == 403
    assert post("s" * 20, body).json() == {"code": 0, "answered": False}
    assert post("s" * 20, b'{"phone": 1, "text": "1"}').status_code == 422
    settings.SMS_GATEWAY = {}
    assert post("s" * 20, body).status_code == 403


def test_default_rules_name_classes_that_exist(db: None) -> None:
    from zhujian.foundation.classification import selectors as classification

    for rule in TransferRule.objects.filter(action="case"):
        assert classification.item(rule.kind, rule.class_code) is not None, rule.class_code
