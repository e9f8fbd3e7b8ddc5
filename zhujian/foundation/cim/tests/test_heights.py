"""Heights for outlines without one: by floors, else the usual height of the use; never nothing, never below the ground."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.cim.rules.heights import estimated
from zhujian.foundation.parameters import selectors as parameters

STOREY = {"10": 3.0, "usual": 3.3}
USUAL = {"30": 24.0, "usual": 9.0}


def test_floors_go_before_the_usual_height() -> None:
    assert estimated("10", 6, STOREY, USUAL) == Decimal("18.00")
    assert estimated("90", 2, STOREY, USUAL) == Decimal("6.60")
    assert estimated("30", None, STOREY, USUAL) == Decimal("24.00") and estimated("10", 0, STOREY, USUAL) == Decimal("9.00")


@given(st.sampled_from(("10", "30", "90")), st.integers(1, 120))
def test_more_floors_are_never_lower(use: str, floors: int) -> None:
    assert estimated(use, floors + 1, STOREY, USUAL) > estimated(use, floors, STOREY, USUAL) > 0


@pytest.mark.django_db
def test_the_parameters_have_an_entry_for_every_other_use() -> None:
    for name in ("storey_height_m", "usual_height_m"):
        assert parameters.value(f"cim.{name}", on=timezone.localdate(), region="420111000000").value["usual"] > 0
