"""Regions, parameters and calendars in a real browser: map, cascade of regions, a change with an error and without, a phone."""

import pytest
from playwright.sync_api import expect

from tests import axe
from tests.browser import PHONE, picture
from zhujian.foundation.identity.testing import make_official

pytestmark = pytest.mark.browser
KEY = "worktime.light_few_days"


@pytest.fixture
def keeper(new_page):
    return new_page(account=make_official("420000000000", roles=("parameter_admin", "data_admin"), name="周科长"))


def test_regions_on_the_map_and_in_history(keeper):
    keeper.goto("/regions/")
    assert keeper.locator("h1").inner_text() == "湖北省"
    assert keeper.get_by_role("link", name="仙桃市").count() >= 1
    axe.check(keeper)
    picture(keeper, "regions")
    keeper.get_by_role("link", name="十堰市", exact=True).last.click()
    keeper.get_by_role("link", name="郧阳区", exact=True).last.click()
    assert keeper.get_by_role("link", name="郧县（420321）").is_visible()
    axe.check(keeper)
    keeper.goto("/regions/?q=水果湖")
    assert keeper.get_by_text("湖北省武汉市武昌区水果湖街道", exact=True).is_visible()


def test_the_cascade_writes_what_is_seen(keeper):
    keeper.goto(f"/parameters/{KEY}/change/")
    row, field = keeper.locator(".region-row select"), keeper.locator("select[name=region]")
    row.nth(0).select_option("420100000000")
    row.nth(1).select_option("420106000000")
    row.nth(2).select_option("420106012000")
    assert field.input_value() == "420106012000"
    axe.check(keeper)
    row.nth(2).select_option("")
    assert field.input_value() == "420106000000"
    row.nth(0).select_option("429004000000")
    expect(keeper.locator(".region-row select")).to_have_count(2)
    assert field.input_value() == "429004000000", "a county directly under the province has no city above it"
    row.nth(0).select_option("420000000000")
    assert row.count() == 1
    assert field.input_value() == "420000000000"
    row.nth(0).select_option("")
    assert field.input_value() == ""
    field.select_option("420106000000")
    expect(keeper.locator(".region-row select")).to_have_count(3)
    assert row.nth(1).input_value() == "420106000000", "what another script sets is shown"
    field.focus()
    assert keeper.evaluate("document.activeElement.parentElement.className") == "region-row"


def test_a_value_is_changed_after_an_error_is_mended(keeper):
    keeper.goto(f"/parameters/{KEY}/change/")
    keeper.locator(".region-row select").nth(0).select_option("429004000000")
    keeper.fill("#id_value", "三天")
    keeper.fill("#id_valid_from", "2099-01-01")
    keeper.fill("#id_basis", "鄂建文〔2026〕9号")
    keeper.fill("#id_reason", "提前预警")
    keeper.get_by_role("button", name="登记变更").click()
    assert keeper.locator(".error-summary").get_by_text("整数").is_visible()
    keeper.wait_for_selector(".region-row select >> nth=1")
    assert keeper.locator("select[name=region]").input_value() == "429004000000", "what was typed is kept"
    axe.check(keeper)
    picture(keeper, "parameter-errors", full=True)
    keeper.fill("#id_value", "3")
    keeper.get_by_role("button", name="登记变更").click()
    keeper.wait_for_url(f"**/parameters/{KEY}/")
    assert keeper.get_by_text("待施行").is_visible()
    axe.check(keeper)
    picture(keeper, "parameter", full=True)


def test_a_year_at_a_glance_and_a_deadline(keeper):
    keeper.goto("/worktime/?year=2026")
    keeper.fill("#id_start", "2026-09-28")
    keeper.fill("#id_amount", "5")
    keeper.get_by_role("button", name="推算").click()
    assert keeper.get_by_text("2026年10月10日").is_visible()
    assert keeper.get_by_text("全年 248 个工作日").is_visible()
    axe.check(keeper)
    picture(keeper, "calendar", full=True)


def test_pages_fit_a_phone(new_page):
    person = make_official("420100000000", roles=("parameter_admin",))
    phone = new_page(PHONE, account=person, is_mobile=True, has_touch=True, device_scale_factor=2)
    for address in ("/regions/420106000000/", "/worktime/?year=2026", "/parameters/", f"/parameters/{KEY}/change/"):
        phone.goto(address)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, address
        axe.check(phone)


def test_the_region_of_a_form_works_without_script(new_page):
    person = make_official("420100000000", roles=("parameter_admin",))
    plain = new_page(account=person, java_script_enabled=False)
    plain.goto(f"/parameters/{KEY}/change/")
    plain.locator("select[name=region]").select_option("420106000000")
    plain.fill("#id_value", "4")
    plain.fill("#id_valid_from", "2099-01-01")
    plain.fill("#id_basis", "武建〔2026〕1号")
    plain.fill("#id_reason", "试点")
    plain.get_by_role("button", name="登记变更").click()
    plain.wait_for_url(f"**/parameters/{KEY}/")
    assert plain.get_by_text("湖北省武汉市武昌区").first.is_visible()
