"""国密 primitives: the published vectors (foundation.md §3, §17), then properties, then hostile input."""

import os
import stat
import subprocess
import sys

import pytest
from django.core.exceptions import FieldError
from hypothesis import given, settings
from hypothesis import strategies as st

from zhujian.foundation.kernel import crypto
from zhujian.foundation.kernel.crypto import hashes, keys, requests, sm2
from zhujian.foundation.kernel.fields import EncryptedJSONField, EncryptedTextField

D = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
MESSAGE = b"message digest"


def test_foundation_17_1_sm3_vectors_and_streaming() -> None:
    assert crypto.sm3_hex(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert crypto.sm3_hex(b"abcd" * 16) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    assert crypto.sm3_hex(b"") == "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
    assert hashes.sm3_chunks(bytes([b]) for b in b"abc") == crypto.sm3(b"abc")


@given(st.binary(max_size=300), st.integers(1, 70))
def test_sm3_streaming_equals_one_shot_and_both_libraries_agree(data: bytes, step: int) -> None:
    assert hashes.sm3_chunks(data[i : i + step] for i in range(0, len(data), step)) == crypto.sm3(data)
    assert hashes._Cryptography(data).digest() == crypto.sm3(data)


@given(st.binary(max_size=150), st.binary(max_size=200))
def test_hmac_sm3_agrees_with_another_implementation(key: bytes, data: bytes) -> None:
    import hmac

    assert crypto.hmac_sm3(key, data) == hmac.new(key, data, "sm3").digest()


def test_foundation_17_2_sm2_z_e_and_verification() -> None:
    assert crypto.sm2_z(PUBLIC).hex().upper() == "B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3"
    assert crypto.sm2_digest(PUBLIC, MESSAGE).hex().upper() == "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
    raw = R.to_bytes(32, "big") + S.to_bytes(32, "big")
    der = crypto.encode_signature(R, S)
    for signature in (raw, der):
        assert crypto.sm2_verify(PUBLIC, MESSAGE, signature)
        assert not crypto.sm2_verify(PUBLIC, bytes([MESSAGE[0] ^ 1]) + MESSAGE[1:], signature)
        assert not crypto.sm2_verify(PUBLIC, MESSAGE, signature, identity=b"1234567812345679")
    assert crypto.decode_signature(raw) == crypto.decode_signature(der) == (R, S)


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_sm2_signatures_verify_and_any_flipped_bit_does_not(message: bytes, place: int) -> None:
    signature = crypto.sm2_sign(D, message, public=PUBLIC)
    assert crypto.sm2_verify(PUBLIC, message, signature)
    at = place % (len(signature) * 8)
    broken = bytearray(signature)
    broken[at // 8] ^= 1 << at % 8
    assert not crypto.sm2_verify(PUBLIC, message, bytes(broken))


@given(st.binary(max_size=80))
def test_sm2_verify_never_raises_on_foreign_bytes(junk: bytes) -> None:
    assert not crypto.sm2_verify(PUBLIC, MESSAGE, junk)
    assert not crypto.sm2_verify(junk, MESSAGE, crypto.encode_signature(R, S))


def test_sm2_refuses_zero_and_out_of_range_numbers() -> None:
    for r, s in ((0, S), (R, 0), (sm2.N, S), (R, sm2.N), (R + sm2.N, S), (R, -S)):
        assert not crypto.sm2_verify(PUBLIC, MESSAGE, crypto.encode_signature(r, s))


def test_sm2_generated_key_works() -> None:
    private, public = crypto.sm2_generate()
    assert (len(private), len(public)) == (32, 64)
    assert crypto.sm2_verify(public, b"x", crypto.sm2_sign(private, b"x", public=public))
    assert crypto.normal_public_key(b"\x04" + public) == public


def test_foundation_17_3_sm4_vector() -> None:
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    assert crypto.sm4_ecb_block(key, key).hex() == "681edf34d206965e86b3e94f536e4246"


@pytest.mark.slow
def test_sm4_million_fold_vector() -> None:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    key = block = bytes.fromhex("0123456789abcdeffedcba9876543210")
    encryptor = Cipher(crypto.sm4.SM4(key), modes.ECB()).encryptor()  # one context: a million set-ups would take minutes
    for _ in range(1_000_000):
        block = encryptor.update(block)
    assert block.hex() == "595298c7c6fd271f0402f804c33d3f66"


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=200), st.binary(max_size=40), st.integers(0, 10_000))
def test_sm4_round_trips_and_gcm_notices_every_change(key: bytes, data: bytes, aad: bytes, place: int) -> None:
    assert crypto.sm4_cbc_decrypt(key, crypto.sm4_cbc_encrypt(key, data)) == data
    blob = crypto.sm4_gcm_encrypt(key, data, aad)
    assert crypto.sm4_gcm_decrypt(key, blob, aad) == data
    broken = bytearray(blob)
    broken[place % len(blob)] ^= 1 + place % 255
    with pytest.raises(crypto.CipherRefused):
        crypto.sm4_gcm_decrypt(key, bytes(broken), aad)
    with pytest.raises(crypto.CipherRefused):
        crypto.sm4_gcm_decrypt(key, blob, aad + b"x")


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=1, max_size=300), st.binary(max_size=40))
def test_sm4_gcm_of_both_libraries_agree(key: bytes, data: bytes, aad: bytes) -> None:
    from unittest.mock import patch

    nonce = bytes(range(12))
    short = crypto.sm4_gcm_encrypt(key, data, aad, nonce)
    with patch.object(crypto.sm4, "SHORT", 0):
        assert crypto.sm4_gcm_encrypt(key, data, aad, nonce) == short
        assert crypto.sm4_gcm_decrypt(key, short, aad) == data
    long = data * 40
    assert crypto.sm4_gcm_decrypt(key, crypto.sm4_gcm_encrypt(key, long, aad), aad) == long


def test_file_keys_are_private_made_once_and_refused_in_production(tmp_path) -> None:
    store = crypto.FileKeys(tmp_path / "keys")
    signature = store.sign("evidence-log", b"m")
    again = crypto.FileKeys(tmp_path / "keys")
    assert crypto.sm2_verify(again.public_key("evidence-log"), b"m", signature)
    assert again.decrypt("personal", store.encrypt("personal", b"z", b"a"), b"a") == b"z"
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys.check_production(store, production=False)
    with pytest.raises(crypto.KeysRefused, match="生产模式"):
        keys.check_production(store, production=True)
    (tmp_path / "keys" / "evidence-log.sm2").chmod(0o644)
    with pytest.raises(crypto.KeysRefused, match="权限过宽"):
        crypto.FileKeys(tmp_path / "keys").sign("evidence-log", b"m")
    with pytest.raises(ValueError, match="not a key name"):
        store.mac("../secret", b"")


def test_platform_refuses_to_start_in_production_with_a_file_key() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "zhujian", "check"], capture_output=True, text=True, env={**os.environ, "ZHUJIAN_PRODUCTION": "1"}
    )
    assert done.returncode != 0
    assert "生产模式不允许使用文件密钥" in done.stderr


def test_personal_data_is_bound_to_its_context_and_never_repeats() -> None:
    one, two = (crypto.encrypt_text("420106199001011234", "identity.account.id_number") for _ in "12")
    assert one != two
    assert "420106" not in one
    assert crypto.decrypt_text(one, "identity.account.id_number") == "420106199001011234"
    with pytest.raises(crypto.CipherRefused):
        crypto.decrypt_text(one, "identity.account.phone")
    with pytest.raises(crypto.CipherRefused):
        crypto.decrypt_text("420106199001011234", "identity.account.id_number")
    assert crypto.encrypt_text("", "c") == crypto.decrypt_text("", "c") == ""


def test_keyed_hash_levels_width_case_and_spaces_and_separates_purposes() -> None:
    assert crypto.keyed_hash("person", "42010619900101123x") == crypto.keyed_hash("person", " ４2010619900101123X ")
    assert crypto.keyed_hash("person", "1") != crypto.keyed_hash("holder", "1")


def test_encrypted_fields_convert_and_refuse_searching() -> None:
    text = EncryptedTextField(context="t.secret")
    text.name = "secret"
    kept = text.get_prep_value("张三")
    assert "张三" not in kept
    assert text.from_db_value(kept) == "张三"
    with pytest.raises(FieldError):
        text.get_lookup("exact")
    value = EncryptedJSONField(context="t.surface")
    assert value.from_db_value(value.get_prep_value({"姓名": "张三", "n": [1]})) == {"姓名": "张三", "n": [1]}
    assert text.deconstruct()[3] == {"context": "t.secret"}


class Nonces:
    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()

    def first_use(self, app_id: str, nonce: str, now_ms: int) -> bool:
        new = (app_id, nonce) not in self.seen
        self.seen.add((app_id, nonce))
        return new


KEY = bytes.fromhex("00112233445566778899aabbccddeeff")
REQUEST = requests.SignedRequest(
    "POST", "/api/exchange/v1/query", "b=2&a=1", b'{"resourceId":"3050010001/000001","page":1}', "app-420100", 1717200000000,
    "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
)  # fmt: skip


def test_foundation_17_7_request_signature_replay_and_clock() -> None:
    assert crypto.sm3_hex(REQUEST.body) == "5a45b66b6906d22a55c7374e88dd0971167bd8c81f6aa93d19347e4f44d3c2c6"
    signature = requests.sign_hmac(REQUEST, KEY)
    assert signature == "d0157887d60f4a387c670cef44da9e8eff9be85599c972e53ea5e71da6166100"
    nonces = Nonces()
    check = requests.by_hmac(KEY)

    def ask(now: int, request=REQUEST) -> list[str]:
        return [r.code for r in requests.verify(request, signature, check, now_ms=now, nonces=nonces)]

    assert ask(REQUEST.timestamp_ms + 301_000) == ["signature.clock"]
    assert ask(REQUEST.timestamp_ms - 301_000) == ["signature.clock"]
    assert ask(REQUEST.timestamp_ms + 300_000) == []
    assert ask(REQUEST.timestamp_ms) == ["signature.replay"]


def test_request_signature_covers_every_part_and_a_stranger_burns_no_nonce() -> None:
    from dataclasses import replace

    nonces = Nonces()
    signature = requests.sign_hmac(REQUEST, KEY)
    for change in (
        {"method": "PUT"}, {"path": "/api/x"}, {"query": "a=1"}, {"body": b"{}"}, {"app_id": "app-2"},
        {"timestamp_ms": REQUEST.timestamp_ms + 1}, {"nonce": "0" * 32},
    ):  # fmt: skip
        other = replace(REQUEST, **change)
        found = requests.verify(other, signature, requests.by_hmac(KEY), now_ms=other.timestamp_ms, nonces=nonces)
        assert [r.code for r in found] == ["signature.wrong"], change
    assert not nonces.seen
    short = replace(REQUEST, nonce="0123456789abcdef")
    found = requests.verify(short, "", requests.by_hmac(KEY), now_ms=short.timestamp_ms, nonces=nonces)
    assert [r.code for r in found] == ["signature.nonce_short"]


def test_request_signature_by_sm2() -> None:
    private, public = crypto.sm2_generate()
    signature = crypto.sm2_sign(private, REQUEST.canonical(), public=public).hex()
    now = REQUEST.timestamp_ms
    assert requests.verify(REQUEST, signature, requests.by_sm2(public), now_ms=now, nonces=Nonces()) == []
    assert requests.verify(REQUEST, "zz", requests.by_sm2(public), now_ms=now, nonces=Nonces())[0].code == "signature.wrong"
