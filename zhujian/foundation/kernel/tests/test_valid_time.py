"""Stages of a version by the day one looks at it."""

from datetime import date

import pytest

from zhujian.foundation.kernel.valid_time import stage

BUILT, GONE = date(2010, 5, 1), date(2024, 7, 1)


@pytest.mark.parametrize(
    ("valid_to", "planned", "on", "found"),
    [
        (None, False, BUILT, "present"),
        (GONE, False, date(2024, 6, 30), "present"),
        (GONE, False, GONE, "history"),
        (None, False, date(2010, 4, 30), "planned"),
        (None, True, GONE, "planned"),
    ],
)
def test_stage(valid_to: date | None, planned: bool, on: date, found: str) -> None:
    assert stage(BUILT, valid_to, planned, on) == found
