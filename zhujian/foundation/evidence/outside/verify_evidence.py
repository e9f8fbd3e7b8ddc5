#!/usr/bin/env python3
"""Checks an evidence bundle of the 数字住建 platform offline. One file, Python 3.9+, standard library only.

    python verify_evidence.py BUNDLE.json [--log-key HEX] [--witness HEX]... [--quorum N] [--file FILE] [--older BUNDLE.json]

A bundle (存证证书) holds one entry of the ledger, its place, the path to the root of the Merkle tree (RFC 6962 over SM3), the
signed tree head (SM2) and cosignatures of witnesses. Get the log's and the witnesses' public keys from a place you trust (the
department's published notice), not from the bundle: without --log-key only the bundle's inner consistency is shown.

Exit status: 0 everything given was checked and fits, 1 something does not fit, 2 the file or an option cannot be read.
Standards: GB/T 32905-2016 (SM3), GB/T 32918-2016 (SM2), RFC 6962, RFC 9162.
"""

# ruff: noqa: B905, UP017 (Python 3.9 must read this file)
from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import Any, Optional

FORMAT = "zhujian-evidence-1"
Point = Optional[tuple[int, int]]  # noqa: UP045
Result = tuple[str, Optional[bool], str]  # noqa: UP045
COSIGN_PREFIX = b"zj-cosign-v1\n"
MASK = 0xFFFFFFFF

# ---- SM3 (GB/T 32905-2016) --------------------------------------------------------------------------------------------


def _rol(x: int, n: int) -> int:
    n %= 32
    return (x << n | x >> 32 - n) & MASK if n else x


def _compress(v: list[int], block: bytes) -> list[int]:
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _rol(w[j - 3], 15)
        w.append(x ^ _rol(x, 15) ^ _rol(x, 23) ^ _rol(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = v
    for j in range(64):
        t = 0x79CC4519 if j < 16 else 0x7A879D8A
        ss1 = _rol((_rol(a, 12) + e + _rol(t, j)) & MASK, 7)
        ss2 = ss1 ^ _rol(a, 12)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g & MASK)
        tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & MASK
        tt2 = (gg + h + ss1 + w[j]) & MASK
        a, b, c, d = tt1, a, _rol(b, 9), c
        e, f, g, h = tt2 ^ _rol(tt2, 9) ^ _rol(tt2, 17), e, _rol(f, 19), g
    return [x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h))]


def sm3(data: bytes) -> bytes:
    """SM3 of bytes, 32 bytes."""
    v = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = data + b"\x80" + b"\0" * ((55 - len(data)) % 64) + (len(data) * 8).to_bytes(8, "big")
    for at in range(0, len(padded), 64):
        v = _compress(v, padded[at : at + 64])
    return b"".join(x.to_bytes(4, "big") for x in v)


# ---- SM2 signatures (GB/T 32918.2-2016) -------------------------------------------------------------------------------

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)  # fmt: skip
IDENTITY = b"1234567812345678"


def add(p: Point, q: Point) -> Point:
    """Sum of two points of the curve; None is the point at infinity."""
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0]:
        if (p[1] + q[1]) % P == 0:
            return None
        slope = (3 * p[0] * p[0] + A) * pow(2 * p[1], -1, P) % P
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, P) % P
    x = (slope * slope - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P


def multiply(k: int, p: Point) -> Point:
    """k times a point. Not for secret k on a shared machine: the time it takes depends on k."""
    found: Point = None
    while k:
        if k & 1:
            found = add(found, p)
        p, k = add(p, p), k >> 1
    return found


def point(key: bytes) -> tuple[int, int]:
    """Public key (64 bytes x‖y, or 65 with 04) as a point; ValueError when not on the curve."""
    key = key[1:] if len(key) == 65 and key[0] == 4 else key
    x, y = int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big")
    if len(key) != 64 or x >= P or y >= P or (y * y - x * x * x - A * x - B) % P:
        raise ValueError("公钥不在 SM2 曲线上")
    return x, y


def digest(key: bytes, message: bytes) -> int:
    """e = SM3(Z ‖ M) as a number."""
    curve = b"".join(n.to_bytes(32, "big") for n in (A, B, *G))
    z = sm3((len(IDENTITY) * 8).to_bytes(2, "big") + IDENTITY + curve + key[-64:])
    return int.from_bytes(sm3(z + message), "big")


def _der(signature: bytes) -> tuple[int, int]:
    """(r, s) from DER SEQUENCE{INTEGER, INTEGER}; ValueError for anything else."""
    if len(signature) == 64:
        return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) < 8 or signature[0] != 0x30 or signature[1] != len(signature) - 2 or signature[1] > 127:
        raise ValueError("签名编码不正确")
    numbers: list[int] = []
    rest = signature[2:]
    while rest:
        if len(rest) < 3 or rest[0] != 2 or not 0 < rest[1] <= len(rest) - 2:
            raise ValueError("签名编码不正确")
        body, rest = rest[2 : 2 + rest[1]], rest[2 + rest[1] :]
        if len(body) > 1 and body[0] == 0 and body[1] < 128:
            raise ValueError("签名编码不正确")
        numbers.append(int.from_bytes(body, "big", signed=True))
    if len(numbers) != 2:
        raise ValueError("签名编码不正确")
    return numbers[0], numbers[1]


def sm2_verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature fits; anything malformed is simply False."""
    try:
        r, s = _der(signature)
        public = point(key)
    except (ValueError, IndexError):
        return False
    t = (r + s) % N
    if not (0 < r < N and 0 < s < N and t):
        return False
    found = add(multiply(s, G), multiply(t, public))
    return found is not None and (digest(key, message) + found[0]) % N == r


# ---- Merkle tree (RFC 6962, RFC 9162 §2.1) ----------------------------------------------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return sm3(b"\x01" + left + right)


def included(leaf: bytes, index: int, size: int, path: Iterable[bytes], root: bytes) -> bool:
    """Does the path lead from the leaf's hash to the root?"""
    if not 0 <= index < size:
        return False
    fn, sn, found = index, size - 1, leaf
    for step in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            found = node(step, found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node(found, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and found == root


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Is the older tree a prefix of the newer one?"""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    steps = ([old_root] if old & (old - 1) == 0 else []) + list(path)
    if not steps:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(step, fr), node(step, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


# ---- the bundle -------------------------------------------------------------------------------------------------------


def head_bytes(head: dict[str, Any]) -> bytes:
    """The 50 bytes the log signs: 00 ‖ 01 ‖ u64 timestamp ‖ u64 size ‖ root."""
    root = bytes.fromhex(head["root"])
    if len(root) != 32:
        raise ValueError("根哈希应为 32 字节")
    stamp, size = int(head["timestamp_ms"]), int(head["tree_size"])
    return b"\x00\x01" + stamp.to_bytes(8, "big") + size.to_bytes(8, "big") + root


def cosign_bytes(head: dict[str, Any], name: str, seen_ms: int) -> bytes:
    """What a witness signs: a prefix, its own name and a line feed, the time it saw the head, the head."""
    return COSIGN_PREFIX + name.encode() + b"\n" + seen_ms.to_bytes(8, "big") + head_bytes(head)


def good_witnesses(bundle: dict[str, Any], trusted: set[bytes]) -> list[str]:
    """Names of the witnesses whose cosignature fits; each key counts once; only `trusted` keys when some are given."""
    found: dict[bytes, str] = {}
    for one in bundle["witnesses"]:
        key = bytes.fromhex(one["public_key"])[-64:]
        if trusted and key not in trusted:
            continue
        if sm2_verify(key, cosign_bytes(bundle["head"], one["witness"], one["seen_ms"]), bytes.fromhex(one["signature"])):
            found[key] = one["witness"]
    return list(found.values())


def check(
    bundle: dict[str, Any],
    log_key: str | None = None,
    witnesses: Sequence[str] = (),
    quorum: int = 0,
    file_bytes: bytes | None = None,
) -> list[Result]:
    """Every check as (name, passed or None when not applicable, explanation). KeyError, ValueError: not a bundle."""
    if bundle["format"] != FORMAT or bundle["hash"] != "SM3":
        raise ValueError("不是本程序认识的存证证明格式")
    head, steps = bundle["head"], [bytes.fromhex(step) for step in bundle["inclusion"]]
    entry = json.loads(bundle["entry"])
    leaf = sm3(b"\x00" + bundle["entry"].encode())
    signer = bytes.fromhex(head["public_key"])[-64:]
    known = bytes.fromhex(log_key)[-64:] if log_key else None
    root = bytes.fromhex(head["root"])
    results: list[Result] = [
        ("记录在账本中", included(leaf, bundle["leaf_index"], head["tree_size"], steps, root), "记录的哈希沿路径到达树根"),
        (
            "树头签名",
            sm2_verify(known or signer, head_bytes(head), bytes.fromhex(head["signature"])),
            "账本运行单位对树头的 SM2 签名",
        ),
        (
            "账本公钥",
            known == signer if known else None,
            "与您提供的公钥一致" if known else "未提供可信公钥（--log-key），请与公布的公钥核对",
        ),
        ("公钥指纹", sm3(signer).hex() == bundle["log_key_sm3"], "证明中公钥与指纹一致"),
    ]
    good = good_witnesses(bundle, {bytes.fromhex(key)[-64:] for key in witnesses})
    enough = len(good) >= quorum and (bool(witnesses) or len(good) == len(bundle["witnesses"]))
    asked = bundle["witnesses"] or witnesses or quorum
    results.append(("见证签名", enough if asked else None, "、".join(good) or "没有见证签名"))
    payload = bundle.get("payload")
    fits = sm3(payload["salt"].encode() + payload["body"].encode()).hex() == entry["payload_hash"] if payload else None
    results.append(("原文哈希", fits, "原文与记录中的哈希一致" if payload else "原文未随证明提供"))
    if file_bytes is not None:
        results.append(("文件哈希", sm3(file_bytes).hex() == entry["object_hash"], "文件的 SM3 与记录一致"))
    return results


def check_older(bundle: dict[str, Any], older: dict[str, Any], path: Iterable[str]) -> Result:
    """Was the tree of an older bundle's head kept as it was? `path`: consistency proof, hex steps."""
    old, new = older["head"], bundle["head"]
    if old["tree_size"] > new["tree_size"]:
        old, new = new, old
    steps = [bytes.fromhex(step) for step in path]
    fits = consistent(old["tree_size"], new["tree_size"], bytes.fromhex(old["root"]), bytes.fromhex(new["root"]), steps)
    return ("账本未被改写", fits, f"{old['tree_size']} 条时的账本是 {new['tree_size']} 条时的开头部分")


def main(arguments: list[str] | None = None) -> int:
    """Print one line per check and return the exit status."""
    options = argparse.ArgumentParser(description="离线验证数字住建平台的存证证明")
    options.add_argument("bundle", help="存证证明文件（JSON）")
    options.add_argument("--log-key", help="公布的账本公钥（十六进制）")
    options.add_argument("--witness", action="append", default=[], help="可信见证方公钥（十六进制），可多次给出")
    options.add_argument("--quorum", type=int, default=0, help="至少需要几个见证签名")
    options.add_argument("--file", help="存证所指的原文件，比对其 SM3")
    options.add_argument("--older", help="较早或较晚的另一份证明，与 --consistency 一起给出")
    options.add_argument("--consistency", help="一致性证明文件（JSON，/evidence/consistency 返回的内容）")
    given = options.parse_args(arguments)
    try:
        with open(given.bundle, encoding="utf-8") as stream:
            bundle = json.load(stream)
        data = None
        if given.file:
            with open(given.file, "rb") as stream:
                data = stream.read()
        results = check(bundle, given.log_key, given.witness, given.quorum, data)
        if given.older:
            with open(given.older, encoding="utf-8") as one, open(given.consistency or "", encoding="utf-8") as two:
                results.append(check_older(bundle, json.load(one), json.load(two)["proof"]))
        entry = json.loads(bundle["entry"])
        when = datetime.fromtimestamp(bundle["head"]["timestamp_ms"] / 1000, timezone.utc).isoformat(timespec="seconds")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        print(f"无法读取：{error}", file=sys.stderr)
        return 2
    print(f"事项 {entry['type']}　对象 {entry['object_id']}　时间 {entry['ts']}")
    print(f"叶序号 {bundle['leaf_index']}　树大小 {bundle['head']['tree_size']}　树头时间 {when}")
    for name, passed, text in results:
        print("未验" if passed is None else "通过" if passed else "不符", name, text, sep="　")
    bad = any(passed is False for _, passed, _ in results)
    good = "结论：证明成立。" if given.log_key else "结论：证明自身一致；请用公布的公钥（--log-key）再验一次。"
    print("结论：证明不成立。" if bad else good)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
