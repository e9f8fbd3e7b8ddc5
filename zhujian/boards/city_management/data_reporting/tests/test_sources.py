"""Where the data sets come from: every one of the plan's six groups has a real source, told once, with nobody's name (§3.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.gis.geos import Point
from django.db import transaction
from django.test import Client
from django.utils import timezone

from zhujian.boards.city_management.data_reporting.models import (
    Capture,
    IndustryObject,
    MonitoringDevice,
    Outgoing,
    Peer,
    Reading,
)
from zhujian.boards.city_management.data_reporting.rules.schema import judge
from zhujian.boards.city_management.data_reporting.services import capture, schemas, sources
from zhujian.boards.city_management.data_reporting.services.peers import do_register
from zhujian.boards.city_management.evaluation.services import freezing
from zhujian.boards.city_management.evaluation.tests import world
from zhujian.boards.city_management.public_service.models import CallBack, Submission, WorkOrder
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto import sm2_generate
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import registry

pytestmark = pytest.mark.django_db
CITY, COUNTY, HERE = "420100000000", "420111000000", Point(114.4, 30.5, srid=4490)


@pytest.fixture(autouse=True)
def _scope() -> Iterator[None]:
    with scope.system("test"):
        yield


@pytest.fixture
def peer() -> Peer:
    return do_register(direction="up", code="app-420100", name="湖北省城市运行管理服务平台", region_code=CITY, datasets=list(schemas.titles()),
                       url="https://province.invalid/v1", public_key=sm2_generate()[1].hex())  # fmt: skip


def look(peer: Peer, code: str, *, full: bool = True) -> list[Outgoing]:
    """New records of one look, each good by its own schema."""
    before = Outgoing.objects.order_by("-id").values_list("id", flat=True).first() or 0
    dataset = schemas.dataset(code)
    assert dataset is not None
    capture.look(peer, dataset, full=full)
    made = list(Outgoing.objects.filter(pk__gt=before).order_by("id"))
    schema = schemas.schema_of(dataset)
    for record in made:
        assert record.op == "D" or judge(schema, record.payload | record.personal, schemas.lists_of(schema)) == [], record.payload
    return made


def later() -> Any:
    """So much later that what was committed counts as settled, and the marks move on."""
    return time_machine.travel(timezone.now() + sources.SETTLED * 2, tick=False)


def test_every_data_set_has_a_source() -> None:
    assert {code: sources.known(schemas.dataset(code).source) for code in schemas.titles()} == dict.fromkeys(
        schemas.titles(), True
    )  # type: ignore[union-attr]
    assert len(schemas.titles()) == 14
    assert dict(parameters.code_list("data_reporting.dataset", timezone.localdate())) == schemas.titles(), (
        "lists and forms name them alike"
    )


def test_case_statistics_are_evaluations_own_counts_by_day_county_and_class(peer: Peer) -> None:
    with time_machine.travel(world.at(5, 18), tick=False):
        world.cases(3)
        world.cases(2, class_code="0112")
        world.case(community="420106001001", region_code="420106001001", grid_code="")
        world.report(class_code="0110", kind="event")
        made = {record.business_key: record.payload for record in look(peer, "case_statistics")}
        third = made["2025-11-03/420111000000"]
        assert (third["counts"]["registered"], third["counts"]["reports"]) == (5, 1)
        assert third["classes"][0] == {"kind": "event", "classCode": "0110", "reports": 1, "registered": 3, "handled": 0, "handledOnTime": 0,
                                       "closed": 0, "void": 0}  # fmt: skip
        for payload in made.values():  # one number, one source: the classes add up to the county
            for name in ("registered", "reports"):
                assert sum(one[name] for one in payload.get("classes", [])) == payload["counts"][name]
        assert made["2025-11-04/420111000000"]["classes"][0]["closed"] == 3 and "2025-11-03/420106000000" in made
        assert look(peer, "case_statistics") == [], "nothing has changed"
        world.undone(registered_at=world.at(5, 10), due=world.at(9))
        changed = look(peer, "case_statistics", full=False)
        assert [record.business_key for record in changed] == ["2025-11-05/420111000000"], (
            "a look between counts yesterday and today"
        )


def order(number: str, **more: Any) -> WorkOrder:
    at = timezone.now() - timedelta(hours=3)
    values = {"order_no": number, "source": "hotline_12345", "kind": "complaint", "content": "垃圾没人清", "address": "民主路8号", "caller_name": "赵六",
              "caller_phone": "13900009999", "called_at": at, "received_at": at, "due_at": at + timedelta(days=5), "limit_text": "5工作日",
              "return_by": at + timedelta(days=1), "region_code": COUNTY}  # fmt: skip
    return WorkOrder.objects.create(**(values | more))


def submission(number: str, **more: Any) -> Submission:
    now = timezone.now()
    values = {
        "number": number,
        "source": "public_web",
        "location": HERE,
        "received_at": now,
        "changed_at": now,
        "region_code": COUNTY,
    }
    return Submission.objects.create(**(values | more))


def test_an_appeal_is_told_once_by_whichever_way_it_came_and_without_a_person(peer: Peer) -> None:
    came = submission("S1", source="hotline_12345", class_code="0110")
    order("12345-1", submission=came, case_no="4201110001", unit="区城管局")
    order("12345-2", secrecy="confidential", region_code="420106000000")
    order("12345-3", region_code="420500000000")
    own = submission("S2", address="珞喻路1号", case_no="4201110002")
    world.report(number="S2", source="public_web", received_at=timezone.now())
    world.report(number="P1", source="public_phone", reporter_phone="13800001234", received_at=timezone.now())
    world.report(source="patrol")
    made = {record.business_key: record.payload for record in look(peer, "appeal")}
    assert set(made) == {"hotline_12345/12345-1", "hotline_12345/12345-2", "public_web/S2", "public_phone/P1"}
    first = made["hotline_12345/12345-1"]
    assert (first["classCode"], first["cases"], first["unit"], first["address"]) == (
        "0110",
        ["4201110001"],
        "区城管局",
        "民主路8号",
    )
    assert "address" not in made["hotline_12345/12345-2"]
    assert not any(
        secret in json.dumps(made, ensure_ascii=False) for secret in ("赵六", "13900009999", "13800001234", "垃圾没人清")
    )
    with later():
        assert look(peer, "appeal", full=False) == []
        for row, level in ((own, 2), (came, 5)):
            CallBack.objects.create(submission=row, case_no=row.case_no, asked_at=timezone.now(), due_at=timezone.now() + timedelta(days=3), state="answered",
                                    level=level, token_hash=str(row.pk) * 8, region_code=COUNTY)  # fmt: skip
        changed = {record.business_key: record.payload["satisfaction"] for record in look(peer, "appeal", full=False)}
    assert changed == {"public_web/S2": "2", "hotline_12345/12345-1": "5"}, (
        "what a call-back changes is found without a full look"
    )


def test_frozen_results_go_out_with_both_sides_and_a_recalculation_as_an_update(peer: Peer) -> None:
    world.cases(9)
    world.undone()
    with time_machine.travel(world.NOW, tick=False):
        freezing.do_freeze(COUNTY, world.MONTH)
        made = {record.business_key: record.payload for record in look(peer, "evaluation")}
        rate = made["closed_rate/2025-11/420111000000"]
        assert (rate["numerator"], rate["denominator"], rate["value"], rate["source"]) == ("9", "10", "90.00", "platform")
        assert rate["evidence"]["version"] == 1 and len(rate["evidence"]["digest"]) == 64
        assert any("grade" in payload["evidence"] for payload in made.values()), "scores go too"
        assert look(peer, "evaluation") == []
        world.cases(10)
    with later(), time_machine.travel(world.NOW + timedelta(days=1), tick=False):
        freezing.do_freeze(COUNTY, world.MONTH, reason="补传数据")
        again = {record.business_key: record for record in look(peer, "evaluation", full=False)}
    assert again["closed_rate/2025-11/420111000000"].op == "U"
    assert again["closed_rate/2025-11/420111000000"].payload["evidence"]["version"] == 2


def made(key: str, **values: Any) -> Any:
    """One row of another board's register, by its declaration."""
    model = registry.get(key).model
    common = {"region_code": COUNTY, "valid_from": timezone.localdate() - timedelta(days=30)}
    return model._default_manager.create(**(common | values))


def test_components_of_all_classes_go_out_whichever_register_holds_them(peer: Peer) -> None:
    cover = made(
        "municipal_assets.manhole", code="4201110102000001", class_code="0102", geom=HERE, kind="WS", maintainer_name="市政公司"
    )
    made("municipal_assets.lamp", code="4201110137000001", class_code="0137", geom=HERE)
    made("municipal_assets.facility", code="4201110304000001", class_code="0304", geom=HERE, name="垃圾中转站", kind="other")
    made("municipal_assets.facility", code="CZ420111000009", class_code="", geom=HERE, kind="other")
    made(
        "municipal_assets.manhole",
        code="4201110102000002",
        class_code="0102",
        geom=HERE,
        kind="WS",
        valid_to=timezone.localdate() - timedelta(days=3),
    )
    found = {record.business_key: record.payload for record in look(peer, "component")}
    assert set(found) == {"4201110102000001", "4201110137000001", "4201110304000001"}, "with a component's class, and present"
    assert found["4201110102000001"]["maintainer"] == "市政公司" and "maintainer" not in found["4201110137000001"]
    with later():
        look(peer, "component", full=False)
        type(cover).objects.filter(pk=cover.pk).update(valid_to=timezone.localdate())
        assert [(one.op, one.business_key) for one in look(peer, "component", full=False)] == [("D", "4201110102000001")]


def test_industry_is_filled_by_the_city_and_by_registers_that_no_gate_guards(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    from zhujian.boards.city_management.data_reporting.services.readers import industry

    made(
        "municipal_assets.bridge",
        code="QL420111000001",
        name="光谷一桥",
        kind="beam",
        geom="SRID=4490;LINESTRING(114.4 30.5, 114.401 30.5)",
    )
    IndustryObject.objects.create(
        trade="sanitation", kind="vehicle", code="鄂A12345D", name="洗扫车", state="在用", region_code=COUNTY
    )
    found = {record.business_key: record.payload for record in look(peer, "industry")}
    assert found["sanitation/vehicle/鄂A12345D"]["facts"] == {"state": "在用"}
    assert (
        found["municipal/facility/QL420111000001"]["name"] == "光谷一桥"
        and found["municipal/facility/QL420111000001"]["facts"]["kind"] == "beam"
    )

    class Named:
        value = [["municipal_assets.pipe_line", "municipal", "facility"], ["municipal_assets.bridge", "municipal", "facility"]]  # noqa: RUF012

    monkeypatch.setattr(industry.parameters, "value", lambda *_a, **_k: Named)
    assert [one.key for one, _, _ in industry._named()] == ["municipal_assets.bridge"], "underground pipes leave by approval only"


def official() -> Client:
    client = Client()
    testing.login(client, testing.make_official(CITY, "UMB", roles=["data_admin"]))
    return client


def test_an_alarm_goes_out_at_once_and_other_readings_with_the_next_look(peer: Peer) -> None:
    device = MonitoringDevice.objects.create(code="420111010101000001", name="珞喻路下穿通道水位", kind="drainage", unit="m", red=Decimal("0.27"),
                                             blue=Decimal("0.05"), location=HERE, region_code=COUNTY)  # fmt: skip
    client = official()
    at = timezone.localtime() - timedelta(minutes=10)
    for minute, value in ((0, "0.0200"), (5, "0.3000")):
        body = {"device": device.pk, "at": (at + timedelta(minutes=minute)).isoformat(), "value": value}
        answer = client.post("/api/v1/data_reporting/reading", body, content_type="application/json")
        assert answer.status_code == 201, answer.content.decode()
    assert [(row.alarm, row.region_code) for row in Reading.objects.order_by("id")] == [("", COUNTY), ("red", COUNTY)]
    alarm = Outgoing.objects.get(dataset="monitoring")
    assert (alarm.payload["alarm"], alarm.payload["value"], alarm.payload["threshold"]) == ("red", "0.3000", "0.2700")
    assert [record.payload["value"] for record in look(peer, "monitoring")] == ["0.0200"]
    with later():
        look(peer, "monitoring", full=False)
        assert (
            Capture.objects.get(peer=peer, dataset="monitoring").grown["data_reporting_reading"]
            == Reading.objects.latest("id").pk
        )
        fresh = Reading.objects.create(device=device, at=timezone.now(), value=Decimal("0.01"), region_code=COUNTY)
        assert [record.payload["value"] for record in look(peer, "monitoring", full=False)] == [str(fresh.value) + "00"]
    tomorrow = {"device": device.pk, "at": (timezone.localtime() + timedelta(days=1)).isoformat(), "value": "0.1000"}
    assert (
        "晚于当前时间"
        in client.post("/api/v1/data_reporting/reading", tomorrow, content_type="application/json").content.decode()
    )


def test_a_device_with_a_wrong_code_or_crossed_thresholds_is_refused() -> None:
    client = official()
    common = {"name": "水位", "kind": "drainage", "unit": "m", "region_code": COUNTY, "direction": "above"}
    wrong = client.post(
        "/api/v1/data_reporting/monitoring_device", {**common, "code": "42011101"}, content_type="application/json"
    )
    crossed = {**common, "code": "420111010101000002", "blue": "0.5000", "red": "0.1000"}
    crossed_answer = client.post("/api/v1/data_reporting/monitoring_device", crossed, content_type="application/json")
    assert (wrong.status_code, crossed_answer.status_code) == (422, 422)
    assert "18位" in wrong.content.decode() and "阈值" in crossed_answer.content.decode()
    assert not MonitoringDevice.objects.exists()


def test_a_look_that_dies_leaves_nothing_and_the_next_brings_everything_once(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    IndustryObject.objects.bulk_create(
        IndustryObject(trade="sanitation", kind="vehicle", code=f"V{n}", name="洗扫车", region_code=COUNTY) for n in range(1100)
    )
    put, calls = capture._put, []

    def dies(*args: Any) -> int:
        calls.append(1)
        if len(calls) == 2:
            raise OSError("the machine went away")
        return put(*args)

    monkeypatch.setattr(capture, "_put", dies)
    with pytest.raises(OSError, match="went away"), transaction.atomic():
        capture.look(peer, schemas.dataset("industry"), full=True)  # type: ignore[arg-type]
    assert not Outgoing.objects.exists() and not Capture.objects.exists()
    monkeypatch.setattr(capture, "_put", put)
    assert len(look(peer, "industry")) == 1100 and look(peer, "industry") == []


def test_the_page_shows_every_data_set_with_its_light_and_the_next_step(peer: Peer) -> None:
    IndustryObject.objects.create(trade="sanitation", kind="vehicle", code="鄂A12345D", name="洗扫车", region_code=COUNTY)
    look(peer, "industry")
    Outgoing.objects.update(state="rejected", code="code", message="行业：不在代码表内。")
    from zhujian.foundation.resources.testing import assert_queries

    client = official()
    with assert_queries(60):
        page = client.get("/data-reporting/").content.decode()
    assert page.count("<tr") == 1 + 1 + 1 + len(schemas.titles()) and "1 条被退回" in page
    assert (
        f"/r/data_reporting/outgoing/?peer={peer.pk}&amp;state=rejected&amp;dataset=industry" in page
        and "按退回说明逐条更正" in page
    )
