"""The OpenAPI document played by schemathesis, documents against their JSON Schemas, and every declared class beside its test."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import hypothesis
import jsonschema
import pytest
import schemathesis
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import strategies as st
from schemathesis.checks import CHECKS
from schemathesis.generation.modes import GenerationMode

from zhujian.foundation.ogc import conformance
from zhujian.wsgi import application

ITEMS = "/ogc/collections/cim.building/items"
GUIDE = Path(__file__).resolve().parents[4] / "docs" / "ogc.md"
PAIR = {"/": "Landing", "/conformance": "Conformance", "/collections": "Collections", "/collections/cim.building": "Collection",
        "/collections/cim.building/items": "Features", "/collections/cim.building/queryables": "Queryables",
        "/collections/cim.building/tiles": "TileSets", "/collections/cim.building/tiles/CGCS2000": "TileSet",
        "/tileMatrixSets": "TileMatrixSets", "/tileMatrixSets/CGCS2000": "TileMatrixSet"}  # fmt: skip


def test_every_declared_class_has_its_test_in_the_guide() -> None:
    """docs/ogc.md names for each class the test that proves it; the test exists."""
    rows = re.findall(r"^\| `([^`]+)` \| [^|]+ \| `(test_\w+)\.(test_\w+)` \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    short = {one.removeprefix("http://www.opengis.net/spec/") for one in conformance.CLASSES}
    assert {name for name, _, _ in rows} == short
    for _, home, name in rows:
        where = "tests" if home == "test_ogc_clients" else "zhujian.foundation.ogc.tests"
        assert callable(getattr(importlib.import_module(f"{where}.{home}"), name)), name


@pytest.mark.parametrize("path", list(PAIR))
def test_documents_keep_their_schema(official, city, path: str) -> None:
    made = official.get("/ogc/api").json()
    schema = {"$ref": f"#/components/schemas/{PAIR[path]}", "components": made["components"]}
    text = repr(schema).replace(
        "'nullable': True", "'x': True"
    )  # OpenAPI 3.0 says null in its own way; geometries here are never null
    jsonschema.Draft202012Validator(eval(text)).validate(official.get(f"/ogc{path}", {"f": "json"}).json())


def test_queryables_are_a_json_schema_and_properties_keep_it(official, city) -> None:
    schema = official.get("/ogc/collections/cim.building/queryables").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    links = {name + "_label" for name in schema["properties"]}
    for feature in official.get(ITEMS, {"stage": "all"}).json()["features"]:
        shown = {name: value for name, value in feature["properties"].items() if value is not None and name not in links}
        jsonschema.Draft202012Validator(schema).validate(shown)


def test_server_is_named_in_the_openapi_document(official) -> None:
    answer = official.get("/ogc/api")
    made = answer.json()
    assert answer["Content-Type"] == "application/vnd.oai.openapi+json;version=3.0" and made["openapi"].startswith("3.0")
    assert made["servers"] == [{"url": "http://testserver/ogc"}]
    limit = next(p for p in made["paths"]["/collections/cim.building/items"]["get"]["parameters"] if p["name"] == "limit")
    assert limit["schema"]["maximum"] == 10_000


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_document_played_by_another_program(official, city, mode: GenerationMode) -> None:
    document = official.get("/ogc/api").json()
    others = ("/collections/cim.", "/tileMatrixSets", "/conformance")
    document["paths"] = {
        path: entry for path, entry in document["paths"].items() if path in ("/", "/collections") or path.startswith(others)
    }
    document["servers"] = [{"url": "/ogc"}]
    for signal in (request_started, request_finished):  # the application is called without Django's test client from here on
        signal.disconnect(close_old_connections)
    schema = schemathesis.openapi.from_dict(document)
    schema.app = application
    session = official.cookies[settings.SESSION_COOKIE_NAME].value
    checks = CHECKS.get_by_names(
        ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
    )
    settled = hypothesis.settings(
        max_examples=10, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck), derandomize=True
    )
    played = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settled
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def play(case) -> None:
            nonlocal played
            played += 1
            if mode is GenerationMode.POSITIVE and "featureId" in case.path_parameters:
                case.path_parameters["featureId"] = city["low"].pk
            case.cookies = {settings.SESSION_COOKIE_NAME: session}
            case.call_and_validate(checks=checks)

        try:
            play()
        except hypothesis.errors.Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # nothing about this operation can be wrong
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    assert played > 40


numbers = st.floats() | st.integers() | st.sampled_from(["", "1e5", "-0", "nan", "０", "114.30499999999999829470"])
boxes = st.lists(numbers, max_size=7).map(lambda parts: ",".join(map(str, parts))) | st.text(max_size=30)
frames = st.sampled_from(
    [
        "http://www.opengis.net/def/crs/EPSG/0/4490",
        "http://www.opengis.net/def/crs/EPSG/0/4547",
        "EPSG:3857",
        "[OGC:CRS84]",
        "x",
        "",
    ]
)
times = st.text(max_size=30) | st.lists(
    st.dates().map(str) | st.datetimes().map(lambda d: d.isoformat() + "Z") | st.sampled_from(["..", ""]), min_size=1, max_size=3
).map("/".join)
filters = st.text(max_size=40) | st.lists(
    st.sampled_from(
        [
            "name",
            "floors_above",
            "height_m",
            "outline",
            "=",
            "<",
            "LIKE",
            "'a%'",
            "1",
            "1e300",
            "AND",
            "NOT",
            "(",
            ")",
            "*",
            "/",
            "0",
            "^",
            "updated_at",
            "T_AFTER(",
            "S_OVERLAPS(",
            "GEOMETRYCOLLECTION(POINT(1 2))",
            ",",
            "DATE('0001-01-01')",
            "TIMESTAMP('9999-12-31T23:59:59-12:00')",
        ]
    ),
    max_size=9,
).map(" ".join)


@hypothesis.settings(max_examples=250, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(asked=st.fixed_dictionaries({}, optional={
    "bbox": boxes, "bbox-crs": frames, "crs": frames, "datetime": times, "filter": filters, "filter-crs": frames, "limit": numbers.map(str), "after": numbers.map(str),
    "floors_above": numbers.map(str), "height_m": numbers.map(str), "name": st.text(max_size=9), "valid_from": times, "f": st.sampled_from(["json", "html"]),
}))  # fmt: skip
def test_any_parameters_are_an_answer_or_a_refusal(official, city, asked: dict[str, str]) -> None:
    """Never a 500."""
    assert official.get(ITEMS, asked).status_code in (200, 400), asked
