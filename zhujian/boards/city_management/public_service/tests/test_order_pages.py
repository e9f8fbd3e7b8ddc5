"""States told back to the hotline, and the officials' pages of orders, peers and files."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from zhujian.boards.city_management.command.tests.kit import HERE, Loop
from zhujian.boards.city_management.public_service.hotline import signature
from zhujian.boards.city_management.public_service.models import Peer, StatusPush, TransferRule, WorkOrder
from zhujian.boards.city_management.public_service.services import orders, pushes
from zhujian.boards.city_management.public_service.tests.hotline_kit import ORDER, only, push, receive, told
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db


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
