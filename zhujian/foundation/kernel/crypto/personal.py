"""Personal data at rest: SM4-GCM text and a keyed hash to find it again.

Ciphertext is text: ``1:`` + base64(nonce ‖ ciphertext ‖ tag). The leading number names the key's generation, so that a later
key can stand beside the first. `context` (for example ``identity.account.id_number``) is bound to the ciphertext: a value
copied into another column does not decrypt.
"""

from __future__ import annotations

import base64
import binascii
import unicodedata

from zhujian.foundation.kernel.crypto.keys import provider
from zhujian.foundation.kernel.crypto.sm4 import CipherRefused

GENERATION = "1"


def encrypt_text(text: str, context: str) -> str:
    """Encrypt a text; the empty text stays empty, so that "nothing entered" is visible without a key."""
    if not text:
        return ""
    blob = provider().encrypt(f"personal-data-{GENERATION}", text.encode(), context.encode())
    return f"{GENERATION}:{base64.b64encode(blob).decode()}"


def decrypt_text(cipher: str, context: str) -> str:
    """Undo `encrypt_text`; CipherRefused when the value was changed or belongs to another context."""
    if not cipher:
        return ""
    generation, colon, body = cipher.partition(":")
    if not colon or not generation.isdecimal():
        raise CipherRefused("不是加密字段的格式")
    try:
        blob = base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise CipherRefused("密文编码不正确") from error
    return provider().decrypt(f"personal-data-{generation}", blob, context.encode()).decode()


def keyed_hash(purpose: str, value: str) -> str:
    """HMAC-SM3 (64 hex digits) of a normalised value, to search or to match without storing it in clear.

    Width, case and spaces are levelled first. Different purposes give unrelated hashes, so that tables cannot be joined
    on it by accident.
    """
    level = "".join(unicodedata.normalize("NFKC", value).split()).upper()
    return provider().mac("personal-search", purpose.encode() + b"\0" + level.encode()).hex()
