"""SM3 (GB/T 32905-2016) and HMAC-SM3; OpenSSL's code where this Python has it, the cryptography package's otherwise."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import BinaryIO, Protocol

BLOCK = 64
CHUNK = 1 << 20


class Hash(Protocol):
    """A running hash: feed it, then ask once or often."""

    def update(self, data: bytes, /) -> None:
        """Add bytes."""

    def digest(self) -> bytes:
        """32 bytes for what was fed so far."""


class _Cryptography:
    """The same shape over the cryptography package, for a Python whose OpenSSL was built without SM3."""

    def __init__(self, data: bytes = b"") -> None:
        from cryptography.hazmat.primitives import hashes

        self._hash = hashes.Hash(hashes.SM3())
        self._hash.update(data)

    def update(self, data: bytes) -> None:
        """Add bytes."""
        self._hash.update(data)

    def digest(self) -> bytes:
        """32 bytes; the running hash stays usable."""
        return self._hash.copy().finalize()


NATIVE = "sm3" in hashlib.algorithms_available


def new(data: bytes = b"") -> Hash:
    """A running SM3."""
    return hashlib.new("sm3", data) if NATIVE else _Cryptography(data)


if NATIVE:

    def sm3(data: bytes) -> bytes:
        """SM3 of `data`, 32 bytes."""
        return hashlib.new("sm3", data).digest()
else:

    def sm3(data: bytes) -> bytes:
        """SM3 of `data`, 32 bytes."""
        return _Cryptography(data).digest()


def sm3_hex(data: bytes) -> str:
    """SM3 of `data` as 64 lower-case hexadecimal digits."""
    return sm3(data).hex()


def sm3_chunks(chunks: Iterable[bytes]) -> bytes:
    """SM3 of the concatenation of `chunks`, without holding it."""
    running = new()
    for chunk in chunks:
        running.update(chunk)
    return running.digest()


def sm3_file(stream: BinaryIO) -> bytes:
    """SM3 of what is left in an open binary file."""
    return sm3_chunks(iter(lambda: stream.read(CHUNK), b""))


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """HMAC (RFC 2104) over SM3, block size 64 bytes; 32 bytes."""
    if len(key) > BLOCK:
        key = sm3(key)
    key = key.ljust(BLOCK, b"\0")
    inner = sm3(bytes(b ^ 0x36 for b in key) + data)
    return sm3(bytes(b ^ 0x5C for b in key) + inner)


def same(one: bytes | str, other: bytes | str) -> bool:
    """Compare secrets in constant time."""
    left, right = (value.encode() if isinstance(value, str) else value for value in (one, other))
    return hmac.compare_digest(left, right)
