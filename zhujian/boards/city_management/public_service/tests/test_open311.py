"""GeoReport v2, read and written by two clients that are not ours, and what the specification says about errors."""

from __future__ import annotations

import itertools
import json
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import jsonschema
import pytest
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhujian.boards.city_management.command.models import Photo, Report
from zhujian.boards.city_management.command.tests.kit import HERE, Loop, png
from zhujian.boards.city_management.digital_city.models import Place
from zhujian.boards.city_management.public_service.models import Submission
from zhujian.boards.city_management.public_service.open311 import requests as open311
from zhujian.boards.city_management.public_service.services import limits, peers
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db
ROOT = "/public-service/open311/v2"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
OURS = {"service_code": "event-0110", "lat": str(HERE[1]), "long": str(HERE[0]), "description": "垃圾没清"}

# The tables of the specification (wiki.open311.org/GeoReport_v2), field by field.
TEXT: dict[str, Any] = {"type": ["string", "null"]}
TIME = {"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$"}
SERVICE = {
    "type": "object", "additionalProperties": False,
    "required": ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"],
    "properties": {"service_code": {"type": "string"}, "service_name": {"type": "string"}, "description": TEXT, "metadata": {"type": "boolean"},
                   "type": {"enum": ["realtime", "batch", "blackbox"]}, "keywords": TEXT, "group": TEXT},
}  # fmt: skip
DEFINITION = {
    "type": "object", "additionalProperties": False, "required": ["service_code", "attributes"],
    "properties": {"service_code": {"type": "string"}, "attributes": {"type": "array", "items": {
        "type": "object", "additionalProperties": False,
        "required": ["variable", "code", "datatype", "required", "datatype_description", "order", "description"],
        "properties": {
            "variable": {"type": "boolean"}, "code": {"type": "string"}, "required": {"type": "boolean"}, "datatype_description": TEXT,
            "datatype": {"enum": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]},
            "order": {"type": "integer", "minimum": 1}, "description": {"type": "string"},
            "values": {"type": "array", "items": {"type": "object", "required": ["key", "name"], "additionalProperties": False,
                       "properties": {"key": {"type": "string"}, "name": {"type": "string"}}}},
        }}}},
}  # fmt: skip
REQUEST = {
    "type": "object", "additionalProperties": False, "required": ["service_request_id", "status", "service_code", "requested_datetime"],
    "properties": {
        "service_request_id": {"type": "string"}, "status": {"enum": ["open", "closed"]}, "requested_datetime": TIME, "updated_datetime": TIME,
        "expected_datetime": TIME, "lat": {"type": "number"}, "long": {"type": "number"}, "service_code": {"type": "string"},
        **dict.fromkeys(("status_notes", "service_name", "description", "agency_responsible", "service_notice", "address", "address_id",
                         "zipcode", "media_url"), TEXT),
    },
}  # fmt: skip
ERRORS = {
    "type": "array", "minItems": 1,
    "items": {"type": "object", "required": ["code", "description"], "additionalProperties": False,
              "properties": {"code": {"type": "integer"}, "description": {"type": "string", "minLength": 1}}},
}  # fmt: skip


def get(client: Client, path: str, **query: object) -> Any:
    return client.get(f"{ROOT}/{path}", query)


def post(client: Client, **more: object) -> Any:
    values = {key: value for key, value in {**OURS, **more}.items() if value is not None}
    return client.post(f"{ROOT}/requests.json", urlencode(values, doseq=True), content_type=FORM)


def wrong(answer: Any, status: int, *said: str) -> None:
    """The specification's error document."""
    assert answer.status_code == status, answer.content.decode()
    body = json.loads(answer.content)
    jsonschema.validate(body, ERRORS)
    assert all(one["code"] == status for one in body)
    text = "；".join(one["description"] for one in body)
    assert all(word in text for word in said), text


def rows() -> list[Submission]:
    with scope.system("test"):
        return list(Submission.objects.select_related("peer").order_by("pk"))


def test_documents_keep_the_specifications_tables(citizen: Client) -> None:
    services = get(citizen, "services.json").json()
    jsonschema.validate(services, {"type": "array", "items": SERVICE, "minItems": 100})
    assert len({one["service_code"] for one in services}) == len(services)
    with_questions = [one["service_code"] for one in services if one["metadata"]]
    assert "event-0113" in with_questions and "event-0110" not in with_questions
    for code in [*with_questions[:3], "event-0113", "event-0301", "component-0137"]:
        found = get(citizen, f"services/{code}.json").json()
        jsonschema.validate(found, DEFINITION)
        assert [a["order"] for a in found["attributes"]] == list(range(1, len(found["attributes"]) + 1)) and found["attributes"]
    assert get(citizen, "services/event-0110.json").json() == {"service_code": "event-0110", "attributes": []}
    assert post(citizen).status_code == 200
    listed = get(citizen, "requests.json").json()
    jsonschema.validate(listed, {"type": "array", "items": REQUEST, "minItems": 1})
    assert get(citizen, f"requests/{listed[0]['service_request_id']}.json").json() == listed


def test_xml_and_json_say_the_same(citizen: Client) -> None:
    """The JSON form is the XML form by the Spark convention."""
    made = post(citizen, description="一\n二 & <三>").json()[0]["service_request_id"]
    for path, root, member in (
        ("services", "services", "service"), ("requests", "service_requests", "request"), (f"requests/{made}", "service_requests", "request"),
    ):  # fmt: skip
        answer = get(citizen, f"{path}.xml")
        assert answer["Content-Type"] == "text/xml; charset=utf-8"
        assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
        tree = ElementTree.fromstring(answer.content)
        assert tree.tag == root and {child.tag for child in tree} == {member}
        plain = get(citizen, f"{path}.json")
        assert plain["Content-Type"] == "application/json; charset=utf-8"
        for ours, theirs in zip(plain.json(), tree, strict=True):
            said = {child.tag: child.text or "" for child in theirs}
            assert said == {
                key: "" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for key, v in ours.items()
            }
    tree = ElementTree.fromstring(get(citizen, "services/event-0113.xml").content)
    assert tree.tag == "service_definition" and tree.findtext("attributes/attribute/values/value/key") == "no"
    tree = ElementTree.fromstring(get(citizen, "requests/none.xml").content)
    assert tree.tag == "errors" and tree.findtext("error/code") == "404"


def test_discovery(citizen: Client) -> None:
    for address in ("/public-service/open311/discovery", f"{ROOT}/discovery"):
        body = citizen.get(f"{address}.json").json()
        assert body["endpoints"][0]["specification"] == "http://wiki.open311.org/GeoReport_v2"
        assert body["endpoints"][0]["url"] == f"http://testserver{ROOT}" and body["endpoints"][0]["type"] == "production"
        tree = ElementTree.fromstring(citizen.get(f"{address}.xml").content)
        assert [one.text for one in tree.findall("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]
    assert citizen.get(f"{ROOT}/")["Location"] == "/public-service/open311/discovery.json"


def test_a_request_of_the_specifications_example(citizen: Client, loop: Loop) -> None:
    """The example of the specification, with our codes."""
    with scope.system("test"):
        _, key = peers.do_register(code="app", name="某应用", kind="open311", region_code="420106000000")
    answer = post(
        citizen, api_key=key, jurisdiction_id="420106", service_code="event-0113", address_string="民主路5号", email="smit333@sfgov.edu",
        device_id="tt222111", account_id="123456", first_name="三", last_name="张", phone="13912345678", description="一个大坑",
        media_url="http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg", **{"attribute[passable]": "blocked"},
    )  # fmt: skip
    assert answer.status_code == 200
    body = answer.json()
    assert list(body[0]) == ["service_request_id", "service_notice", "account_id"] and body[0]["account_id"] == "123456"
    row = rows()[0]
    with scope.system("test"):
        report = Report.objects.get(number=row.number)
    assert body[0]["service_request_id"] == row.number == report.number
    assert (report.source, report.reporter_name, report.reporter_phone, report.kind, report.class_code) == (
        "open311", "张三", "13912345678", "event", "0113",
    )  # fmt: skip
    assert (row.attributes, row.peer.code if row.peer else "", row.device_id) == ({"passable": "blocked"}, "app", "tt222111")
    shown = get(citizen, f"requests/{row.number}.json").content.decode()
    assert not any(secret in shown for secret in ("张三", "13912345678", "smit333", "tt222111", "flickr"))


def test_photos_may_come_along(citizen: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    answer = citizen.post(
        f"{ROOT}/requests.json", {**OURS, "description": "", "media": SimpleUploadedFile("a.png", png(), "image/png")}
    )
    assert answer.status_code == 200
    with scope.system("test"):
        assert Photo.objects.count() == 1
    wrong(citizen.post(f"{ROOT}/requests.json", {**OURS, "media": SimpleUploadedFile("a.png", b"x", "image/png")}), 400)


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"service_code": None}, 400, "service_code was not provided"), ({"service_code": "nothing"}, 404, "service_code provided was not found"),
        ({"jurisdiction_id": "999999"}, 404, "jurisdiction_id"), ({"jurisdiction_id": "city.gov"}, 404, "jurisdiction_id"),
        ({"api_key": "guess"}, 403, "Invalid api_key"), ({"lat": None, "long": None}, 400, "location"), ({"lat": None}, 400, "lat and long"),
        ({"lat": "91"}, 400, "lat and long"), ({"lat": "nan"}, 400, "lat and long"), ({"lat": "1e400"}, 400, "lat and long"),
        ({"lat": None, "long": None, "address_string": "没有的路1号"}, 400, "address_string could not be located"),
        ({"lat": None, "long": None, "address_id": "99"}, 400, "address_id provided was not found"),
        ({"description": "长" * 4001}, 400, "4000 characters"), ({"description": ""}, 400, "description"), ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
        ({"email": "nobody"}, 400, "email"), ({"service_code": "event-0113"}, 400, "attribute passable is required"),
        ({"attribute[nothing]": "1"}, 400, "not defined"), ({"first_name": "长" * 33}, 400, "first_name"), ({"description": "a\x00b"}, 400, "NUL"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_request(citizen: Client, change: dict, status: int, said: str) -> None:
    wrong(post(citizen, **change), status, said)
    assert rows() == []


def test_places_by_address_and_by_its_id(citizen: Client) -> None:
    with scope.system("test"):
        place = Place.objects.create(
            name="甲楼", kind="door", address="湖北省武汉市武昌区民主路8号", location=Point(*HERE, srid=4490), region_code="420106001000",
            valid_from=date(2021, 1, 1), source="测试",
        )  # fmt: skip
    for change in ({"address_string": "民主路8号"}, {"address_id": str(place.pk)}):
        assert post(citizen, lat=None, long=None, **change).status_code == 200
    assert [(row.address, row.address_id, row.location.x) for row in rows()] == [(place.address, str(place.pk), HERE[0])] * 2


def test_tokens_when_ids_come_later(citizen: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = open311.setting
    monkeypatch.setattr(open311, "setting", lambda name: True if name == "open311_tokens" else setting(name))
    assert {one["type"] for one in get(citizen, "services.json").json()} == {"batch"}
    body = post(citizen).json()[0]
    assert "service_request_id" not in body and body["token"]
    found = get(citizen, f"tokens/{body['token']}.json").json()
    assert found == [{"service_request_id": rows()[0].number, "token": body["token"]}]
    wrong(get(citizen, "tokens/none.json"), 404, "token")
    wrong(get(citizen, "tokens/.json"), 404, "token")


def test_searching(citizen: Client, loop: Loop) -> None:
    first, second = (post(citizen, service_code=code).json()[0]["service_request_id"] for code in ("event-0110", "general"))
    with scope.system("test"):
        Submission.objects.filter(number=second).update(stage="closed", received_at=timezone.now() - timedelta(days=100))
        report = loop.report("resident")  # of a patrol, an office or another door: not asked for here

    def ids(**query: object) -> list[str]:
        return [one["service_request_id"] for one in get(citizen, "requests.json", **query).json()]

    old = (timezone.now() - timedelta(days=120)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert report.number not in ids() and ids() == [first], "the last 90 days"
    assert ids(start_date=old) == [second] and ids(start_date=old, status="open") == []
    assert ids(start_date=old, end_date=(timezone.now() - timedelta(days=90)).isoformat()) == [second]
    assert ids(service_request_id=f"{second},{first},nothing", status="open", start_date="nonsense") == [first, second], (
        "ids override"
    )
    assert ids(service_code="event-0110,event-0111") == [first] and ids(service_code="event-0111") == []
    assert ids(service_code="general", start_date=old) == [second] and ids(status="open,closed") == [first]
    assert (
        ids(jurisdiction_id="420106") == [first]
        and ids(jurisdiction_id="420100000000") == [first]
        and ids(jurisdiction_id="420502") == []
    )
    assert ids(service_code="", status="", start_date="", end_date="", jurisdiction_id="") == [first], "empty is not given"
    for query in ({"status": "done"}, {"start_date": "x"}, {"start_date": "2020-01-01T00:00:00Z", "end_date": "2021-01-01T00:00:00Z"},
                  {"start_date": "2021-01-01T00:00:00Z", "end_date": "2020-12-31T00:00:00Z"}, {"service_code": "a\x00"}):  # fmt: skip
        wrong(get(citizen, "requests.json", **query), 400)
    wrong(get(citizen, "requests.json", jurisdiction_id="000000"), 404, "jurisdiction_id")


def test_at_most_a_thousand_and_few_statements(citizen: Client, loop: Loop, django_assert_max_num_queries) -> None:
    with scope.system("test"):
        Submission.objects.bulk_create(
            Submission(number=f"n{n}", source="open311", location=Point(*HERE, srid=4490), received_at=timezone.now(), changed_at=timezone.now(),
                       region_code="420106000000", description=f"第{n}件")
            for n in range(1_100)
        )  # fmt: skip
    with django_assert_max_num_queries(25):
        assert len(get(citizen, "requests.json").json()) == 1_000


def test_nobody_in_a_public_description(citizen: Client) -> None:
    post(citizen, description="李四 13912345678 鄂A·12345 li.si@example.com 420106199001011234", phone="13912345678")
    text = get(citizen, "requests.xml").content.decode()
    assert not any(secret in text for secret in ("13912345678", "12345<", "li.si", "19900101")) and "***" in text
    assert rows()[0].phone_hash == "", "a phone that nobody proved gets no texts and opens nothing"


def test_requests_are_counted(citizen: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    number = limits.number
    monkeypatch.setattr(limits, "number", lambda name, region="": 2 if name == "reports_per_address" else number(name, region))
    assert [post(citizen).status_code for _ in range(3)] == [200, 200, 429]
    with scope.system("test"):
        _, key = peers.do_register(code="app", name="某应用", kind="open311", region_code="420106000000")
    assert post(citizen, api_key=key).status_code == 200, "a registered client has its own limit"
    with scope.system("test"):
        peers.do_stop(rows()[-1].peer_id or 0)
    wrong(post(citizen, api_key=key), 403)


def test_methods_formats_and_paths(citizen: Client) -> None:
    assert citizen.put(f"{ROOT}/requests.json").status_code == 405
    assert citizen.post(f"{ROOT}/services.json").status_code == 404
    wrong(get(citizen, "nothing.json"), 404)
    for path in ("requests.pdf", "requests", "services/event-0110", "requests/1.html"):
        assert get(citizen, path).status_code == 404
    answer = citizen.post(f"{ROOT}/requests.json", b'{"service_code": "event-0110"}', content_type="application/json")
    wrong(answer, 400, "service_code was not provided")
    many = urlencode([(f"attribute[{n}]", "1") for n in range(2_000)])
    wrong(citizen.post(f"{ROOT}/requests.json", many, content_type=FORM), 400, "could not be read")


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST"]),
    path=st.sampled_from(["services", "requests", "services/event-0113", "requests/1", "tokens/1", "discovery", "x"]) | st.text(max_size=20),
    format_=st.sampled_from(["json", "xml"]),
    data=st.dictionaries(
        st.sampled_from(["service_code", "lat", "long", "address_string", "address_id", "api_key", "jurisdiction_id", "status", "start_date", "end_date",
                         "service_request_id", "description", "media_url", "attribute[passable]", "attribute[passable][]", "email", "phone"])
        | st.text(max_size=20),
        st.text(max_size=60) | st.sampled_from(["event-0113", "event-0110", "30.5005", "114.3005", "blocked", "420106", "\x00", "9" * 400]),
        max_size=8,
    ),
)  # fmt: skip
def test_whatever_comes_is_answered_with_a_document(
    citizen: Client, method: str, path: str, format_: str, data: dict[str, str]
) -> None:
    from urllib.parse import quote

    address = f"{ROOT}/{quote(path)}.{format_}"
    body = urlencode(data, errors="surrogatepass")
    answer = citizen.get(f"{address}?{body}") if method == "GET" else citizen.post(address, body, content_type=FORM)
    assert answer.status_code in (200, 400, 403, 404, 405, 429), answer.content[:300]
    if answer["Content-Type"].startswith("text/xml"):
        ElementTree.fromstring(answer.content)
    elif answer["Content-Type"].startswith("application/json"):
        json.loads(answer.content)
    else:
        assert answer.status_code in (302, 404) and "/" in path or path in ("", ".", "..") or answer.status_code == 404


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_answered(citizen: Client, body: bytes) -> None:
    for kind in (FORM, "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=utf-7", "text/plain"):
        answer = citizen.generic("POST", f"{ROOT}/requests.xml", body, content_type=kind)
        assert answer.status_code in (400, 404, 429)
        assert ElementTree.fromstring(answer.content).tag == "errors"


# Clients that are not ours ---------------------------------------------------------------------------------------------------


def georeport(live: str, format_: str) -> Any:
    from georeport import GeoReport

    return GeoReport(f"{live}{ROOT}", jurisdiction="420106", output_format=format_)


def three(live: str, **more: Any) -> Any:
    """The client `three` of Code for America; written for Python 2, whose `ifilter` is today's `filter`."""
    itertools.ifilter = filter  # type: ignore[attr-defined]
    from three import Three

    return Three(f"{live}{ROOT}", format="json", **more)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("format_", ["json", "xml"])
def test_the_client_georeport_reads_us(live_server, format_: str) -> None:
    writer, client = three(live_server.url), georeport(live_server.url, format_)
    made = [
        writer.post("event-0113", lat=30.5523, long=114.3436, description=f"坑{n}", **{"attribute[passable]": "slow"})
        for n in range(2)
    ]
    ids = {one[0]["service_request_id"] for one in made}
    services = client.get_service_list()
    assert len(services) > 100 and {"service_code", "service_name", "metadata", "type", "group"} <= set(services[0])
    definition = client.get_service_definition("event-0113")
    assert definition["service_code"] == "event-0113"
    found = client.get_service_requests(status="open", service_code="event-0113")
    assert {one["service_request_id"] for one in found} == ids
    one = client.get_service_request(found[0]["service_request_id"])
    assert one["status"] == "open" and float(one["lat"]) == pytest.approx(30.5523)
    assert client.get_service_requests(service_request_id=",".join(ids), start_date="2001-01-01T00:00:00Z")


@pytest.mark.django_db(transaction=True)
def test_the_client_three_writes_and_reads_us(live_server) -> None:
    client = three(live_server.url, jurisdiction="420106")
    assert client.discovery()["endpoints"][0]["url"].endswith(ROOT)
    assert any(one["service_code"] == "event-0110" for one in client.services())
    assert client.services("event-0113")["attributes"][0]["code"] == "passable"
    import io

    picture = io.BytesIO(png())
    picture.name = "photo.png"
    made = client.post(
        "event-0110",
        lat=30.5523,
        long=114.3436,
        address="民主路8号",
        name="三 张",
        phone="13912345678",
        description="垃圾",
        media=picture,
    )
    assert client.post_response.status_code == 200 and made[0]["service_request_id"]
    found = client.request(made[0]["service_request_id"])
    assert found[0]["service_code"] == "event-0110" and found[0]["status"] == "open"
    assert client.requests("event-0110")[0]["service_request_id"] == made[0]["service_request_id"]
    assert client.requests(start="01-01-2020", end="02-01-2020") == []
    refused = client.post("none", lat=30.5, long=114.3, description="x")
    assert refused[0]["code"] == 404 and client.post_response.status_code == 404
    assert client.token("none")[0]["code"] == 404
