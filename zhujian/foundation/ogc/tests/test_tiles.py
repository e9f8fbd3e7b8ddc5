"""OGC API Tiles: tile matrix sets against their definitions, tilesets, tiles row before column, the same bytes as the map's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.ogc import tms
from zhujian.foundation.ogc.tests.conftest import LAT, LON
from zhujian.foundation.resources.maps.grids import CGCS2000, WEB
from zhujian.foundation.resources.tests import mvt

BASE = "/ogc/collections/cim.building/tiles"


def place(z: int, one) -> tuple[int, int]:
    """(row, column) of the tile that holds the test's place, from the set's document alone."""
    level = tms.matrix_set(one)["tileMatrices"][z]
    size = level["cellSize"] * level["tileWidth"]
    first, second = level["pointOfOrigin"]
    if one is CGCS2000:  # latitude first
        return int((first - LAT) // size), int((LON - second) // size)
    from zhujian.foundation.kernel import geo

    x, y = geo.transform(4326, 3857, LON, LAT)
    return int((second - y) // size), int((x - first) // size)


def test_web_mercator_quad_is_the_registered_one(official) -> None:
    """Values of OGC's registered WebMercatorQuad (17-083r4, annex D.1)."""
    made = official.get("/ogc/tileMatrixSets/WebMercatorQuad").json()
    first, deep = made["tileMatrices"][0], made["tileMatrices"][18]
    assert made["crs"].endswith("/EPSG/0/3857") and made["wellKnownScaleSet"].endswith("GoogleMapsCompatible")
    assert first["scaleDenominator"] == pytest.approx(559082264.028717, rel=1e-9) and first["cellSize"] == pytest.approx(
        156543.033928041
    )
    assert first["pointOfOrigin"] == pytest.approx([-20037508.3427892, 20037508.3427892]) and (
        first["matrixWidth"],
        first["matrixHeight"],
    ) == (1, 1)
    assert deep["matrixWidth"] == 262144 and deep["id"] == "18"


def test_cgcs2000_set_is_latitude_first_and_two_wide(official) -> None:
    """Level z is level z + 1 of 天地图's “c” set; scale as OGC WorldCRS84Quad."""
    made = official.get("/ogc/tileMatrixSets/CGCS2000").json()
    first = made["tileMatrices"][0]
    assert made["orderedAxes"] == ["Lat", "Lon"] and first["pointOfOrigin"] == [90, -180]
    assert first["cellSize"] == 0.703125 and first["scaleDenominator"] == pytest.approx(279541132.0143589, rel=1e-9)
    assert (first["matrixWidth"], first["matrixHeight"]) == (2, 1)
    assert official.get("/ogc/tileMatrixSets/none").status_code == 404
    assert {one["id"] for one in official.get("/ogc/tileMatrixSets").json()["tileMatrixSets"]} == {"WebMercatorQuad", "CGCS2000"}


@pytest.mark.parametrize("one", [WEB, CGCS2000], ids=lambda one: one.name)
def test_tile_is_found_where_the_set_says(official, city, one) -> None:
    row, col = place(16, one)
    answer = official.get(f"{BASE}/{one.name}/16/{row}/{col}", {"f": "mvt"})
    assert answer.status_code == 200 and answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    names = {feature.properties["name"] for feature in mvt.layers(answer.content)["building"]}
    assert "江边平房" in names and "西陵楼" not in names
    own = official.get(f"/tiles/cim/building/{'' if one is WEB else 'CGCS2000/'}16/{col}/{row}.mvt")
    assert own.content == answer.content
    assert official.get(f"{BASE}/{one.name}/16/{row}/{col}", {"datetime": "2015-01-01"}).status_code == 204


@pytest.mark.parametrize(
    "path",
    [
        "WebMercatorQuad/0/1/0",
        "WebMercatorQuad/0/0/1",
        "CGCS2000/0/1/0",
        "WebMercatorQuad/23/0/0",
        "none/0/0/0",
        "WebMercatorQuad/0/0/99999999999999999999",
    ],
)
def test_no_such_tile(official, city, path: str) -> None:
    assert official.get(f"{BASE}/{path}").status_code == 404


def test_tile_refuses_what_it_does_not_know(official, city) -> None:
    for given_ in ({"x": "1"}, {"f": "png"}, {"datetime": "soon"}, {"stage": "x"}):
        assert official.get(f"{BASE}/WebMercatorQuad/10/0/0", given_).status_code == 400, given_


@pytest.mark.parametrize("one", [WEB, CGCS2000], ids=lambda one: one.name)
def test_tileset_describes_its_tiles(official, city, one) -> None:
    listed = official.get(BASE).json()["tilesets"]
    assert {entry["crs"].rpartition("/")[2] for entry in listed} == {"3857", "4490"} and all(
        entry["dataType"] == "vector" for entry in listed
    )
    made = official.get(f"{BASE}/{one.name}").json()
    assert made["layers"][0]["id"] == "building" and made["layers"][0]["geometryDimension"] == 2
    assert {"use", "name"} <= set(made["layers"][0]["propertiesSchema"]["properties"])
    item = next(link for link in made["links"] if link["rel"] == "item")
    assert item["templated"] is True
    row, col = place(14, one)
    limit = next(entry for entry in made["tileMatrixSetLimits"] if entry["tileMatrix"] == "14")
    assert limit["minTileRow"] <= row <= limit["maxTileRow"] and limit["minTileCol"] <= col <= limit["maxTileCol"]
    assert (limit["maxTileRow"] - limit["minTileRow"]) < 60
    href = (
        item["href"]
        .removeprefix("http://testserver")
        .replace("{tileMatrix}", "14")
        .replace("{tileRow}", str(row))
        .replace("{tileCol}", str(col))
    )
    assert official.get(href).status_code == 200


@given(st.integers(0, 22), st.floats(-80, 80), st.floats(-80, 80), st.sampled_from([WEB, CGCS2000]))
def test_limits_hold_both_corners(level: int, one: float, other: float, grid) -> None:
    south, north = sorted((one, other))
    limits = tms._limits(grid, level, (73.0, south, 136.0, north))
    top, bottom = (grid.bounds(level, 0, limits[name], buffer=0) for name in ("minTileRow", "maxTileRow"))
    assert top[1] <= north + 1e-9 and top[3] >= north - 1e-9 and bottom[1] <= south + 1e-9 and bottom[3] >= south - 1e-9
