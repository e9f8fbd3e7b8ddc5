#!/usr/bin/env python3
"""A witness for the evidence ledger: watches its heads, refuses a rewritten history, cosigns what is consistent.

Run it on another body's machine (another bureau, another city), beside ``verify_evidence.py``; standard library only.

    python evidence_witness.py key   --key witness.json --name 宜昌市住建局      make a key; prints the public key to register
    python evidence_witness.py watch --key witness.json --state seen.json --url https://… [--log-key HEX]

`watch` looks once (run it every minute by cron or a timer). Exit status: 0 cosigned or nothing new, 3 fraud alarm (rollback,
split view, wrong signature: keep the state file, it is the proof), 4 the log cannot be reached.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from typing import Any

import verify_evidence as tree


def new_key(path: str, name: str) -> str:
    """Make a key file (0600) and return the public key in hex."""
    d = secrets.randbelow(tree.N - 2) + 1
    x, y = tree.multiply(d, tree.G) or (0, 0)  # never the point at infinity for 0 < d < n
    public = f"{x:064x}{y:064x}"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump({"name": name, "private": f"{d:064x}", "public": public}, stream, ensure_ascii=False)
    return public


def sign(key: dict[str, str], message: bytes) -> bytes:
    """SM2 signature as raw r‖s, 64 bytes."""
    d, public = int(key["private"], 16), bytes.fromhex(key["public"])
    e = tree.digest(public, message)
    while True:
        k = secrets.randbelow(tree.N - 1) + 1
        x, _ = tree.multiply(k, tree.G) or (0, 0)
        r = (e + x) % tree.N
        if r == 0 or r + k == tree.N:
            continue
        s = pow(1 + d, -1, tree.N) * (k - r * d) % tree.N
        if s:
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def judge(seen: dict[str, Any] | None, head: dict[str, Any], path: list[str], log_key: str) -> str | None:
    """None when `head` may follow what was `seen` (None at first), else the alarm in Chinese."""
    if not tree.sm2_verify(bytes.fromhex(log_key), tree.head_bytes(head), bytes.fromhex(head["signature"])):
        return "树头签名不正确"
    if seen is None:
        return None
    if head["timestamp_ms"] < seen["timestamp_ms"]:
        return "账本给出了更旧的树头"
    if head["tree_size"] < seen["tree_size"]:
        return "账本变小了：历史被回退"
    if head["tree_size"] == seen["tree_size"]:
        return None if head["root"] == seen["root"] else "同样大小的账本有两个不同的根：账本分叉"
    roots = bytes.fromhex(seen["root"]), bytes.fromhex(head["root"])
    if seen["tree_size"] and not tree.consistent(seen["tree_size"], head["tree_size"], *roots, [bytes.fromhex(p) for p in path]):
        return "新账本不包含旧账本：历史被改写"
    return None


def ask(url: str, data: dict[str, Any] | None = None) -> Any:
    """GET or POST JSON."""
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(url, body, {"Accept": "application/json", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def watch(url: str, key: dict[str, str], state: str, log_key: str | None) -> tuple[int, str]:
    """Look once; returns (exit status, sentence). The state file is written before the cosignature is sent."""
    seen: dict[str, Any] | None = None
    if os.path.exists(state):
        with open(state, encoding="utf-8") as stream:
            seen = json.load(stream)
    since = seen["head"]["tree_size"] if seen else 0
    found = ask(f"{url.rstrip('/')}/evidence/head?since={since}")
    head = found["head"]
    if head is None:
        return (3, "警报：账本声称没有任何记录") if seen else (0, "账本还没有记录")
    trusted = log_key or (seen and seen["log_key"]) or head["public_key"]
    alarm = judge(seen and seen["head"], head, found["consistency"], trusted)
    if alarm:
        with open(f"{state}.alarm.{int(time.time())}", "w", encoding="utf-8") as stream:
            json.dump({"seen": seen, "found": found, "alarm": alarm}, stream)
        return 3, f"警报：{alarm}。证据已存入 {stream.name}，请通知监督部门。"
    if seen and seen["head"] == head and seen.get("cosigned"):
        return 0, "没有新的树头"
    kept = {"head": head, "log_key": trusted, "cosigned": False}
    write(state, kept)
    now = int(time.time() * 1000)
    ask(f"{url.rstrip('/')}/evidence/cosign", {
        "tree_size": head["tree_size"], "timestamp_ms": head["timestamp_ms"], "public_key": key["public"], "seen_ms": now,
        "signature": sign(key, tree.cosign_bytes(head, key["name"], now)).hex(),
    })  # fmt: skip
    write(state, {**kept, "cosigned": True})
    return 0, f"已见证树头：{head['tree_size']} 条"


def write(path: str, value: dict[str, Any]) -> None:
    """Replace a small JSON file so that a crash leaves the old or the new one."""
    with open(path + ".new", "w", encoding="utf-8") as stream:
        json.dump(value, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(path + ".new", path)


def main(arguments: list[str] | None = None) -> int:
    """Parse, act, print one sentence, return the exit status."""
    options = argparse.ArgumentParser(description="账本见证程序")
    options.add_argument("act", choices=["key", "watch"])
    options.add_argument("--key", required=True)
    options.add_argument("--state", default="seen.json")
    options.add_argument("--name")
    options.add_argument("--url")
    options.add_argument("--log-key")
    given = options.parse_args(arguments)
    if given.act == "key":
        if not given.name:
            options.error("key 需要 --name 见证方名称，与登记的名称一致")
        print("请把公钥交给账本运行单位登记：", new_key(given.key, given.name))
        return 0
    if not given.url:
        options.error("watch 需要 --url")
    with open(given.key, encoding="utf-8") as stream:
        key = json.load(stream)
    try:
        status, text = watch(given.url, key, given.state, given.log_key)
    except urllib.error.HTTPError as error:
        status, text = 4, f"账本拒绝了请求（{error.code}）：{error.read(500).decode(errors='replace')}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        status, text = 4, f"无法连接账本：{error}"
    print(text, file=sys.stderr if status else sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main())
