"""Recording acts in the transaction they belong to, and chaining what has committed."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from zhujian.foundation.audit import rules
from zhujian.foundation.audit.models import Link, Record
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.canonical import canonical, moment
from zhujian.foundation.kernel.crypto import sm3

SEAL_LOCK = 4_036_963  # one chainer at a time, whoever starts it
NOWHERE = "000000000000"  # the chain belongs to no region: only the auditor sees its anchors

# Two rows, one round trip. No RETURNING: nobody but the auditor may read the row back, not even its author.
INSERT = """
WITH n AS (SELECT nextval('audit_record_id_seq') AS id),
r AS (INSERT INTO audit_record (id, at, actor_id, actor_name, org_name, source_ip, act, target, result, body)
  SELECT id, %s, %s::bigint, %s, %s, %s, %s, %s, %s, %s FROM n)
INSERT INTO audit_pending (record_id) SELECT id FROM n
"""


def record(act: str, target: str = "", result: str = "ok", **detail: Any) -> None:
    """Keep one act of the current actor in the running transaction.

    `act` like ``identity.login``; `target` a subject key or path; `result` ok, refused, wrong, locked …; `detail` JSON values
    (passwords and the like are replaced). Refused requests are kept too: their transaction commits with the refusal.
    Never waits for another transaction: the chain is built afterwards.
    """
    who, now = scope.current(), timezone.now()
    body = canonical({
        "at": moment(now), "act": act, "target": target, "result": result, "actor": who.actor_id, "name": who.actor_name,
        "post": who.post_id, "org": who.org_name, "roles": sorted(who.roles - {"public", "signed_in"}), "ip": who.source_ip,
        "reason": who.reason, "detail": json.loads(json.dumps(rules.without_secrets(detail), default=str)),
    })  # fmt: skip
    values = [
        now, who.actor_id, who.actor_name[:64], who.org_name[:120], who.source_ip[:45], act[:64], target[:200], result[:16], body,
    ]  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, values)


@transaction.atomic
def seal() -> int:
    """Chain what has committed since the last run; returns how many records. Call in a system scope.

    One transaction and one chainer at a time (advisory lock): the chain has no gap and no fork, and requests never wait.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])
        cursor.execute("SELECT record_id FROM audit_pending ORDER BY record_id LIMIT %s", [int(_parameter("seal_rows"))])
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return 0
        last = Link.objects.order_by("-seq").first()
        seq, previous = (last.seq, bytes(last.hash)) if last else (0, rules.START)
        bodies = dict(Record.objects.filter(pk__in=ids).values_list("id", "body"))
        links = []
        for pk in ids:
            seq += 1
            previous = rules.link(previous, rules.record_text(seq, bodies[pk]).encode(), sm3)
            links.append(Link(seq=seq, record_id=pk, hash=previous))
        Link.objects.bulk_create(links, batch_size=1000)
        cursor.execute("DELETE FROM audit_pending WHERE record_id = ANY(%s)", [ids])
    return len(ids)


@transaction.atomic
def anchor() -> int:
    """Put the chain's end into the evidence ledger, where outside witnesses see it; 0 when nothing was added."""
    from zhujian.foundation.evidence import services as evidence
    from zhujian.foundation.evidence.models import Entry

    last = Link.objects.order_by("-seq").first()
    kind, end = "audit.anchor", f"audit.chain:{last.seq}" if last else ""
    if last is None or Entry.objects.filter(object_id=end).exists():
        return 0
    facts = {"seq": last.seq, "hash": last.hash_hex}
    evidence.record(kind, object_id=end, region_code=NOWHERE, payload=facts, object_hash=last.hash_hex)
    return 1


def verify() -> tuple[list[str], int]:
    """Recompute the chain from the records: (faults in Chinese, records in the chain). Call in a system scope."""
    faults: list[str] = []
    previous, position = rules.START, 0
    while rows := list(Link.objects.filter(seq__gt=position).order_by("seq")[:2000]):
        bodies = dict(Record.objects.filter(pk__in=[row.record_id for row in rows]).values_list("id", "body"))
        for row in rows:
            position += 1
            if row.seq != position:
                return [*faults, f"审计链序号 {position} 缺失"], position - 1
            body = bodies.get(row.record_id)
            if body is None:
                return [*faults, f"审计记录 {row.record_id}（链上第 {position} 条）缺失"], position - 1
            previous = rules.link(previous, rules.record_text(position, body).encode(), sm3)
            if previous != bytes(row.hash):
                return [*faults, f"审计链从第 {position} 条（记录 {row.record_id}）起与记录不符"], position - 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.id FROM audit_record r WHERE NOT EXISTS (SELECT 1 FROM audit_link l WHERE l.record_id = r.id) "
            "AND NOT EXISTS (SELECT 1 FROM audit_pending p WHERE p.record_id = r.id) ORDER BY r.id LIMIT 100"
        )
        faults += [f"审计记录 {pk} 既不在链上也不在待入链中" for (pk,) in cursor.fetchall()]
    return faults + _check_anchors(), position


def _check_anchors() -> list[str]:
    """Ends that the evidence ledger remembers must still be in the chain."""
    from zhujian.foundation.evidence.models import Entry

    faults = []
    for data in Entry.objects.filter(kind="audit.anchor").order_by("-id").values_list("data", flat=True)[:1000]:
        entry = json.loads(data)
        seq = int(entry["object_id"].rpartition(":")[2])
        found = Link.objects.filter(seq=seq).first()
        if found is None or found.hash_hex != entry["object_hash"]:
            faults.append(f"审计链第 {seq} 条与证据账本中的锚点不符")
    return faults


def _parameter(name: str) -> Any:
    from zhujian.foundation.parameters import selectors

    return selectors.value(f"audit.{name}", on=timezone.localdate()).value
