"""Anybody reports: photo, place, send; limits without a captcha; nobody's data but one's own."""

from __future__ import annotations

import io
import struct
import uuid
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from zhujian.boards.city_management.command.models import Photo, Report
from zhujian.boards.city_management.command.tests.kit import HERE, Loop, png
from zhujian.boards.city_management.public_service import selectors
from zhujian.boards.city_management.public_service.models import PhoneCode, RateCount, Submission
from zhujian.boards.city_management.public_service.services import limits, reports
from zhujian.boards.city_management.public_service.tests.conftest import Operator, deliver
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope
from zhujian.foundation.messages.models import TextMessage

pytestmark = pytest.mark.django_db
FORM, MINE = "/public-service/report/", "/public-service/mine/"
EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)>"><b>'


def photo(name: str = "a.png", colour: int = 3) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, png(colour), "image/png")


def send(client: Client, **more: object):
    values = {"client_key": str(uuid.uuid4()), "lon": HERE[0], "lat": HERE[1], "photos": photo(), "act": "send", **more}
    return client.post(FORM, {key: value for key, value in values.items() if value is not None})


def newest() -> Submission:
    with scope.system("test"):
        return Submission.objects.latest("pk")


def test_three_things_and_a_receipt(citizen: Client) -> None:
    """A photo, a place, send: nothing else is asked for."""
    answer = send(citizen)
    row = newest()
    assert answer.status_code == 302 and answer["Location"] == f"/public-service/report/{row.number}/"
    page = citizen.get(answer["Location"]).content.decode()
    code = reports.query_code(uuid.UUID(int=0))
    assert row.number in page and "查询码" in page and len(code) == 6
    with scope.system("test"):
        report = Report.objects.get(number=row.number)
        assert (report.source, report.description, report.reporter, report.reporter_phone) == ("public_web", "见照片", None, "")
        assert [p.role for p in Photo.objects.filter(report=report)] == ["wide"]
    assert (row.stage, row.region_code, row.parties, row.phone_hash) == ("received", "420106001001", [], "")


def test_the_same_upload_again_is_the_same_report(citizen: Client) -> None:
    key = str(uuid.uuid4())
    first, second = (send(citizen, client_key=key)["Location"] for _ in range(2))
    assert first == second
    with scope.system("test"):
        assert Report.objects.count() == Submission.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lon": None, "lat": None}, "用我现在的位置"), ({"lon": "nan", "lat": "1"}, "用我现在的位置"), ({"lon": "0", "lat": "0"}, "没有得到位置"),
        ({"lon": "30.5", "lat": "114.3"}, "经度和纬度写反了"), ({"lon": "-60", "lat": "10"}, "不在中国境内"), ({"photos": None}, "请拍一张照片"),
        ({"description": "长" * 501}, "描述不要超过500个字"), ({"phone": "123"}, "11位手机号码"),
        ({"phone": "13912345678", "code": "000000"}, "验证码不对或已失效"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_and_nothing_is_kept(citizen: Client, change: dict, said: str) -> None:
    answer = send(citizen, **change)
    assert answer.status_code == 422 and said in answer.content.decode()
    with scope.system("test"):
        assert not Report.objects.exists() and not Submission.objects.exists()


def bomb() -> bytes:
    """A few bytes of PNG that would unfold into 40,000 × 40,000 pixels."""
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", bomb()),
        ("a.png", png()[:40]),
        ("a.png", b"%PDF-1.7"),
        ("a.jpg", png()),
        ("a.png", b"<svg onload=alert(1)>"),
        ("a.png", b""),
    ],
)
def test_photos_that_are_none_are_refused(citizen: Client, name: str, data: bytes) -> None:
    answer = send(citizen, photos=SimpleUploadedFile(name, data, "image/png"))
    assert answer.status_code == 422 and 'class="error-summary"' in answer.content.decode()
    with scope.system("test"):
        assert not Report.objects.exists()


def test_too_many_and_too_large_photos(citizen: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = send(citizen, photos=[photo(f"{n}.png", n) for n in range(7)])
    assert answer.status_code == 422 and "最多上传6张" in answer.content.decode()
    number = limits.number
    monkeypatch.setattr(limits, "number", lambda name, region="": 0 if name == "photo_mb" else number(name, region))
    answer = send(citizen)
    assert answer.status_code == 422 and "超过0 MB" in answer.content.decode()


def test_words_of_a_reporter_are_never_markup(citizen: Client, loop: Loop) -> None:
    send(citizen, description=EVIL, address=EVIL)
    row = newest()
    assert row.description == EVIL
    pages = [citizen.get(f"{MINE}{row.number}/"), citizen.get(MINE), send(citizen, description=EVIL, lon=None)]
    for client in (Client(),):
        testing.login(client, loop.people.shift_leader)
        pages.append(client.get(f"/r/public_service/submission/{row.pk}/"))
    for page in pages:
        text = page.content.decode()
        assert page.status_code in (200, 422) and "<script>alert" not in text and "<img src=x" not in text
    assert "&lt;script&gt;" in pages[0].content.decode()


def test_twenty_an_hour_from_one_address_and_no_captcha(citizen: Client) -> None:
    for _ in range(20):
        assert send(citizen).status_code == 302
    answer = send(citizen)
    assert answer.status_code == 429 and "上报次数过多" in answer.content.decode() and "12319" in answer.content.decode()
    assert send(Client(REMOTE_ADDR="10.1.1.2")).status_code == 302, "only this address"
    with scope.system("test"):
        assert Report.objects.count() == 21
        assert not RateCount.objects.filter(key__contains="10.1.1").exists(), "addresses are kept as keyed hashes"


def test_a_phone_is_proven_before_it_is_kept(citizen: Client, sms: Operator, now) -> None:
    asked = citizen.post(FORM, {"act": "code", "phone": "139 1234 5678"}, headers={"Accept": "application/json"})
    assert asked.status_code == 200 and "验证码已发送" in asked.json()["message"]
    phone, text = sms.sent[-1]
    assert phone == "13912345678" and "请勿告诉他人" in text
    with scope.system("test"):
        stored = TextMessage.objects.get()
        assert sms.code not in stored.text and PhoneCode.objects.get().code_hash != sms.code, "the code itself is nowhere"
    assert send(citizen, phone="13912345678", code="999999" if sms.code != "999999" else "1").status_code == 422
    assert send(citizen, phone="13912345678", code=sms.code).status_code == 302
    row = newest()
    with scope.system("test"):
        assert Report.objects.get(number=row.number).reporter_phone == "13912345678" and row.phone_hash
    assert "手机号已验证" in citizen.get(FORM).content.decode(), "the next report needs no code"
    send(citizen)
    assert newest().phone_hash == row.phone_hash
    now.shift(31 * 60)
    assert "手机号已验证" not in citizen.get(FORM).content.decode()


def test_a_code_cannot_be_guessed(citizen: Client, sms: Operator) -> None:
    citizen.post(MINE, {"act": "code", "phone": "13912345678"})
    wrong = "111111" if sms.code != "111111" else "222222"
    for _ in range(6):
        answer = citizen.post(MINE, {"act": "phone", "phone": "13912345678", "code": wrong})
        assert answer.status_code == 422
    assert citizen.post(MINE, {"act": "phone", "phone": "13912345678", "code": sms.code}).status_code == 422, (
        "too many tries end the code"
    )
    citizen.post(MINE, {"act": "code", "phone": "13912345678"})
    assert citizen.post(MINE, {"act": "phone", "phone": "13912345678", "code": sms.code}).status_code == 302
    assert citizen.post(MINE, {"act": "leave"}).status_code == 302
    assert citizen.post(MINE, {"act": "phone", "phone": "13912345678", "code": sms.code}).status_code == 422, "used once"


def test_codes_expire_and_are_limited(citizen: Client, sms: Operator, now) -> None:
    citizen.post(MINE, {"act": "code", "phone": "13912345678"})
    now.shift(11 * 60)
    assert citizen.post(MINE, {"act": "phone", "phone": "13912345678", "code": sms.code}).status_code == 422
    for _ in range(4):
        assert citizen.post(MINE, {"act": "code", "phone": "13912345678"}).status_code == 200
    answer = Client(REMOTE_ADDR="10.9.9.9").post(MINE, {"act": "code", "phone": "13912345678"})
    assert answer.status_code == 429 and len(sms.sent) == 5, "a phone is not flooded, wherever the requests come from"


def test_an_operator_that_does_not_answer_is_said(citizen: Client, sms: Operator) -> None:
    sms.down = True
    answer = citizen.post(FORM, {"act": "code", "phone": "13912345678"}, headers={"Accept": "application/json"})
    assert answer.status_code == 422 and "暂时发不出去" in answer.json()["message"]


def test_follow_mine_by_phone_by_receipt_or_signed_in(citizen: Client, sms: Operator, loop: Loop) -> None:
    citizen.post(FORM, {"act": "code", "phone": "13912345678"})
    send(citizen, phone="13912345678", code=sms.code)
    mine, code = newest(), citizen.session["public_receipts"][newest().number]
    other = Client(REMOTE_ADDR="10.2.2.2")
    assert other.get(f"{MINE}{mine.number}/").status_code == 404 and mine.number not in other.get(MINE).content.decode()
    wrong = other.post(MINE, {"act": "number", "number": mine.number, "query": "000000" if code != "000000" else "1"})
    unknown = other.post(MINE, {"act": "number", "number": "42010625110799999999", "query": code})
    assert wrong.status_code == unknown.status_code == 422
    assert "编号或查询码不对" in wrong.content.decode() and "编号或查询码不对" in unknown.content.decode(), (
        "says nothing about which"
    )
    assert other.post(MINE, {"act": "number", "number": mine.number, "query": code}).status_code == 302
    assert other.get(f"{MINE}{mine.number}/").status_code == 200
    phone = Client(REMOTE_ADDR="10.3.3.3")
    phone.post(MINE, {"act": "code", "phone": "13912345678"})
    phone.post(MINE, {"act": "phone", "phone": "13912345678", "code": sms.code})
    assert mine.number in phone.get(MINE).content.decode()
    phone.post(MINE, {"act": "leave"})
    assert mine.number not in phone.get(MINE).content.decode(), "nothing is left on a borrowed phone"
    signed = Client()
    testing.login(signed, loop.people.resident)
    send(signed)
    own = newest()
    assert own.parties == [f"person:{loop.people.resident.pk}"]
    page = signed.get(MINE).content.decode()
    assert own.number in page and mine.number not in page


def test_guessing_receipts_is_limited(citizen: Client) -> None:
    send(citizen)
    other = Client(REMOTE_ADDR="10.4.4.4")
    for n in range(30):
        assert other.post(MINE, {"act": "number", "number": newest().number, "query": f"{n:06d}"}).status_code in (302, 422)
    assert other.post(MINE, {"act": "number", "number": newest().number, "query": "1"}).status_code == 429


def test_nearby_shows_no_person(citizen: Client, loop: Loop) -> None:
    send(
        citizen,
        description="找张三，电话13912345678",
        service="event-0110",
        address="湖北省武汉市武昌区中南路街道民主路8号3单元501室",
    )
    send(citizen, lon=HERE[0] + 0.05)
    rows = selectors.nearby(*HERE)
    assert [(row.title, row.stage, row.metres) for row in rows] == [("暴露垃圾", "received", 0)] or rows[0].title
    page = citizen.get("/public-service/nearby/", {"lon": HERE[0], "lat": HERE[1]}).content.decode()
    text = page + citizen.get("/public-service/nearby/", {"lon": HERE[0], "lat": HERE[1], "f": "geojson"}).content.decode()
    assert "已收到" in text
    for secret in ("张三", "1391234", "501室", newest().number, "民主路8号"):
        assert secret not in text
    assert citizen.get("/public-service/nearby/", {"lon": "x", "lat": "1e999"}).status_code == 200


def test_a_place_by_its_address_without_javascript(citizen: Client) -> None:
    from datetime import date

    from django.contrib.gis.geos import Point

    from zhujian.boards.city_management.digital_city.models import Place

    with scope.system("test"):
        for n, name in ((8, "甲楼"), (9, "乙楼")):
            Place.objects.create(
                name=name, kind="door", address=f"湖北省武汉市武昌区民主路{n}号", location=Point(HERE[0], HERE[1] + n / 10_000, srid=4490),
                region_code="420106001000", valid_from=date(2021, 1, 1), source="测试",
            )  # fmt: skip
    page = citizen.post(FORM, {"act": "locate", "address": "民主路"}).content.decode()
    assert 'name="candidate"' in page and "民主路8号" in page
    answer = send(citizen, lon=None, lat=None, address="民主路", candidate=f"{HERE[0]},{HERE[1]},湖北省武汉市武昌区民主路8号")
    assert answer.status_code == 302 and newest().address == "湖北省武汉市武昌区民主路8号"
    assert send(citizen, lon=None, lat=None, address="民主路9号").status_code == 302, "one sure door needs no choice"
    found = citizen.get("/public-service/report/place/", {"q": "民主路8号"}).json()["candidates"]
    assert found[0]["level"] == "门牌" and "grid" not in found[0]
    assert citizen.get("/public-service/report/place/").status_code == 404


def test_the_stage_follows_the_case_and_a_refusal_is_explained(citizen: Client, loop: Loop) -> None:
    from zhujian.boards.city_management.command import services as command

    send(citizen)
    row = newest()
    with scope.system("test"):
        report = Report.objects.get(number=row.number)
    with loop.act("acceptor"):
        command.do_refuse(report.pk, "untrue", "现场没有发现垃圾")
    deliver()
    page = citizen.get(f"{MINE}{row.number}/").content.decode()
    assert newest().stage == "refused" and "不予受理" in page and "现场没有发现垃圾" in page


def test_an_empty_png_helper_is_a_picture() -> None:
    from PIL import Image

    assert Image.open(io.BytesIO(png())).size == (8, 8)
