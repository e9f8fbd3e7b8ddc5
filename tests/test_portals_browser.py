"""Portals in a real browser: each kind of person's first page, on a desktop, a phone and in 长辈版; nothing serious for axe."""

import pytest

from tests import axe
from tests.browser import PHONE, picture
from zhujian.foundation.identity.testing import make_enterprise, make_official

pytestmark = pytest.mark.browser


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_public_pages(page):
    page.goto("/")
    page.get_by_label("项目代码或证照编号").fill("2405-420106-04-01-12")
    axe.check(page)
    picture(page, "public-home")
    page.get_by_role("button", name="查询").click()
    page.wait_for_selector("[data-error-summary]")
    assert "项目代码应为" in page.locator(".error-summary").inner_text()
    page.locator(".error-summary a").click()
    assert page.evaluate("document.activeElement.id") == "id_number"
    axe.check(page)
    page.goto("/public/guides/")
    axe.check(page)
    page.get_by_role("link", name="建筑工程施工许可").first.click()
    assert "办理依据" in page.locator("main").inner_text()
    axe.check(page)


def test_public_home_on_a_phone(phone):
    phone.goto("/")
    assert fits(phone)
    axe.check(phone)
    picture(phone, "public-home-phone")


@pytest.mark.parametrize("elder", [False, True])
def test_workbench_and_search(new_page, elder: bool):
    page = new_page(account=make_official("420106000000", roles=("reviewer", "supervisor"), name="周科长"), elder=elder)
    page.goto("/")
    page.wait_for_url("**/workbench/")
    assert "周科长" in page.locator("h1").inner_text()
    assert fits(page)
    axe.check(page)
    picture(page, f"workbench{'-elder' if elder else ''}")
    page.goto("/workbench/search/?q=" + "不存在")
    axe.check(page)


def test_workbench_on_a_phone_has_its_menu_in_a_drawer(new_page):
    page = new_page(PHONE, account=make_official("420106000000"), is_mobile=True, has_touch=True, device_scale_factor=2)
    page.goto("/workbench/")
    assert fits(page)
    assert not page.locator("#menu").is_visible()
    page.locator(".menu-toggle > summary").click()
    assert page.locator("#menu").is_visible()
    axe.check(page)
    picture(page, "workbench-phone-menu")
    page.keyboard.press("Escape")
    assert not page.locator("#menu").is_visible()


def test_enterprise_hall(new_page):
    page = new_page(account=make_enterprise(name="湖北新来建设有限公司"))
    page.goto("/")
    page.wait_for_url("**/enterprise/")
    axe.check(page)
    picture(page, "enterprise")


def test_overview_draws_map_and_charts_and_the_screen(new_page):
    page = new_page(account=make_official("420000000000", roles=("viewer",)))
    page.goto("/overview/")
    page.wait_for_selector(".map[data-ready]")
    names = page.evaluate(
        "new Promise(done => { const map = document.querySelector('.map').map; const read = () => done([...new Set("
        "map.queryRenderedFeatures({layers: ['choropleth']}).map(f => f.properties.name))]); map.loaded() ? read() : map.once('idle', read) })"
    )
    assert {"武汉市", "宜昌市", "恩施土家族苗族自治州", "仙桃市"} <= set(names) and len(names) == 17
    assert page.locator(".chart[data-ready]").count() == 5
    axe.check(page)
    picture(page, "overview", full=True)
    page.goto("/overview/screen/")
    page.wait_for_selector(".map[data-ready]")
    axe.check(page)
    picture(page, "overview-screen")
    page.set_viewport_size(PHONE)
    page.goto("/overview/")
    page.wait_for_selector(".map[data-ready]")
    assert fits(page)
