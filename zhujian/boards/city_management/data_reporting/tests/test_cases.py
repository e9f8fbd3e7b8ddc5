"""A case that goes through the loop reaches the exchange by its events, with its log and without anybody's name; pages for people."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook

from zhujian.boards.city_management.command.tests.kit import Loop, at, build, photo
from zhujian.boards.city_management.data_reporting.models import Outgoing, Peer
from zhujian.boards.city_management.data_reporting.services import capture, schemas
from zhujian.boards.city_management.data_reporting.services.peers import do_register
from zhujian.foundation.events.services import deliver_all
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto import sm2_generate

CITY = "420100000000"


@pytest.fixture
def loop(db: None) -> Iterator[Loop]:
    with time_machine.travel(at("2025-11-07 09:30"), tick=False), scope.system("test"):
        made = Loop(build())
    with time_machine.travel(at("2025-11-07 09:30"), tick=False):
        yield made


@pytest.fixture
def peer(loop: Loop) -> Peer:
    with scope.system("test"):
        return do_register(direction="up", code="app-420100", name="湖北省城市运行管理服务平台", region_code=CITY, datasets=["case"],
                           url="https://province.invalid/v1", public_key=sm2_generate()[1].hex())  # fmt: skip


def test_a_case_goes_out_when_it_is_filed_and_nobodys_name_with_it(loop: Loop, peer: Peer) -> None:
    case = loop.accept(loop.report(reporter_phone="13800001234"))
    case = loop.do(case, "inspector", "true", comment="属实", files=[photo("check")])
    case = loop.do(case, "acceptor", "register")
    deliver_all()
    with scope.system("test"):
        sent = Outgoing.objects.get()
        assert (sent.op, sent.business_key, sent.payload["state"], sent.region_code) == (
            "I",
            case.number,
            "to_dispatch",
            case.region_code,
        )
        assert [step["action"] for step in sent.payload["steps"]] and "13800001234" not in str(sent.payload)
        assert {"at", "action", "role", "organisation"} <= set(sent.payload["steps"][0]) and not any(
            "actor" in key for step in sent.payload["steps"] for key in step
        )
        found = schemas.dataset("case")
        schema = schemas.schema_of(found)
        from zhujian.boards.city_management.data_reporting.rules.schema import judge

        assert judge(schema, sent.payload, schemas.lists_of(schema)) == []
        assert capture.look(peer, found, full=True) == 0, "the daily look finds nothing that events have missed"
    loop.dispatch(case)
    with scope.system("test"):
        assert capture.look(peer, found, full=True) == 1, "and what has moved since"


def test_the_reject_list_is_exported_and_a_record_is_mended_on_its_page(loop: Loop, peer: Peer) -> None:
    with scope.system("test"):
        row = {"number": "4201060001", "kind": "event", "classCode": "0110", "state": "closed", "regionCode": "420106000000"}
        capture.do_put("case", row, event_time=at("2025-11-07 08:00"))
        Outgoing.objects.update(state="rejected", code="code", message="小类：不在代码表内。")
        sent = Outgoing.objects.get()
    client = Client()
    testing.login(client, testing.make_official(CITY, "UMB", roles=["data_admin", "supervisor"]))
    assert "湖北省城市运行管理服务平台" in client.get("/data-reporting/").content.decode()
    page = client.get(f"/data-reporting/peers/{peer.pk}/").content.decode()
    assert "本平台请求公钥" in page and "案件" in page
    book = load_workbook(BytesIO(b"".join(client.get("/r/data_reporting/outgoing/export/?state=rejected&format=xlsx"))))
    text = "\n".join(str(cell.value) for line in book.active.iter_rows() for cell in line)
    assert "4201060001" in text and "小类：不在代码表内。" in text
    address = f"/data-reporting/outgoing/{sent.pk}/"
    assert "更正并重新上报" in client.get(address).content.decode()
    wrong = client.post(address + "mend/", {**row, "classCode": "", "act": "correct", "version": "1"})
    assert wrong.status_code == 422 and "缺少必填项" in wrong.content.decode()
    other = client.post(address + "mend/", {**row, "number": "4201060002", "act": "correct", "version": "1"})
    assert other.status_code == 422 and "业务键不能改动" in other.content.decode()
    assert client.post(address + "mend/", {**row, "classCode": "0111", "act": "correct", "version": "1"}).status_code == 302
    with scope.system("test"):
        again = Outgoing.objects.get()
        assert (again.state, again.payload["classCode"], again.corrections) == ("waiting", "0111", 1)
    assert client.get(f"/data-reporting/datasets/{schemas.dataset('case').pk}/").status_code == 200
    outsider = Client()
    testing.login(outsider, testing.make_official("420500000000", "UMB", roles=["data_admin"]))
    assert outsider.get(address).status_code == 404
