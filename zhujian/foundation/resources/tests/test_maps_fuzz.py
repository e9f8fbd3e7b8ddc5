"""Whatever stands in the address of a tile, of items or of a list: an answer, never a broken server."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhujian.foundation.identity.testing import login, make_official

numbers = st.integers(0, 25) | st.integers(0, 2**80)
moments = st.text(max_size=30) | st.from_regex(
    r"\A\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2}))?(/(\.\.|\d{4}-\d{2}-\d{2})?)?\Z"
)
settled = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], derandomize=True
)


@pytest.fixture
def reader(client, db):
    """A county's viewer at the keyboard."""
    login(client, make_official("420106000000", roles=("viewer",)))
    return client


@settled
@given(numbers, numbers, numbers, st.booleans())
def test_any_numbers_in_a_tile_address(reader, z: int, x: int, y: int, degrees: bool) -> None:
    answer = reader.get(f"/tiles/cim/building/{'CGCS2000/' if degrees else ''}{z}/{x}/{y}.mvt")
    assert answer.status_code in (200, 204, 422)


@settled
@given(moments, st.text(max_size=12), st.text(max_size=24))
def test_any_time_stage_and_shape(reader, moment: str, stage: str, token: str) -> None:
    for name, value in (("datetime", moment), ("stage", stage), ("within", token)):
        asked = f"?{name}={quote(value, safe='')}"
        assert reader.get(f"/tiles/cim/building/15/26787/13447.mvt{asked}").status_code in (200, 204, 422)
        assert reader.get(f"/api/v1/cim/building/items.geojson{asked}&limit=1").status_code in (200, 422)
        assert reader.get(f"/r/cim/building/{asked}", headers={"X-Part": "results"}).status_code == 200


@settled
@given(st.text(alphabet="0123456789,.-eE+naif ", max_size=40))
def test_any_box(reader, box: str) -> None:
    assert reader.get("/api/v1/cim/building/items.geojson", {"bbox": box}).status_code in (200, 422)
