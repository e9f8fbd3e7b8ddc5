"""国密 primitives behind one door: SM2, SM3, SM4, keys, personal-data encryption, request signing.

Sources: GB/T 32905-2016 (SM3), GB/T 32907-2016 (SM4), GB/T 32918-2016 (SM2), GM/T 0003.5, GB/T 35276 (default ID). Nothing else
in the platform imports a cryptographic library for these; the vectors of standards sheet foundation.md §3 are tests.
"""

from zhujian.foundation.kernel.crypto.hashes import Hash, hmac_sm3, sm3, sm3_file, sm3_hex
from zhujian.foundation.kernel.crypto.keys import FileKeys, KeyProvider, KeysRefused, provider, require_provider
from zhujian.foundation.kernel.crypto.personal import decrypt_text, encrypt_text, keyed_hash
from zhujian.foundation.kernel.crypto.sm2 import (
    DEFAULT_ID,
    decode_signature,
    encode_signature,
    normal_public_key,
    sm2_digest,
    sm2_generate,
    sm2_sign,
    sm2_verify,
    sm2_z,
)
from zhujian.foundation.kernel.crypto.sm4 import (
    CipherRefused,
    sm4_cbc_decrypt,
    sm4_cbc_encrypt,
    sm4_ecb_block,
    sm4_gcm_decrypt,
    sm4_gcm_encrypt,
)

__all__ = [
    "DEFAULT_ID", "CipherRefused", "FileKeys", "Hash", "KeyProvider", "KeysRefused", "decode_signature", "decrypt_text",
    "encode_signature", "encrypt_text", "hmac_sm3", "keyed_hash", "normal_public_key", "provider", "require_provider",
    "sm2_digest",
    "sm2_generate", "sm2_sign", "sm2_verify", "sm2_z", "sm3", "sm3_file", "sm3_hex", "sm4_cbc_decrypt", "sm4_cbc_encrypt",
    "sm4_ecb_block", "sm4_gcm_decrypt", "sm4_gcm_encrypt",
]  # fmt: skip
