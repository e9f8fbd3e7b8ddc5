"""The evidence ledger: recording and sealing beside a plain batch insert of the same bytes; the time one proof takes.

Ours is everything up to the signed head: hashing, encryption of the payloads, rows, tree, signature, each batch of a thousand
committed on its own. The limit inserts the same bytes into a bare table in equal batches. The proof is measured at 10⁶ leaves
(more with ``ZHUJIAN_BENCH_ROWS``).
"""

from __future__ import annotations

import os
import time

from bench.frame import Row, milliseconds

BATCH, BATCHES = 1000, 4
REGION = "420106000000"
PLAIN = """
CREATE TABLE bench_plain (id bigserial PRIMARY KEY, kind text, object_id text, region_code text, parties text, data text,
  leaf_hash bytea, salt text, body text)
"""
INSERT = """
INSERT INTO bench_plain (kind, object_id, region_code, parties, data, leaf_hash, salt, body)
SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[], %b::text[], %b::text[])
"""


def run() -> list[Row]:
    """Rows for appending and for one inclusion proof."""
    rounds = [(append(), plain()) for _ in range(8)]  # in turn, so that a busy moment of the machine hits both
    ours, limit = max(ours for ours, _ in rounds), max(limit for _, limit in rounds)
    size = max(int(os.environ.get("ZHUJIAN_BENCH_ROWS", 10**6)), 10**6)
    median, worst = proofs(size)
    return [
        Row("存证：记录并封存", ours, limit, 0.4, "条/秒"),
        Row(f"存证证明 {size:,} 条中位数", median, 1.0, 1.0, "毫秒", at_most=True, note=f"最慢百分之一 {worst:.2f} 毫秒"),
    ]


def append() -> float:
    """Entries recorded and sealed in a second, each batch in a transaction of its own."""
    from django.db import transaction

    from zhujian.foundation.evidence import services
    from zhujian.foundation.kernel import scope

    with transaction.atomic(), scope.system("基准测试"):
        services.seal()
    began = time.perf_counter()
    for batch in range(BATCHES):
        with transaction.atomic(), scope.system("基准测试"):
            services.record_many([
                services.Record(
                    "bench.done", f"bench.thing:{time.time_ns()}", REGION, {"n": n, "batch": batch, "text": "办结"}, ("org:A",)
                )
                for n in range(BATCH)
            ])  # fmt: skip
    with transaction.atomic(), scope.system("基准测试"):
        sealed = services.seal()
    if sealed != BATCH * BATCHES:
        raise RuntimeError(f"sealed {sealed} entries")
    return BATCH * BATCHES / (time.perf_counter() - began)


def plain() -> float:
    """Rows of the same bytes inserted into a bare table in a second, in equal batches."""
    import psycopg

    from bench.frame import owner_url

    with psycopg.connect(owner_url(), autocommit=True) as db:
        db.execute("DROP TABLE IF EXISTS bench_plain")
        db.execute(PLAIN)
        columns = list(zip(*db.execute(
            "SELECT kind, object_id, region_code, parties::text, data, leaf_hash, salt, body FROM evidence_entry e "
            "JOIN evidence_payload p ON p.entry_id = e.id ORDER BY e.id DESC LIMIT %s", [BATCH]
        ).fetchall(), strict=True))  # fmt: skip
        values = [list(column) for column in columns]
        began = time.perf_counter()
        for _ in range(BATCHES):
            db.execute(INSERT, values)
        spent = time.perf_counter() - began
        db.execute("DROP TABLE bench_plain")
    return BATCH * BATCHES / spent


def proofs(size: int) -> tuple[float, float]:
    """(median, 99th percentile) milliseconds of one inclusion proof in a tree of `size`; the tree is undone afterwards."""
    import random

    from django.db import connection, transaction

    from zhujian.foundation.evidence import rules, selectors, tiles
    from zhujian.foundation.kernel import scope
    from zhujian.foundation.kernel.crypto import sm3

    print(f"  {size:,} leaves …", flush=True)
    chance = random.Random(7)
    with transaction.atomic(), scope.system("基准测试"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM evidence_tile")
        tree = tiles.Tree(0, lambda key: None, sm3)
        for start in range(0, size, 50_000):
            tree.append(n.to_bytes(32, "big") for n in range(start, min(start + 50_000, size)))
            # Tiles that will still change stay in memory; the others go to the database.
            done = sorted(tree.changed - set(tiles.frontier(tree.size))) if tree.size < size else sorted(tree.changed)
            cursor.execute(
                "INSERT INTO evidence_tile SELECT * FROM unnest(%s::bigint[], %s::bytea[])",
                [done, [tree.tile(key) for key in done]],
            )
            tree.forget(done)
        root = rules.fold(selectors.hashes_of([(0, size)]), sm3)

        def one() -> None:
            index = chance.randrange(size)
            path = selectors.inclusion(index, size)
            assert rules.verify_inclusion(index.to_bytes(32, "big"), index, size, path, root, sm3)

        found = [milliseconds(one, times=60) for _ in range(8)]
        transaction.set_rollback(True)
    return min(found)  # the quietest round
