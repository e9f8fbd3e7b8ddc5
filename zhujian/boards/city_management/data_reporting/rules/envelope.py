"""The envelope around every record, and which of two records of one key counts (urban-management.md §3.2, pitfall 18)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zhujian.boards.city_management.data_reporting.rules.schema import Schema, business_key, clean_text, judge, moment
from zhujian.foundation.kernel.errors import Reason, Refusal

OPERATIONS = ("I", "U", "D")
MOST_KEY = 120
STORED, KEPT, DUPLICATE, REJECTED = "stored", "kept", "duplicate", "rejected"


@dataclass(frozen=True)
class Envelope:
    """One record on its way. `event_time` is when it happened at the source, `push_time` when it was first pushed."""

    seq: int
    op: str
    business_key: str
    event_time: datetime
    push_time: datetime
    payload: dict[str, Any]
    digest: str


@dataclass(frozen=True)
class Batch:
    """One push: its head and its records as they came."""

    batch_id: str
    source: str
    dataset: str
    version: str
    records: list[Any]


def read_batch(body: Any, most: int) -> Batch:
    """The head of a push; Refusal when it cannot be told what it is (the whole push is then refused)."""
    if not isinstance(body, dict):
        raise Refusal("exchange.body", "报文应是一个 JSON 对象，请按接口说明组织。")
    head = {}
    for name, form, words in HEAD:
        value = body.get(name)
        if not isinstance(value, str) or not re.fullmatch(form, value):
            raise Refusal("exchange.head", f"报文头 {name} 应为{words}。", name)
        head[name] = value
    records = body.get("records")
    if not isinstance(records, list) or not records:
        raise Refusal("exchange.empty", "报文中没有记录（records）。", "records")
    if len(records) > most:
        raise Refusal("exchange.too_many", f"每批最多 {most} 条记录，本批 {len(records)} 条，请拆分后再推送。", "records")
    if body.get("count") != len(records):
        raise Refusal("exchange.count", "报文头的记录数与实际记录数不符，请检查报文是否完整。", "count")
    return Batch(head["batchId"], head["source"], head["dataset"], head["schemaVersion"], records)


HEAD = (
    ("batchId", r"[0-9A-Za-z-]{16,64}", "16～64位字母、数字和连字符"),
    ("source", r"[0-9]{6}", "6位行政区划代码"),
    ("dataset", r"[a-z][a-z_]{1,39}", "数据集代码"),
    ("schemaVersion", r"[0-9A-Za-z.]{1,12}", "数据项版本号"),
)


def read_record(raw: Any, batch: Batch, schema: Schema, digest: Callable[[Any], str]) -> tuple[Envelope | None, list[Reason]]:
    """(envelope, reasons) of one record of a batch; the envelope is None when nothing can be made of it."""
    if not isinstance(raw, dict):
        return None, [Reason("format", "记录应是一个 JSON 对象。")]
    at, pushed = moment(raw.get("eventTime")), moment(raw.get("pushTime"))
    key, op, payload, seq = raw.get("businessKey"), raw.get("op"), raw.get("payload"), raw.get("seq")
    reasons = [
        reason
        for wrong, reason in (
            (not isinstance(seq, int) or isinstance(seq, bool) or seq < 0, Reason("format", "缺少序号 seq。", "seq")),
            (at is None, Reason("time", "业务发生时间应为带时区的 ISO 8601 时间。", "eventTime")),
            (pushed is None, Reason("time", "推送时间应为带时区的 ISO 8601 时间。", "pushTime")),
            (not isinstance(payload, dict), Reason("format", "缺少业务数据 payload。", "payload")),
            (
                not (isinstance(key, str) and clean_text(key) and 0 < len(key) <= MOST_KEY),
                Reason("key", "缺少业务键，或业务键过长。", "businessKey"),
            ),
            (op not in OPERATIONS, Reason("op", "操作类型应为 I、U 或 D。", "op")),
            (raw.get("source") != batch.source, Reason("source", "记录的来源与报文头不符。", "source")),
            (raw.get("dataset") != batch.dataset, Reason("dataset", "记录的数据集与报文头不符。", "dataset")),
            (raw.get("schemaVersion") != batch.version, Reason("version", "记录的数据项版本与报文头不符。", "schemaVersion")),
        )
        if wrong
    ]
    if reasons:
        return None, reasons
    assert at is not None and pushed is not None and isinstance(payload, dict) and isinstance(seq, int)
    stamp = raw.get("digest")
    if not isinstance(stamp, str) or stamp.lower() != digest(payload):
        reasons.append(Reason("digest", "摘要与业务数据不符，记录可能在途中被改动，请重新计算后推送。", "digest"))
    return Envelope(seq, str(op), str(key), at, pushed, payload, str(stamp).lower()), reasons


def check(
    one: Envelope, schema: Schema, lists: Mapping[str, frozenset[str]], *, region_prefix: str, now: datetime, ahead_s: int
) -> list[Reason]:
    """Reasons against storing a readable record: its time, its key, its place, its fields. A deletion needs only key and time."""
    reasons = []
    limit = now + timedelta(seconds=ahead_s)
    if one.event_time > limit or one.push_time > limit:
        reasons.append(Reason("time", "时间晚于接收平台的当前时间，请校准时钟。", "eventTime"))
    if one.op == "D":
        return reasons
    reasons += judge(schema, one.payload, lists)
    if not reasons and business_key(schema, one.payload) != one.business_key:
        reasons.append(Reason("key", "业务键与业务数据中的键值不一致。", "businessKey"))
    place = one.payload.get(schema.region_field)
    if isinstance(place, str) and not place.startswith(region_prefix):
        reasons.append(Reason("region", "记录不在来源地区范围内，只能推送本地区的数据。", schema.region_field))
    return reasons


def decide(one: Envelope, same_time: str | None, newest: datetime | None) -> str:
    """What becomes of a good record.

    `same_time`: digest of the record already known under the same (source, data set, key, event time); `newest`: event time of what is
    stored now. A known one is a duplicate, or a conflict when its content differs; an older one is kept in the history and not applied.
    """
    if same_time is not None:
        return DUPLICATE if same_time == one.digest else REJECTED
    return KEPT if newest is not None and one.event_time < newest else STORED
