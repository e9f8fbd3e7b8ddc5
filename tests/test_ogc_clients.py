"""The OGC interfaces read by clients that are not ours: OWSLib, GDAL's OAPIF driver, MapLibre."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.template import engines
from django.test import Client, RequestFactory
from django.utils import timezone
from owslib.ogcapi.features import Features

from tests.browser import picture, sign_in
from zhujian.foundation.cim.models import Building
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.services import tokens
from zhujian.foundation.identity.testing import login, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.csp import POLICY
from zhujian.foundation.ogc.tests.conftest import WUCHANG, XILING, square

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
LON, LAT = 114.3005, 30.5505
GDAL = """
import json, sys
from django.conf import settings
settings.configure()
from django.contrib.gis.gdal import DataSource
source = DataSource("OAPIF:" + sys.argv[1])
layer = next(one for one in source if one.name == "cim.building")
found = [(f.get("name"), f.get("floors_above"), f.geom.geom_type.name, f.geom.extent) for f in layer]
layer.spatial_filter = (114.305, 30.54, 114.315, 30.56)
near = [f.get("name") for f in layer]
print(json.dumps({"names": [one.name for one in source], "fields": layer.fields, "srs": layer.srs.name, "found": found, "near": near}))
"""


@pytest.fixture
def official(live: str) -> Account:
    """A viewer of 武昌区; 120 buildings there, one elsewhere."""
    with transaction.atomic(), scope.system("test"):
        for number in range(0 if Building.objects.exists() else 120):  # once for all tests here
            Building.objects.create(
                name=f"楼{number:03d}", code=f"{number:026d}", use="10", valid_from=date(2020, 1, 1), region_code=WUCHANG, floors_above=number + 1,
                outline=square(LON + number % 12 * 0.001, LAT + number // 12 * 0.001, 0.0004),
            )  # fmt: skip
        Building.objects.get_or_create(
            code=f"{999:026d}",
            defaults={
                "name": "别处", "use": "10", "valid_from": date(2020, 1, 1), "region_code": XILING, "outline": square(111.3, 30.7, 0.0004),
            },
        )  # fmt: skip
    return make_official(WUCHANG, roles=("viewer",))


def token(account: Account) -> str:
    """An access token of `account`, as the person makes it on the account page."""
    with transaction.atomic(), scope.acting(scope_of(account)):
        return tokens.do_create(account, account.posts.get(), "GDAL", timezone.localdate() + timedelta(days=1))


def cookie(account: Account) -> str:
    """A session cookie of `account`, as a program would send it."""
    client = Client()
    login(client, account)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def test_owslib_reads_collections_pages_queryables_and_filters(live: str, official: Account) -> None:
    api = Features(f"{live}/ogc/", headers={"Cookie": cookie(official)})
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in api.conformance()["conformsTo"]
    assert "cim.building" in api.feature_collections()
    assert api.api()["openapi"].startswith("3.0")
    first = api.collection_items("cim.building", limit=50)
    assert first["numberReturned"] == 50
    assert next(link for link in first["links"] if link["rel"] == "next")
    assert api.collection_queryables("cim.building")["properties"]["floors_above"]["type"] == "integer"
    found = api.collection_items("cim.building", bbox=[114.305, 30.55, 114.3055, 30.5515], limit=10)
    assert [one["properties"]["name"] for one in found["features"]] == ["楼005", "楼017"]
    tall = api.collection_items("cim.building", filter="floors_above > 118")
    assert [one["properties"]["floors_above"] for one in tall["features"]] == [119, 120]
    one = api.collection_item("cim.building", str(tall["features"][0]["id"]))
    assert one["properties"]["name"] == "楼118"
    assert api.collection_items("cim.building", stage="all", name="别处")["features"] == []


def test_gdal_reads_every_feature_page_by_page(live: str, official: Account) -> None:
    env = {
        **os.environ,
        "GDAL_HTTP_HEADERS": f"Authorization: Bearer {token(official)}",
        "DJANGO_SETTINGS_MODULE": "",
        "OAPIF_PAGE_SIZE": "50",
    }
    done = subprocess.run(
        [sys.executable, "-c", GDAL, f"{live}/ogc"], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout.splitlines()[-1])
    assert "cim.building" in body["names"] and "floors_above" in body["fields"]
    assert len(body["found"]) == 120 and {one[2] for one in body["found"]} == {"MultiPolygon"}
    assert body["srs"].startswith("WGS 84")  # CRS84, the default
    west, south, *_ = body["found"][0][3]
    assert (round(west, 6), round(south, 6)) == (LON, LAT)
    assert 0 < len(body["near"]) < 120


def test_maplibre_draws_the_ogc_tiles(page: Any, live: str, official: Account) -> None:
    """The address comes from the tileset's own document; what is asserted is what MapLibre rendered."""
    sign_in(page, official, live)
    page.goto("/ogc/?f=html")
    tileset = page.evaluate("fetch('/ogc/collections/cim.building/tiles/WebMercatorQuad?f=json').then(r => r.json())")
    address = next(link["href"] for link in tileset["links"] if link["rel"] == "item")
    for ours, theirs in (("tileMatrix", "z"), ("tileRow", "y"), ("tileCol", "x")):
        address = address.replace("{" + ours + "}", "{" + theirs + "}")
    layer = tileset["layers"][0]["id"]
    source = (
        '{% extends "base.html" %}{% block title %}试{% endblock %}{% block heading %}OGC 瓦片{% endblock %}{% block content %}'
        '<div class="map" data-island="map" data-boundary="/none.geojson"></div>{% endblock %}{% block scripts %}{% island "map" %}{% endblock %}'
    )
    html = engines["django"].from_string(source).render({}, RequestFactory().get("/island/"))
    page.route(
        "**/island/",
        lambda route: route.fulfill(
            body=html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
        ),
    )
    page.route(
        "**/none.geojson",
        lambda route: route.fulfill(body='{"type":"FeatureCollection","features":[]}', content_type="application/json"),
    )
    page.goto("/island/")
    page.wait_for_selector(".map[data-ready]")
    names = page.evaluate(
        """([address, layer, lon, lat]) => new Promise((done, fail) => {
          const map = document.querySelector('.map').map;
          map.on('error', (event) => fail(new Error(String(event.error))));
          map.jumpTo({center: [lon + 0.005, lat + 0.005], zoom: 15});
          map.addSource('ogc', {type: 'vector', tiles: [address], maxzoom: 16});
          map.addLayer({id: 'ogc', type: 'fill', source: 'ogc', 'source-layer': layer, paint: {'fill-color': '#1a63c9', 'fill-opacity': 0.6}});
          map.once('idle', () => done([...new Set(map.queryRenderedFeatures({layers: ['ogc']}).map(f => f.properties.name))]));
        })""",
        [address, layer, LON, LAT],
    )
    assert len(names) > 60 and "楼050" in names and "别处" not in names
    picture(page, "ogc-tiles")
