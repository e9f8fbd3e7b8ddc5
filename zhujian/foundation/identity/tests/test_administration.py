"""What the 三员, delegators and firms may do, and what they may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone

from zhujian.foundation.audit.models import Record
from zhujian.foundation.identity import selectors, testing
from zhujian.foundation.identity.models import Account, Organisation, PersonalRecord, Post
from zhujian.foundation.identity.services import accounts, posts
from zhujian.foundation.identity.views.matrix import ACTIONS
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import grants
from zhujian.foundation.kernel.codes import id_card_char
from zhujian.foundation.kernel.errors import NotAllowed, Refusal

pytestmark = pytest.mark.django_db
PROVINCE, WUCHANG = "420000000000", "420106000000"


@pytest.fixture
def entries() -> Callable[[], list[tuple[str, str, str]]]:
    """The audit records as the auditor reads them."""

    def read() -> list[tuple[str, str, str]]:
        with scope.acting(testing.scope_of(admin("auditor"))):
            return list(Record.objects.order_by("id").values_list("act", "target", "result"))

    return read


def admin(role: str) -> Account:
    return testing.make_official(PROVINCE, roles=[role])


def grant_form(who: Account, org: Organisation, roles: list[str], **more: object) -> dict:
    return {
        "account": who.username,
        "organisation": org.code,
        "title": "岗位",
        "kind": "formal",
        "roles": roles,
        "valid_from": "2026-01-01",
        **more,
    }


def test_foundation_17_19_security_admin_cannot_make_a_system_admin_an_auditor(client, entries) -> None:
    """Refused by the database constraint, logged, and the account still reads no logs."""
    security, system = admin("security_admin"), admin("system_admin")
    testing.login(client, security)
    org = system.posts.get().organisation
    answer = client.post("/identity/posts/new/", grant_form(system, org, ["auditor"]))
    assert answer.status_code == 422 and "三员分立" in answer.content.decode()
    assert ("identity.post_grant", f"identity.account:{system.pk}", "refused") in entries()
    system.refresh_from_db()
    assert system.duty_class == "system_admin" and [p.roles for p in system.posts.all()] == [["system_admin"]]
    testing.login(client, system)
    assert client.get("/access/matrix/").status_code == 403
    assert client.get("/audit/").status_code == 403
    for who in (system, security):
        with scope.acting(testing.scope_of(who)):
            assert not Record.objects.exists(), "the database shows audit rows to the auditor alone"
    assert "auditor" not in testing.scope_of(system).roles and "role:auditor" not in testing.scope_of(system).keys


@pytest.mark.parametrize("roles", [["auditor", "reviewer"], ["system_admin", "auditor"], ["firm_agent"], []])
def test_mixed_or_foreign_roles_are_refused(client, roles: list[str]) -> None:
    fresh = Account.objects.create_user("fresh", name="新人", kind="official")
    testing.login(client, admin("security_admin"))
    answer = client.post("/identity/posts/new/", grant_form(fresh, testing.make_organisation(WUCHANG), roles))
    assert answer.status_code == 422 and not fresh.posts.exists()


def test_security_admin_grants_and_revokes_but_creates_no_account(client, entries) -> None:
    fresh = Account.objects.create_user("fresh", name="新人", kind="official")
    testing.login(client, admin("security_admin"))
    assert client.get("/identity/accounts/new/").status_code == 403
    assert client.post(f"/identity/accounts/{fresh.pk}/act/", {"act": "reset_password"}).status_code == 403
    answer = client.post("/identity/posts/new/", grant_form(fresh, testing.make_organisation(WUCHANG), ["reviewer", "approver"]))
    assert answer.status_code == 302
    post = fresh.posts.get()
    assert post.roles == ["approver", "reviewer"] and testing.scope_of(fresh).region_lo == "420106"
    assert client.post(f"/identity/posts/{post.pk}/revoke/", {"reason": ""}).status_code == 422, "a reason is needed"
    assert client.post(f"/identity/posts/{post.pk}/revoke/", {"reason": "轮岗"}).status_code == 302
    assert testing.scope_of(fresh).region_lo == scope.NOTHING[0]
    assert {"identity.post_grant", "identity.post_revoke"} <= {act for act, _, _ in entries()}


def test_security_admin_cannot_grant_to_oneself(client) -> None:
    security = admin("security_admin")
    testing.login(client, security)
    answer = client.post("/identity/posts/new/", grant_form(security, security.posts.get().organisation, ["security_admin"]))
    assert answer.status_code == 422 and "不能给自己授予" in answer.content.decode()


def test_system_admin_creates_accounts_but_grants_nothing(client) -> None:
    testing.login(client, admin("system_admin"))
    values = {
        "username": "li.hong",
        "name": "李红",
        "kind": "official",
        "document_kind": "id_card",
        "document_number": "420199199001011235",
    }
    values["document_number"] = values["document_number"][:17] + id_card_char(values["document_number"][:17])
    page = client.post("/identity/accounts/new/", values | {"phone": "19900000001"})
    assert page.status_code == 200 and "一次性密码" in page.content.decode()
    made = Account.objects.get(username="li.hong")
    assert made.must_change_password and not made.posts.exists()
    again = client.post("/identity/accounts/new/", values | {"username": "li.hong2"})
    assert again.status_code == 422 and "一人只能有一个账号" in again.content.decode()
    for path in ("/identity/posts/", "/identity/posts/new/", "/access/matrix/"):
        assert client.get(path).status_code == 403


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"username": "a b"}, "登录名应为"), ({"username": "李"}, "登录名应为"), ({"document_number": "420199199002301234"}, "不存在"),
     ({"document_number": "42019919900101123"}, "18位"), ({"phone": "12345678901"}, "手机号码"), ({"name": ""}, "请填写")],
)  # fmt: skip
def test_a_wrong_account_form_says_how_to_mend_it(client, change: dict, sentence: str) -> None:
    testing.login(client, admin("system_admin"))
    values = {
        "username": "ok.name",
        "name": "甲",
        "kind": "official",
        "document_kind": "id_card",
        "document_number": "420199199001011234"[:17] + id_card_char("42019919900101123"),
        "phone": "",
    } | change
    answer = client.post("/identity/accounts/new/", values)
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not Account.objects.filter(username="ok.name").exists()


def test_an_auditor_sees_the_matrix_and_nothing_else(client) -> None:
    testing.login(client, admin("auditor"))
    page = client.get("/access/matrix/").content.decode()
    assert 'href="?module=identity"' in page and "√" not in page, "the modules with their counts, not twenty thousand cells"
    module = client.get("/access/matrix/?module=identity").content.decode()
    assert "identity.post" in module and "授予" in module and "audit.record" not in module
    mine = client.get("/access/matrix/?role=auditor").content.decode()
    assert "identity.matrix" in mine and "identity.post" not in mine
    assert "没有任何权限" in client.get("/access/matrix/?role=auditor&module=command").content.decode()
    table = client.get("/access/matrix.csv").content.decode("utf-8-sig")
    assert "identity.post" in table and "授予" in table
    for path in ("/identity/accounts/", "/identity/posts/", "/identity/organisations/", "/account/delegations/"):
        assert client.get(path).status_code == 403


def test_every_action_of_the_matrix_has_a_chinese_word() -> None:
    assert {grant.action for grant in grants()} - set(ACTIONS) == set(), "add them to views/matrix.py"


def test_personal_data_is_encrypted_and_revealed_only_with_a_logged_reason(client, entries) -> None:
    who, _ = accounts.do_create(username="secret.one", name="密", kind="resident", phone="19900000002")
    from django.db import connection

    with scope.system("测试"), connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM identity_personalrecord")
        assert "19900000002" not in str(cursor.fetchall())
    testing.login(client, admin("system_admin"))
    address = f"/identity/accounts/{who.pk}/"
    assert "19900000002" not in client.get(address).content.decode()
    assert client.post(f"{address}reveal/", {"reason": "看"}).status_code == 422
    shown = client.post(f"{address}reveal/", {"reason": "核对本人身份"})
    assert "19900000002" in shown.content.decode()
    assert ("identity.reveal", f"identity.account:{who.pk}", "ok") in entries()
    with scope.acting(testing.scope_of(testing.make_official(PROVINCE, roles=["viewer"]))):
        assert not PersonalRecord.objects.exists(), "not even a provincial official by ORM"


def test_organisations_are_checked(client) -> None:
    testing.login(client, admin("system_admin"))
    good = testing.uscc("420106", 777_777, "12")
    values = {
        "code": good,
        "name": "新单位",
        "kind": "institution",
        "region_code": WUCHANG,
        "authorities": "qss hud",
        "is_active": "on",
    }
    assert client.post("/identity/organisations/new/", values).status_code == 302
    made = Organisation.objects.get(code=good)
    assert made.authorities == ["QSS", "HUD"]
    assert client.post("/identity/organisations/new/", values).status_code == 422, "registered already"
    assert client.post("/identity/organisations/new/", values | {"code": good[:-1] + "0"}).status_code == 422
    loop = client.post(f"/identity/organisations/{made.pk}/edit/", values | {"parent": good})
    assert loop.status_code == 422 and "不能是本单位" in loop.content.decode()


def test_delegation_lends_and_takes_back_at_once(client) -> None:
    head = testing.make_official(WUCHANG, roles=["approver"])
    colleague = testing.make_official(WUCHANG, roles=["reviewer"])
    stranger = testing.make_official("420500000000", roles=["reviewer"])
    testing.login(client, head)
    today = timezone.localdate()
    form = {
        "account": colleague.pk,
        "roles": ["approver"],
        "valid_from": today,
        "valid_to": today + timedelta(days=5),
        "basis": "出差",
    }
    for wrong in (
        {"account": stranger.pk},
        {"roles": ["supervisor"]},
        {"valid_to": today + timedelta(days=30)},
        {"valid_to": ""},
    ):
        assert client.post("/account/delegations/", form | wrong).status_code == 422, wrong
    assert client.post("/account/delegations/", form).status_code == 302
    lent = Post.objects.get(kind="delegated")
    assert selectors.posts_of(colleague)[-1] == lent and selectors.roles_of(lent) == {"approver"}
    testing.login(client, stranger)
    assert client.post(f"/account/delegations/{lent.pk}/end/").status_code == 403
    testing.login(client, head)
    assert client.post(f"/account/delegations/{lent.pk}/end/").status_code == 302
    assert lent not in selectors.posts_of(colleague)


def test_a_delegated_post_cannot_be_lent_on() -> None:
    head = testing.make_official(WUCHANG, roles=["approver"])
    until = date(2099, 1, 1)
    deputy = testing.make_official(WUCHANG, roles=["approver"], kind="delegated", delegated_from=head.posts.get(), valid_to=until)
    third = testing.make_official(WUCHANG)
    lent = selectors.posts_of(deputy)[0]
    with scope.acting(testing.scope_of(deputy)), pytest.raises(Refusal) as refusal:
        posts.do_delegate(lent, third, roles=["approver"], valid_from=date(2026, 1, 1), valid_to=date(2026, 1, 5))
    assert "identity.delegate.again" in [r.code for r in refusal.value.reasons]


def test_one_switches_to_ones_own_posts_only(client) -> None:
    who = testing.make_official(WUCHANG)
    second = Post.objects.create(
        account=who,
        organisation=testing.make_organisation("420500000000"),
        title="挂职",
        roles=["viewer"],
        valid_from=date(2020, 1, 1),
    )
    foreign = testing.make_official("420500000000").posts.get()
    testing.login(client, who)
    assert client.post("/account/post/", {"post": foreign.pk}).status_code == 422
    assert client.post("/account/post/", {"post": "0"}).status_code == 422, "an official has no private desk here"
    assert client.post("/account/post/", {"post": second.pk, "next": "/account/"})["Location"] == "/account/"
    page = client.get("/account/")
    assert page.wsgi_request.scope.region_lo == "4205"
    Post.objects.filter(pk=second.pk).update(revoked_at=timezone.now())
    assert client.get("/account/").wsgi_request.scope.region_lo == "420106", "falls back when the post ends"


def test_an_agent_may_act_as_a_private_person(client) -> None:
    agent = testing.make_enterprise()
    testing.login(client, agent)
    client.post("/account/post/", {"post": "0"})
    found = client.get("/account/").wsgi_request.scope
    assert found.kind == "resident" and not any(key.startswith("org:") for key in found.keys)


def test_the_firms_administrator_authorises_and_ends_agents(client) -> None:
    chief = testing.make_enterprise()
    firm = chief.posts.get().organisation
    testing.login(client, chief)
    form = {"username": "new.agent", "name": "新经办", "title": "经办人", "valid_from": "2026-01-01"}
    page = client.post("/identity/agents/", form)
    assert page.status_code == 200 and "一次性密码" in page.content.decode()
    made = Account.objects.get(username="new.agent")
    assert testing.scope_of(made).kind == "enterprise" and f"org:{firm.code}" in testing.scope_of(made).keys
    assert client.post("/identity/agents/", form).status_code == 422, "once"
    official = testing.make_official(WUCHANG)
    assert client.post("/identity/agents/", form | {"username": official.username, "name": official.name}).status_code == 422
    testing.login(client, made)
    assert client.post("/identity/agents/", form | {"username": "third"}).status_code == 403, "only the administrator"
    other = testing.make_enterprise()
    testing.login(client, other)
    assert client.post(f"/identity/agents/{made.posts.get().pk}/revoke/").status_code == 404, "another firm's agent"
    testing.login(client, chief)
    assert client.post(f"/identity/agents/{made.posts.get().pk}/revoke/").status_code == 302
    assert testing.scope_of(made).kind == "resident"


def test_nobody_revokes_what_is_not_theirs() -> None:
    boss, victim = testing.make_official(WUCHANG, roles=["approver"]), testing.make_official(WUCHANG)
    with scope.acting(testing.scope_of(boss)), pytest.raises(NotAllowed):
        posts.do_revoke(victim.posts.get().pk, "不服")


def test_an_administrator_cannot_act_on_the_own_account(client) -> None:
    system = admin("system_admin")
    testing.login(client, system)
    for act in ("reset_password", "reset_second_factor", "disable", "dismiss"):
        answer = client.post(f"/identity/accounts/{system.pk}/act/", {"act": act, "reason": "试试"})
        assert answer.status_code == 422, act
    system.refresh_from_db()
    assert system.is_active
