"""Typed coordinates, classes of numbers, scale of a printed map: pure functions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.cim.onemap import output
from zhujian.foundation.cim.onemap.features import bounds
from zhujian.foundation.cim.onemap.places import coordinate


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("114.3055,30.5928", (114.3055, 30.5928)),
        ("114.3055，30.5928", (114.3055, 30.5928)),
        ("30.5928 114.3055", (114.3055, 30.5928)),
        ("30.5928N 114.3055E", (114.3055, 30.5928)),
        ("114°18′20″ 30°35′34″", (114.305556, 30.592778)),
        ("东经114度18分20秒 北纬30度35分34秒", (114.305556, 30.592778)),
        ("30°35'34\"N 114°18'20\"E", (114.305556, 30.592778)),
    ],
)
def test_coordinates_are_read_in_any_order(text: str, wanted: tuple[float, float]) -> None:
    found = coordinate(text)
    assert found is not None and found == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    ["", "武汉市", "420106", "2405-420106-04-01-123456", "114,200", "114 115", "30,31", "114°61′ 30°10′", "1e2,30", "nan,nan"],
)
def test_what_is_no_coordinate_of_the_country(text: str) -> None:
    assert coordinate(text) is None


@given(st.floats(73.001, 135.999), st.floats(3.001, 53.999))
def test_every_place_is_read_back(lon: float, lat: float) -> None:
    assert coordinate(f"{lon:.6f}, {lat:.6f}") == pytest.approx((lon, lat), abs=1e-6)


@given(st.text(max_size=80))
def test_any_text_is_answered(text: str) -> None:
    found = coordinate(text)
    assert found is None or (73 <= found[0] <= 136 and 3 <= found[1] <= 54)


@given(
    st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=200),
    st.integers(2, 9),
    st.sampled_from(["quantile", "equal"]),
)
def test_classes_ascend_and_hold_every_value(values: list[float], count: int, method: str) -> None:
    found = bounds(values, count, method)
    assert 1 <= len(found) <= count
    assert found == sorted(set(found))
    assert found[0] <= min(values) + 1e-6 * max(1, abs(min(values)))


def test_classes_of_floors() -> None:
    floors = [6.0] * 10 + [11.0] * 10 + [18.0] * 10 + [33.0] * 10
    assert bounds(floors, 4, "quantile") == [6, 11, 18, 33]
    assert bounds([0.0, 100.0], 5, "equal") == [0, 20, 40, 60, 80]
    assert bounds([7.0], 5, "quantile") == [7] and bounds([], 5, "equal") == []
    assert bounds([math.inf, 2.0], 3, "equal") == [2]


def test_scale_of_the_printed_map() -> None:
    # At zoom 0 a css pixel of the equator is 78.27 km; at 60° north half of it.
    assert output.metres_per_pixel(0, 0) == pytest.approx(78271.517, abs=0.01)
    assert output.metres_per_pixel(60, 10) == pytest.approx(78271.517 / 2 / 1024, rel=1e-6)
    assert output.denominator(2000, 200) == 10_000 and output.denominator(2469, 200) == 12_000
    assert output.bar(2000) == 500 and output.bar(900) == 200


@given(st.floats(1, 1e7))
def test_scale_bar_is_round_and_fits(ground: float) -> None:
    length = output.bar(ground)
    assert ground / 10 - 1e-9 <= length <= ground / 4 + 1e-9
    assert f"{length:e}"[0] in "125"
