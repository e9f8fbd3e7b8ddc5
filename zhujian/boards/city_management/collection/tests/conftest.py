"""A browser with a camera that films a test picture, and inspectors on the move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser import FLAGS, PHONE, chromium

CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture(scope="module")
def browser(browser: Any) -> Iterator[Any]:
    """The session's browser with a camera of its own."""
    running = browser.browser_type.launch(executable_path=chromium(), args=[*FLAGS, *CAMERA])
    yield running
    running.close()


@pytest.fixture
def field(new_page: Callable[..., Any]) -> Callable[..., Any]:
    """Opens the app on a phone that knows where it is: ``field(account, (lon, lat), tab)``."""

    def open_app(account: Any, at: tuple[float, float] | None, tab: str = "report", **more: Any) -> Any:
        place = {"longitude": at[0], "latitude": at[1], "accuracy": 8} if at else None
        page = new_page(
            PHONE, account=account, has_touch=True, is_mobile=True, device_scale_factor=2,
            permissions=["geolocation", "camera"] if at else [], geolocation=place, **more,
        )  # fmt: skip
        page.goto(f"/collection/app/#{tab}")
        page.wait_for_selector(f"#field[data-ready={tab}]")
        return page

    return open_app
