"""Opinion, emergencies, checks on site, consultations, cameras."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from zhujian.boards.city_management.supervision.models import Camera, Checklist, Emergency, Opinion, SiteCheck
from zhujian.boards.city_management.supervision.services import checks, emergencies, meetings, opinions, tasks
from zhujian.boards.city_management.supervision.tests.test_tasks import HONGSHAN, WUHAN, World, act, answer, code
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto import hmac_sm3
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return World()


def picture(shade: int) -> SimpleUploadedFile:
    data = BytesIO()
    Image.new("RGB", (40, 30), (shade, 90, 90)).save(data, "JPEG")
    return SimpleUploadedFile(f"照片{shade}.jpg", data.getvalue(), "image/jpeg")


# -- opinion --------------------------------------------------------------------------------------------------------------


def test_an_address_is_registered_once_however_it_is_spelt(client: Client, world: World) -> None:
    testing.login(client, world.province)
    form = {
        "title": "某路井盖缺失",
        "media": "荆楚网",
        "url": "https://News.cn/a/1?x=2",
        "published_at": "2026-03-01 09:00",
        "region_code": HONGSHAN,
        "version": "1",
    }
    assert client.post("/r/supervision/opinion/new/", form).status_code in (302, 303)
    again = client.post("/r/supervision/opinion/new/", {**form, "url": "https://news.cn/a/1/?x=2#top"})
    assert again.status_code == 422 and "已经登记过" in again.content.decode()
    wrong = client.post("/r/supervision/opinion/new/", {**form, "url": "javascript:alert(1)"})
    assert wrong.status_code == 422
    with scope.system("test"):
        assert Opinion.objects.count() == 1


def test_a_person_judges_and_a_negative_item_becomes_a_task(world: World) -> None:
    with scope.acting(testing.scope_of(world.province)):
        row = Opinion.objects.create(title="某路井盖缺失", media="荆楚网", url="https://n.cn/1", url_hash=opinions.hash_of("https://n.cn/1"),
                                     published_at=timezone.now(), region_code=HONGSHAN)  # fmt: skip
        with pytest.raises(Conflict, match="研判"):
            opinions.do_task(row.pk, receivers=[code(WUHAN)], limit_days=3, requirement="核实。")
        opinions.do_judge(row.pk, sentiment="negative")
        task = opinions.do_task(row.pk, receivers=[code(WUHAN)], limit_days=3, requirement="核实处置。")
        assert (task.kind, task.state) == ("opinion", "issued")
        with pytest.raises(Refusal, match="没有办结"):
            opinions.do_close(row.pk, disposal="已处置。")
        unit = task.units.get()
    answer(world.wuhan, unit)
    act(world.province, unit, "review", "close")
    with scope.acting(testing.scope_of(world.province)):
        closed = opinions.do_close(row.pk, disposal="井盖已补装。")
        assert (closed.state, closed.judged_by) == ("closed", "省督查")


# -- emergencies ----------------------------------------------------------------------------------------------------------


def report(**changes: Any) -> dict[str, Any]:
    return {"title": "雄楚大道塌陷", "kind": "road", "level": "3", "occurred_at": timezone.now() - timedelta(minutes=10), "address": "雄楚大道卓刀泉段",
            "lon": 114.38, "lat": 30.49, "text": "塌陷约20平方米。"} | changes  # fmt: skip


def test_an_emergency_from_first_report_to_closing(world: World) -> None:
    head = testing.make_official(HONGSHAN, "UMB", roles=["leader"])
    with scope.acting(testing.scope_of(world.hongshan)):
        row = emergencies.do_report(report())
        assert not row.first_late
        with pytest.raises(NotAllowed):
            emergencies.do_respond(row.pk, level="3", commander="李四")
    with scope.acting(testing.scope_of(head)):
        emergencies.do_respond(row.pk, level="3", commander="李四")
        with pytest.raises(Refusal, match="没有变化"):
            emergencies.do_respond(row.pk, level="3", commander="")
        emergencies.do_respond(row.pk, level="2", commander="")
        with pytest.raises(Refusal, match="终报"):
            emergencies.do_close(row.pk, conclusion="完")
    with scope.system("test"):
        began = timezone.now() - timedelta(days=2)
        Emergency.objects.filter(pk=row.pk).update(response_from=began)
        row = Emergency.objects.get(pk=row.pk)
        today = timezone.localdate()
        assert emergencies.missing_reports(row, today) == [today - timedelta(days=2), today - timedelta(days=1)]
    with scope.acting(testing.scope_of(world.hongshan)):
        emergencies.do_follow_up(row.pk, "final", {"text": "已修复。", "deaths": 0, "injuries": 1})
        with pytest.raises(Conflict, match="终报"):
            emergencies.do_follow_up(row.pk, "daily", {"text": "再报。"})
    with scope.acting(testing.scope_of(head)):
        emergencies.do_end_response(row.pk, reason="险情解除。")
        assert emergencies.do_close(row.pk, conclusion="管道渗漏掏空路基。").state == "closed"
    with scope.acting(testing.scope_of(world.province)):
        assert Emergency.objects.get().response == "2", "the province sees its districts' emergencies"
    with scope.acting(testing.scope_of(world.yichang)):
        assert not Emergency.objects.exists()


def test_a_late_first_report_is_marked_and_a_future_one_refused(world: World) -> None:
    with scope.acting(testing.scope_of(world.hongshan)):
        assert emergencies.do_report(report(occurred_at=timezone.now() - timedelta(minutes=31))).first_late
        with pytest.raises(Refusal, match="早于现在"):
            emergencies.do_report(report(occurred_at=timezone.now() + timedelta(minutes=5)))
        with pytest.raises(Refusal, match="填反"):
            emergencies.do_report(report(lon=30.49, lat=114.38))


# -- checks on site -------------------------------------------------------------------------------------------------------


def checked(world: World, photo: SimpleUploadedFile | None = None) -> SiteCheck:
    with scope.acting(testing.scope_of(world.province)):
        sheet = Checklist.objects.get(code="facility")
        answers = {item["code"]: {"result": "good"} for item in sheet.items} | {"B1": {"result": "fault", "text": "井盖破损"}}
        head = {"checklist": sheet.pk, "org_code": code(WUHAN), "object_name": "雄楚大道", "address": "雄楚大道"}
        return checks.do_check(head, answers, {"B1": [photo]} if photo else {})


def test_a_check_is_kept_whole_or_not_at_all_and_closes_after_verification(world: World) -> None:
    with pytest.raises(Refusal, match="照片"):
        checked(world)
    with scope.system("test"):
        assert not SiteCheck.objects.exists()
    first = picture(10)
    row = checked(world, first)
    assert (row.state, row.faults, row.points, row.possible) == ("rectifying", 1, 40, 55)
    with scope.system("test"):
        fault = row.findings.get(result="fault")
    with scope.acting(testing.scope_of(world.province)), pytest.raises(Conflict, match="还没有报告"):
        checks.do_verify(fault.pk, passed=True)
    with scope.acting(testing.scope_of(world.yichang)), pytest.raises(Refusal):
        checks.do_rectify(fault.pk, text="已换。", photos=[picture(20)])
    with scope.acting(testing.scope_of(world.wuhan)):
        with pytest.raises(Refusal, match="照片"):
            checks.do_rectify(fault.pk, text="已换。", photos=[])
        with pytest.raises(Refusal, match="相同"):
            first.seek(0)
            checks.do_rectify(fault.pk, text="已换。", photos=[first])
        checks.do_rectify(fault.pk, text="已更换井盖。", photos=[picture(20)])
        with pytest.raises(NotAllowed):
            checks.do_verify(fault.pk, passed=True)
    with scope.acting(testing.scope_of(world.province)):
        with pytest.raises(Refusal, match="意见"):
            checks.do_verify(fault.pk, passed=False)
        checks.do_verify(fault.pk, passed=False, opinion="高差超过2厘米。")
    with scope.acting(testing.scope_of(world.wuhan)):
        checks.do_rectify(fault.pk, text="已调平。", photos=[picture(30)])
    with scope.acting(testing.scope_of(world.province)):
        checks.do_verify(fault.pk, passed=True)
        assert SiteCheck.objects.get().state == "closed"


# -- consultation, cameras ------------------------------------------------------------------------------------------------


class Gateway(BaseHTTPRequestHandler):
    """Somebody else's video system: checks the signature, gives an address."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        text = "\n".join(["POST", self.path, self.headers["X-Timestamp"], ""]).encode() + body
        good = self.headers["X-Signature"] == hmac_sm3(bytes(16), text).hex()
        said = json.dumps({"url": f"https://video.gov.cn{self.path}"}).encode() if good else b"{}"
        self.send_response(200 if good else 401)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch):
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for kind in ("MEETING", "STREAM"):
        monkeypatch.setenv(f"ZHUJIAN_{kind}_URL", f"http://127.0.0.1:{server.server_port}/v")
        monkeypatch.setenv(f"ZHUJIAN_{kind}_KEY", "00" * 16)
    yield
    server.shutdown()
    server.server_close()


def call(world: World) -> Any:
    with scope.acting(testing.scope_of(world.province)):
        return meetings.do_call(
            {
                "title": "井盖治理会商",
                "agenda": "一、通报情况",
                "starts_at": timezone.now() + timedelta(days=1),
                "participants": [code(WUHAN)],
            }
        )


def test_a_consultation_is_called_held_and_recorded(world: World) -> None:
    row = call(world)
    assert row.room == "", "no video system here: time, agenda, papers and minutes all the same"
    with scope.acting(testing.scope_of(world.wuhan)), pytest.raises(NotAllowed):
        meetings.do_record(row.pk, present="某", minutes="某")
    with scope.acting(testing.scope_of(world.province)):
        assert meetings.do_record(row.pk, present="省厅、武汉", minutes="限期整改。").state == "held"
        with pytest.raises(Conflict):
            meetings.do_call_off(row.pk, reason="不开了")
    with scope.acting(testing.scope_of(world.yichang)), pytest.raises(Refusal):
        meetings.do_record(row.pk, present="某", minutes="某")


def test_a_connected_video_system_gives_the_room_and_the_picture(world: World, gateway: None) -> None:
    assert call(world).room == "https://video.gov.cn/v/meetings"
    with scope.acting(testing.scope_of(world.province)):
        camera = Camera.objects.create(
            device_id="42011101001320000001", name="路口", location="SRID=4490;POINT(114.38 30.49)", region_code=HONGSHAN
        )
        assert meetings.do_watch(camera.pk) == "https://video.gov.cn/v/devices/42011101001320000001/streams"


def test_a_camera_is_registered_by_a_checked_identifier(client: Client, db: None) -> None:
    testing.login(client, testing.make_official(HONGSHAN, "UMB", roles=["data_admin"]))
    form = {"device_id": "42011101001320000001", "name": "路口", "kind": "132", "region_code": HONGSHAN, "address": "某路口", "location": "114.38 30.49", "owner": "区城管局",
            "status": "online", "version": "1"}  # fmt: skip
    wrong = client.post("/r/supervision/camera/new/", {**form, "device_id": "42011101009990000001"})
    assert wrong.status_code == 422 and "类型编码" in wrong.content.decode()
    done = client.post("/r/supervision/camera/new/", form)
    assert done.status_code in (302, 303), done.content.decode()[-2000:]
    assert client.get("/api/v1/supervision/camera/items.geojson").json()["features"][0]["properties"]["name"] == "路口"
    twice = client.post("/r/supervision/camera/new/", form)
    assert twice.status_code == 422


def test_tasks_of_other_modules_may_be_about_anything(world: World) -> None:
    with scope.acting(testing.scope_of(world.province)):
        made = tasks.do_draft(
            {"kind": "patrol", "title": "巡查发现", "requirement": "核实", "limit_days": 3, "receivers": [code(WUHAN)]},
            subject="command.case:1",
        )
    assert made.subject == "command.case:1"
