"""Receiving: whose request it is, what of it may be stored, and a receipt for every record.

Everything of one push is one transaction: its answer exists if and only if its records are stored. A push that comes again gets the answer
of the first time; records that come again in another push are duplicates by (source, data set, business key, event time).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import Max, Sum
from django.utils import timezone

from zhujian.boards.city_management.data_reporting.models import InBatch, Peer, Record, RecordVersion, Reject
from zhujian.boards.city_management.data_reporting.rules import envelope as rules
from zhujian.boards.city_management.data_reporting.rules.schema import Schema, split
from zhujian.boards.city_management.data_reporting.services import schemas, transport
from zhujian.foundation.events.services import publish
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import prepared, scope
from zhujian.foundation.kernel.crypto import requests, sm3_hex
from zhujian.foundation.kernel.errors import Conflict, Reason, Refusal
from zhujian.foundation.kernel.scope import region_prefix, region_range

MB = 1 << 20


class Unsigned(Refusal):
    """Nobody we know has signed this (HTTP 401)."""

    status = 401


class TooLarge(Refusal):
    """More than may come in one push (HTTP 413)."""

    status = 413


class TooMany(Refusal):
    """More than was agreed for a day (HTTP 429)."""

    status = 429


class Nonces:
    """Random numbers already used, in the database: all processes see them."""

    def first_use(self, app_id: str, nonce: str, now_ms: int) -> bool:
        """Keep it; False when it is there already."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO data_reporting_nonce (app_id, nonce, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [app_id, nonce, timezone.now()],
            )
            return cursor.rowcount == 1


def client_of(headers: Mapping[str, str], method: str, path: str, query: str, body: bytes, address: str) -> Peer:
    """The platform that signed this request; `Unsigned` when it is none we know. Call it in a system scope."""
    app, stamp, nonce = (headers.get(name, "") for name in (transport.APP, transport.TIME, transport.NONCE))
    peer = Peer.objects.filter(direction="down", code=app, is_active=True).first() if 0 < len(app) <= 40 else None
    if peer is None or (peer.addresses and address not in peer.addresses):
        raise Unsigned("exchange.unknown", "没有登记这个应用标识，或来源地址不在允许范围内，请与接收平台联系。")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 16):
        raise Unsigned("signature.clock", "缺少时间戳（毫秒），请按接口说明签名。")
    request = requests.SignedRequest(method, path, query, body, app, int(stamp), nonce)
    now_ms = int(timezone.now().timestamp() * 1000)
    signature = headers.get(transport.SIGNATURE, "")
    reasons = requests.verify(request, signature, transport.checker(peer), now_ms=now_ms, nonces=Nonces())
    if reasons:
        raise Unsigned(reasons=reasons)
    return peer


def acting_as(peer: Peer) -> scope.Scope:
    """The scope of a platform that pushes: its own region and nothing else, enforced by the database."""
    lo, hi = region_range(peer.region_code)
    return scope.Scope(
        kind="official",
        region_lo=lo,
        region_hi=hi,
        actor_name=peer.name,
        region_code=peer.region_code,
        roles=frozenset({"public"}),
    )


@dataclass
class _Judged:
    """One record on its way into the tables."""

    seq: int
    one: rules.Envelope | None
    reasons: list[Reason] = field(default_factory=list)
    result: str = ""

    def receipt(self) -> dict[str, Any]:
        found: dict[str, Any] = {"seq": self.seq, "result": self.result}
        if self.one is not None:
            found["businessKey"] = self.one.business_key
        if self.result == rules.REJECTED:
            found |= {"code": self.reasons[0].code, "message": "；".join(r.message for r in self.reasons)[:500],
                      "field": self.reasons[0].field or ""}  # fmt: skip
        return found


def receive(peer: Peer, body: bytes) -> dict[str, Any]:
    """Take one push of an authenticated platform; the answer with one receipt per record. Refusal when the push as a whole is refused."""
    if len(body) > schemas.number("most_bytes", peer.region_code) * MB:
        raise TooLarge("exchange.too_large", "报文过大，请减少每批的记录数后重新推送。")
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal("exchange.json", "报文不是正确的 UTF-8 JSON，请检查编码。") from error
    batch = rules.read_batch(raw, schemas.number("most_records", peer.region_code))
    algorithm = str(raw.get("digestAlgorithm", "sm3")).lower()
    with transaction.atomic(), scope.acting(acting_as(peer)), connection.cursor() as cursor:
        # Pushes of one data set of one source wait for each other: what is known must not change while it is compared.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"exchange:{peer.pk}:{batch.dataset}"])
        known = InBatch.objects.filter(peer=peer, batch_id=batch.batch_id).first()
        stamp = sm3_hex(body)
        if known is not None:
            if known.body_sm3 != stamp:
                raise Conflict("exchange.batch_changed", "这个批次号已用于另一份报文，请换用新的批次号。", "batchId")
            return known.answer
        schema = _agreed(peer, batch, algorithm)
        _quota(peer, len(batch.records))
        return _take(peer, batch, schema, algorithm, stamp)


def _agreed(peer: Peer, batch: rules.Batch, algorithm: str) -> Schema:
    if batch.source != peer.region_code[:6]:
        raise Refusal("exchange.source", f"来源应为 {peer.region_code[:6]}（登记的地区），请核对报文头。", "source")
    row = schemas.dataset(batch.dataset, batch.version) if batch.dataset in peer.datasets else None
    if row is None:
        raise Refusal(
            "exchange.dataset", f"没有约定接收数据集 {batch.dataset} 的 {batch.version} 版，请与接收平台核对。", "dataset"
        )
    if algorithm not in schemas.DIGESTS:
        raise Refusal("exchange.digest", "摘要算法应为 sm3 或 sha256。", "digestAlgorithm")
    return schemas.schema_of(row)


def _quota(peer: Peer, count: int) -> None:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    used = InBatch.objects.filter(peer=peer, created_at__gte=today).aggregate(n=Sum("count"))["n"] or 0
    most = peer.daily_quota or schemas.number("daily_quota", peer.region_code)
    if used + count > most:
        raise TooMany("exchange.quota", f"今日已接收 {used} 条，超过每日上限 {most} 条，请明日再推送或联系接收平台调整。")


def _take(peer: Peer, batch: rules.Batch, schema: Schema, algorithm: str, stamp: str) -> dict[str, Any]:
    now, lists, ahead = timezone.now(), schemas.lists_of(schema), schemas.number("ahead", peer.region_code)
    judged: list[_Judged] = []
    for place, raw in enumerate(batch.records, 1):
        one, reasons = rules.read_record(raw, batch, schema, lambda payload: schemas.digest_of(payload, algorithm))
        if one is not None and not reasons:
            reasons = rules.check(one, schema, lists, region_prefix=region_prefix(peer.region_code), now=now, ahead_s=ahead)
        seq = one.seq if one else raw.get("seq") if isinstance(raw, dict) and isinstance(raw.get("seq"), int) else place
        judged.append(_Judged(seq if 0 <= seq < 2**31 else place, one, reasons, rules.REJECTED if reasons else ""))
    _decide(batch, judged)
    kept = InBatch(
        peer=peer, batch_id=batch.batch_id, dataset=batch.dataset, count=len(judged), body_sm3=stamp, region_code=peer.region_code, answer={},
        **{name: sum(j.result == result for j in judged) for name, result in COUNTED.items()},
    )  # fmt: skip
    kept.answer = {
        "batchId": batch.batch_id,
        "count": len(judged),
        **{n: getattr(kept, n) for n in COUNTED},
        "receipts": [j.receipt() for j in judged],
    }
    kept.save(force_insert=True)
    _store(kept, batch, schema, judged)
    _tell(kept, batch)
    return kept.answer


COUNTED = {"stored": rules.STORED, "kept": rules.KEPT, "duplicates": rules.DUPLICATE, "rejected": rules.REJECTED}


def _decide(batch: rules.Batch, judged: list[_Judged]) -> None:
    """What becomes of each good record, in the order of the push; what an earlier one of the same push did counts."""
    keys = {j.one.business_key for j in judged if j.one and not j.result}
    versions = RecordVersion.objects.filter(source=batch.source, dataset=batch.dataset, business_key__in=keys)
    times = {(key, at): digest for key, at, digest in versions.values_list("business_key", "event_time", "digest")}
    newest: dict[str, datetime] = dict(
        Record.objects.filter(source=batch.source, dataset=batch.dataset, business_key__in=keys)
        .values_list("business_key").annotate(at=Max("event_time"))
    )  # fmt: skip
    for j in judged:
        if j.one is None or j.result:
            continue
        key, at = j.one.business_key, j.one.event_time
        j.result = rules.decide(j.one, times.get((key, at)), newest.get(key))
        if j.result == rules.REJECTED:
            j.reasons = [
                Reason("conflict", "同一业务键、同一发生时间的记录已收到过，但内容不同，请用新的发生时间推送变更。", "eventTime")
            ]
            continue
        times[key, at] = j.one.digest
        if j.result == rules.STORED:
            newest[key] = at


def _store(kept: InBatch, batch: rules.Batch, schema: Schema, judged: list[_Judged]) -> None:
    common = {"source": batch.source, "dataset": batch.dataset}
    versions, latest, rejects = [], {}, []
    for j in judged:
        one = j.one
        if j.result == rules.REJECTED:
            rejects.append(
                Reject(
                    business_key=one.business_key if one else "", event_time=one.event_time if one else None,
                    push_time=one.push_time if one else None, seq=j.seq, code=j.reasons[0].code,
                    message="；".join(r.message for r in j.reasons)[:500], field=(j.reasons[0].field or "")[:60], batch=kept,
                    region_code=kept.region_code, **common,
                )
            )  # fmt: skip
        elif one is not None and j.result in (rules.STORED, rules.KEPT):
            plain, personal = split(schema, one.payload)
            place = str(one.payload.get(schema.region_field) or kept.region_code)
            versions.append(
                RecordVersion(
                    business_key=one.business_key, event_time=one.event_time, push_time=one.push_time, op=one.op, payload=plain,
                    personal=personal, digest=one.digest, applied=j.result == rules.STORED, batch=kept, region_code=place, **common,
                )
            )  # fmt: skip
            if j.result == rules.STORED:
                latest[one.business_key] = versions[-1]
    RecordVersion.objects.bulk_create(versions, batch_size=500)
    _apply(common, schema, latest)
    keys = {(v.business_key, v.event_time) for v in versions}
    again = Reject.objects.filter(resolved=False, business_key__in={key for key, _ in keys}, **common)
    mended = [row.pk for row in again if (row.business_key, row.event_time) in keys]
    Reject.objects.filter(pk__in=mended).update(resolved=True)
    # Sent back again without having been mended: the newest reason stands for it.
    still = {(r.business_key, r.event_time) for r in rejects if r.business_key}
    older = Reject.objects.filter(resolved=False, business_key__in={key for key, _ in still}, **common)
    Reject.objects.filter(pk__in=[r.pk for r in older if (r.business_key, r.event_time) in still]).update(resolved=True)
    Reject.objects.bulk_create(rejects, batch_size=500)


def _apply(common: dict[str, str], schema: Schema, latest: dict[str, RecordVersion]) -> None:
    """Bring the newest state in line with the accepted versions; a deletion keeps the last payload and marks it."""
    have = {r.business_key: r for r in Record.objects.filter(business_key__in=latest, **common)}
    fields = ["event_time", "op", "payload", "personal", "digest", "deleted", "schema_version", "region_code"]
    made, changed = [], []
    for key, version in latest.items():
        record = have.get(key) or Record(business_key=key, payload={}, region_code=version.region_code, **common)
        record.event_time, record.op, record.digest = version.event_time, version.op, version.digest
        record.deleted, record.schema_version = version.op == "D", schema.version
        if not record.deleted:
            record.payload, record.personal, record.region_code = version.payload, version.personal, version.region_code
        (changed if key in have else made).append(record)
    Record.objects.bulk_create(made, batch_size=500)
    for record in changed:
        record.version += 1
    prepared.update_many(Record, changed, [*fields, "version"])


def _tell(kept: InBatch, batch: rules.Batch) -> None:
    subject = f"data_reporting.in_batch:{kept.pk}"
    said = {"batch": batch.batch_id, "dataset": batch.dataset, "source": batch.source, "count": kept.count, "stored": kept.stored,
            "kept": kept.kept, "rejected": kept.rejected}  # fmt: skip
    evidence.record(
        "data_reporting.received", object_id=subject, region_code=kept.region_code, payload=said, object_hash=kept.body_sm3
    )
    publish("data_reporting.received", subject=subject, region_code=kept.region_code, payload=said)
    if kept.rejected:
        publish("data_reporting.rejected", subject=subject, region_code=kept.region_code, payload=said)
