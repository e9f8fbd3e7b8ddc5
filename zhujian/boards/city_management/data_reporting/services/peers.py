"""Registering the platforms we exchange with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from zhujian.boards.city_management.data_reporting.models import Peer
from zhujian.boards.city_management.data_reporting.services import schemas
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel.crypto import normal_public_key
from zhujian.foundation.kernel.errors import Reason, refuse_if
from zhujian.foundation.kernel.models import ScopedModel

SECRET = 16  # bytes of a shared key, at least


def check_peer(values: dict[str, Any]) -> list[Reason]:
    """Reasons against registering a platform with these values."""
    found = []
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", values.get("code") or ""):
        found.append(Reason("peer.code", "应用标识用小写字母、数字和连字符，例如 app-420100。", "code"))
    if values.get("direction") == Peer.Direction.UP and values.get("url"):
        parts = urlsplit(values["url"])
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            found.append(Reason("peer.url", "接口地址应为 http 或 https 开头的完整地址，不带问号后的参数。", "url"))
    if values.get("signing") == Peer.Signing.HMAC:
        secret = values.get("secret") or ""
        if not re.fullmatch(r"([0-9a-fA-F]{2})+", secret) or len(secret) < SECRET * 2:
            found.append(Reason("peer.secret", "共享密钥为十六进制，至少32位，由双方线下约定。", "secret"))
    elif not _key(values.get("public_key") or ""):
        found.append(Reason("peer.key", "请填写对方平台的 SM2 公钥（128 或 130 位十六进制）。", "public_key"))
    known = schemas.titles()
    if not values.get("datasets") or set(values["datasets"]) - set(known):
        found.append(Reason("peer.datasets", f"请从已登记的数据集中选择：{'、'.join(known)}。", "datasets"))
    return found


def _key(text: str) -> bool:
    try:
        return bool(normal_public_key(bytes.fromhex(text)))
    except ValueError:
        return False


@transaction.atomic
def do_register(
    *, direction: str, code: str, name: str, region_code: str, datasets: Iterable[str], url: str = "", signing: str = "sm2",
    public_key: str = "", secret: str = "", addresses: Iterable[str] = (),
) -> Peer:  # fmt: skip
    """Register a platform, or bring the one with this direction and code up to date."""
    values = {
        "name": name, "region_code": region_code, "datasets": list(datasets), "url": url, "signing": signing, "public_key": public_key,
        "secret": secret, "addresses": list(addresses),
    }  # fmt: skip
    refuse_if(check_peer({**values, "direction": direction, "code": code}))
    peer, _ = Peer.objects.update_or_create(direction=direction, code=code, defaults=values)
    tell(peer)
    return peer


def tell(peer: ScopedModel) -> None:
    """Leave evidence of who may exchange what."""
    assert isinstance(peer, Peer)
    evidence.record(
        "data_reporting.peer", object_id=f"data_reporting.peer:{peer.pk}", region_code=peer.region_code,
        payload={"direction": peer.direction, "code": peer.code, "datasets": peer.datasets, "active": peer.is_active, "key": peer.public_key},
    )  # fmt: skip
