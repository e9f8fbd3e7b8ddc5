"""The city and the verbs that the tests of the loop share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from zhujian.boards.city_management.command.tests.kit import Loop, at, build
from zhujian.foundation.kernel import scope


@pytest.fixture
def now(db) -> Iterator[time_machine.Coordinates]:
    """Friday 2025-11-07, 09:30 in China; ``now.move_to`` goes on."""
    with time_machine.travel(at("2025-11-07 09:30"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def loop(now) -> Loop:
    """The city, and what its people do."""
    with scope.system("test"):
        return Loop(build())
