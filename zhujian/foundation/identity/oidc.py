"""OpenID Connect for the department's other systems, on django-allauth's provider.

A system sees one `sub` per natural person; posts and region scope come with the scope ``posts`` and are always those of this
moment, never what the client says. Authorization code with PKCE (S256) only; tokens are short, refresh tokens rotate, and
all of a person's tokens go with the account (`revoke`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client, PrivateKey, Token
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from zhujian.foundation.identity import selectors
from zhujian.foundation.identity.models import Account
from zhujian.foundation.kernel import scope

SCOPES = {"openid": "识别您的身份", "profile": "查看您的姓名和登录名", "posts": "查看您的单位、岗位、角色和数据范围"}


@cache
def signing_key(path: Path) -> str:
    """The provider's RSA key as PEM, made once and kept readable by the platform alone."""
    if not path.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        fresh = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(pem)
        try:
            os.link(fresh, path)  # whoever is first wins; the others read what the first one wrote
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


class Adapter(DefaultOIDCAdapter):
    """What the provider says about people."""

    scope_display = SCOPES

    def list_private_keys(self, **_: Any) -> list[PrivateKey]:
        """The one signing key: ``ZHUJIAN_OIDC_KEY`` names a file shared by several machines."""
        named = os.environ.get("ZHUJIAN_OIDC_KEY")
        return [PrivateKey(pem=signing_key(Path(named) if named else settings.VAR / "oidc-key.pem"))]

    def get_issuer(self) -> str:
        """The platform's public address."""
        return settings.PUBLIC_URL.rstrip("/")

    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        """Say what is really offered."""
        data.pop("device_authorization_endpoint", None)
        data |= {
            "scopes_supported": list(SCOPES), "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"], "code_challenge_methods_supported": ["S256"],
            "claims_supported": ["sub", "name", "preferred_username", "account_kind", "posts", "region_scope"],
        }  # fmt: skip

    def get_claims(
        self, purpose: Any, user: Any, client: Client, scopes: Iterable[str], *args: Any, **more: Any
    ) -> dict[str, Any]:
        """Claims of one person for the granted scopes."""
        granted = set(scopes)
        claims: dict[str, Any] = {"sub": self.get_user_sub(client, user)}
        if "profile" in granted:
            claims |= {"name": user.name, "preferred_username": user.username, "account_kind": user.kind}
        if "posts" in granted:
            claims |= post_claims(user)
        return claims


def post_claims(account: Account) -> dict[str, Any]:
    """Posts and region scope of this moment. `region_scope` lists prefixes of 12-digit region codes, officials only."""
    posts = selectors.posts_of(account)
    described = [
        {
            "id": post.pk, "title": post.title, "kind": post.kind, "organisation": post.organisation.code,
            "organisation_name": post.organisation.name, "region_code": post.organisation.region_code,
            "authorities": post.organisation.authorities, "roles": sorted(selectors.roles_of(post)),
            "valid_to": post.valid_to.isoformat() if post.valid_to else None,
        }
        for post in posts
    ]  # fmt: skip
    business = [p for p in posts if p.organisation.is_public_body and p.duty_class == Account.Duty.BUSINESS]
    return {"posts": described, "region_scope": sorted({scope.region_prefix(p.organisation.region_code) for p in business})}


def revoke(account_id: int) -> int:
    """Withdraw every token of an account from every system; returns how many."""
    return Token.objects.filter(user=account_id).delete()[0]


def register(name: str, redirect_uris: list[str]) -> tuple[Client, str]:
    """Register a system of the department; returns it and its secret (shown once, stored as a hash)."""
    client = Client(name=name, skip_consent=True, scopes="\n".join(SCOPES), default_scopes="openid", response_types="code")
    client.grant_types = f"{Client.GrantType.AUTHORIZATION_CODE}\n{Client.GrantType.REFRESH_TOKEN}"
    client.set_redirect_uris(redirect_uris)
    secret = Adapter().generate_client_secret()
    client.set_secret(secret)
    client.save()
    return client, secret
