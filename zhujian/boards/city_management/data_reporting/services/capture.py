"""Change capture: what is new, changed or gone since it was last put on its way to a platform, becomes a record in the outbox.

Events say at once that something happened; the registers' change history (the highest id, for tables that only grow) says which rows
changed; a full comparison every day finds whatever both have missed, and deletions. The mark of each thing makes all three idempotent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.data_reporting.models import Capture, Dataset, Mark, Outgoing, Peer
from zhujian.boards.city_management.data_reporting.rules.schema import Schema, business_key, split
from zhujian.boards.city_management.data_reporting.services import schemas, sources
from zhujian.foundation.kernel import prepared, scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.scope import region_prefix

CHUNK = 500
MILLISECOND = timedelta(milliseconds=1)
GONE: dict[str, Any] = {}


def receivers(dataset: str, region_code: str = "") -> list[Peer]:
    """Active platforms that get the data set (of a place)."""
    found = Peer.objects.filter(direction="up", is_active=True, datasets__contains=[dataset])
    return [peer for peer in found if region_code.startswith(region_prefix(peer.region_code)) or not region_code]


def do_put(dataset: str, payload: dict[str, Any], *, event_time: datetime, gone: bool = False) -> int:
    """Put one record of a data set on its way to every platform that gets it; how many. For modules whose data no register holds.

    Idempotent: what was already put with the same content is not put again. `gone`: the thing no longer exists (its key suffices).
    """
    if not gone:
        return do_put_many(dataset, [(payload, event_time)])
    with transaction.atomic(), scope.system("数据上报"):
        schema, key = _keyed(dataset, payload)
        region = str(payload.get(schema.region_field, ""))
        return sum(_put(peer, schema, [], {key}) for peer in receivers(dataset, region))


def do_put_many(dataset: str, records: Iterable[tuple[dict[str, Any], datetime]]) -> int:
    """Put many records (payload, event time) of a data set on their way; how many that made."""
    with transaction.atomic(), scope.system("数据上报"):
        found: dict[str, list[sources.Row]] = {}
        schema: Schema | None = None
        for payload, at in records:
            schema, key = _keyed(dataset, payload, schema)
            region = str(payload.get(schema.region_field, ""))
            found.setdefault(region, []).append(sources.Row(key, region, payload, at, None))
        if schema is None:
            return 0
        return sum(_put(peer, schema, rows, set()) for region, rows in found.items() for peer in receivers(dataset, region))


def _keyed(dataset: str, payload: dict[str, Any], schema: Schema | None = None) -> tuple[Schema, str]:
    if schema is None:
        row = schemas.dataset(dataset)
        if row is None:
            raise Refusal("exchange.dataset", f"没有数据集 {dataset}，请先登记数据项。")
        schema = schemas.schema_of(row)
    key = business_key(schema, payload)
    if not key:
        raise Refusal("exchange.key", f"数据集 {dataset} 的业务键不完整：{'、'.join(schema.keys)}。")
    return schema, key


def look(peer: Peer, dataset: Dataset, *, full: bool) -> int:
    """Compare a data set's register with what was put for `peer`; how many records that made. In a system scope and a transaction."""
    source = dataset.source
    if not sources.known(source):
        return 0
    schema, prefix, now = schemas.schema_of(dataset), region_prefix(peer.region_code), timezone.now()
    capture, _ = Capture.objects.get_or_create(peer=peer, dataset=dataset.code)
    capture = Capture.objects.select_for_update().get(pk=capture.pk)
    full = full or capture.full_at is None or not sources.incremental(source)
    line, grown = sources.marks(source, now)
    ids = None if full else sources.changed(source, capture.history_id, capture.grown)
    count = 0
    if ids is None or ids:
        seen: set[str] = set()
        for chunk in _chunks(sources.rows(source, schema, prefix, ids)):
            seen.update(row.key for row in chunk)
            count += _put(peer, schema, chunk, set())
        if sources.may_vanish(source):
            count += _put(peer, schema, [], _gone(peer, dataset.code, seen, ids))
    capture.history_id = max(capture.history_id, line)
    capture.grown = {**capture.grown, **{table: max(pk, capture.grown.get(table, 0)) for table, pk in grown.items()}}
    capture.looked_at, capture.full_at = now, now if full else capture.full_at
    capture.save()
    return count


def do_put_things(dataset: str, ids: list[int]) -> int:
    """Put these things of a register at once (an event has told of them), without waiting for the next look."""
    with transaction.atomic(), scope.system("数据上报"):
        row = schemas.dataset(dataset)
        if row is None or not sources.known(row.source):
            return 0
        schema = schemas.schema_of(row)
        return sum(
            _put(peer, schema, sources.rows(row.source, schema, region_prefix(peer.region_code), ids), set())
            for peer in receivers(dataset)
        )


def _gone(peer: Peer, dataset: str, seen: set[str], ids: list[int] | None) -> set[str]:
    """Keys that were put and are no longer there."""
    marks = Mark.objects.filter(peer=peer, dataset=dataset, deleted=False)
    if ids is not None:
        marks = marks.filter(source_id__in=ids)
    return set(marks.values_list("business_key", flat=True)) - seen


def _chunks(rows: Iterator[sources.Row]) -> Iterator[list[sources.Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _put(peer: Peer, schema: Schema, rows: Iterable[sources.Row], gone: set[str]) -> int:
    """Compare with the marks and write what differs."""
    wanted = {row.key: row for row in rows if row.key}
    if not wanted and not gone:
        return 0
    marks = {
        mark.business_key: mark
        for mark in Mark.objects.select_for_update().filter(peer=peer, dataset=schema.code, business_key__in=[*wanted, *gone])
    }
    made: list[Outgoing] = []
    now = _whole(timezone.now())
    for key, row in wanted.items():
        digest, mark = schemas.digest_of(row.payload), marks.get(key)
        if mark is not None and not mark.deleted and mark.digest == digest:
            continue
        op = "I" if mark is None or mark.deleted else "U"
        at = _later(mark, _whole(row.event_time or now), now)
        made.append(_record(peer, schema, op, key, at, row.payload, digest, row.region_code))
        marks[key] = _marked(mark, peer, schema, key, row.source_id, digest, at, deleted=False)
    for key in gone:
        mark = marks.get(key)
        if mark is None or mark.deleted:
            continue
        digest, at = schemas.digest_of(GONE), _later(mark, now, now)
        made.append(_record(peer, schema, "D", key, at, GONE, digest, peer.region_code))
        marks[key] = _marked(mark, peer, schema, key, mark.source_id, digest, at, deleted=True)
    changed = {record.business_key for record in made}
    Outgoing.objects.bulk_create(made)
    Mark.objects.bulk_create(
        [marks[key] for key in changed if marks[key].pk is None],
    )
    known = [marks[key] for key in changed if marks[key].pk is not None]
    prepared.update_many(Mark, known, ["digest", "event_time", "deleted", "source_id"])
    return len(made)


def _marked(
    mark: Mark | None, peer: Peer, schema: Schema, key: str, source_id: int | None, digest: str, at: datetime, *, deleted: bool
) -> Mark:
    mark = mark or Mark(peer=peer, dataset=schema.code, business_key=key)
    mark.source_id, mark.digest, mark.event_time, mark.deleted = source_id, digest, at, deleted
    return mark


def _whole(at: datetime) -> datetime:
    """A moment in whole milliseconds, as it travels."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _later(mark: Mark | None, at: datetime, now: datetime) -> datetime:
    """When it happened: what the register says, but always after what was put before."""
    return at if mark is None or at > mark.event_time else max(now, mark.event_time + MILLISECOND)


def _record(
    peer: Peer, schema: Schema, op: str, key: str, at: datetime, payload: dict[str, Any], digest: str, region: str
) -> Outgoing:
    plain, personal = split(schema, payload)
    inside = region.startswith(region_prefix(peer.region_code))
    return Outgoing(
        peer=peer, dataset=schema.code, schema_version=schema.version, op=op, business_key=key, event_time=at, payload=plain,
        personal=personal, digest=digest, region_code=region if inside else peer.region_code,
    )  # fmt: skip
