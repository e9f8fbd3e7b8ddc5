"""Messages reach the right people once, and nobody else."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from zhujian.foundation.identity import testing
from zhujian.foundation.identity.models import Post
from zhujian.foundation.identity.services import accounts
from zhujian.foundation.kernel import scope
from zhujian.foundation.messages import channels, rules, selectors, services
from zhujian.foundation.messages.models import Message, TextMessage

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("now", "due"),
    [("2026-03-02 12:00", "2026-03-02 12:00"), ("2026-03-02 21:00", "2026-03-03 08:00"), ("2026-03-02 20:59", "2026-03-02 20:59"),
     ("2026-03-03 07:59", "2026-03-03 08:00"), ("2026-03-03 08:00", "2026-03-03 08:00"), ("2026-12-31 23:30", "2027-01-01 08:00")],
)  # fmt: skip
def test_quiet_hours(now: str, due: str) -> None:
    assert rules.earliest(datetime.fromisoformat(now), 21, 8) == datetime.fromisoformat(due)


def test_a_text_is_cut_and_signed() -> None:
    text = rules.sms_text("题", "长" * 400)
    assert len(text) == 300 and text.startswith("【数字住建】题：") and text.endswith("…")


def test_each_person_behind_a_key_gets_it_once() -> None:
    one = testing.make_enterprise()
    firm = one.posts.get().organisation
    two = testing.make_enterprise(firm.code)
    stranger = testing.make_enterprise()
    keys = [f"org:{firm.code}", f"person:{one.pk}", f"post:{two.posts.get().pk}"]
    assert services.send(keys, title="补正通知", body="请补正", link="/x/") == 2
    for who, count in ((one, 1), (two, 1), (stranger, 0)):
        with scope.acting(testing.scope_of(who)):
            assert selectors.unread() == count


def test_an_ended_post_gets_nothing_and_roles_narrow_a_department() -> None:
    reviewer = testing.make_official("420106000000", roles=["reviewer"])
    viewer = testing.make_official("420106000000", roles=["viewer"])
    Post.objects.filter(account=testing.make_official("420106000000")).update(revoked_at=timezone.now())
    org = reviewer.posts.get().organisation
    assert services.send([f"org:{org.code}"], title="甲") == 2
    assert services.send([f"org:{org.code}"], title="乙", roles=["reviewer"]) == 1
    with scope.acting(testing.scope_of(viewer)):
        assert [m.title for m in selectors.latest()] == ["甲"]


def test_dedupe_reaches_a_person_once() -> None:
    who = testing.make_resident()
    key = [f"person:{who.pk}"]
    assert services.send(key, title="到期提醒", dedupe="expiry:1") == 1
    assert services.send(key, title="到期提醒", dedupe="expiry:1") == 0
    assert services.send(key, title="到期提醒", dedupe="expiry:2") == 1


def test_nobody_else_sees_a_message_even_by_raw_sql() -> None:
    who, other = testing.make_resident(), testing.make_official("420000000000", roles=["viewer"])
    services.send([f"person:{who.pk}"], title="私信")
    for actor, seen in ((who, 1), (other, 0)):
        with scope.acting(testing.scope_of(actor)), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM inbox_message")
            assert cursor.fetchone()[0] == seen


@pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_links_stay_inside(link: str) -> None:
    with pytest.raises(ValueError):
        services.send(["person:1"], title="x", link=link)


def test_the_pages(client) -> None:
    who = testing.make_resident()
    services.send([f"person:{who.pk}"], title="您的申请已受理", body="请等待审查", link="/p/1/")
    assert client.get("/messages/").status_code == 302, "sign in first"
    testing.login(client, who)
    page = client.get("/messages/").content.decode()
    assert "您的申请已受理" in page
    message = Message.objects.values_list("pk", flat=True)
    with scope.acting(testing.scope_of(who)):
        pk = message.get()
    one = client.get(f"/messages/{pk}/").content.decode()
    assert "请等待审查" in one and 'href="/p/1/"' in one
    assert "没有未读消息" in client.get("/messages/").content.decode()
    testing.login(client, testing.make_resident())
    assert client.get(f"/messages/{pk}/").status_code == 404


def test_read_all(client) -> None:
    who = testing.make_resident()
    for n in range(3):
        services.send([f"person:{who.pk}"], title=f"第{n}条")
    testing.login(client, who)
    client.post("/messages/read-all/")
    with scope.acting(testing.scope_of(who)):
        assert selectors.unread() == 0


@pytest.fixture
def operator(tmp_path, monkeypatch):
    found = channels.FileSms(tmp_path / "sms.jsonl")
    monkeypatch.setattr(services, "provider", lambda: found)
    return found


def reachable():
    return accounts.do_create(username="phoned", name="有电话", kind="resident", phone="19900001234")[0]


def test_an_urgent_message_also_goes_to_the_phone(operator) -> None:
    who, silent = reachable(), testing.make_resident()
    services.send([f"person:{who.pk}", f"person:{silent.pk}"], title="停工通知", level="urgent", dedupe="stop:1")
    services.send([f"person:{who.pk}"], title="停工通知", level="urgent", dedupe="stop:1")
    with scope.system("测试"):
        TextMessage.objects.update(due_at=timezone.now())
        assert services.deliver_texts() == 1 and services.deliver_texts() == 0
        text = TextMessage.objects.get()
    (line,) = [json.loads(x) for x in operator.path.read_text().splitlines()]
    assert line["phone"] == "19900001234" and line["receipt"] == text.receipt and text.state == "sent"


def test_a_refused_text_is_tried_again_and_given_up_at_last(operator, monkeypatch) -> None:
    who = reachable()
    services.send([f"person:{who.pk}"], title="停工通知", level="urgent")
    monkeypatch.setattr(operator, "path", operator.path / "not-a-folder" / "x")
    operator.path.parent.parent.touch()
    with scope.system("测试"):
        for attempt in range(1, 6):
            TextMessage.objects.update(due_at=timezone.now() - timedelta(seconds=1))
            assert services.deliver_texts() == 0
            text = TextMessage.objects.get()
            assert text.attempts == attempt
    assert text.state == "failed" and text.error


def test_unread_is_one_query_and_uses_the_small_index(django_assert_num_queries) -> None:
    who = testing.make_resident()
    with scope.acting(testing.scope_of(who)):
        selectors.latest()  # the first statement in a scope tells the database the scope as well
        with django_assert_num_queries(1):
            selectors.unread()
        plan = Message.objects.filter(account=who.pk, read_at__isnull=True).explain()
    assert "inbox_message" in plan


def test_a_delegate_gets_what_is_sent_to_the_post() -> None:
    head = testing.make_official("420106000000", roles=["approver"])
    deputy = testing.make_official(
        "420106000000", roles=["approver"], kind="delegated", delegated_from=head.posts.get(), valid_to=date(2099, 1, 1)
    )
    services.send([f"post:{deputy.posts.get().pk}"], title="待签发")
    with scope.acting(testing.scope_of(deputy)):
        assert selectors.unread() == 1


def test_a_code_is_sent_at_once_and_never_stored(operator) -> None:
    services.send_code("13912345678", "验证码123456，用于登录", "验证码******，用于登录")
    line = json.loads(operator.path.read_text())
    with scope.system("测试"):
        text = TextMessage.objects.get()
    assert "123456" in line["text"] and line["phone"] == "13912345678" and line["receipt"] == text.receipt
    assert "123456" not in text.text and (text.state, text.message) == ("sent", None)


def test_a_text_to_somebody_without_an_account_waits_for_the_morning(operator) -> None:
    with scope.system("测试"), time_machine.travel("2026-03-02T22:00:00+08:00", tick=False):
        text = services.queue_text("13912345678", "已办结", "请评价")
        assert timezone.localtime(text.due_at).strftime("%m-%d %H:%M") == "03-03 08:00" and services.deliver_texts() == 0
    with scope.system("测试"), time_machine.travel("2026-03-03T08:00:00+08:00", tick=False):
        assert services.deliver_texts() == 1
