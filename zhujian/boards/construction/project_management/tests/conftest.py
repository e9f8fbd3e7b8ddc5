"""Worlds for the tests of this module, on a fixed working day: 2026-03-10, a Tuesday."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from zhujian.boards.construction.project_management.tests.world import FANCHENG, WUCHANG, XILING, World, make_world

TODAY = datetime(2026, 3, 10, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    """The day of the tests; ``clock.move_to(...)`` lets time pass."""
    with time_machine.travel(TODAY, tick=True) as traveller:
        yield traveller


@pytest.fixture
def wuhan(db) -> World:
    """Wuhan's variant."""
    return make_world(WUCHANG)


@pytest.fixture
def yichang(db) -> World:
    """Yichang's variant."""
    return make_world(XILING)


@pytest.fixture
def xiangyang(db) -> World:
    """A city without a variant of its own: the province's default."""
    return make_world(FANCHENG)
