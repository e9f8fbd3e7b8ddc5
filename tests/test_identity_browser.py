"""Signing in and the pages of identity and messages in a real browser: second factor, security key, phone, accessibility."""

from __future__ import annotations

import re
import time

import pytest
from django.db import transaction
from django.utils import timezone

from tests import axe
from tests.browser import PHONE, picture
from zhujian.foundation.identity import mfa, testing
from zhujian.foundation.kernel import scope
from zhujian.foundation.messages import services as messages

pytestmark = pytest.mark.browser
WORD = "Right#Word1"


def official(**more):
    who = testing.make_official("420106000000", name="周科长", **more)
    who.set_password(WORD)
    who.password_changed_at = timezone.now()
    who.save()
    return who


def fill_login(page, who) -> None:
    page.goto("/login/?next=/account/")
    page.fill("#id_username", who.username)
    page.fill("#id_password", WORD)
    page.keyboard.press("Enter")


def test_an_official_enrols_signs_in_and_out(page) -> None:
    who = official()
    page.goto("/login/")
    axe.check(page)
    page.fill("#id_username", who.username)
    page.fill("#id_password", "wrong")
    page.keyboard.press("Enter")
    assert "还可以再试4次" in page.locator(".error-summary").inner_text()
    axe.check(page)
    picture(page, "login-error")
    fill_login(page, who)
    page.wait_for_url("**/login/enrol/")
    assert page.locator(".qr svg").is_visible()
    axe.check(page)
    picture(page, "login-enrol", full=True)
    secret = page.locator("p .secret").inner_text()
    page.fill("#id_code", mfa.code_now(secret))
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/recovery-codes/")
    assert page.locator(".code-list li").count() == 10
    axe.check(page)
    picture(page, "login-recovery-codes")
    page.click("text=我已保存，继续")
    page.wait_for_url("**/account/")
    axe.check(page)
    page.click("summary:has-text('周科长')")
    page.click("button:has-text('退出登录')")
    page.wait_for_url("**/login/")
    assert "您已安全退出" in page.locator("main").inner_text()
    fill_login(page, who)
    page.wait_for_url("**/login/second/")
    axe.check(page)
    page.fill("#id_code", mfa.code_now(secret, at=time.time() + 30))
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/")


def test_a_security_key_replaces_the_code(page) -> None:
    secret = mfa.new_secret()
    who = official()
    mfa.install(who, secret)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": True,
        "isUserVerified": True,
        "hasResidentKey": False,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    fill_login(page, who)
    page.fill("#id_code", mfa.code_now(secret))
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/")
    page.click("text=安全密钥")
    axe.check(page)
    page.fill("#key-name", "办公室U盾")
    page.click("text=添加安全密钥")
    page.wait_for_selector("td:has-text('办公室U盾')")
    picture(page, "security-keys")
    page.context.clear_cookies()
    fill_login(page, who)
    page.wait_for_url("**/login/second/")
    page.click("text=使用安全密钥")
    page.wait_for_url("**/account/")
    assert [key.last_used_at is not None for key in mfa.keys_of(who)] == [True]


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        ("system_admin", ["/identity/accounts/", "/identity/accounts/new/", "/identity/organisations/", "/identity/clients/"]),
        ("security_admin", ["/identity/posts/", "/identity/posts/new/", "/access/matrix/", "/access/matrix/?module=identity"]),
        ("approver", ["/account/", "/account/delegations/", "/messages/"]),
    ],
)
def test_pages_are_accessible_and_fit_a_phone(new_page, role: str, paths: list[str]) -> None:
    who = testing.make_official("420000000000", roles=[role], name="邵主任")
    with transaction.atomic():
        messages.send(
            [f"person:{who.pk}"],
            title="施工许可证将于30日后到期",
            body="请提醒建设单位申请延期。",
            level="warn",
            link="/account/",
        )
    page = new_page(account=who)
    for path in paths:
        page.goto(path)
        axe.check(page)
        picture(page, "identity" + re.sub(r"\W+", "-", path).rstrip("-"), full=True)
    phone = new_page(PHONE, account=who, is_mobile=True, has_touch=True)
    for path in paths:
        phone.goto(path)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, path
        picture(phone, "identity" + re.sub(r"\W+", "-", path).rstrip("-") + "-phone", full=True)


def test_a_firm_reads_its_message_and_authorises_an_agent(new_page) -> None:
    chief = testing.make_enterprise(name="湖北楚源置业有限公司")
    firm = chief.posts.get().organisation
    with transaction.atomic(), scope.system("测试"):
        messages.send([f"org:{firm.code}"], title="补正通知", body="请补充用地批准书。", link="/identity/agents/")
    page = new_page(account=chief, elder=True)
    page.goto("/messages/")
    axe.check(page)
    page.click("text=补正通知")
    axe.check(page)
    picture(page, "message-elder")
    page.click("text=去查看")
    page.wait_for_url("**/identity/agents/")
    axe.check(page)
    page.fill("#id_username", "new.agent")
    page.fill("#id_name", "新经办")
    page.fill("#id_valid_from", "2026-01-01")
    page.click("button:has-text('授权')")
    assert page.locator(".one-time").inner_text()
    page.click("text=返回经办人列表")
    assert page.locator("td:has-text('新经办')").is_visible()
