"""Pages and feeds of the divisions, as the public and as a data administrator see them."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone

from zhujian.foundation.events.models import Event
from zhujian.foundation.identity.testing import login, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.regions import selectors, services
from zhujian.foundation.regions.forms import RetireForm

pytestmark = pytest.mark.django_db


def html(response) -> str:
    return response.content.decode()


def test_the_public_browses_from_the_province_to_a_village(client) -> None:
    page = html(client.get("/regions/"))
    assert "仙桃市" in page
    assert "省直辖县级" not in page
    assert "示意，非法定界线" in page
    assert "水果湖街道" in html(client.get("/regions/420106000000/"))
    assert "420106012" in html(client.get("/regions/420106012000/"))
    assert client.get("/regions/999999000000/").status_code == 404
    assert client.get("/regions/../../etc/").status_code == 404


def test_search_and_another_day(client) -> None:
    assert "湖北省武汉市武昌区" in html(client.get("/regions/", {"q": "武昌区"}))
    assert "没有找到" in html(client.get("/regions/", {"q": "不存在的地方<script>"}))
    assert "<script>不" not in html(client.get("/regions/", {"q": "<script>不"}))
    assert "郧县" in html(client.get("/regions/420300000000/", {"on": "2013-01-01"}))
    assert "郧县</a></td>" not in html(client.get("/regions/420300000000/"))
    retired = html(client.get("/regions/420321000000/"))
    assert "已于 2014年12月31日 停用" in retired
    assert "郧阳区" in retired
    assert client.get("/regions/", {"on": "2013-99-99"}).status_code == 200


def test_outlines_are_compressed_and_cached(client) -> None:
    answer = client.get("/regions/boundaries/420000000000.geojson", headers={"Accept-Encoding": "gzip, br"})
    assert answer["Content-Type"] == "application/geo+json"
    assert len(json.loads(gzip.decompress(answer.content))["features"]) == 17
    again = client.get("/regions/boundaries/420000000000.geojson", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = client.get("/regions/boundaries/420100000000.geojson")
    assert "Content-Encoding" not in plain
    assert len(json.loads(plain.content)["features"]) == 13
    assert client.get("/regions/boundaries/x.geojson").status_code == 404


def test_feeds_for_forms(client) -> None:
    answer = client.get("/regions/children.json", {"parent": "420100000000"}).json()
    assert len(answer["items"]) == 13
    assert answer["items"][0] == {"code": "420102000000", "name": "江岸区", "level": "county", "zone": False}
    assert client.get("/regions/children.json").json()["items"][0]["name"] == "湖北省"
    place = client.get("/regions/point.json", {"lon": "114.3162", "lat": "30.5539"}).json()
    assert (place["code"], place["name"]) == ("420106000000", "湖北省武汉市武昌区")
    for bad in ({}, {"lon": "x", "lat": "1"}, {"lon": "nan", "lat": "1"}, {"lon": "1", "lat": "inf"}):
        assert client.get("/regions/point.json", bad, headers={"Accept": "application/json"}).status_code == 422


def test_pages_keep_their_query_budget(client, django_assert_max_num_queries) -> None:
    client.get("/regions/420100000000/")
    with django_assert_max_num_queries(14):
        client.get("/regions/420100000000/")


def picker(value: str, acting: scope.Scope) -> str:
    from django import forms

    class Form(forms.Form):
        region_code = forms.CharField(label="行政区划")

    with scope.acting(acting):
        return Template('{% include "regions/picker.html" with field=form.region_code %}').render(
            Context({"form": Form({"region_code": value} if value else None)})
        )


def test_picker_without_script_offers_the_actors_range_and_keeps_what_was_chosen() -> None:
    everyone = picker("", scope.PUBLIC)
    assert everyone.count("<optgroup") == 18
    assert 'value="420106000000"' in everyone
    assert "水果湖街道" not in everyone
    chosen = picker("420106012001", scope.PUBLIC)
    assert 'value="420106012000"' in chosen
    assert chosen.count(" selected") == 1
    official = picker("", scope_of(make_official("420106000000")))
    assert official.count("<optgroup") == 1
    assert "江岸区" not in official
    unknown = picker("429000000000", scope.PUBLIC)
    assert 'value="429000000000" selected' in unknown


def test_a_data_administrator_retires_and_renames_from_a_day_on(client) -> None:
    keeper = make_official("420300000000", roles=("data_admin",))
    login(client, keeper)
    day = timezone.localdate() + timedelta(days=30)
    form = {"act": "retire", "day": day.isoformat(), "successors": "420303000000", "reason": "国函〔2026〕1号"}
    assert client.get("/regions/420302000000/retire/").status_code == 200
    assert client.post("/regions/420302000000/retire/", {**form, "reason": ""}).status_code == 422
    assert client.post("/regions/420302000000/retire/", form).status_code == 302
    assert selectors.region("420302000000").valid_to == day
    assert selectors.as_now("420302001000", day) == "420303000000"
    assert Event.objects.get(name="regions.changed").payload["successors"] == ["420303000000"]
    renamed = {"act": "rename", "day": day.isoformat(), "name": "", "reason": "批复"}
    assert "请填写新名称" in html(client.post("/regions/420381000000/retire/", renamed))
    assert client.post("/regions/420381000000/retire/", {**renamed, "name": "武当山市"}).status_code == 302
    assert selectors.name("420381000000", day) == "武当山市"
    assert selectors.name("420381000000", day - timedelta(days=1)) == "丹江口市"
    again = client.post("/regions/420302000000/retire/", form)
    assert again.status_code == 422
    assert "已停用" in html(again)


@pytest.mark.parametrize(
    ("code", "shift", "successors", "reason", "refusal"),
    [
        ("420106000000", 1, ["420303000000"], "批复", "regions.range"), ("420302000000", -1, ["420303000000"], "批复", "regions.past"),
        ("420302000000", 1, ["420321000000"], "批复", "regions.successor"), ("420302000000", 1, [], "批复", "regions.successor"),
        ("420302000000", 1, ["420302000000"], "批复", "regions.successor"), ("420302000000", 1, ["420303000000"], " ", "regions.reason"),
        ("420300000000", 1, ["420600000000"], "批复", "regions.children"),
    ],
)  # fmt: skip
def test_what_cannot_be_retired(code: str, shift: int, successors: list[str], reason: str, refusal: str) -> None:
    with scope.acting(scope_of(make_official("420300000000", roles=("data_admin",)))), pytest.raises(Refusal) as refused:
        services.do_retire(code, on=timezone.localdate() + timedelta(days=shift), successors=successors, reason=reason)
    assert refusal in [found.code for found in refused.value.reasons]


def test_nobody_else_retires(client) -> None:
    login(client, make_official("420300000000"))
    assert client.get("/regions/420302000000/retire/").status_code == 403


def test_typed_codes_are_tidied() -> None:
    form = RetireForm(
        {"act": "retire", "day": date(2030, 1, 1), "successors": "420303000000， 420304000000 420303000000", "reason": "x"}
    )
    assert form.is_valid()
    assert form.cleaned_data["successors"] == ["420303000000", "420304000000"]
