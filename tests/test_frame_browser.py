"""The frame and the page of components in a real browser: desktop, phone, 长辈版, keyboard, print, accessibility."""

import pytest

from tests import axe
from tests.browser import PHONE, picture
from zhujian.foundation.identity.testing import make_official

pytestmark = pytest.mark.browser


def test_components_on_a_desktop(new_page):
    page = new_page(account=make_official("420106000000", name="周科长"))
    page.goto("/style/")
    assert page.locator("h1").inner_text().startswith("界面组件")
    axe.check(page)
    picture(page, "style-desktop", full=True)
    page.emulate_media(media="print")
    assert not page.locator(".site-header").is_visible()
    picture(page, "style-print", full=True)


def test_the_first_stop_of_the_keyboard_is_the_skip_link(page):
    page.goto("/no-such-page/")
    assert "没有找到" in page.locator("h1").inner_text()
    axe.check(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_components_on_a_phone_fit_the_width(new_page):
    page = new_page(PHONE, account=make_official("420106000000"), is_mobile=True, has_touch=True, device_scale_factor=2)
    page.goto("/style/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(page, "style-phone", full=True)
    axe.check(page)


def test_elder_view_is_bigger_and_switches_back(new_page):
    page = new_page(account=make_official("420106000000"))
    page.goto("/style/")
    page.get_by_role("button", name="长辈版").click()
    page.wait_for_selector("html[data-elder='1']")
    assert page.url.endswith("/style/")
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "20px"
    small = page.evaluate(
        "[...document.querySelectorAll('.btn')].filter(b => b.offsetParent && b.getBoundingClientRect().height < 60).length"
    )
    assert small == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    axe.check(page)
    picture(page, "style-elder", full=True)
    page.get_by_role("button", name="标准版").click()
    page.wait_for_selector("html[data-elder='0']")


def test_without_scripts_the_menu_still_opens_on_a_phone(new_page):
    page = new_page(PHONE, account=make_official("420106000000"), java_script_enabled=False)
    page.goto("/style/")
    if page.locator("#menu").count():
        assert not page.locator("#menu").is_visible()
        page.locator(".menu-toggle summary").click()
        assert page.locator("#menu").is_visible()
