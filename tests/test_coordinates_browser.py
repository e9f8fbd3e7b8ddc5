"""The coordinate tools and the pages of the OGC interface in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from tests import axe
from tests.browser import picture, sign_in
from zhujian.foundation.identity.testing import make_official

pytestmark = [pytest.mark.browser, pytest.mark.one_database]


def test_a_clerk_converts_a_list_and_sees_what_is_wrong(page: Any, live: str) -> None:
    sign_in(page, make_official("420106000000", roles=("viewer",)), live)
    page.goto("/ogc/coordinates/")
    assert page.get_by_role("link", name="坐标转换").count() >= 1
    page.select_option("#id_target", "EPSG:4526")
    page.fill("#id_points", "114.3055,30.5928\n30.5928,114.3055")
    page.get_by_role("button", name="转换", exact=True).click()
    result = page.locator("#result")
    assert "38529299.86" in result.inner_text() and "写反" in result.inner_text()
    axe.check(page)
    picture(page, "coordinates", full=True)
    page.select_option("#id_target", "GCJ-02")
    page.get_by_role("button", name="转换", exact=True).click()
    assert "仅供互联网底图，不得存入业务数据" in page.locator("#result").inner_text()
    page.set_input_files(
        "#id_file", {"name": "点.csv", "mimeType": "text/csv", "buffer": "经度,纬度\n114.3055,30.5928\n".encode()}
    )
    page.select_option("#id_file_target", "EPSG:4547")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="转换并下载").click()
    assert waiting.value.suggested_filename == "点-转换结果.csv"
    with open(waiting.value.path(), encoding="utf-8-sig") as stream:
        assert "529299.8" in stream.read()


def test_tools_and_services_on_a_phone(phone: Any, live: str) -> None:
    sign_in(phone, make_official("420106000000", roles=("viewer",)), live)
    phone.goto("/ogc/coordinates/")
    phone.fill("#id_points", "114.3055,30.5928")
    phone.get_by_role("button", name="转换", exact=True).tap()
    assert "529299.86" in phone.locator("#result").inner_text()
    picture(phone, "coordinates-phone", full=True)
    for address in (
        "/ogc/",
        "/ogc/collections",
        "/ogc/collections/cim.building",
        "/ogc/collections/cim.building/queryables",
        "/ogc/api?f=html",
    ):
        phone.goto(address)
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), address
        picture(phone, "ogc-phone-" + str(len(address)))


def test_pages_of_the_interface(page: Any, live: str) -> None:
    sign_in(page, make_official("420106000000", roles=("viewer",)), live)
    page.goto("/ogc/")
    axe.check(page)
    picture(page, "ogc-landing")
    page.locator("main a[href='/ogc/collections']").click()
    page.locator("main a[href='/ogc/collections/cim.building']").click()
    picture(page, "ogc-collection")
    page.locator("main").get_by_role("link", name="可查询的属性").click()
    page.get_by_role("cell", name="floors_above").wait_for()
    axe.check(page)
    picture(page, "ogc-queryables")
    page.goto("/ogc/tileMatrixSets/CGCS2000?f=html")
    picture(page, "ogc-grid")


def test_a_token_is_made_and_shown_once(page: Any, live: str) -> None:
    sign_in(page, make_official("420106000000", roles=("viewer",)), live)
    page.goto("/account/")
    page.get_by_role("link", name="管理访问令牌").click()
    page.fill("#id_name", "QGIS，办公室电脑")
    page.get_by_role("button", name="创建令牌").click()
    assert page.locator(".one-time").inner_text().startswith("zj_")
    axe.check(page)
    picture(page, "access-token")
    page.get_by_role("link", name="我已保存，继续").click()
    page.get_by_role("cell", name="QGIS，办公室电脑").wait_for()
    page.wait_for_function("() => !document.querySelector('.one-time')")
    page.get_by_role("button", name="撤销").click()
    page.get_by_text("令牌已撤销").wait_for()
