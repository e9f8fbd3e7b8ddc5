"""Programs of other systems: registered with a secret that is shown once, stopped at once."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from django.db import transaction

from zhujian.boards.city_management.public_service.models import Peer
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto.personal import keyed_hash
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, refuse_if


def secret_hash(secret: str) -> str:
    """What a key is found by."""
    return keyed_hash("public_service.peer", secret)


def check(code: str, name: str, kind: str, source: str, push_url: str) -> list[Reason]:
    """What is wrong with a new peer."""
    reasons = []
    if not (code and len(code) <= 32 and code.isascii() and code.replace("-", "").replace("_", "").isalnum()):
        reasons.append(Reason("peer.code", "代号用小写字母、数字和连字符，最多32个字符。", "code"))
    if not name.strip():
        reasons.append(Reason("peer.name", "请填写名称。", "name"))
    if kind not in Peer.Kind.values:
        reasons.append(Reason("peer.kind", "请选择类别。", "kind"))
    if kind == Peer.Kind.HOTLINE and source not in ("hotline_12345", "hotline_12319"):
        reasons.append(Reason("peer.source", "请选择是哪条热线。", "source"))
    if push_url and (urlsplit(push_url).scheme not in ("http", "https") or not urlsplit(push_url).hostname):
        reasons.append(Reason("peer.url", "状态推送地址应以 https:// 开头。", "push_url"))
    return reasons


@transaction.atomic
def do_register(
    *, code: str, name: str, kind: str, source: str = "open311", push_url: str = "", contact: str = "", region_code: str = ""
) -> tuple[Peer, str]:
    """A new peer and its secret, which is shown this once (a hotline's stays, encrypted, to sign with)."""
    refuse_if(check(code, name, kind, source, push_url))
    with scope.system("核对接入方代号"):
        if Peer.objects.filter(code=code).exists():
            raise Conflict("peer.known", "这个代号已经用过，请换一个。", "code")
    secret = secrets.token_urlsafe(32)
    peer = Peer.objects.create(
        code=code, name=name.strip()[:80], kind=kind, source=source if kind == Peer.Kind.HOTLINE else "open311",
        secret=secret if kind == Peer.Kind.HOTLINE else "", secret_hash=secret_hash(secret), push_url=push_url, contact=contact[:80],
        region_code=region_code or scope.current().region_code,
    )  # fmt: skip
    _evidence("peer.registered", peer)
    return peer, secret


@transaction.atomic
def do_stop(peer_id: int) -> Peer:
    """Turn a peer away from now on."""
    peer = Peer.objects.select_for_update().filter(pk=peer_id).first()
    if peer is None:
        raise NotFound("peer.absent", "没有这个接入方，请刷新页面。")
    if peer.active:
        peer.active = False
        peer.save_version(peer.version, fields=["active"])
        _evidence("peer.stopped", peer)
    return peer


def _evidence(name: str, peer: Peer) -> None:
    facts = {"code": peer.code, "kind": peer.kind, "source": peer.source}
    evidence.record(name, object_id=f"public_service.peer:{peer.pk}", region_code=peer.region_code, payload=facts)


def by_key(key: str) -> Peer | None:
    """The active Open311 client with this key."""
    with scope.system("核对接入密钥"):
        return Peer.objects.filter(secret_hash=secret_hash(key), kind=Peer.Kind.OPEN311, active=True).first()


def hotline(code: str) -> Peer | None:
    """The active hotline called `code`."""
    with scope.system("核对热线身份"):
        return Peer.objects.filter(code=code, kind=Peer.Kind.HOTLINE, active=True).first()


__all__ = ["by_key", "check", "do_register", "do_stop", "hotline", "secret_hash"]
