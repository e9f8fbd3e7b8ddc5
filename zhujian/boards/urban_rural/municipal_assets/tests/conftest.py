"""What one test counted is not what the next one sees."""

from __future__ import annotations

import pytest

from zhujian.boards.urban_rural.municipal_assets.selectors import overview


@pytest.fixture(autouse=True)
def counted_anew() -> None:
    overview.forget()
