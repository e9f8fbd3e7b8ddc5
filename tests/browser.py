"""A real Chromium against a live server on the test database; shared by every journey.

Fixtures: `live` (address of the server; implies ``django_db(transaction=True)``), `page` (1440×900), `phone` (390×844), and
`new_page` to open further people's browsers. A page that logs an error, breaks the content policy or asks another host for
anything fails its test at the end. `sign_in` logs an account in without its password.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest

# Playwright's sync API keeps an event loop in this thread; the ORM calls of the tests themselves are still synchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
    "--font-render-hinting=none", "--lang=zh-CN",
]  # fmt: skip
PICTURES = Path(__file__).resolve().parent.parent / "test-results"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def chromium() -> str:
    """Path of the browser: ``CHROMIUM`` or Debian's."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("没有找到 Chromium 浏览器；请安装 chromium 软件包。")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser for the whole session."""
    from playwright.sync_api import sync_playwright

    path = chromium()
    with sync_playwright() as tool:
        running = tool.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def live(transactional_db: None, live_server: Any) -> str:
    """Address of a server over the test database; what it commits is thrown away after the test."""
    return live_server.url


@pytest.fixture
def new_page(browser: Any, live: str) -> Iterator[Callable[..., Any]]:
    """Opens pages in browser contexts of their own (one person each) and watches what they complain about."""
    contexts = []
    faults: list[str] = []

    def open_page(viewport: dict[str, int] = DESKTOP, *, account: Any = None, elder: bool = False, **options: Any) -> Any:
        context = browser.new_context(
            base_url=live, viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce", **options
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        if elder:
            context.add_cookies([{"name": "elder", "value": "1", "url": live}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"script error on {page.url}: {error}"))
        page.on("console", lambda message: _note(faults, page.url, message))
        page.on("request", lambda request: _inside(faults, live, request.url))
        if account is not None:
            sign_in(page, account, live)
        return page

    yield open_page
    for context in contexts:
        context.close()
    if faults:
        pytest.fail("the browser complained:\n" + "\n".join(faults[:20]))


def _note(faults: list[str], where: str, message: Any) -> None:
    """Keep errors of the console; answers that refuse (4xx), and a network the test has cut itself, are judged by the test."""
    expected = ("Failed to load resource: the server responded with a status of 4", "net::ERR_INTERNET_DISCONNECTED")
    if message.type == "error" and not any(words in message.text for words in expected):
        faults.append(f"{where}: {message.text}")


def _inside(faults: list[str], live: str, url: str) -> None:
    parts = urlparse(url)
    if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != urlparse(live).netloc:
        faults.append(f"a request left the platform: {url}")


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """A desktop page, nobody logged in."""
    return new_page()


@pytest.fixture
def phone(new_page: Callable[..., Any]) -> Any:
    """A page as wide as a phone, nobody logged in."""
    return new_page(PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)


def sign_in(page: Any, account: Any, live: str, post: Any = None) -> None:
    """Log `account` in (in `post`, else its first one) by giving the page's context a session of its own."""
    from django.conf import settings
    from django.test import Client

    from zhujian.foundation.identity.testing import login

    client = Client()
    login(client, account, post)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live}])


def picture(page: Any, name: str, *, full: bool = False) -> None:
    """With ``ZHUJIAN_PICTURES=1``, save what the page shows as ``test-results/<name>.png``: for eyes, not for assertions."""
    from playwright.sync_api import Error

    if not os.environ.get("ZHUJIAN_PICTURES"):
        return
    PICTURES.mkdir(exist_ok=True)
    path = PICTURES / f"{name}.png"
    for left in (2, 1, 0):
        try:
            page.screenshot(path=path, full_page=full)
            break
        except Error as error:  # the browser's compositor gives up on a frame now and then; the page is none the worse
            if "Unable to capture screenshot" not in str(error) or not left:
                raise
            page.wait_for_timeout(500)
