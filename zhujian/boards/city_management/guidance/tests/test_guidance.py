"""Guidance: written, reviewed by another person, published to the levels below, read, withdrawn; public where marked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.city_management.guidance import rules, selectors, services
from zhujian.boards.city_management.guidance.models import Article
from zhujian.foundation.identity import testing
from zhujian.foundation.identity.models import Account
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, NotFound, Refusal
from zhujian.foundation.messages.models import Message

PROVINCE, WUHAN, HONGSHAN, YICHANG = "420000000000", "420100000000", "420111000000", "420500000000"
DAYS = st.dates(date(2000, 1, 1), date(2050, 1, 1))


def test_a_policy_lapses_on_its_last_date_or_when_repealed() -> None:
    start, end = date(2024, 1, 1), date(2029, 1, 1)
    assert [rules.standing(day, start, end, []) for day in (start - timedelta(1), start, end - timedelta(1), end)] == [
        "coming",
        "in_force",
        "in_force",
        "lapsed",
    ]
    assert rules.standing(date(2025, 1, 1), start, None, [date(2025, 1, 1)]) == "lapsed"
    assert rules.standing(start, None, None, []) == ""


@given(on=DAYS, start=DAYS, end=DAYS, repealed=st.lists(DAYS, max_size=3))
def test_what_has_lapsed_stays_lapsed(on: date, start: date, end: date, repealed: list[date]) -> None:
    if rules.standing(on, start, end, repealed) == "lapsed":
        assert rules.standing(on + timedelta(days=1), start, end, repealed) == "lapsed"


class World:
    """The province's writer and head, readers below."""

    def __init__(self) -> None:
        self.writer = testing.make_official(PROVINCE, "HUD", roles=["superviser"], name="起草人")
        self.head = testing.make_official(PROVINCE, "HUD", roles=["leader", "superviser"], name="负责人")
        self.wuhan = testing.make_official(WUHAN, "UMB", roles=["department_desk"], name="武汉经办")
        self.hongshan = testing.make_official(HONGSHAN, "UMB", roles=["department_desk", "leader", "superviser"], name="洪山经办")
        self.yichang = testing.make_official(YICHANG, "UMB", roles=["viewer"], name="宜昌查阅")

    def article(self, who: Account | None = None, head: Account | None = None, **changes: Any) -> Article:
        values = {"kind": "policy", "title": "湖北省城市管理条例实施办法", "body": "第一条　为了加强城市管理。", "policy_kind": "normative", "issuer": "湖北省住房和城乡建设厅",
                  "valid_from": date(2026, 1, 1)} | changes  # fmt: skip
        with scope.acting(testing.scope_of(who or self.writer)):
            made = services.do_write(values, relations=values.get("relations"))
            services.do_submit(made.pk)
        with scope.acting(testing.scope_of(head or self.head)):
            return services.do_review(made.pk, "publish")


@pytest.fixture
def world(db: None) -> World:
    return World()


def seen(who: Account) -> list[str]:
    with scope.acting(testing.scope_of(who)):
        return [row.title for row in selectors.published()[0]]


def test_published_downwards_and_not_sideways(world: World) -> None:
    world.article()
    assert seen(world.wuhan) == seen(world.hongshan) == seen(world.yichang) == ["湖北省城市管理条例实施办法"]
    second = testing.make_official(HONGSHAN, "UMB", roles=["leader"])
    world.article(world.hongshan, second, title="洪山区通知")
    assert "洪山区通知" in seen(world.hongshan) and "洪山区通知" in seen(world.wuhan), "those above see it too"
    assert "洪山区通知" not in seen(world.yichang)
    assert seen(testing.make_resident()) == seen(testing.make_enterprise()) == []


def test_nobody_below_sees_a_draft_or_may_touch_what_they_read(world: World) -> None:
    with scope.acting(testing.scope_of(world.writer)):
        services.do_write({"kind": "news", "title": "草稿", "body": "未定稿"})
    article = world.article()
    with scope.acting(testing.scope_of(world.wuhan)):
        assert not Article.objects.filter(title="草稿").exists()
        with pytest.raises(NotAllowed):
            services.do_withdraw(article.pk, reason="试试")
        for statement in ("UPDATE guidance_article SET title = 'x' WHERE id = %s", "DELETE FROM guidance_article WHERE id = %s"):
            with connection.cursor() as cursor:
                cursor.execute(statement, [article.pk])
                assert cursor.rowcount == 0


def test_nobody_reviews_what_they_wrote_and_a_return_needs_words(world: World) -> None:
    with scope.acting(testing.scope_of(world.head)):
        made = services.do_write({"kind": "news", "title": "动态", "body": "正文"})
        services.do_submit(made.pk)
        with pytest.raises(Refusal, match="自己起草"):
            services.do_review(made.pk, "publish")
    other = testing.make_official(PROVINCE, "HUD", roles=["leader"])
    with scope.acting(testing.scope_of(other)):
        with pytest.raises(Refusal, match="修改意见"):
            services.do_review(made.pk, "return")
        assert services.do_review(made.pk, "return", comment="请补充数据。").state == "draft"
    with scope.system("test"):
        assert Message.objects.filter(account=world.head, title__startswith="已退回修改").exists()
    with scope.acting(testing.scope_of(world.head)):
        services.do_submit(made.pk)
    with scope.acting(testing.scope_of(other)):
        assert services.do_review(made.pk, "publish").published
        with pytest.raises(Conflict):
            services.do_review(made.pk, "publish")


def test_readers_leave_one_receipt_and_the_publisher_sees_who_has_not(world: World) -> None:
    article = world.article(needs_reading=True)
    with scope.system("test"):
        assert Message.objects.filter(account=world.wuhan, title__startswith="请阅知").count() == 1
    for _ in range(2):
        with scope.acting(testing.scope_of(world.wuhan)):
            services.do_read(article.pk)
    with scope.acting(testing.scope_of(world.head)):
        found = selectors.receipts(article)
        assert [row.name for row in found.readings] == ["武汉经办"]
        assert found.asked == 3 and len(found.missing) == 2


def test_withdrawn_is_gone_for_readers_and_kept_for_the_office(world: World) -> None:
    article = world.article(is_public=True)
    with scope.acting(testing.scope_of(world.head)):
        with pytest.raises(Refusal, match="下架原因"):
            services.do_withdraw(article.pk, reason=" ")
        services.do_withdraw(article.pk, reason="内容有误")
        assert [row.title for row in selectors.in_hand()] == [article.title]
    assert seen(world.wuhan) == []
    with scope.acting(testing.scope_of(world.wuhan)), pytest.raises(NotFound):
        services.do_read(article.pk)
    assert Client().get(f"/guidance/public/{article.pk}/").status_code == 404


def test_a_repealing_policy_ends_the_old_one(world: World) -> None:
    old = world.article(valid_from=date(2020, 1, 1))
    with scope.acting(testing.scope_of(world.wuhan)):
        assert selectors.standing(old, date(2026, 6, 1)) == "现行有效"
    new = world.article(title="新办法", valid_from=date(2026, 5, 1), relations=[(old.pk, "repeals")])
    with scope.acting(testing.scope_of(world.wuhan)):
        assert selectors.standing(old, date(2026, 4, 30)) == "现行有效" and selectors.standing(old, date(2026, 5, 1)) == "已失效"
        assert [(label, other.title) for label, other in selectors.related(old)] == [("被废止", "新办法")]
        assert [(label, other.pk) for label, other in selectors.related(new)] == [("废止", old.pk)]


def test_what_a_policy_needs_is_said(world: World) -> None:
    with scope.acting(testing.scope_of(world.writer)), pytest.raises(Refusal) as refusal:
        services.do_write(
            {"kind": "policy", "title": "", "body": "x", "valid_from": date(2026, 1, 1), "valid_to": date(2025, 1, 1)}
        )
    assert {r.field for r in refusal.value.reasons} == {"title", "policy_kind", "issuer", "valid_to"}


def test_the_public_reads_what_is_marked_and_nothing_else(world: World) -> None:
    hidden, open_one = world.article(), world.article(title="公开的办法", is_public=True)
    client = Client()
    page = client.get("/guidance/public/").content.decode()
    assert "公开的办法" in page and "实施办法" not in page
    assert client.get(f"/guidance/public/{open_one.pk}/").status_code == 200
    assert client.get(f"/guidance/public/{hidden.pk}/").status_code == 404
    assert client.get(f"/guidance/{open_one.pk}/").status_code in (302, 403)


def test_pages_of_writer_head_and_reader(world: World) -> None:
    writer, head, reader = Client(), Client(), Client()
    for client, who in ((writer, world.writer), (head, world.head), (reader, world.wuhan)):
        testing.login(client, who)
    form = {"kind": "experience", "title": "武汉经验", "body": "做法", "needs_reading": "on"}
    assert writer.post("/guidance/new/", {**form, "title": ""}).status_code == 422
    address = writer.post("/guidance/new/", form).headers["Location"]
    assert reader.get(address).status_code == 404
    assert writer.post(address + "submit/").status_code == 302
    assert "审核通过并发布" in head.get(address).content.decode()
    assert head.post(address + "review/", {"outcome": "publish"}).status_code == 302
    assert "武汉经验" in reader.get("/guidance/?q=做法").content.decode()
    assert "没有符合条件" in reader.get("/guidance/?q=不存在的词").content.decode()
    assert reader.post(address + "read/").status_code == 302
    assert "已阅知" in reader.get(address).content.decode() and "武汉经办" in head.get(address).content.decode()
    assert reader.get("/r/guidance/article/").status_code == 200
    assert "武汉经验" in reader.get("/r/guidance/article/").content.decode()
