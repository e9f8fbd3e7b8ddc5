"""Access tokens: made once, read-only, in one post, dead with everything they hang on, and never stored in clear."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from zhujian.foundation.audit.models import Record
from zhujian.foundation.identity import testing
from zhujian.foundation.identity.models import AccessToken
from zhujian.foundation.identity.services import tokens
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

pytestmark = pytest.mark.django_db
PLACE = "/ogc/collections"
REGION = "420106000000"


def later(days: int = 30):
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def person():
    return testing.make_official(REGION, roles=("viewer",))


@pytest.fixture
def token(person) -> str:
    with scope.acting(testing.scope_of(person)):
        return tokens.do_create(person, person.posts.get(), "QGIS", later())


def ask(token: str, path: str = PLACE, **more):
    return Client().get(path, headers={"Authorization": f"Bearer {token}", **more})


def test_bearer_and_basic_see_what_the_person_sees(person, token) -> None:
    own = Client()
    testing.login(own, person)
    seen = [one["id"] for one in own.get(PLACE, headers={"Accept": "application/json"}).json()["collections"]]
    assert seen and [one["id"] for one in ask(token).json()["collections"]] == seen
    basic = base64.b64encode(f"anybody:{token}".encode()).decode()
    answer = Client().get(PLACE, headers={"Authorization": f"Basic {basic}"})
    assert [one["id"] for one in answer.json()["collections"]] == seen
    assert "sessionid" not in answer.cookies
    assert AccessToken.objects.get().last_used_on == timezone.localdate()
    assert ask(token, "/api/v1/standards/standard").status_code == 200
    assert ask(token, "/tiles/cim/building/10/0/0.mvt").status_code == 204


def test_only_the_hash_is_kept_and_making_it_is_audited(person, token) -> None:
    row = AccessToken.objects.get()
    assert token not in (row.hash, row.name) and len(row.hash) == 64
    with scope.acting(testing.scope_of(testing.make_official(REGION, roles=("auditor",)))):
        acts = [record.body for record in Record.objects.filter(act="identity.token_create")]
    assert len(acts) == 1 and token not in str(acts)


def test_it_reads_only_and_only_data(token) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    answer = Client().post("/api/v1/standards/standard", "{}", content_type="application/json", headers=headers)
    assert answer.status_code == 403 and answer.json()["code"] == "identity.token.read_only"
    for path in ("/account/", "/account/tokens/", "/r/standards/standard/", "/"):
        answer = Client().get(path, headers=headers)
        assert answer.status_code == 403 and answer.json()["code"] == "identity.token.path", path


@pytest.mark.parametrize("wrong", ["zj_", "zj_" + "0" * 48, "zj_" + "g" * 48, "zj_'; DROP TABLE x"])
def test_a_wrong_token_is_refused_and_not_taken_for_a_visitor(wrong: str) -> None:
    answer = ask(wrong)
    assert (
        answer.status_code == 401
        and "invalid_token" in answer["WWW-Authenticate"]
        and answer.json()["code"] == "identity.token.invalid"
    )


def test_other_credentials_are_no_business_of_ours(person) -> None:
    for header in ("Bearer eyJ", "Basic !!!", "Basic " + base64.b64encode(b"a:b").decode(), "Digest x", "Bearer"):
        assert Client().get(PLACE, headers={"Authorization": header}).status_code == 403


def _post_ended(person, row) -> None:
    person.posts.update(revoked_at=timezone.now())


def _account_closed(person, row) -> None:
    person.is_active = False
    person.save()


def _password_changed(person, row) -> None:
    person.password_changed_at = timezone.now() + timedelta(seconds=1)
    person.save()


def _password_reset(person, row) -> None:
    person.must_change_password = True
    person.save()


def _expired(person, row) -> None:
    AccessToken.objects.filter(pk=row.pk).update(expires_on=timezone.localdate() - timedelta(days=1))


def _revoked(person, row) -> None:
    with scope.acting(testing.scope_of(person)):
        tokens.do_revoke(person, row.pk)


@pytest.mark.parametrize("end", [_post_ended, _account_closed, _password_changed, _password_reset, _expired, _revoked])
def test_it_dies_with_what_it_hangs_on(person, token, end) -> None:
    assert ask(token).status_code == 200
    end(person, AccessToken.objects.get())
    assert ask(token).status_code == 401


def test_nobody_revokes_anothers_and_administrators_make_none(person, token) -> None:
    other = testing.make_official(REGION, roles=("viewer",))
    with pytest.raises(Refusal):
        tokens.do_revoke(other, AccessToken.objects.get().pk)
    guard = testing.make_official(REGION, roles=("security_admin",))
    with pytest.raises(Refusal, match="管理员不能"):
        tokens.do_create(guard, guard.posts.get(), "x", later())


@pytest.mark.parametrize(("name", "days", "words"), [("", 30, "用途"), ("x", 0, "有效期"), ("x", 4000, "有效期")])
def test_what_is_wrong_with_a_new_one_is_said(person, name: str, days: int, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        tokens.do_create(person, None, name, later(days))


def test_page_makes_shows_once_and_revokes(client, person) -> None:
    testing.login(client, person)
    assert "/account/tokens/" in client.get("/account/").content.decode()
    assert client.post("/account/tokens/", {"name": "", "expires_on": ""}).status_code == 422
    made = client.post("/account/tokens/", {"name": "QGIS，办公室电脑", "expires_on": str(later())})
    text = made.content.decode()
    token = text.partition("zj_")[2][:48]
    assert made.status_code == 200 and ask("zj_" + token).status_code == 200
    again = client.get("/account/tokens/").content.decode()
    assert token not in again and "QGIS，办公室电脑" in again
    client.post(f"/account/tokens/{AccessToken.objects.get().pk}/revoke/")
    assert ask("zj_" + token).status_code == 401


def test_at_most_so_many(person) -> None:
    with scope.acting(testing.scope_of(person)):
        for number in range(10):
            tokens.do_create(person, None, str(number), later())
        with pytest.raises(Refusal, match="最多 10 个"):
            tokens.do_create(person, None, "one more", later())
