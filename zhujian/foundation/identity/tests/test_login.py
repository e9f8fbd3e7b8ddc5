"""Logging in: lock, second factor, sessions, passwords."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from zhujian.foundation.identity import demo, mfa, testing
from zhujian.foundation.identity.models import LoginLock, LoginSession
from zhujian.foundation.identity.services import accounts, passwords, sessions
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db
WORD = "Right#Word1"


def resident(word: str = WORD):
    who = testing.make_resident()
    who.set_password(word)
    who.password_changed_at = timezone.now()
    who.save()
    return who


def official(word: str = WORD, secret: str | None = None):
    who = testing.make_official("420106000000")
    who.set_password(word)
    who.password_changed_at = timezone.now()
    who.save()
    if secret:
        mfa.install(who, secret)
    return who


def post_login(client, who, word: str = WORD, **more):
    return client.post("/login/", {"username": getattr(who, "username", who), "password": word, **more})


def test_a_resident_logs_in_with_a_password_and_lands_where_they_wanted(client) -> None:
    answer = post_login(client, resident(), next="/account/")
    assert answer.status_code == 302 and answer["Location"] == "/account/"
    page = client.get("/account/")
    assert page.status_code == 200 and page.wsgi_request.scope.kind == "resident"


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)"])
def test_login_never_leads_off_the_site(client, evil: str) -> None:
    assert post_login(client, resident(), next=evil)["Location"] == "/"


def test_five_failures_lock_for_fifteen_minutes_and_say_until_when(client) -> None:
    who = resident()
    for left in (4, 3, 2, 1):
        answer = post_login(client, who, "wrong")
        assert answer.status_code == 422 and f"还可以再试{left}次" in answer.content.decode()
    assert "已暂时锁定" in post_login(client, who, "wrong").content.decode()
    answer = post_login(client, who)
    assert answer.status_code == 422 and "之后再试" in answer.content.decode(), "the right password does not open a locked name"
    LoginLock.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    assert post_login(client, who).status_code == 302


def test_a_lock_is_per_address(client) -> None:
    who = resident()
    for _ in range(5):
        post_login(client, who, "wrong")
    answer = client.post("/login/", {"username": who.username, "password": WORD}, REMOTE_ADDR="10.1.2.3")
    assert answer.status_code == 302


def test_unknown_disabled_and_known_names_answer_alike(client) -> None:
    disabled = resident()
    disabled.is_active = False
    disabled.save()
    known = post_login(client, resident(), "wrong").content.decode()
    for answer in (post_login(client, "nobody-here", "x"), post_login(client, disabled)):
        assert answer.status_code == 422
        assert "登录名或密码不正确。还可以再试4次。" in answer.content.decode()
    assert "登录名或密码不正确。还可以再试4次。" in known


def test_the_same_work_is_done_for_unknown_names(client, monkeypatch) -> None:
    from zhujian.foundation.identity.services import logins

    hashed: list[str] = []
    real = logins.make_password
    monkeypatch.setattr(logins, "make_password", lambda word: hashed.append(word) or real(word))
    post_login(client, "nobody-here", "some word")
    assert hashed == ["some word"]


def test_an_official_enrols_at_first_login_and_needs_a_code_after(client) -> None:
    who = official()
    assert post_login(client, who, next="/account/")["Location"] == "/login/enrol/"
    assert not client.get("/account/").wsgi_request.user.is_authenticated, "the password alone opens nothing"
    page = client.get("/login/enrol/").content.decode()
    secret = client.session["login_secret"]
    assert secret in page and "<svg" in page
    assert client.post("/login/enrol/", {"code": "000000"}).status_code == 422
    answer = client.post("/login/enrol/", {"code": mfa.code_now(secret)})
    assert answer["Location"] == "/account/recovery-codes/"
    shown = client.get("/account/recovery-codes/").content.decode()
    assert shown.count("<li>") >= 10
    assert "只显示这一次" not in client.get("/account/recovery-codes/").content.decode(), "shown once"
    assert secret not in str(mfa.Authenticator.objects.filter(user=who).values("data")), "kept encrypted"


def test_a_dynamic_code_works_once(client) -> None:
    secret = mfa.new_secret()
    who = official(secret=secret)
    assert post_login(client, who)["Location"] == "/login/second/"
    code = mfa.code_now(secret)
    assert client.post("/login/second/", {"code": code}).status_code == 302
    client.post("/logout/")
    post_login(client, who)
    assert client.post("/login/second/", {"code": code}).status_code == 422, "no replay"
    later = mfa.code_now(secret, at=time.time() + 30)
    assert client.post("/login/second/", {"code": later}).status_code == 302


def test_a_recovery_code_works_once(client) -> None:
    secret = mfa.new_secret()
    who = official()
    codes = mfa.enrol(who, secret, mfa.code_now(secret))
    for expected in (302, 422):
        post_login(client, who)
        assert client.post("/login/second/", {"code": codes[0]}).status_code == expected
        client.post("/logout/")
    assert mfa.recovery_codes_left(who) == 9


def test_five_wrong_codes_lock_the_second_factor(client) -> None:
    secret = mfa.new_secret()
    who = official(secret=secret)
    post_login(client, who)
    for _ in range(5):
        answer = client.post("/login/second/", {"code": "123"})
    assert "已暂时锁定" in answer.content.decode()
    assert client.post("/login/second/", {"code": mfa.code_now(secret)}).status_code == 422


def test_the_second_step_expires(client) -> None:
    who = official(secret=mfa.new_secret())
    post_login(client, who)
    session = client.session
    session["login_pending"] = session["login_pending"] | {"at": int(time.time()) - 3600}
    session.save()
    assert client.get("/login/second/")["Location"] == "/login/"


def test_an_idle_session_ends(client) -> None:
    who = resident()
    post_login(client, who)
    session = client.session
    session[sessions.SEEN_KEY] = int(time.time()) - 31 * 60
    session.save()
    assert client.get("/account/").status_code == 302
    assert "已自动退出" in client.get("/login/").content.decode()
    assert LoginSession.objects.get(account=who).end_reason == "长时间未操作"


def test_a_session_is_renewed_at_most_once_a_minute(client) -> None:
    post_login(client, resident())
    seen = client.session[sessions.SEEN_KEY]
    client.get("/account/")
    assert client.session[sessions.SEEN_KEY] == seen


def test_a_dismissed_person_is_out_everywhere_at_once(client, django_user_model) -> None:
    from django.test import Client

    who, other = resident(), Client()
    post_login(client, who)
    post_login(other, who)
    assert len(sessions.open_of(who.pk)) == 2
    accounts.do_dismiss(who.pk, "调离")
    for browser in (client, other):
        assert not browser.get("/account/").wsgi_request.user.is_authenticated
    assert sessions.open_of(who.pk) == []


def test_one_ends_another_of_ones_own_logins_but_nobody_elses(client) -> None:
    from django.test import Client

    who, phone, stranger = resident(), Client(), resident()
    post_login(client, who)
    post_login(phone, who)
    theirs = LoginSession.objects.get(session_key=phone.session.session_key)
    assert client.post("/account/sessions/end/", {"login": theirs.pk}).status_code == 302
    assert not Session.objects.filter(session_key=theirs.session_key).exists()
    third = Client()
    post_login(third, stranger)
    foreign = LoginSession.objects.get(account=stranger)
    assert client.post("/account/sessions/end/", {"login": foreign.pk}).status_code == 404
    assert Session.objects.filter(session_key=foreign.session_key).exists()


def test_password_rules_and_history(client) -> None:
    who = resident()
    post_login(client, who)
    key = client.session.session_key
    for weak in ("Short1#", "alllowercase", who.username + "A1#", WORD):
        answer = client.post("/account/password/", {"old_password": WORD, "new_password": weak, "again": weak})
        assert answer.status_code == 422, weak
    fresh = "Fresh#Word2"
    answer = client.post("/account/password/", {"old_password": WORD, "new_password": fresh, "again": fresh})
    assert answer.status_code == 302
    assert client.get("/account/").status_code == 200, "this login stays"
    assert client.session.session_key != key and len(sessions.open_of(who.pk)) == 1
    who.refresh_from_db()
    assert [r.code for r in passwords.check_new(who, WORD)] == ["identity.password.weak"], "the former one may not return"


def test_a_one_time_password_must_be_changed_first(client) -> None:
    who, word = accounts.do_create(username="fresh.person", name="新人", kind="resident")
    post_login(client, who, word)
    assert client.get("/account/")["Location"] == "/account/password/"
    fresh = "Fresh#Word2"
    client.post("/account/password/", {"old_password": word, "new_password": fresh, "again": fresh})
    assert client.get("/account/").status_code == 200


def test_an_officials_password_ages(client) -> None:
    who = official()
    assert not passwords.expired(who)
    who.password_changed_at = timezone.now() - timedelta(days=91)
    assert passwords.expired(who)


def test_logout_ends_the_session(client) -> None:
    who = resident()
    post_login(client, who)
    assert client.get("/logout/").status_code == 405, "a link cannot log anybody out"
    client.post("/logout/")
    assert not client.get("/account/").wsgi_request.user.is_authenticated
    assert "您已安全退出" in client.get("/login/").content.decode()


def test_the_demo_password_opens_nothing_outside_the_demo(client, settings) -> None:
    who = resident(demo.DEMO_PASSWORD)
    settings.DEMO = False
    assert post_login(client, who, demo.DEMO_PASSWORD).status_code == 422
    settings.DEMO = True
    assert post_login(client, who, demo.DEMO_PASSWORD).status_code == 302


def test_the_demo_box_exists_only_in_the_demo(client, settings) -> None:
    with scope.system("演示数据"):
        demo.load()
    settings.DEMO = False
    assert demo.DEMO_PASSWORD not in client.get("/login/").content.decode()
    assert client.post("/login/demo/", {"username": "auditor"}).status_code == 404
    settings.DEMO = True
    page = client.get("/login/").content.decode()
    assert "演示环境" in page and demo.DEMO_PASSWORD in page and mfa.code_now(demo.DEMO_TOTP) in page
    assert client.post("/login/demo/", {"username": testing.make_resident().username}).status_code == 404, "demo people only"
    assert client.post("/login/demo/", {"username": "reviewer.hud.420106"}).status_code == 302
    assert client.get("/account/").wsgi_request.scope.region_lo == "420106"


@pytest.mark.parametrize(("production", "expected"), [("1", "False"), ("0", "True")])
def test_production_switches_the_demo_off(production: str, expected: str) -> None:
    env = {**os.environ, "ZHUJIAN_DEMO": "1", "ZHUJIAN_PRODUCTION": production, "ZHUJIAN_SECRET_KEY": "x" * 60}
    script = "from zhujian import settings; print(settings.DEMO)"
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected
