"""Reading the ledger: entries, heads, proofs."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone

from zhujian.foundation.evidence import rules, services, tiles
from zhujian.foundation.evidence.models import Cosignature, Entry, Head, Leaf, Payload, Pending, Witness
from zhujian.foundation.kernel.canonical import canonical
from zhujian.foundation.kernel.crypto import provider, sm3, sm3_hex
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.kernel.registry import modules

BUNDLE = "zhujian-evidence-1"


def kind_titles() -> dict[str, str]:
    """Chinese titles of kinds, from the code lists ``<module>.evidence_kinds`` of all modules."""
    from zhujian.foundation.parameters import selectors as parameters

    titles: dict[str, str] = {}
    for mod in modules():
        try:
            titles.update(parameters.code_list(f"{mod.code}.evidence_kinds", timezone.localdate()))
        except KeyError:
            continue
    return titles


def entries_of(object_id: str, limit: int = 50) -> list[Entry]:
    """Visible entries about an object, newest first, with their leaf."""
    return list(Entry.objects.filter(object_id=object_id).select_related("leaf").order_by("-id")[:limit])


def entries(*, kind: str = "", object_id: str = "", before: int | None = None, limit: int = 51) -> list[Entry]:
    """Visible entries, newest first, by key."""
    rows = Entry.objects.select_related("leaf").order_by("-id")
    if kind:
        rows = rows.filter(kind=kind)
    if object_id:
        rows = rows.filter(object_id=object_id)
    if before:
        rows = rows.filter(pk__lt=before)
    return list(rows[:limit])


def entry(pk: int) -> Entry:
    """A visible entry; NotFound otherwise."""
    found = Entry.objects.select_related("leaf").filter(pk=pk).first()
    if found is None:
        raise NotFound("evidence.no_entry", "没有找到这条存证，可能不在您的可见范围内。")
    return found


def latest_head() -> Head | None:
    """The newest signed head."""
    return Head.objects.order_by("-timestamp_ms").first()


def trusted_head(at_least: int) -> Head | None:
    """The newest head that covers `at_least` entries and has the quorum of cosignatures; None when there is none."""
    active = Count("cosignatures", filter=Q(cosignatures__witness__is_active=True))
    found = Head.objects.filter(tree_size__gte=at_least).annotate(seen=active).filter(seen__gte=quorum())
    return found.order_by("-timestamp_ms").first()


def heads(before: int | None = None, limit: int = 31) -> list[Head]:
    """Heads with their cosignatures, newest first."""
    rows = Head.objects.prefetch_related("cosignatures__witness").order_by("-id")
    return list((rows.filter(pk__lt=before) if before else rows)[:limit])


def hashes_of(ranges: list[rules.Range]) -> list[bytes]:
    """Subtree hashes of leaf ranges, with one query for all tiles they touch."""
    covers = [rules.cover(lo, hi) for lo, hi in ranges]
    spots = {node: tiles.place(node) for cover in covers for node in cover}
    pieces: dict[rules.Node, bytes] = {}
    if spots:
        nodes = list(spots)
        with connection.cursor() as cursor:
            # Only the 32 bytes of each node leave the server, not the whole tile; one index probe each, whatever the statistics.
            cursor.execute(
                "SELECT o, (SELECT substring(t.nodes FROM w.at + 1 FOR 32) FROM evidence_tile t WHERE t.id = w.id) "
                "FROM unnest(%s::bigint[], %s::int[]) WITH ORDINALITY AS w(id, at, o)",
                [[spots[node][0] for node in nodes], [spots[node][1] for node in nodes]],
            )
            pieces = {nodes[o - 1]: bytes(value) for o, value in cursor.fetchall()}
    return [rules.fold([pieces[node] for node in cover], sm3) for cover in covers]


def inclusion(index: int, size: int) -> list[bytes]:
    """Audit path of leaf `index` in the tree of `size` entries."""
    return hashes_of(rules.inclusion_ranges(index, size))


def consistency(old: int, new: int) -> list[bytes]:
    """Proof that the tree of `old` entries is a prefix of the tree of `new`."""
    newest = latest_head()
    if not newest or not 0 < old <= new <= newest.tree_size:
        raise Refusal("evidence.sizes", "请给出已发布的两个树大小，前者大于 0 且不大于后者。", "since")
    return hashes_of(rules.consistency_ranges(old, new))


def head_json(head: Head) -> dict[str, Any]:
    """A head as outsiders get it; hex for bytes."""
    return {
        "tree_size": head.tree_size, "timestamp_ms": head.timestamp_ms, "root": bytes(head.root).hex(),
        "signature": bytes(head.signature).hex(), "public_key": bytes(head.public_key).hex(),
    }  # fmt: skip


def cosignatures_json(head: Head) -> list[dict[str, Any]]:
    """The cosignatures of a head."""
    rows = Cosignature.objects.filter(head=head, witness__is_active=True).select_related("witness").order_by("id")
    return [
        {"witness": row.witness.name, "public_key": bytes(row.witness.public_key).hex(), "seen_ms": row.seen_ms,
         "signature": bytes(row.signature).hex()}
        for row in rows
    ]  # fmt: skip


def bundle(found: Entry) -> dict[str, Any]:
    """Everything an outsider needs to check an entry offline (存证证书). Refusal while the entry is not sealed yet.

    Uses the newest head with enough cosignatures, else the newest head.
    """
    leaf = Leaf.objects.filter(entry=found).first()
    head = (trusted_head(leaf.leaf_index + 1) or latest_head()) if leaf else None
    if leaf is None or head is None:
        raise Refusal("evidence.pending", "这条存证刚刚记录，正在写入账本，请一分钟后再下载证明。")
    payload = Payload.objects.filter(entry=found).first()
    return {
        "format": BUNDLE, "hash": "SM3", "entry": found.data, "leaf_index": leaf.leaf_index,
        "inclusion": [step.hex() for step in inclusion(leaf.leaf_index, head.tree_size)], "head": head_json(head),
        "witnesses": cosignatures_json(head), "payload": {"salt": payload.salt, "body": payload.body} if payload else None,
        "log_key_sm3": sm3_hex(bytes(head.public_key)),
    }  # fmt: skip


def bundle_text(found: Entry, *, payload: bool = True) -> str:
    """The bundle as the file people download."""
    whole = bundle(found)
    return canonical(whole if payload else {**whole, "payload": None})


def witnesses() -> list[Witness]:
    """Registered witnesses by name."""
    return list(Witness.objects.order_by("name"))


def quorum() -> int:
    """Cosignatures a head needs to be trusted."""
    return int(services._parameter("witness_quorum"))


def pending(most: int = 1000) -> int:
    """How many entries wait to be sealed, counted up to `most`."""
    return Pending.objects.all()[:most].count()


def log_key() -> bytes:
    """The log's public key today."""
    return provider().public_key(services.LOG_KEY)
