"""Another system signs people in here, with a client library that is not ours (Authlib), over real HTTP."""

from __future__ import annotations

import pytest
import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from django.db import transaction
from django.test import Client as Browser
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from zhujian.foundation.identity import oidc, testing
from zhujian.foundation.identity.services import accounts
from zhujian.foundation.kernel import scope

CALLBACK = "https://oa.example.gov.cn/callback"
VERIFIER = "a-code-verifier-long-enough-for-the-standard-0123456789"


@pytest.fixture
def provider(transactional_db, live_server, settings, tmp_path, monkeypatch):
    """Discovery document of a running platform."""
    monkeypatch.setenv("ZHUJIAN_OIDC_KEY", str(tmp_path / "key.pem"))
    settings.PUBLIC_URL = live_server.url
    return requests.get(f"{live_server.url}/.well-known/openid-configuration", timeout=10).json()


@pytest.fixture
def system(provider):
    """A registered system as its client library sees it."""
    client, secret = oidc.register("办公系统", [CALLBACK])
    return OAuth2Session(
        client.pk, secret, scope="openid profile posts", redirect_uri=CALLBACK, code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic",
    )  # fmt: skip


def signed_in(account) -> requests.Session:
    """A browser in which the person is signed in."""
    browser, session = Browser(), requests.Session()
    testing.login(browser, account)
    session.cookies.set("sessionid", browser.cookies["sessionid"].value)
    return session


def code_for(system, provider, account) -> tuple[str, str]:
    """The callback address with its code, and the state."""
    address, state = system.create_authorization_url(provider["authorization_endpoint"], code_verifier=VERIFIER, nonce="n-1")
    answer = signed_in(account).get(address, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"], state


def token_for(system, provider, account, verifier: str = VERIFIER) -> dict:
    answer, state = code_for(system, provider, account)
    return system.fetch_token(provider["token_endpoint"], authorization_response=answer, state=state, code_verifier=verifier)


def test_a_system_signs_an_official_in(system, provider) -> None:
    account = testing.make_official("420106000000", roles=["reviewer"])
    token = token_for(system, provider, account)
    keys = KeySet.import_key_set(requests.get(provider["jwks_uri"], timeout=10).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
    assert (
        claims["iss"] == provider["issuer"]
        and claims["nonce"] == "n-1"
        and claims["aud"] in (system.client_id, [system.client_id])
    )
    info = system.get(provider["userinfo_endpoint"]).json()
    assert info["sub"] == claims["sub"] == str(account.pk) and info["name"] == account.name
    assert info["region_scope"] == ["420106"]
    (post,) = info["posts"]
    assert post["roles"] == ["reviewer"] and post["organisation"] == account.posts.get().organisation.code
    head, body, mark = token["id_token"].split(".")
    with pytest.raises(BadSignatureError):
        jwt.decode(f"{head}.{body}.{mark[:-8]}AAAAAAAA", keys, algorithms=["RS256"])


def test_an_agent_has_posts_but_no_region_scope(system, provider) -> None:
    token_for(system, provider, testing.make_enterprise())
    info = system.get(provider["userinfo_endpoint"]).json()
    assert info["region_scope"] == [] and info["posts"][0]["roles"] == ["firm_agent"]


def test_what_is_granted_follows_the_posts_of_the_moment(system, provider) -> None:
    account = testing.make_official("420106000000")
    token_for(system, provider, account)
    account.posts.update(revoked_at="2026-01-01T00:00:00+08:00")
    info = system.get(provider["userinfo_endpoint"]).json()
    assert info["posts"] == [] and info["region_scope"] == []


def test_a_code_is_worth_nothing_without_the_verifier_and_only_once(system, provider) -> None:
    account = testing.make_official("420106000000")
    with pytest.raises(OAuthError):
        token_for(system, provider, account, verifier="another-verifier-that-is-long-enough-0123456789abc")
    answer, state = code_for(system, provider, account)
    system.fetch_token(provider["token_endpoint"], authorization_response=answer, state=state, code_verifier=VERIFIER)
    with pytest.raises(OAuthError):
        system.fetch_token(provider["token_endpoint"], authorization_response=answer, state=state, code_verifier=VERIFIER)


def test_pkce_and_the_registered_address_are_required(system, provider) -> None:
    browser = signed_in(testing.make_official("420106000000"))
    query = {"client_id": system.client_id, "response_type": "code", "scope": "openid", "redirect_uri": CALLBACK, "state": "s"}
    plain = browser.get(provider["authorization_endpoint"], params=query, allow_redirects=False, timeout=10)
    assert plain.status_code == 422 and "PKCE" in plain.text
    query |= {"code_challenge": "x" * 43, "code_challenge_method": "S256", "redirect_uri": "https://evil.example/"}
    evil = browser.get(provider["authorization_endpoint"], params=query, allow_redirects=False, timeout=10)
    assert evil.status_code >= 400 and "evil" not in evil.headers.get("Location", "")


def test_a_visitor_logs_in_here_first(system, provider) -> None:
    address, _ = system.create_authorization_url(provider["authorization_endpoint"], code_verifier=VERIFIER)
    answer = requests.get(address, allow_redirects=False, timeout=10)
    assert answer.status_code == 302 and "/login/?next=" in answer.headers["Location"]


def test_refresh_rotates_and_dismissal_ends_everything(system, provider) -> None:
    account = testing.make_official("420106000000")
    first = token_for(system, provider, account)
    second = system.refresh_token(provider["token_endpoint"], refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    with pytest.raises(OAuthError):
        system.refresh_token(provider["token_endpoint"], refresh_token=first["refresh_token"])
    with transaction.atomic(), scope.system("测试"):
        accounts.do_dismiss(account.pk, "离职")
    assert requests.get(
        provider["userinfo_endpoint"], headers={"Authorization": f"Bearer {second['access_token']}"}, timeout=10
    ).status_code in {401, 403}
    with pytest.raises(OAuthError):
        system.refresh_token(provider["token_endpoint"], refresh_token=second["refresh_token"])


@pytest.mark.django_db
def test_only_the_system_admin_registers_systems(client) -> None:
    testing.login(client, testing.make_official("420000000000", roles=["system_admin"]))
    for wrong in ("http://oa.example/", "javascript:alert(1)", "https://*.example/", "https://a.example/#x", "oa.example"):
        assert client.post("/identity/clients/", {"name": "甲", "redirect_uris": wrong}).status_code == 422, wrong
    page = client.post("/identity/clients/", {"name": "甲", "redirect_uris": CALLBACK})
    made = oidc.Client.objects.get()
    assert page.status_code == 200 and made.pk in page.content.decode() and made.secret not in page.content.decode()
    assert client.post(f"/identity/clients/{made.pk}/remove/").status_code == 302 and not oidc.Client.objects.exists()
    testing.login(client, testing.make_official("420000000000", roles=["security_admin"]))
    assert client.get("/identity/clients/").status_code == 403
