"""The one map in a real browser: layers, cards, search, shapes, time, comparison, sharing, phone, keyboard; judged by what is rendered."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from tests import axe
from tests.browser import picture
from tests.onemap_kit import HERE, build, centre, names, pixel, ready, settled
from zhujian.foundation.identity.testing import make_official

pytestmark = pytest.mark.browser
PAGE = "/cim/map/"
ONLY = "l=cim.building"


@pytest.fixture
def city(live: str) -> dict[str, Any]:
    return build()


@pytest.fixture
def clerk(live: str) -> Any:
    return make_official("420100000000", roles=("viewer", "data_admin"), name="郑地图")


def test_layer_identify_page_and_back(new_page: Any, city: dict[str, Any], clerk: Any) -> None:
    page = new_page(account=clerk)
    page.goto(f"{PAGE}?{HERE}&l=")
    ready(page)
    assert names(page) == []
    page.get_by_role("checkbox", name="房屋建筑").first.check()
    settled(page)
    assert names(page) == ["一号楼", "二号楼", "新办公楼"]
    axe.check(page, ".onemap")
    picture(page, "onemap-buildings")
    page.mouse.click(*pixel(page, *centre(1)))
    card = page.locator(".om-card")
    card.wait_for()
    assert card.get_attribute("data-id") == str(city["二号楼"].pk)
    assert "33" in card.inner_text() and "住宅" in card.inner_text()
    axe.check(page, ".onemap")
    before = page.url
    card.get_by_role("link", name="查看详情").click()
    page.wait_for_url("**/r/cim/building/**")
    page.get_by_role("link", name="返回一张图").click()
    ready(page)
    was, now = (parse_qs(urlparse(url).query) for url in (before, page.url))
    assert was["c"] == now["c"] and was["z"] == now["z"] and now["sel"] == [f"cim.building:{city['二号楼'].pk}"]
    assert names(page) == ["一号楼", "二号楼", "新办公楼"]
