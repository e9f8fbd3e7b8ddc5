"""The public service in a real browser: without a place, without JavaScript, and the officials' pages.

The report in three taps on a phone begins the journey in `test_journey_city_management.py`.
"""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from tests import axe
from tests.browser import PHONE, picture
from zhujian.boards.city_management.public_service.models import CallBack, Peer, StatusPush, Submission, WorkOrder
from zhujian.boards.city_management.public_service.services import call_backs
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.browser
WHERE = {"longitude": 114.3436, "latitude": 30.5523, "accuracy": 12}
REGION = "420106000000"


def photo(size: tuple[int, int] = (2400, 1800)) -> bytes:
    """A picture as a phone takes it."""
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_no_permission_for_the_place_is_said_and_an_address_helps(new_page):
    page = new_page(PHONE, has_touch=True, is_mobile=True, permissions=[])
    page.goto("/public-service/report/")
    for number, field in enumerate(
        ("label[for=id_photos]", "label[for=id_photos]", "[data-album]"), 1
    ):  # no tap misses, the field has the focus
        with page.expect_file_chooser() as chooser:
            page.locator(field).first.tap()
        chooser.value.set_files({"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": photo((320, 240))})
        expect(page.locator("[data-previews] img")).to_have_count(number)
    hidden = "e => { e.focus(); const r = e.getBoundingClientRect(); return document.activeElement === e && r.width <= 1 && r.height <= 1 }"
    assert page.locator("#id_photos").evaluate(hidden)
    for number in (2, 1, 0):
        page.get_by_role("button", name="删除照片1").tap()
        expect(page.locator("[data-previews] img")).to_have_count(number)
    page.locator("[data-here]").tap()
    page.wait_for_selector("[data-where].is-wrong")
    assert "定位" in page.locator("[data-where]").inner_text()
    page.locator("#id_address").fill("没有的路1号")
    page.get_by_role("button", name="查找").click()
    page.locator("[data-where]", has_text="没有找到").wait_for()
    page.get_by_role("button", name="提交上报").click()
    page.wait_for_selector("[data-error-summary]")
    axe.check(page)
    assert fits(page)
    picture(page, "public-service-report-errors", full=True)
    page.locator(".error-summary a").first.click()
    page.locator(".ps-map > summary").click()
    page.wait_for_selector(".map[data-ready]", timeout=30_000)
    page.locator(".map canvas").click(position={"x": 200, "y": 150})
    expect(page.locator("#id_lon")).not_to_have_value("")
    axe.check(page)


def test_without_javascript_and_in_large_print(new_page):
    page = new_page(java_script_enabled=False, elder=True)
    page.goto("/public-service/report/")
    page.locator("#id_photos").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo((320, 240))})
    page.locator(".ps-map > summary").click()
    page.locator("#id_lon").fill("114.3436")
    page.locator("#id_lat").fill("30.5523")
    page.locator("#id_description").fill("<b>垃圾</b>")
    page.get_by_role("button", name="提交上报").click()
    page.wait_for_url("**/public-service/report/*/")
    page.get_by_role("link", name="查看进度").click()
    assert "<b>垃圾</b>" in page.locator(".ps-text").inner_text()
    picture(page, "public-service-mine-elder", full=True)


def people_and_rows() -> dict[str, object]:
    """Orders, closed cases to be called back and answers, as the officials' pages show them."""
    acceptor = make_official(REGION, "UMS", roles=("acceptor", "shift_leader"), name="陈受理")
    now = timezone.now()
    with transaction.atomic(), scope.system("test"):
        peer = Peer.objects.create(
            code="wh12345", name="武汉12345", kind="hotline", source="hotline_12345", secret="x", secret_hash="h", region_code=REGION,
            push_url="https://hotline.example.gov.cn/states",
        )  # fmt: skip
        order = WorkOrder.objects.create(
            order_no="20260302000123", source="hotline_12345", peer=peer, kind="complaint", title="小区门口垃圾没人清", content="小区门口垃圾堆了三天没人清。",
            address="民主路8号", caller_name="赵六", caller_phone="13900009999", called_at=now, received_at=now, due_at=now + timedelta(days=7),
            limit_text="7个工作日", return_by=now + timedelta(days=1), region_code=REGION,
        )  # fmt: skip
        StatusPush.objects.create(
            order=order,
            status="accepted",
            payload={},
            state="rejected",
            error="HTTP 403",
            attempts=1,
            next_at=now,
            region_code=REGION,
        )
        for n in range(6):
            row = Submission.objects.create(
                number=f"4201062603020000000{n}", source="public_web", kind="event", class_code="0110", class_name="暴露垃圾", address="民主路8号",
                location=Point(114.3436, 30.5523, srid=4490), received_at=now, changed_at=now, stage="closed", phone_hash="x" * 64,
                case_no=f"420106202603020000{n}", unit="武昌区城市管理执法局" if n % 2 else "武汉东湖市政工程有限公司", region_code=REGION,
            )  # fmt: skip
            found = CallBack.objects.create(
                submission=row, case_no=row.case_no, class_name="暴露垃圾", unit=row.unit, asked_at=now, due_at=now + timedelta(days=7),
                next_at=now - timedelta(minutes=1), token_hash=call_backs.token_hash(f"token{n}"), region_code=REGION,
            )  # fmt: skip
            if n < 4:
                found.state, found.level, found.answered_at, found.channel, found.note = (
                    "answered",
                    n + 1,
                    now,
                    "desk",
                    "清得很快",
                )
                found.save()
    return {"acceptor": acceptor, "order": order.pk, "call": found.pk}


def test_the_officials_pages(new_page):
    made = people_and_rows()
    page = new_page(account=made["acceptor"])
    phone = new_page(PHONE, account=made["acceptor"], has_touch=True, is_mobile=True, device_scale_factor=2)
    shown = {
        "orders": "/r/public_service/work_order/", "order": f"/public-service/orders/{made['order']}/", "call-backs": "/public-service/call-backs/",
        "call": f"/public-service/call-backs/{made['call']}/", "satisfaction": "/public-service/satisfaction/", "peers": "/public-service/peers/",
        "rate": "/public-service/rate/token5/", "home": "/public-service/",
        "nearby": f"/public-service/nearby/?lon={WHERE['longitude']}&lat={WHERE['latitude']}",
    }  # fmt: skip
    for name, address in shown.items():
        for one, size in ((page, "wide"), (phone, "phone")):
            one.goto(address)
            if one.locator(".map").count():
                one.wait_for_selector(".map[data-ready]", timeout=30_000)
            assert fits(one), (name, size)
            axe.check(one)
            picture(one, f"public-service-{name}-{size}", full=True)
    page.goto(shown["satisfaction"])
    assert "75.00%" in page.locator(".kpis").inner_text() and "3 ÷ 4" in page.locator(".kpis").inner_text()
    page.goto(shown["call"])
    page.get_by_label("非常满意").check()
    page.get_by_role("button", name="登记评价").click()
    page.wait_for_url("**/call-backs/")
    assert "回访已登记" in page.locator("main").inner_text()
