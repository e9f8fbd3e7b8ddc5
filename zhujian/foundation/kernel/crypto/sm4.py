"""SM4 (GB/T 32907-2016): CBC and GCM for data, one ECB block for the published vector only."""

from __future__ import annotations

import os

import gmssl_pyx as gmssl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

SHORT = 4096  # up to here GmSSL is faster (no context to set up), beyond it OpenSSL is
NONCE = 12
TAG = 16


class CipherRefused(ValueError):
    """The ciphertext was changed, cut, or made with another key or context."""


def sm4_ecb_block(key: bytes, block: bytes) -> bytes:
    """Encrypt exactly one 16-byte block. For the standard's vector; data goes through CBC or GCM."""
    if len(block) != 16:
        raise ValueError("SM4 的分组长度是 16 字节")
    encryptor = Cipher(SM4(key), modes.ECB()).encryptor()  # noqa: S305 - the vector of the standard
    return encryptor.update(block) + encryptor.finalize()


def sm4_cbc_encrypt(key: bytes, data: bytes, iv: bytes | None = None) -> bytes:
    """IV (16 bytes, random unless given) followed by the PKCS#7-padded ciphertext."""
    iv = iv or os.urandom(16)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(SM4(key), modes.CBC(iv)).encryptor()
    return iv + encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def sm4_cbc_decrypt(key: bytes, blob: bytes) -> bytes:
    """Undo `sm4_cbc_encrypt`; CBC does not notice every change, prefer GCM. Raises CipherRefused."""
    if len(blob) < 32 or len(blob) % 16:
        raise CipherRefused("密文长度不对")
    decryptor = Cipher(SM4(key), modes.CBC(blob[:16])).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    try:
        return unpadder.update(decryptor.update(blob[16:]) + decryptor.finalize()) + unpadder.finalize()
    except ValueError as error:
        raise CipherRefused("密文已损坏，或密钥不对") from error


def sm4_gcm_encrypt(key: bytes, data: bytes, aad: bytes = b"", nonce: bytes | None = None) -> bytes:
    """Nonce (12 bytes, random unless given) ‖ ciphertext ‖ tag (16 bytes); `aad` is bound, not stored."""
    nonce = nonce or os.urandom(NONCE)
    if 0 < len(data) <= SHORT:
        body, tag = gmssl.sm4_gcm_encrypt(key, nonce, aad, data)
        return nonce + body + tag
    encryptor = Cipher(SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    return nonce + encryptor.update(data) + encryptor.finalize() + encryptor.tag


def sm4_gcm_decrypt(key: bytes, blob: bytes, aad: bytes = b"") -> bytes:
    """Undo `sm4_gcm_encrypt`; any change of nonce, ciphertext, tag, key or `aad` raises CipherRefused."""
    if len(blob) < NONCE + TAG:
        raise CipherRefused("密文长度不对")
    if NONCE + TAG < len(blob) <= NONCE + TAG + SHORT:
        try:
            return gmssl.sm4_gcm_decrypt(key, blob[:NONCE], aad, blob[NONCE:-TAG], blob[-TAG:])
        except gmssl.GmsslInnerError as error:
            raise CipherRefused("密文已损坏，或密钥不对") from error
    decryptor = Cipher(SM4(key), modes.GCM(blob[:NONCE], blob[-TAG:])).decryptor()
    decryptor.authenticate_additional_data(aad)
    try:
        return decryptor.update(blob[NONCE:-TAG]) + decryptor.finalize()
    except InvalidTag as error:
        raise CipherRefused("密文已损坏，或密钥不对") from error
