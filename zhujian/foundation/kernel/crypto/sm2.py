"""SM2 signatures (GB/T 32918-2016): Z, e, sign, verify. DER out; DER and raw r‖s in.

Keys are bytes: private 32, public 64 (x‖y, no leading 04).
"""

from __future__ import annotations

import gmssl_pyx as gmssl
from asn1crypto.core import Integer, SequenceOf

from zhujian.foundation.kernel.crypto.hashes import sm3

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
DEFAULT_ID = b"1234567812345678"  # GB/T 35276


class _Pair(SequenceOf):
    _child_spec = Integer


def normal_public_key(key: bytes | str) -> bytes:
    """Public key as 64 bytes x‖y from 64, 65 (04…) or 33 (02/03…) bytes or hex; ValueError when not on the curve."""
    try:
        return gmssl.normalize_sm2_public_key(key)
    except gmssl.InvalidValueError as error:
        raise ValueError("SM2 公钥不正确") from error


def sm2_generate() -> tuple[bytes, bytes]:
    """New key pair: (private 32 bytes, public 64 bytes)."""
    public, private = gmssl.sm2_key_generate()
    return private, public


def sm2_z(public: bytes, identity: bytes = DEFAULT_ID) -> bytes:
    """Z = SM3(ENTL ‖ ID ‖ a ‖ b ‖ xG ‖ yG ‖ xA ‖ yA); ENTL is the length of ID in bits, two bytes."""
    bits = len(identity) * 8
    if bits > 0xFFFF:
        raise ValueError("SM2 用户标识太长")
    curve = b"".join(number.to_bytes(32, "big") for number in (A, B, GX, GY))
    return sm3(bits.to_bytes(2, "big") + identity + curve + normal_public_key(public))


def sm2_digest(public: bytes, message: bytes, identity: bytes = DEFAULT_ID) -> bytes:
    """e = SM3(Z ‖ M), 32 bytes: what is actually signed."""
    return sm3(sm2_z(public, identity) + message)


def encode_signature(r: int, s: int) -> bytes:
    """DER SEQUENCE{INTEGER r, INTEGER s}."""
    return _Pair([r, s]).dump()


def decode_signature(signature: bytes) -> tuple[int, int]:
    """(r, s) from DER or from 64 raw bytes r‖s, as some devices emit; ValueError when it is neither."""
    if len(signature) == 64:
        return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        numbers = _Pair.load(signature, strict=True).native
    except (ValueError, TypeError) as error:
        raise ValueError("SM2 签名的编码不正确") from error
    if len(numbers) != 2 or encode_signature(*numbers) != signature:
        raise ValueError("SM2 签名的编码不正确")
    return numbers[0], numbers[1]


def sm2_sign(private: bytes, message: bytes, *, public: bytes, identity: bytes = DEFAULT_ID) -> bytes:
    """Signature of `message` in DER; `public` must be the private key's own."""
    return gmssl.sm2_sign_sm3_digest(private, sm2_digest(public, message, identity))


def sm2_verify(public: bytes, message: bytes, signature: bytes, *, identity: bytes = DEFAULT_ID) -> bool:
    """Whether `signature` (DER or raw) fits; a broken signature or key is False, never an error."""
    try:
        r, s = decode_signature(signature)
        if not (0 < r < N and 0 < s < N):
            return False
        digest = sm2_digest(public, message, identity)
        return bool(gmssl.sm2_verify_sm3_digest(normal_public_key(public), digest, encode_signature(r, s)))
    except (ValueError, gmssl.GmsslInnerError):
        return False
