"""The JSON API: contract, refusals, versions, scope; and a client that is not ours (schemathesis) against its document."""

from __future__ import annotations

import json

import hypothesis
import pytest
import schemathesis
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from schemathesis.checks import CHECKS
from schemathesis.generation.modes import GenerationMode

from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources import openapi, registry
from zhujian.foundation.standards.models import Standard
from zhujian.wsgi import application

URL = "/api/v1/standards/standard"
JSON = "application/json"


def body(**changes: object) -> dict[str, object]:
    return {
        "no": "GB/T 1-2020",
        "title": "甲",
        "class5": "collect",
        "level": "national",
        "effective": "2020-06-01",
        "budget": "1234.50",
        **changes,
    }


def post(client: Client, data: object, **headers: str):
    return client.post(URL, data if isinstance(data, (bytes, str)) else json.dumps(data), content_type=JSON, headers=headers)


def test_create_read_change(as_keeper) -> None:
    made = post(as_keeper, body())
    assert made.status_code == 201, made.content.decode()
    item = made.json()
    assert (item["budget"], item["effective"], item["region_code"], item["version"]) == (
        "1234.50",
        "2020-06-01",
        "420106000000",
        1,
    )
    address = made["Location"]
    assert as_keeper.get(address).json() == item and made["ETag"] == '"1"'

    changed = as_keeper.patch(
        address, json.dumps({"title": "乙", "budget": None}), content_type=JSON, headers={"If-Match": '"1"'}
    )
    assert changed.status_code == 200 and (changed.json()["title"], changed.json()["budget"], changed.json()["version"]) == (
        "乙",
        None,
        2,
    )
    stale = as_keeper.patch(address, json.dumps({"title": "丙", "version": 1}), content_type=JSON)
    assert stale.status_code == 409 and stale.json()["code"] == "edit.stale"
    assert as_keeper.patch(address, json.dumps({"title": "丙"}), content_type=JSON).status_code == 428
    with scope.system("test"):
        assert Standard.objects.get().title == "乙"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"no": "GBT"}, "standard.no", "no"), ({"title": None}, "field.required", "title"), ({"title": 3}, "field.type", "title"),
        ({"budget": 1.5}, "field.type", "budget"), ({"budget": "1e5"}, "field.number", "budget"), ({"budget": "1.234"}, "field.number", "budget"),
        ({"effective": "2020-02-30"}, "field.date", "effective"), ({"class5": "收集类"}, "field.choice", "class5"),
        ({"replaced_by": 999, "status": "repealed"}, "field.link", "replaced_by"), ({"mandatory": "yes"}, "field.type", "mandatory"),
        ({"scope_modules": "a"}, "field.type", "scope_modules"), ({"owner": "x"}, "api.unknown_field", "owner"),
        ({"version": 3}, "api.unknown_field", "version"), ({"region_code": "420502000000"}, "field.region_scope", "region_code"),
    ],
)  # fmt: skip
def test_each_fault_is_coded(as_keeper, changes, code, field) -> None:
    answer = post(as_keeper, body(**changes))
    assert answer.status_code == 422 and answer["Content-Type"] == "application/problem+json"
    assert (code, field) in [(error["code"], error["field"]) for error in answer.json()["errors"]]
    with scope.system("test"):
        assert not Standard.objects.exists()


def test_bodies_that_are_no_objects(as_keeper) -> None:
    assert post(as_keeper, "{").status_code == 400
    assert post(as_keeper, "[1]").status_code == 422
    assert post(as_keeper, '{"title": NaN}').status_code == 400
    assert as_keeper.post(URL, {"no": "x"}).status_code == 415
    assert as_keeper.delete(URL).status_code == 405 and as_keeper.delete(URL)["Allow"] == "GET, POST"


def test_lists_page_by_token(as_keeper, make_standard) -> None:
    for number in range(7):
        make_standard(f"GB {number}-2020", effective=None if number % 2 else "2020-01-01")
    seen, token = [], ""
    while token is not None:
        page = as_keeper.get(URL, {"limit": 3, "sort": "-effective", **({"after": token} if token else {})}).json()
        seen += [item["no"] for item in page["items"]]
        token = page["next"]
    assert len(seen) == len(set(seen)) == 7
    assert as_keeper.get(URL, {"after": "x"}).status_code == 422
    assert as_keeper.get(URL, {"limit": "201"}).status_code == 422
    assert as_keeper.get(URL, {"colour": "red"}).json()["code"] == "api.parameter"
    assert [i["no"] for i in as_keeper.get(URL, {"q": "gb 3"}).json()["items"]] == ["GB 3-2020"]


def test_scope_and_masks_hold(as_keeper, make_standard) -> None:
    other = make_standard("GB 9-2020", region="420502000000", contact="13812345678")
    mine = make_standard("GB 8-2020", contact="13812345678")
    assert [item["no"] for item in as_keeper.get(URL).json()["items"]] == ["GB 8-2020"]
    assert as_keeper.get(f"{URL}/{other.pk}").status_code == 404
    assert as_keeper.patch(f"{URL}/{other.pk}", '{"version": 1}', content_type=JSON).status_code == 404
    assert as_keeper.get(f"{URL}/{mine.pk}").json()["contact"] == "138****5678"
    assert as_keeper.get(URL, {"region_code": "420502000000"}).json()["items"] == []
    assert as_keeper.get(f"{URL}/{2**70}").status_code == 404


def test_who_may_and_the_browsers_token(client, db) -> None:
    assert client.get(URL).status_code == 403
    login(client, make_official("420106000000", roles=("viewer",)))
    assert client.get(URL).status_code == 200
    assert post(client, body()).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    login(strict, make_official("420106000000", roles=("data_admin",)))
    answer = post(strict, body())
    assert answer.status_code == 403 and answer.json()["code"] == "api.csrf"
    strict.get("/r/standards/standard/new/")
    token = strict.cookies["csrftoken"].value
    assert post(strict, body(), **{"X-CSRFToken": token}).status_code == 201


def test_document_and_its_page(client, db) -> None:
    made = client.get("/api/v1/openapi.json").json()
    assert made["openapi"] == "3.1.0" and "/api/v1/standards/standard/{id}" in made["paths"]
    title = made["components"]["schemas"]["StandardsStandard"]["properties"]["effective"]
    assert title["title"] == "实施日期" and title["format"] == "date"
    page = client.get("/api/v1/docs").content.decode()
    assert "/api/v1/standards/standard" in page and "实施日期" in page
    for resource in registry.resources():
        assert openapi.schema_name(resource) in made["components"]["schemas"]


@pytest.fixture
def open_connection():
    """The application is called without Django's test client: keep its signals from closing the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("open_connection")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_a_foreign_client_finds_no_disagreement(as_keeper, make_standard, mode) -> None:
    """Schemathesis plays every operation of standards and regions from the document alone."""
    made = make_standard("GB/T 30428.2-2013")
    document = openapi.document()
    wanted = {path: item for path, item in document["paths"].items() if "/standards/" in path or "/regions/" in path}
    schema = schemathesis.openapi.from_dict({**document, "paths": wanted})
    schema.app = application
    session = as_keeper.cookies[settings.SESSION_COOKIE_NAME].value
    checks = CHECKS.get_by_names(
        [
            "not_a_server_error",
            "status_code_conformance",
            "content_type_conformance",
            "response_schema_conformance",
            "negative_data_rejection",
        ]
    )
    token = "a" * 32
    settled = hypothesis.settings(
        max_examples=15, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck), derandomize=True
    )
    played = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settled
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def play(case) -> None:
            nonlocal played
            played += 1
            if mode is GenerationMode.POSITIVE and "id" in case.path_parameters:
                case.path_parameters["id"] = made.pk
            case.cookies = {settings.SESSION_COOKIE_NAME: session, "csrftoken": token}
            case.call_and_validate(headers={"X-CSRFToken": token}, checks=checks)

        try:
            play()
        except hypothesis.errors.Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # nothing about this operation can be wrong
    assert played > 60
