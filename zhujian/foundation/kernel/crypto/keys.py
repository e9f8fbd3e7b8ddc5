"""Where keys live. Code names a key ("evidence-log", "personal-data"); the provider holds it and does the work.

`FileKeys` keeps keys in ``var/keys`` (0600) for trying out and for tests. In production mode the platform refuses to start
with it: a deployment sets ``ZHUJIAN_KEY_PROVIDER=package.module:Class`` to a class with the methods of `KeyProvider` that
talks to its certified device (密码机, GM/T 0018 SDF or PKCS#11); devices differ, so that class belongs to the deployment.
GB/T 39786-2021 level 3 asks for certified modules.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import secrets
from functools import cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from zhujian.foundation.kernel.crypto.hashes import hmac_sm3
from zhujian.foundation.kernel.crypto.sm2 import DEFAULT_ID, sm2_generate, sm2_sign
from zhujian.foundation.kernel.crypto.sm4 import sm4_gcm_decrypt, sm4_gcm_encrypt


class KeysRefused(ImproperlyConfigured):
    """The configured key store must not or cannot be used."""


class KeyProvider(Protocol):
    """A key store. Key names are lower-case words with dashes; a name holds one key of one use."""

    in_device: bool  # True only when private keys cannot leave a certified module

    def public_key(self, name: str) -> bytes:
        """SM2 public key, 64 bytes x‖y."""

    def sign(self, name: str, message: bytes, identity: bytes = DEFAULT_ID) -> bytes:
        """SM2-with-SM3 signature in DER."""

    def encrypt(self, name: str, data: bytes, aad: bytes = b"") -> bytes:
        """SM4-GCM: nonce ‖ ciphertext ‖ tag."""

    def decrypt(self, name: str, blob: bytes, aad: bytes = b"") -> bytes:
        """Undo `encrypt`; CipherRefused when changed."""

    def mac(self, name: str, data: bytes) -> bytes:
        """HMAC-SM3, 32 bytes."""


class FileKeys:
    """Keys as files, made when first asked for. Not for production."""

    in_device = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept: dict[str, dict[str, bytes]] = {}

    def _key(self, name: str, kind: str) -> dict[str, bytes]:
        """The key `name`.`kind`, made once; two processes that make it at the same moment end with one."""
        file_name = f"{name}.{kind}"
        if file_name in self._kept:
            return self._kept[file_name]
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
            raise ValueError(f"not a key name: {name!r}")
        path = self.folder / file_name
        if not path.exists():
            self._make(path, kind)
        if path.stat().st_mode & 0o077:
            raise KeysRefused(f"密钥文件 {path} 的权限过宽，请执行 chmod 600 后再启动。")
        self._kept[file_name] = {part: bytes.fromhex(value) for part, value in json.loads(path.read_text()).items()}
        return self._kept[file_name]

    def _make(self, path: Path, kind: str) -> None:
        if kind == "sm2":
            private, public = sm2_generate()
            parts = {"private": private.hex(), "public": public.hex()}
        else:
            parts = {"key": secrets.token_hex({"sm4": 16, "mac": 32}[kind])}
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.folder / f".{path.name}.{secrets.token_hex(6)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(json.dumps(parts))
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, path)  # fails when another process was first: its key wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()

    def public_key(self, name: str) -> bytes:
        """SM2 public key, 64 bytes."""
        return self._key(name, "sm2")["public"]

    def sign(self, name: str, message: bytes, identity: bytes = DEFAULT_ID) -> bytes:
        """SM2 signature in DER."""
        key = self._key(name, "sm2")
        return sm2_sign(key["private"], message, public=key["public"], identity=identity)

    def encrypt(self, name: str, data: bytes, aad: bytes = b"") -> bytes:
        """SM4-GCM: nonce ‖ ciphertext ‖ tag."""
        return sm4_gcm_encrypt(self._key(name, "sm4")["key"], data, aad)

    def decrypt(self, name: str, blob: bytes, aad: bytes = b"") -> bytes:
        """Undo `encrypt`."""
        return sm4_gcm_decrypt(self._key(name, "sm4")["key"], blob, aad)

    def mac(self, name: str, data: bytes) -> bytes:
        """HMAC-SM3."""
        return hmac_sm3(self._key(name, "mac")["key"], data)


@cache
def provider() -> KeyProvider:
    """The configured key store (``ZHUJIAN_KEY_PROVIDER``), else files under ``var/keys``."""
    name = os.environ.get("ZHUJIAN_KEY_PROVIDER", "")
    if not name:
        found: KeyProvider = FileKeys(settings.VAR / "keys")
    else:
        module, _, cls = name.partition(":")
        try:
            found = getattr(importlib.import_module(module), cls)()
        except (ImportError, AttributeError) as error:
            raise KeysRefused(f"没有找到密钥服务 {name}，请检查 ZHUJIAN_KEY_PROVIDER（格式：包.模块:类）。") from error
    check_production(found, production=settings.PRODUCTION)
    return found


def check_production(keys: KeyProvider, *, production: bool) -> None:
    """Refuse file keys in production mode (foundation.md §3)."""
    if production and not keys.in_device:
        raise KeysRefused(
            "生产模式不允许使用文件密钥。请把 ZHUJIAN_KEY_PROVIDER 指向接入密码机（GM/T 0018 或 PKCS#11）的密钥服务后再启动。"
        )


def require_provider() -> None:
    """Called at start: fail early rather than at the first signature."""
    provider()
