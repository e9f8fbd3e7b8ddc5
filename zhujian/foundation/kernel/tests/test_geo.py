"""Coordinates: the published vectors, round trips, and refusal of transformations nobody knows the accuracy of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from zhujian.foundation.kernel import geo
from zhujian.foundation.kernel.errors import Refusal

POINT = (114.3055, 30.5928)
LONS, LATS = st.floats(108.4, 116.1), st.floats(29.0, 33.3)


def test_foundation_17_13_projections_and_geocentric() -> None:
    assert [round(value, 3) for value in geo.project(*POINT, 4547)] == [529299.860, 3385869.453]
    assert [round(value, 3) for value in geo.project(*POINT, 4526)] == [38529299.860, 3385869.453]
    assert [round(value, 3) for value in geo.geocentric(*POINT, 25.0)] == [-2261804.074, 5008058.910, 3227127.448]


def test_foundation_17_13_shifted_frame_of_internet_maps() -> None:
    shifted = geo.to_gcj02(*POINT)
    assert [round(value, 6) for value in shifted] == [114.310945, 30.590391]
    _, _, distance = Geod(ellps="GRS80").inv(*POINT, *shifted)
    assert distance == pytest.approx(586, abs=1)
    assert max(abs(a - b) for a, b in zip(geo.from_gcj02(*shifted), POINT, strict=True)) < 1e-9


@given(LONS, LATS)
def test_round_trips(lon: float, lat: float) -> None:
    for there, back in ((geo.to_gcj02, geo.from_gcj02), (geo.to_bd09, geo.from_bd09)):
        assert max(abs(a - b) for a, b in zip(back(*there(lon, lat)), (lon, lat), strict=True)) < 1e-9
    for epsg in (4547, 4526, 4546):
        assert max(abs(a - b) for a, b in zip(geo.unproject(*geo.project(lon, lat, epsg), epsg), (lon, lat), strict=True)) < 1e-8


def test_outside_china_nothing_is_shifted() -> None:
    assert geo.to_gcj02(2.35, 48.85) == (2.35, 48.85)
    assert geo.from_gcj02(2.35, 48.85) == (2.35, 48.85)


@pytest.mark.parametrize("source", [4610, 4214, 2362, 2437])
def test_frames_without_known_parameters_are_refused(source: int) -> None:
    """Xi'an 80 and Beijing 54 would come back unchanged."""
    with pytest.raises(Refusal, match="已知精度"):
        geo.transform(source, 4490, 114.3 if source in (4610, 4214) else 529000.0, 30.6 if source in (4610, 4214) else 3385000.0)


def test_unknown_frames_and_impossible_points_are_refused() -> None:
    with pytest.raises(Refusal) as refused:
        geo.transform(999999, 4490, 1.0, 1.0)
    assert refused.value.code == "geo.crs"
    with pytest.raises(Refusal) as refused:
        geo.project(30.5928, 214.3055, 4547)
    assert refused.value.code == "geo.outside"


def test_cgcs2000_and_wgs84_agree_for_map_work() -> None:
    assert geo.transform(4326, 4490, *POINT) == POINT
    assert geo.transform(4326, 4547, *POINT) == geo.project(*POINT, 4547)
