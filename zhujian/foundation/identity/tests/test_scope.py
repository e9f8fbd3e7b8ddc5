"""Which rows each kind of person may see, and that the database keeps the 三员 apart."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from zhujian.foundation.identity import selectors, testing
from zhujian.foundation.identity.models import Account, Post
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db


def test_an_official_sees_the_region_of_the_organisation() -> None:
    found = testing.scope_of(testing.make_official("420106000000"))
    assert (found.kind, found.region_lo, found.region_hi) == ("official", "420106", "420106~")
    assert found.roles == {"public", "signed_in", "reviewer"} and found.authorities == {"HUD"}
    assert {key.split(":")[0] for key in found.keys} == {"person", "post", "org"}


def test_a_provincial_official_sees_every_city_of_the_province() -> None:
    found = testing.scope_of(testing.make_official("420000000000"))
    assert found.region_lo <= "429004000000" < found.region_hi


def test_an_agent_sees_the_firm_and_nothing_by_region() -> None:
    agent = testing.make_enterprise()
    found = testing.scope_of(agent)
    assert (found.kind, found.region_lo, found.region_hi) == ("enterprise", *scope.NOTHING)
    assert f"org:{agent.posts.get().organisation.code}" in found.keys and f"person:{agent.pk}" in found.keys


def test_a_resident_sees_only_what_names_the_person() -> None:
    who = testing.make_resident()
    found = testing.scope_of(who)
    assert (found.kind, found.keys, found.region_lo) == ("resident", (f"person:{who.pk}",), scope.NOTHING[0])
    assert found.roles == {"public", "signed_in", "resident"}


@pytest.mark.parametrize("role", ["system_admin", "security_admin", "auditor"])
def test_the_three_administrators_get_no_business_rows(role: str) -> None:
    found = testing.scope_of(testing.make_official("420000000000", roles=[role]))
    assert (found.region_lo, found.region_hi) == scope.NOTHING
    assert not any(key.startswith("org:") for key in found.keys)


def test_an_ended_or_revoked_post_gives_nothing() -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    ended = testing.make_official("420106000000", valid_to=yesterday)
    revoked = testing.make_official("420106000000", revoked_at=timezone.now())
    for who in (ended, revoked):
        found = testing.scope_of(who)
        assert found.region_lo == scope.NOTHING[0] and found.roles == {"public", "signed_in"}


def test_a_delegated_post_follows_its_delegator() -> None:
    head = testing.make_official("420106000000", roles=["approver", "reviewer"])
    source = head.posts.get()
    until = timezone.localdate() + timedelta(days=3)
    deputy = testing.make_official(
        "420106000000", roles=["approver", "viewer"], kind="delegated", delegated_from=source, valid_to=until
    )
    assert testing.scope_of(deputy).roles == {"public", "signed_in", "approver"}
    Post.objects.filter(pk=source.pk).update(revoked_at=timezone.now())
    assert selectors.posts_of(deputy) == []


def test_the_request_carries_the_scope(client, rf) -> None:
    who = testing.make_official("420500000000")
    second = Post.objects.create(
        account=who,
        organisation=testing.make_organisation("420106000000"),
        title="挂职",
        roles=["viewer"],
        valid_from=date(2020, 1, 1),
    )
    testing.login(client, who)
    assert client.get("/nowhere/").wsgi_request.scope.region_code == "420500000000"
    testing.login(client, who, second)
    assert client.get("/nowhere/").wsgi_request.scope.region_code == "420106000000"
    client.logout()
    assert client.get("/nowhere/").wsgi_request.scope.kind == "public"


def test_nearest_organisation_covers_the_region() -> None:
    province = testing.make_organisation("420000000000")
    city = testing.make_organisation("420100000000")
    county = testing.make_organisation("420106000000")
    assert selectors.organisation_for("HUD", "420106001000") == county
    assert selectors.organisation_for("HUD", "420111000000") == city
    assert selectors.organisation_for("HUD", "429004000000") == province
    assert selectors.organisation_for("NOPE", "420106000000") is None


@pytest.mark.parametrize("first", ["system_admin", "security_admin", "auditor", "reviewer"])
@pytest.mark.parametrize("second", ["system_admin", "security_admin", "auditor", "reviewer"])
def test_foundation_17_19_database_keeps_duties_apart(first: str, second: str) -> None:
    if first == second:
        return
    who = testing.make_official("420000000000", roles=[first])
    duty = second if second != "reviewer" else "business"
    org = who.posts.get().organisation
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(
            account=who, organisation=org, title="兼", roles=[second], duty_class=duty, valid_from=date(2020, 1, 1)
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(pk=who.pk).update(duty_class=duty)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(account=who).update(roles=[second])
