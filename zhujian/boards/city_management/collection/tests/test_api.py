"""The app's JSON: who may, reports and tasks with photos once and for ever, and bytes that are not what they were."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from zhujian.boards.city_management.collection.models import Receipt, Shift
from zhujian.boards.city_management.command.models import Case, Errand, Photo, Report
from zhujian.boards.city_management.command.selectors import inspectors
from zhujian.boards.city_management.command.tests.kit import COUNTY, HERE, WEST, Loop, build
from zhujian.foundation import resources
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.testing import login, make_enterprise
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources.testing import assert_queries

pytestmark = pytest.mark.django_db
API = "/collection/api/"


@pytest.fixture
def loop(db: None) -> Loop:
    with scope.system("测试"):
        return Loop(build())


def client_of(account: Account) -> Client:
    client = Client(headers={"accept": "application/json"})
    login(client, account)
    return client


def ms(moment: Any) -> int:
    return int(moment.timestamp() * 1000)


def jpeg(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (shade % 256, 90, 60)).save(out, "JPEG")
    return out.getvalue()


def form(data: dict[str, Any], *shots: tuple[str, Any], wrong_hash: bool = False) -> dict[str, Any]:
    """A multipart form as the app sends it: `shots` are (role, taken at)."""
    about, files = [], {}
    for number, (role, taken) in enumerate(shots):
        content = jpeg(number * 40 + 10)
        digest = hashlib.sha256(content + (b"x" if wrong_hash else b"")).hexdigest()
        about.append({"role": role, "at": ms(taken), "sha256": digest, "lon": HERE[0], "lat": HERE[1], "accuracy": 6})
        files[f"photo{number}"] = SimpleUploadedFile(f"{role}-{number}.jpg", content, "image/jpeg")
    return {"data": json.dumps({**data, "photos": about}), **files}


def said(**more: Any) -> dict[str, Any]:
    return {
        "client_key": str(uuid.uuid4()), "at": ms(timezone.now()), "kind": "event", "class_code": "0110", "component_code": "", "description": "暴露垃圾",
        "address": "测试路1号", "lon": HERE[0], "lat": HERE[1], "accuracy": 6.5, "urgent": False, "self_handled": False, **more,
    }  # fmt: skip


def codes(answer: Any) -> list[str]:
    return [one["code"] for one in answer.json()["errors"]]


def test_a_report_sent_twice_is_one_report_with_time_place_and_hash_of_its_photos(loop: Loop) -> None:
    client, now = client_of(loop.people.inspector), timezone.now()
    values = said(at=ms(now - timedelta(hours=2)))  # found two hours ago, without a network
    shots = ("wide", now - timedelta(hours=2)), ("close", now - timedelta(hours=2, minutes=1))
    first = client.post(API + "report", form(values, *shots))
    again = client.post(API + "report", form(values, *shots))
    assert first.status_code == again.status_code == 200, first.content
    assert again.json() == {**first.json(), "repeated": True}
    with scope.system("测试"):
        report = Report.objects.get()
        assert (report.number, report.source, report.grid_code) == (first.json()["number"], "patrol", loop.people.grid.code)
        assert ms(report.captured_at) == values["at"] and report.accuracy_m == 6.5
        kept = {one.role: one for one in Photo.objects.filter(report=report).select_related("file")}
        assert set(kept) == {"wide", "close"}
        assert kept["close"].file.sha256 == hashlib.sha256(jpeg(50)).hexdigest() and kept["close"].location.coords == HERE
        assert ms(kept["close"].captured_at) == ms(shots[1][1])
        assert Receipt.objects.get().account == loop.people.inspector.pk
    assert [one["number"] for one in client.get(API + "reports").json()["items"]] == [report.number]


def test_photos_that_prove_nothing_are_refused_and_nothing_is_kept(loop: Loop) -> None:
    client, now = client_of(loop.people.inspector), timezone.now()
    both = ("wide", now), ("close", now)
    assert codes(client.post(API + "report", form(said(), ("wide", now)))) == ["photo.missing"]
    assert set(codes(client.post(API + "report", form(said(), *both, wrong_hash=True)))) == {"photo.changed"}
    late = ("wide", now + timedelta(minutes=6)), both[1]
    assert codes(client.post(API + "report", form(said(), *late))) == ["photo.future"]
    fewer = form(said(), *both)
    del fewer["photo1"]
    assert codes(client.post(API + "report", fewer)) == ["photo.parts"]
    assert codes(client.post(API + "report", form(said(at=ms(now - timedelta(days=8))), *both))) == ["field.too_old"]
    text = form(said(), *both)
    text["photo0"] = SimpleUploadedFile("wide.jpg", b"not a picture", "image/jpeg")
    assert "photo.changed" in codes(client.post(API + "report", text))
    with scope.system("测试"):
        assert not Report.objects.exists() and not Receipt.objects.exists() and not Photo.objects.exists()


def test_a_mended_report_goes_through_under_the_same_key(loop: Loop) -> None:
    client, now = client_of(loop.people.inspector), timezone.now()
    values = said()
    assert client.post(API + "report", form(values, ("wide", now))).status_code == 422
    assert client.post(API + "report", form(values, ("wide", now), ("close", now))).status_code == 200


def test_put_right_on_the_spot_needs_the_picture_of_it(loop: Loop) -> None:
    client, now = client_of(loop.people.inspector), timezone.now()
    values = said(self_handled=True)
    assert codes(client.post(API + "report", form(values, ("wide", now), ("close", now)))) == ["photo.missing"]
    done = client.post(API + "report", form(values, ("wide", now), ("close", now), ("after", now)))
    assert done.json()["state"] == "self_handled", done.content


def to_crew(loop: Loop) -> tuple[Case, int]:
    case = loop.assign(loop.to_department())
    return case, loop.task(case).pk


def test_a_crew_disposes_with_before_and_after_photos_taken_since_the_task(loop: Loop) -> None:
    case, task = to_crew(loop)
    client, now = client_of(loop.people.crew), timezone.now()
    with assert_queries(20):
        shown = client.get(API + "tasks").json()["items"]
    (grid,) = shown[0]["around"]["grids"]
    west, east = round((WEST - HERE[0]) * 95_917), round((WEST + 0.001 - HERE[0]) * 95_917)
    assert grid[0] == loop.people.grid.code and {grid[1][0], grid[1][4]} == {west, east}, (
        "metres from the place, ready to be drawn"
    )
    assert [(one["id"], one["node"], one["number"]) for one in shown] == [(task, "handle", case.number)]
    assert "reporter" not in json.dumps(shown)
    key = {"client_key": str(uuid.uuid4()), "at": ms(now), "outcome": "done", "opinion": "已清理"}
    old = form(key, ("before", now), ("after", now - timedelta(days=1)))
    assert codes(client.post(f"{API}tasks/{task}", old)) == ["photo.older"]  # pitfall 22
    assert codes(client.post(f"{API}tasks/{task}", form(key, ("after", timezone.now())))) == ["photo.missing"]
    done = client.post(f"{API}tasks/{task}", form(key, ("before", timezone.now()), ("after", timezone.now())))
    assert done.status_code == 200, done.content
    again = client.post(f"{API}tasks/{task}", form(key, ("before", timezone.now()), ("after", timezone.now())))
    assert again.json() == {**done.json(), "repeated": True}
    assert loop.see(case).state == "dept_confirm"
    assert client.get(API + "tasks").json()["items"] == []
    with scope.system("测试"):
        assert sorted(Photo.objects.filter(case=case, role__in=["before", "after"]).values_list("role", flat=True)) == [
            "after",
            "before",
        ]


def test_not_mine_needs_a_reason_and_no_photo(loop: Loop) -> None:
    case, task = to_crew(loop)
    client = client_of(loop.people.crew)
    back = {"client_key": str(uuid.uuid4()), "at": ms(timezone.now()), "outcome": "back", "opinion": ""}
    assert codes(client.post(f"{API}tasks/{task}", back, "application/json")) == ["case.comment"]
    assert client.post(f"{API}tasks/{task}", {**back, "opinion": "不在本班范围"}, "application/json").status_code == 200
    assert loop.see(case).state == "dispatched"


def test_the_inspector_on_duty_checks_where_they_stand(loop: Loop) -> None:
    case = loop.feed_back(loop.to_department())
    other = loop.people.other_inspector
    client = client_of(other)
    start = {"client_key": str(uuid.uuid4()), "at": ms(timezone.now()), "lon": HERE[0], "lat": HERE[1]}
    assert client.post(API + "shift/start", start, "application/json").status_code == 200
    with scope.system("测试"):
        assert [one.account for one in inspectors.on_duty(COUNTY).values()] == [other.pk]
    loop.do(case, "acceptor", "send")
    (task,) = client.get(API + "tasks").json()["items"]
    assert task["node"] == "check" and [code for code, _ in task["outcomes"]] == ["pass", "fail"]
    assert {one["label"] for one in task["photos"]} >= {"处置前", "处置后"}
    assert client.get(task["photos"][0]["url"]).headers["Content-Type"] == "image/jpeg", (
        "reduced, and open to whoever has the task"
    )
    act = {
        "client_key": str(uuid.uuid4()),
        "at": ms(timezone.now()),
        "outcome": "pass",
        "opinion": "已恢复",
        "lon": HERE[0],
        "lat": HERE[1],
    }
    done = client.post(f"{API}tasks/{task['id']}", form(act, ("check", timezone.now())))
    assert done.status_code == 200, done.content
    with scope.system("测试"):
        errand = Errand.objects.get(case=case)
        assert (errand.inspector, errand.result, errand.chosen_by, errand.location.coords) == (other.pk, "pass", "nearest", HERE)
    gone = client.post(f"{API}tasks/{task['id']}", form({**act, "client_key": str(uuid.uuid4())}, ("check", timezone.now())))
    assert gone.status_code == 409


def test_a_public_report_is_verified_on_the_spot(loop: Loop) -> None:
    case = loop.accept(loop.report())
    client = client_of(loop.people.inspector)
    (task,) = client.get(API + "tasks").json()["items"]
    assert task["node"] == "verify" and task["number"] == case.number
    said_no = {"client_key": str(uuid.uuid4()), "at": ms(timezone.now()), "outcome": "false", "opinion": ""}
    address = f"{API}tasks/{task['id']}"
    assert codes(client.post(address, form(said_no, ("check", timezone.now())))) == ["case.comment"]
    assert codes(client.post(address, form({**said_no, "outcome": "true"}))) == ["photo.missing"]
    assert client.post(address, form({**said_no, "outcome": "true"}, ("check", timezone.now()))).status_code == 200
    assert loop.see(case).state == "to_register"


def test_a_firms_crew_sees_its_own_case_only(loop: Loop) -> None:
    with scope.system("测试"):
        firm = loop.people.firm.posts.get().organisation
        crew, other = (
            make_enterprise(firm.code, roles=["crew"], firm_admin=False),
            make_enterprise(roles=["crew"], firm_admin=False),
        )
    case = loop.do(loop.dispatch(loop.patrol(), firm), loop.people.firm, "assign", handler=crew.pk)
    (task,) = client_of(crew).get(API + "tasks").json()["items"]
    assert (task["node"], task["number"]) == ("handle", case.number)
    act = {"client_key": str(uuid.uuid4()), "at": ms(timezone.now()), "outcome": "done", "opinion": "已修复"}
    shots = ("before", timezone.now()), ("after", timezone.now())
    assert client_of(other).get(API + "tasks").json()["items"] == []
    assert client_of(other).post(f"{API}tasks/{task['id']}", form(act, *shots)).status_code in (404, 422)
    done = client_of(crew).post(f"{API}tasks/{task['id']}", form(act, *shots))
    assert done.status_code == 200, done.content
    assert loop.see(case).state == "dept_confirm"


def test_who_may_do_what(loop: Loop) -> None:
    crew, acceptor, nobody = (
        client_of(loop.people.crew),
        client_of(loop.people.acceptor),
        Client(headers={"accept": "application/json"}),
    )
    start = {"client_key": str(uuid.uuid4()), "at": ms(timezone.now())}
    for who in (crew, acceptor, nobody):
        assert who.post(API + "shift/start", start, "application/json").status_code == 403
        assert who.post(API + "report", form(said())).status_code == 403
    assert crew.get(API + "tasks").status_code == 200
    assert acceptor.get(API + "tasks").status_code == nobody.get(API + "tasks").status_code == 403
    assert nobody.get(API + "session").json()["account"] is None
    session = crew.get(API + "session").json()
    assert session["may"] == {"use": True, "patrol": False, "report": False} and session["csrf"]


def test_without_the_form_token_nothing_is_taken(loop: Loop) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"accept": "application/json"})
    login(strict, loop.people.inspector)
    start = {"client_key": str(uuid.uuid4()), "at": ms(timezone.now())}
    assert strict.post(API + "shift/start", start, "application/json").status_code == 403
    token = strict.get(API + "session").json()["csrf"]
    assert strict.post(API + "shift/start", start, "application/json", headers={"X-CSRFToken": token}).status_code == 200


def test_near_tells_address_grid_and_components_of_any_register(loop: Loop) -> None:
    with scope.system("测试"):
        for number, east in enumerate((0.0001, 0.0003, 0.01)):
            resources.get("municipal_assets.lamp").model.objects.create(
                code=f"4201060137{number:06d}", class_code="0137", name=f"路灯{number}", geom=f"SRID=4490;POINT({HERE[0] + east} {HERE[1]})",
                region_code=COUNTY, valid_from="2020-01-01",
            )  # fmt: skip
    found = client_of(loop.people.inspector).get(f"{API}near?lon={HERE[0]}&lat={HERE[1]}").json()
    assert found["grid"] == loop.people.grid.code
    assert [(one["code"], one["class_name"]) for one in found["components"]] == [
        ("4201060137000000", "路灯"),
        ("4201060137000001", "路灯"),
    ]
    assert 9 < found["components"][0]["metres"] < 10.5


def test_classes_are_sent_once(loop: Loop) -> None:
    client = client_of(loop.people.inspector)
    first = client.get(API + "classes")
    rows = first.json()["items"]
    assert ["event", "0110", "暴露生活垃圾", "市容环境"] in rows and any(row[0] == "component" for row in rows)
    assert client.get(API + "classes", headers={"If-None-Match": first["ETag"]}).status_code == 304


NAMES = ["client_key", "at", "shift", "points", "lon", "lat", "photos", "outcome", "role"]
PATHS = ["shift/start", "shift/end", "track", "report", "tasks/1", "messages/read"]
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON = st.recursive(
    PLAIN, lambda one: st.lists(one, max_size=4) | st.dictionaries(st.sampled_from(NAMES), one, max_size=6), max_leaves=12
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON, st.sampled_from(PATHS))
def test_foreign_json_is_refused_in_words(loop: Loop, content: Any, path: str) -> None:
    answer = client_of(loop.people.inspector).post(API + path, json.dumps(content), "application/json")
    assert answer.status_code in (404, 409, 422), (path, content, answer.status_code)
    assert all(one["code"] and one["message"] for one in answer.json()["errors"])
    with scope.system("测试"):
        assert not Shift.objects.exists() and not Report.objects.exists()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_foreign_bytes_are_refused_in_words(loop: Loop, content: bytes) -> None:
    answer = client_of(loop.people.inspector).post(API + "track", content, "application/json")
    assert answer.status_code in (404, 422) and answer.json()["code"]
