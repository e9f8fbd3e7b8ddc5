"""Map reads: items in a box, vector tiles, and the scope of both."""

from __future__ import annotations

import pytest

from zhujian.foundation.resources.maps import grids

ITEMS = "/api/v1/regions/boundary/items.geojson"


def test_items_in_a_box(client, db) -> None:
    found = client.get(ITEMS, {"bbox": "114.29,30.54,114.31,30.56"}).json()
    codes = {feature["properties"]["code"] for feature in found["features"]}
    assert "420106000000" in codes and "420502000000" not in codes
    assert found["limited"] is False and found["features"][0]["geometry"]["type"] == "MultiPolygon"
    few = client.get(ITEMS, {"limit": 2}).json()
    assert len(few["features"]) == 2 and few["limited"] is True
    assert client.get(ITEMS, {"code": "420106000000"}).json()["features"][0]["properties"]["code"] == "420106000000"


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "114,31,113,30", "nan,0,1,1", "1e9,0,2,2", "114,30,115,30;drop"])
def test_wrong_boxes(client, db, box) -> None:
    answer = client.get(ITEMS, {"bbox": box})
    assert answer.status_code == 422 and answer.json()["code"] == "api.bbox"


def test_tiles(client, db) -> None:
    z, x, y = 9, 418, 210  # 武汉
    west, south, east, north = grids.WEB.bounds(z, x, y, buffer=0)
    assert west < 114.3 < east and south < 30.55 < north
    answer = client.get(f"/tiles/regions/boundary/{z}/{x}/{y}.mvt")
    assert answer.status_code == 200 and b"420106000000" in answer.content and b"boundary" in answer.content
    assert client.get("/tiles/regions/boundary/9/0/0.mvt").status_code == 204
    assert client.get("/tiles/regions/boundary/2/3/1.mvt").status_code == 204
    assert client.get("/tiles/regions/boundary/3/9/1.mvt").status_code == 422


def test_a_read_that_the_database_breaks_off_is_an_answer(client, db, monkeypatch) -> None:
    from django.db import DatabaseError, transaction

    from zhujian.foundation.resources.maps import tiles

    def broken(*_: object) -> None:
        raise DatabaseError("canceling statement due to statement timeout")

    monkeypatch.setattr(tiles, "make", broken)
    with transaction.atomic():
        answer = client.get("/tiles/regions/boundary/9/418/210.mvt")
    assert answer.status_code == 503 and answer.json()["code"] == "system.read_failed"
