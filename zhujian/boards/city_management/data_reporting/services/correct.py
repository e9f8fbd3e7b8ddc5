"""Mending what was sent back: by hand, from the register as it is now, or as it was after the receiver has mended its own mistake."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from zhujian.boards.city_management.data_reporting.models import Mark, Outgoing
from zhujian.boards.city_management.data_reporting.rules.schema import business_key, judge, split
from zhujian.boards.city_management.data_reporting.services import schemas, sources
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.kernel.scope import region_prefix


def locked(outgoing_id: int) -> Outgoing:
    """A rejected record, locked; NotFound or Conflict otherwise."""
    row = Outgoing.objects.select_for_update(of=("self",)).select_related("peer").filter(pk=outgoing_id).first()
    if row is None:
        raise NotFound("exchange.record", "没有找到这条上报记录，可能不在您的管辖范围内。")
    if row.state != Outgoing.State.REJECTED:
        raise Conflict("exchange.not_rejected", "只有被退回的记录需要更正，这条记录的状态已经变化，请刷新页面。")
    return row


def check_correct(row: Outgoing, payload: dict[str, Any]) -> list[Reason]:
    """Reasons against sending the mended record: the data set's own rules, and the key that must stay."""
    found = schemas.dataset(row.dataset, row.schema_version)
    if found is None:
        return [Reason("exchange.dataset", "这一版数据项已经不在，请联系数据管理员。")]
    schema = schemas.schema_of(found)
    reasons = judge(schema, payload, schemas.lists_of(schema))
    if not reasons and business_key(schema, payload) != row.business_key:
        reasons.append(Reason("key", "业务键不能改动；编号确有错误的，请在原业务中更正，平台会按新编号上报。", schema.keys[0]))
    return reasons


@transaction.atomic
def do_correct(outgoing_id: int, payload: dict[str, Any], *, expected_version: int | None = None) -> Outgoing:
    """Put a mended record back into the queue; it keeps its event time and the day on which it was first pushed."""
    row = locked(outgoing_id)
    refuse_if(check_correct(row, payload))
    return _again(row, payload, "corrected", expected_version)


@transaction.atomic
def do_recapture(outgoing_id: int) -> Outgoing:
    """Take the record anew from its register, where it has been mended, and put it back into the queue."""
    row = locked(outgoing_id)
    found = schemas.dataset(row.dataset, row.schema_version)
    with scope.system("重新取数上报"):
        mark = Mark.objects.filter(peer=row.peer, dataset=row.dataset, business_key=row.business_key).first()
        if found is None or mark is None or mark.source_id is None or not sources.known(found.source):
            raise Refusal("exchange.no_source", "这条记录不是从台账取来的，请直接更正数据项后重新上报。")
        schema = schemas.schema_of(found)
        rows = [r for r in sources.rows(found.source, schema, region_prefix(row.peer.region_code), [mark.source_id])]
    now = next((r for r in rows if r.key == row.business_key), None)
    if now is None:
        raise Refusal("exchange.gone", "台账中已没有这条记录，平台会自动上报删除，无需更正。")
    refuse_if(check_correct(row, now.payload))
    return _again(row, now.payload, "recaptured", None)


@transaction.atomic
def do_send_as_is(outgoing_id: int) -> Outgoing:
    """Send a rejected record again unchanged: the receiver has mended its own table."""
    row = locked(outgoing_id)
    return _again(row, row.payload | row.personal, "resent", None)


def _again(row: Outgoing, payload: dict[str, Any], how: str, expected: int | None) -> Outgoing:
    found = schemas.dataset(row.dataset, row.schema_version)
    assert found is not None, "judged above"
    before = row.digest
    row.payload, row.personal = split(schemas.schema_of(found), payload)
    row.digest = schemas.digest_of(payload)
    row.state, row.batch, row.seq, row.corrections = Outgoing.State.WAITING, None, None, row.corrections + 1
    row.save_version(expected or row.version, fields=["payload", "personal", "digest", "state", "batch", "seq", "corrections"])
    Mark.objects.filter(peer=row.peer, dataset=row.dataset, business_key=row.business_key, event_time=row.event_time).update(
        digest=row.digest
    )
    evidence.record(
        f"data_reporting.{how}", object_id=f"data_reporting.outgoing:{row.pk}", region_code=row.region_code,
        payload={"dataset": row.dataset, "key": row.business_key, "before": before, "after": row.digest},
    )  # fmt: skip
    return row
