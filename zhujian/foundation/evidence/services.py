"""Recording evidence in the business transaction, and sealing what has committed into the tree."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from zhujian.foundation.evidence import rules, tiles
from zhujian.foundation.evidence.models import Cosignature, Entry, Head, Tile, Witness
from zhujian.foundation.kernel import prepared, scope
from zhujian.foundation.kernel.canonical import canonical, moment
from zhujian.foundation.kernel.crypto import encrypt_text, normal_public_key, provider, sm2_verify, sm3, sm3_hex
from zhujian.foundation.kernel.errors import Conflict, NotFound, Refusal

LOG_KEY = "evidence-log"
SEAL_LOCK = 4_036_962  # one sequencer at a time, whoever starts it
AUDITOR = "role:auditor"  # the auditor sees every entry: an entry holds hashes and codes only
PAYLOAD_CONTEXT = "evidence.payload.body"


@dataclass(frozen=True)
class Record:
    """What to keep: `kind` (``certificate.issued``), the object's subject key, region, facts, the file it is about (its SM3)."""

    kind: str
    object_id: str
    region_code: str
    payload: dict[str, Any] = field(default_factory=dict)
    parties: Sequence[str] = ()
    object_hash: str = ""
    first: bool = False  # the act made the object: nothing can have been kept about it before


# Three rows, one round trip; arrays travel in binary (%b), because escaping JSON inside a text array costs more than the rest.
# No RETURNING: the row may be one its author cannot read back (an act on another region's object).
INSERT = """
WITH n AS (SELECT r.*, nextval('evidence_entry_id_seq') AS id FROM unnest(
  %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[], %b::text[], %b::text[]
) AS r(kind, object_id, region_code, parties, data, leaf_hash, salt, body)),
e AS (INSERT INTO evidence_entry (id, kind, object_id, region_code, parties, data, leaf_hash, recorded_at)
  SELECT id, kind, object_id, region_code, parties::text[], data, leaf_hash, %s FROM n),
s AS (INSERT INTO evidence_payload (entry_id, salt, body) SELECT id, salt, body FROM n),
p AS (INSERT INTO evidence_pending (entry_id, leaf_hash) SELECT id, leaf_hash FROM n)
SELECT id FROM n ORDER BY id
"""
PREVIOUS = """
SELECT DISTINCT ON (object_id) object_id, encode(leaf_hash, 'hex') FROM evidence_entry
 WHERE object_id = ANY(%s) ORDER BY object_id, id DESC
"""


def record(
    kind: str, *, object_id: str, region_code: str, payload: dict[str, Any], parties: Iterable[str] = (), object_hash: str = "",
    first: bool = False,
) -> Entry:  # fmt: skip
    """Keep one legal act in the running transaction: it is in the ledger if and only if the act commits.

    `payload`: small JSON; only its salted SM3 enters the ledger, itself it is kept encrypted and may be redacted later.
    `object_hash`: SM3 (hex) of the file the act is about. `first`: the object came into being with this act (its key was given in this
    transaction), so that nobody needs to look for earlier entries to chain to. Never waits for the sequencer or for another transaction.
    """
    kept = record_many([Record(kind, object_id, region_code, payload, tuple(parties), object_hash, first)])[0]
    return Entry(
        pk=kept.id,
        kind=kind,
        object_id=object_id,
        region_code=region_code,
        parties=_owners(parties),
        data=kept.data,
        leaf_hash=kept.leaf_hash,
        recorded_at=kept.recorded_at,
    )


class Kept(NamedTuple):
    """What `record_many` tells about one entry."""

    id: int
    data: str
    leaf_hash: bytes
    recorded_at: datetime


def record_many(records: Sequence[Record]) -> list[Kept]:
    """Keep many acts in one statement; same rules as `record`."""
    if not connection.in_atomic_block:
        raise RuntimeError("evidence belongs to the transaction of the act")
    if not records:
        return []
    now = timezone.now()
    said = moment(now)
    actor_id = scope.current().actor_id
    actor = f"account:{actor_id}" if actor_id else "system"
    with connection.cursor() as cursor, prepared.statements():
        known = list({r.object_id for r in records if not r.first})
        if known:
            cursor.execute(PREVIOUS, [known])
        last = dict(cursor.fetchall()) if known else {}
        parties, texts, leaves, salts, bodies = [], [], [], [], []
        for one in records:
            salt, body = secrets.token_hex(16), canonical(one.payload)
            text = canonical(
                {
                    "ts": said,
                    "type": one.kind,
                    "region": one.region_code,
                    "object_id": one.object_id,
                    "object_hash": one.object_hash,
                    "actor": actor,
                    "prev_event": last.get(one.object_id, ""),
                    "payload_hash": sm3_hex((salt + body).encode()),
                }
            )
            leaf = rules.leaf_hash(text.encode(), sm3)
            last[one.object_id] = leaf.hex()
            parties.append(_array(_owners(one.parties)))
            texts.append(text)
            leaves.append(leaf)
            salts.append(salt)
            bodies.append(encrypt_text(body, PAYLOAD_CONTEXT))
        kinds, objects, regions = zip(*((r.kind, r.object_id, r.region_code) for r in records), strict=True)
        cursor.execute(INSERT, [list(kinds), list(objects), list(regions), parties, texts, leaves, salts, bodies, now])
        ids = [row[0] for row in cursor.fetchall()]
    return [Kept(*values, now) for values in zip(ids, texts, leaves, strict=True)]


def _owners(parties: Iterable[str]) -> list[str]:
    return sorted({*parties, AUDITOR})


def _array(parties: Sequence[str]) -> str:
    quoted = (party.replace("\\", "\\\\").replace('"', '\\"') for party in parties)
    return "{" + ",".join(f'"{party}"' for party in quoted) + "}"


# ---- sealing ----------------------------------------------------------------------------------------------------------


def load_tile(key: int) -> bytes | None:
    """A tile's bytes, or None."""
    found = Tile.objects.filter(pk=key).values_list("nodes", flat=True).first()
    return bytes(found) if found is not None else None


def load_tiles(keys: Iterable[int]) -> dict[int, bytes]:
    """Several tiles in one query."""
    return {key: bytes(nodes) for key, nodes in Tile.objects.filter(pk__in=list(keys)).values_list("id", "nodes")}


@transaction.atomic
def seal(*, limit: int | None = None) -> int:
    """Give committed entries their leaf indexes, grow the tree, sign heads. Returns how many entries were sealed.

    One transaction: leaves, tiles and heads appear together or not at all, so a crash leaves no gap. One sequencer at a time
    (advisory lock); business transactions are never waited for and never wait. Call in a system scope.
    """
    per_head, per_run, heartbeat = (int(_parameter(n)) for n in ("entries_per_head", "entries_per_run", "heartbeat"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])
        cursor.execute("SELECT entry_id, leaf_hash FROM evidence_pending ORDER BY entry_id LIMIT %s", [limit or per_run])
        rows = cursor.fetchall()
        cursor.execute("SELECT coalesce(max(leaf_index) + 1, 0) FROM evidence_leaf")
        size = cursor.fetchone()[0]
        if not rows:
            _heartbeat(size, heartbeat)
            return 0
        tree = tiles.Tree(size, load_tile, sm3)
        tree.prefetch(load_tiles(tiles.frontier(size)))
        for start in range(0, len(rows), per_head):
            batch = rows[start : start + per_head]
            tree.append(bytes(leaf) for _, leaf in batch)
            _sign(tree.size, _root(tree))
        ids = [entry for entry, _ in rows]
        cursor.execute(
            "INSERT INTO evidence_leaf (leaf_index, entry_id) SELECT %s + o - 1, id FROM unnest(%s::bigint[]) WITH ORDINALITY AS t(id, o)",
            [size, ids],
        )
        changed = sorted(tree.changed)
        cursor.execute(
            "INSERT INTO evidence_tile (id, nodes) SELECT * FROM unnest(%s::bigint[], %s::bytea[]) "
            "ON CONFLICT (id) DO UPDATE SET nodes = excluded.nodes",
            [changed, [tree.tile(key) for key in changed]],
        )
        cursor.execute("DELETE FROM evidence_pending WHERE entry_id = ANY(%s)", [ids])
    return len(rows)


def _root(tree: tiles.Tree) -> bytes:
    return rules.fold([tree.node(node) for node in rules.cover(0, tree.size)], sm3)


def _parameter(name: str) -> Any:
    from zhujian.foundation.parameters import selectors

    return selectors.value(f"evidence.{name}", on=timezone.localdate()).value


def _sign(size: int, root: bytes) -> Head:
    newest = Head.objects.order_by("-timestamp_ms").first()
    stamp = max(int(time.time() * 1000), newest.timestamp_ms + 1 if newest else 0)  # time never runs backwards in the log
    message = rules.head_bytes(stamp, size, root)
    keys = provider()
    return Head.objects.create(
        tree_size=size, timestamp_ms=stamp, root=root, signature=keys.sign(LOG_KEY, message), public_key=keys.public_key(LOG_KEY)
    )


def _heartbeat(size: int, seconds: int) -> None:
    """Say again, with today's time, that nothing was added: a log that stops publishing can be noticed."""
    newest = Head.objects.order_by("-timestamp_ms").first()
    if newest and newest.tree_size == size and time.time() * 1000 - newest.timestamp_ms > seconds * 1000:
        _sign(size, bytes(newest.root))


# ---- witnesses --------------------------------------------------------------------------------------------------------


@transaction.atomic
def register_witness(name: str, public_key: bytes | str, organisation_code: str = "") -> Witness:
    """Register a witness by its SM2 public key (64 bytes or hex)."""
    try:
        key = normal_public_key(public_key)
    except ValueError as error:
        raise Refusal("evidence.witness_key", "见证方公钥不正确，应为 128 位十六进制的 SM2 公钥。", "public_key") from error
    name = name.strip()
    if not name or "\n" in name:
        raise Refusal("evidence.witness_name", "请填写见证方名称（一行）。", "name")
    if Witness.objects.filter(name=name).exists() or Witness.objects.filter(public_key=key).exists():
        raise Conflict("evidence.witness_known", "这个见证方或公钥已经登记。", "name")
    return Witness.objects.create(name=name, public_key=key, organisation_code=organisation_code)


@transaction.atomic
def cosign(tree_size: int, timestamp_ms: int, *, public_key: bytes | str, seen_ms: int, signature: bytes) -> Cosignature:
    """Keep a witness's signature over the head with this size and time. The signature itself is the proof of identity."""
    try:
        key = normal_public_key(public_key)
    except ValueError as error:
        raise Refusal("evidence.witness_key", "见证方公钥不正确。", "public_key") from error
    witness = Witness.objects.filter(public_key=key, is_active=True).first()
    if witness is None:
        raise Refusal("evidence.witness_unknown", "这个公钥没有登记为见证方，请先联系账本运行单位登记。", "public_key")
    head = Head.objects.filter(tree_size=tree_size, timestamp_ms=timestamp_ms).first()
    if head is None:
        raise NotFound("evidence.no_head", "账本没有发布过这个树头。如您确实收到过，请保留证据并报告监督部门。")
    if not sm2_verify(key, rules.cosign_bytes(bytes_of(head), witness.name, seen_ms), signature):
        raise Refusal("evidence.cosign_wrong", "见证签名与树头不符，请核对待签内容。", "signature")
    if not head.timestamp_ms - 300_000 <= seen_ms <= int(time.time() * 1000) + 300_000:
        raise Refusal("evidence.cosign_clock", "见证时间不合理，请校准时钟后重新签名。", "seen_ms")
    return Cosignature.objects.get_or_create(head=head, witness=witness, defaults={"seen_ms": seen_ms, "signature": signature})[0]


def bytes_of(head: Head) -> bytes:
    """The 50 bytes the log signed."""
    return rules.head_bytes(head.timestamp_ms, head.tree_size, bytes(head.root))
