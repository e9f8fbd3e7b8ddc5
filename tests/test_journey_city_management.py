"""数字城管 from end to end: a citizen on a phone, the two centres on a desktop, crew and inspector in the field app with the network away.

One case with three reporters: the citizen (three taps, no account), a neighbour who telephones, and an inspector on patrol. After every
act: nobody but the supervision centre learns who reported, and nobody checks what they reported or disposed of.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests import axe
from tests.browser import PHONE, picture, sign_in
from zhujian.boards.city_management.collection.models import Receipt
from zhujian.boards.city_management.collection.tests.conftest import browser, field  # noqa: F401  (fixtures: a browser with a camera)
from zhujian.boards.city_management.collection.tests.kit import CONTROLLED, STORED, rows, shoot, until
from zhujian.boards.city_management.command import services as command
from zhujian.boards.city_management.command.models import Case, CaseStep, Photo, Report
from zhujian.boards.city_management.command.tests.kit import HERE, Loop, build
from zhujian.boards.city_management.public_service.models import CallBack
from zhujian.boards.city_management.public_service.tests.conftest import Operator, deliver
from zhujian.foundation.audit.models import Record
from zhujian.foundation.identity.models import Account, Organisation, Post
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.messages import services as messages
from zhujian.foundation.messages.models import TextMessage
from zhujian.foundation.workflow import services as workflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CITIZEN, NEIGHBOUR, NAME = "13912345678", "13800001234", "王秀兰"
SECRETS = (CITIZEN, NEIGHBOUR, NAME)
WHERE = {"longitude": HERE[0], "latitude": HERE[1], "accuracy": 12}
HANDSET = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2}


def heap() -> bytes:
    """A street with a heap of rubbish, as a phone takes it."""
    out = io.BytesIO()
    image = Image.new("RGB", (2400, 1800), "#9db8cf")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 860, 2400, 1800), fill="#7b7f85")
    for left in (500, 900, 1300):
        draw.ellipse((left, 1200, left + 460, 1520), fill="#4e3b2a")
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def saved(do: Callable[[], Any]) -> Any:
    """What a service does, committed."""
    with transaction.atomic():
        return do()


def seen(case: Case) -> Case:
    return rows(Case, pk=case.pk)[0]


def hidden(page: Any, *more: str, of: Iterable[str] = SECRETS) -> None:
    """Neither the page nor what it loads for itself says who reported."""
    for text in (page.content(), *(page.request.get(path).text() for path in more)):
        for secret in of:
            assert secret not in text, f"{secret} on {page.url}"


def refused(page: Any, *paths: str) -> None:
    """Addresses that this person may not open at all."""
    for path in paths:
        assert page.request.get(path).status == 403, (path, page.url)


def barred(loop: Loop, who: Account, case: Case) -> str:
    """The code with which the platform refuses to send somebody to check."""
    with transaction.atomic(), loop.act("acceptor"), pytest.raises(Refusal) as refusal:
        workflow.do_complete(loop.task(case).pk, outcome="send", data={"inspector": who.pk})
    return refusal.value.code


@pytest.fixture
def loop(live: str) -> Loop:
    with transaction.atomic(), scope.system("test"):
        people = build()
        centre = Organisation.objects.get(region_code=people.umb.region_code, authorities=["UMS"])
        Post.objects.create(  # the man of the crew also serves as an inspector: he may check, but not what he disposed of
            account=people.crew, organisation=centre, roles=["inspector"], title="兼职监督员", valid_from=date(2020, 1, 1)
        )
        return Loop(people)


@pytest.fixture
def sms(monkeypatch: pytest.MonkeyPatch) -> Operator:
    operator = Operator()
    monkeypatch.setattr(messages, "provider", lambda: operator)
    return operator


def test_from_the_citizens_photo_to_the_call_back(loop: Loop, live: str, sms: Operator, new_page: Any, field: Any) -> None:  # noqa: F811
    people = loop.people
    citizen = new_page(PHONE, geolocation=WHERE, permissions=["geolocation"], **HANDSET)
    desk = new_page()
    desk.on("dialog", lambda dialog: dialog.accept())

    def sit(account: Account, path: str) -> Any:
        sign_in(desk, account, live)
        desk.goto(path)
        return desk

    def act(outcome: str) -> None:
        desk.locator(f"#work button[value={outcome}]").click()
        desk.wait_for_selector(".page-notice")
        deliver()

    def told(stage: str) -> None:
        """What the citizen reads on the phone."""
        citizen.reload()
        assert stage in citizen.locator("h1").inner_text()
        hidden(citizen, of=(NEIGHBOUR, NAME, "dispatcher", "acceptor"))

    # 1. The citizen: proves a phone once, then three taps and no account.
    report_on_a_phone(citizen, sms)
    report = rows(Report)[0]
    assert (report.source, report.reporter, report.reporter_phone, report.grid_code) == (
        "public_web",
        None,
        CITIZEN,
        people.grid.code,
    )
    told("已收到")
    axe.check(citizen)

    # 2. The supervision centre: a masked reporter, acceptance; the neighbour telephones and is the same matter.
    sit(people.acceptor, "/command/desk/").keyboard.press("Control+Enter")
    desk.wait_for_url(f"**/command/desk/{report.pk}/")
    expect(desk.locator("main")).to_contain_text("139****5678")
    hidden(desk)
    desk.locator("#id_class_key_find").fill("暴露")
    desk.keyboard.press("Enter")
    desk.locator("#conditions").get_by_text("4个工作时").first.wait_for()
    desk.keyboard.press("Control+Enter")
    desk.get_by_text("已受理").first.wait_for()
    case = rows(Case)[0]
    assert case.state == "verifying"
    telephone(desk)
    hidden(desk)
    patrol = saved(lambda: loop.report("inspector", "patrol", lon=HERE[0] + 0.0001, description="巡查发现垃圾"))
    with transaction.atomic(), loop.act("acceptor"):
        command.do_take(patrol.pk)
        command.do_merge(patrol.pk, case.pk)
    assert (seen(case).report_count, seen(case).reporters) == (3, [people.inspector.pk])

    # 3. 核实 in the field app: not by the inspector who reported it too.
    phone = field(people.inspector, HERE, "tasks")
    phone.get_by_text("没有待办任务。").wait_for()
    on(phone, people.other_inspector, live, "inspector")
    hidden(phone, "/collection/api/tasks")
    phone.get_by_role("button", name="核实 暴露生活垃圾").click()
    shoot(phone, "现场")
    phone.get_by_role("button", name="属实", exact=True).click()
    until(lambda: seen(case).state == "to_register", "the verification")

    # 4. Filed by the one side, dispatched by the other, which never learns who reported.
    sit(people.acceptor, f"/command/cases/{case.pk}/")
    act("register")
    told("已立案")
    sit(people.dispatcher, f"/command/cases/{case.pk}/")
    hidden(desk)
    refused(desk, "/r/command/report/", f"/command/reports/{report.pk}/", "/command/desk/", "/public-service/call-backs/")
    axe.check(desk)
    desk.goto("/command/todo/")
    desk.keyboard.press("Control+Enter")  # the most urgent one opens
    desk.wait_for_url("**/command/cases/*/#work", wait_until="commit")
    desk.wait_for_function("() => document.activeElement.closest('#work')")  # whoever works by keyboard goes on in the panel
    desk.keyboard.press(
        "Control+Enter"
    )  # to the body that is proposed: two keys for one dispatch, one if the next opens by itself
    desk.wait_for_selector(".page-notice")
    deliver()
    told("已派遣")
    sit(people.department_desk, f"/command/cases/{case.pk}/")
    hidden(desk)
    refused(desk, "/r/command/report/", f"/command/reports/{report.pk}/", "/r/public_service/submission/")
    desk.get_by_label("处置人员").select_option(label="crew")
    act("assign")

    # 5. The crew, with the network away from the first photo to after the next login.
    dispose(phone, people.crew, live, case)
    assert_once(phone, people.crew, case)

    # 6. The department looks, the centre sends somebody who had no hand in it.
    sit(people.department_desk, f"/command/cases/{case.pk}/")
    assert desk.locator(".pair img").count() == 2, "before and after side by side"
    picture(desk, "journey-city-confirm", full=True)
    act("pass")
    told("已处置，待核查")
    assert barred(loop, people.inspector, case) == barred(loop, people.crew, case) == "errand.barred"
    sit(people.acceptor, f"/command/cases/{case.pk}/")
    offered = desk.get_by_label("监督员").locator("option").all_inner_texts()
    assert "other_inspector" in offered and not {"inspector", "crew"} & set(offered)
    desk.get_by_label("监督员").select_option(label="other_inspector")
    act("send")

    # 7. 核查, again without a network in the middle.
    check(phone, people.other_inspector, live, case)

    # 8. Closed; the reporters are asked.
    sit(people.shift_leader, f"/command/cases/{case.pk}/")
    hidden(desk)
    act("close")
    assert seen(case).state == "closed" and seen(case).checked_by == people.other_inspector.pk
    told("已办结")
    answer_badly(citizen)
    call_the_neighbour(desk)
    follow = rows(Report, previous=case.pk)
    assert len(follow) == 1 and follow[0].state == "waiting", "scenario 24: dissatisfied is followed up, linked, once"
    assert (seen(case).state, seen(case).satisfaction) == ("closed", "4"), "the closed case stays as it is"
    assert {ask.level: bool(ask.follow_up_id) for ask in rows(CallBack)} == {2: False, 4: True}
    sit(people.department_desk, f"/command/cases/{case.pk}/")
    hidden(desk)


def report_on_a_phone(page: Any, sms: Operator) -> None:
    """A phone is proven by a code; then photo, place, send."""
    page.goto("/public-service/mine/")
    page.locator("#id_phone").fill(CITIZEN)
    page.locator("[data-code]").tap()
    page.get_by_text("验证码已发送").wait_for()
    page.locator("#id_code").fill(sms.code)
    page.get_by_role("button", name="查看").first.tap()
    page.get_by_text("还没有上报过问题").wait_for()
    page.goto("/public-service/")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name="我要上报").first.tap()
    page.wait_for_url("**/public-service/report/")
    taps = 0
    with page.expect_file_chooser() as chooser:
        page.locator("label[for=id_photos]").first.tap()
        taps += 1
    chooser.value.set_files({"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": heap()})
    page.wait_for_selector("[data-previews] img")
    page.locator("[data-here]").tap()
    taps += 1
    page.locator("[data-where]", has_text="位置已取得").wait_for()
    axe.check(page)
    picture(page, "journey-city-report", full=True)
    page.get_by_role("button", name="提交上报").tap()
    taps += 1
    page.wait_for_url(re.compile(r"/public-service/report/\d+/"))
    assert taps == 3 and "上报成功" in page.locator("h1").inner_text()
    (photo,) = rows(Photo)
    with transaction.atomic(), scope.system("test"):
        assert max(photo.file.width, photo.file.height) == 1600, "made smaller on the phone"
    page.get_by_role("link", name="查看进度").tap()
    page.wait_for_selector(".stagebar")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def telephone(desk: Any) -> None:
    """The neighbour's call is written down; the desk sees that it is the same matter."""
    desk.goto("/command/intake/")
    desk.locator("#id_phone").fill(NEIGHBOUR)
    desk.locator("#id_name").fill(NAME)
    desk.locator("#id_description").fill("小区门口垃圾没人清")
    desk.locator("#id_class_key").select_option("event:0110")
    desk.locator("#id_lon").fill(f"{HERE[0] + 0.00005:.6f}")
    desk.locator("#id_lat").fill(f"{HERE[1]:.6f}")
    desk.keyboard.press("Control+Enter")
    desk.get_by_text("是不是同一件事").wait_for()
    expect(desk.locator("main")).to_contain_text("138****1234")
    picture(desk, "journey-city-duplicate", full=True)
    desk.locator("[data-key=M]").click()
    desk.wait_for_url("**/command/desk/")


def on(page: Any, account: Account, live: str, role: str, tab: str = "tasks") -> None:
    """Somebody else takes the phone, in the post that has the role."""
    sign_in(page, account, live, rows(Post, account=account.pk, roles__contains=[role])[0])
    page.goto(f"/collection/app/?{account.pk}#{tab}")
    page.wait_for_selector(f"#field[data-ready={tab}]")


def dispose(page: Any, who: Account, live: str, case: Case) -> None:
    """Before and after photos without a network; a reload, a login that has ended, and then it arrives."""
    on(page, who, live, "crew")
    hidden(page, "/collection/api/tasks", f"/command/cases/{case.pk}/")
    page.evaluate(CONTROLLED)
    until(lambda: page.evaluate(STORED, "pictures"), "the citizen's photo on the device")
    page.get_by_role("button", name="处置 暴露生活垃圾").click()
    page.context.set_offline(True)
    page.get_by_role("button", name="处置完成").click()
    said = page.get_by_text("请先拍处置前、处置后照片。")
    said.wait_for()
    inside = "e => { const r = e.getBoundingClientRect(); return e.closest('dialog') === document.querySelector('dialog[open]') && r.bottom < innerHeight }"
    assert said.evaluate(inside)  # over the sheet, not under it
    shoot(page, "处置前")
    page.reload()  # the half-done task comes back from the device
    page.wait_for_selector("#field[data-ready=tasks]")
    page.get_by_role("button", name="处置 暴露生活垃圾").click()
    page.get_by_role("img", name="处置前照片，").wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('dialog .card:first-of-type .shot img')].some(image => image.naturalWidth > 600)"
    )
    page.get_by_role("img", name="位置示意图").wait_for()
    shoot(page, "处置后")
    page.get_by_label("说明").fill("已清运，地面已冲洗")
    axe.check(page)
    picture(page, "journey-city-dispose", full=True)
    page.get_by_role("button", name="处置完成").click()
    page.get_by_text("1 项已办，等待上传。").wait_for()
    page.reload()
    page.get_by_text("待传 1").wait_for()
    assert seen(case).state == "handling" and rows(Photo, case=case.pk, role="after") == []
    page.context.clear_cookies()
    page.context.set_offline(False)
    page.get_by_text("登录已过期").wait_for()
    assert len(page.evaluate(STORED, "queue")) == 1
    on(page, who, live, "crew")
    until(
        lambda: seen(case).state == "dept_confirm", "the disposal", 75
    )  # a device that was refused a connection tries again after 30 s
    until(lambda: page.evaluate(STORED, "queue") == [], "an empty queue")
    deliver()


def assert_once(page: Any, who: Account, case: Case) -> None:
    """The same item once more, as a device sends it whose answer was lost: answered, not done again."""
    (receipt,) = rows(Receipt, act="task", account=who.pk)
    answer = page.evaluate(
        """async key => { const me = await (await fetch('/collection/api/session')).json();
          const body = JSON.stringify({client_key: key, at: Date.now(), outcome: 'done'});
          const said = await fetch('/collection/api/tasks/1', {method: 'POST', body, headers: {'Content-Type': 'application/json', 'X-CSRFToken': me.csrf}});
          return said.json(); }""",
        str(receipt.client_key),
    )
    assert answer == {**receipt.answer, "repeated": True}
    assert len(rows(CaseStep, case=case.pk, action="handle")) == 1
    assert sorted(one.role for one in rows(Photo, case=case.pk, taken_by=who.pk)) == ["after", "before"]


def check(page: Any, who: Account, live: str, case: Case) -> None:
    """The inspector compares on the spot; the photo is taken without a network and the outcome arrives later."""
    on(page, who, live, "inspector")
    hidden(page, "/collection/api/tasks")
    page.get_by_role("button", name="核查 暴露生活垃圾").click()
    page.get_by_role("img", name="处置后照片").wait_for()
    page.context.set_offline(True)
    shoot(page, "现场")
    page.get_by_role("button", name="通过", exact=False).first.click()
    page.get_by_text("1 项已办，等待上传。").wait_for()
    page.reload()
    page.get_by_text("待传 1").wait_for()
    assert seen(case).state == "checking"
    page.context.set_offline(False)
    until(lambda: seen(case).state == "to_close", "the check", 75)
    deliver()


def call_the_neighbour(desk: Any) -> None:
    """The desk calls whoever left a number; opening a call shows it and is entered into the audit log."""
    asked = rows(CallBack, submission__source="public_phone")[0]
    assert {CITIZEN, NEIGHBOUR} == {text.phone for text in rows(TextMessage, text__contains="请回复数字评价")}
    desk.goto("/public-service/call-backs/")
    hidden(desk)
    desk.goto(f"/public-service/call-backs/{asked.pk}/")
    assert NEIGHBOUR in desk.content() and NAME not in desk.content()
    assert rows(Record, act="reveal", target=f"public_service.call_back:{asked.pk}")
    axe.check(desk)
    desk.get_by_label("满意", exact=True).check()
    desk.get_by_role("button", name="登记评价").click()
    desk.get_by_text("回访已登记").wait_for()


def answer_badly(page: Any) -> None:
    """The citizen answers on the phone: not satisfied, with a reason."""
    page.get_by_label("不满意", exact=True).check()
    page.get_by_label("意见").fill("角落里还有")
    page.get_by_role("button", name="提交评价").tap()
    page.get_by_text("已为您登记复办").first.wait_for()
    axe.check(page)
    picture(page, "journey-city-followed", full=True)
