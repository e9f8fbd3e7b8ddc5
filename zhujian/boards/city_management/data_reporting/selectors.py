"""What pages and other modules read of the exchange."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone

from zhujian.boards.city_management.data_reporting.models import (
    Batch,
    Capture,
    Dataset,
    InBatch,
    Outgoing,
    Peer,
    Reconciliation,
    Record,
    RecordVersion,
    Reject,
)
from zhujian.boards.city_management.data_reporting.services import schemas, sources
from zhujian.foundation.kernel.masking import mask_name

LATE = timedelta(hours=1)
BACKLOG = 10_000  # counted no further


@dataclass(frozen=True)
class Standing:
    """How the exchange with one platform goes. `light`: green, yellow (waiting long or refused), red (not reached), grey (paused)."""

    peer: Peer
    waiting: int
    rejected: int
    failed: int
    oldest: datetime | None
    light: str
    words: str


def standings() -> list[Standing]:
    """Every visible platform, those we push to first."""
    return [standing(peer) for peer in Peer.objects.order_by("-direction", "id")[:200]]


def standing(peer: Peer, now: datetime | None = None) -> Standing:
    """One platform's standing."""
    now = now or timezone.now()
    if peer.direction == Peer.Direction.DOWN:
        last = InBatch.objects.filter(peer=peer).aggregate(at=Max("created_at"))["at"]
        rejected = Reject.objects.filter(source=peer.region_code[:6], resolved=False)[:BACKLOG].count()
        if not peer.is_active:
            return Standing(peer, 0, rejected, 0, last, "grey", "已停用")
        return Standing(
            peer,
            0,
            rejected,
            0,
            last,
            "green" if last and now - last < 24 * LATE else "yellow",
            "接收正常" if last and now - last < 24 * LATE else "24小时内没有收到数据",
        )
    rows = Outgoing.objects.filter(peer=peer)
    waiting = rows.filter(state__in=("waiting", "batched"))[:BACKLOG].count()
    oldest = rows.filter(state__in=("waiting", "batched")).aggregate(at=Min("created_at"))["at"] if waiting else None
    rejected = rows.filter(state="rejected")[:BACKLOG].count()
    failed = Batch.objects.filter(peer=peer, state="failed").count()
    if not peer.is_active:
        light, words = "grey", "已暂停上报"
    elif not peer.url:
        light, words = "grey", "尚未填写接口地址"
    elif peer.last_error:
        light, words = "red", peer.last_error
    elif failed or (oldest and now - oldest > LATE):
        light, words = "yellow", "有批次被整批拒收" if failed else "有记录等待超过1小时"
    else:
        light, words = "green", "上报正常"
    return Standing(peer, waiting, rejected, failed, oldest, light, words)


def flow(peer: Peer) -> list[dict[str, Any]]:
    """Per data set of a platform: title, what has gone or come, what waits, when it was last looked through."""
    titles = schemas.titles()
    if peer.direction == Peer.Direction.UP:
        counted = {
            row["dataset"]: row
            for row in Outgoing.objects.filter(peer=peer).values("dataset").annotate(
                accepted=Count("id", filter=Q(state="accepted")), rejected=Count("id", filter=Q(state="rejected")),
                waiting=Count("id", filter=Q(state__in=("waiting", "batched"))), last=Max("receipt_at"),
            )
        }  # fmt: skip
        looked = {row.dataset: row.looked_at for row in Capture.objects.filter(peer=peer)}
        found = []
        for code in peer.datasets:
            dataset = schemas.dataset(code)
            here = bool(dataset and (sources.known(dataset.source) or not dataset.source))
            found.append(
                {"code": code, "title": titles.get(code, code), "looked": looked.get(code), "here": here, **counted.get(code, {})}
            )
        return found
    came = {
        row["dataset"]: row
        for row in InBatch.objects.filter(peer=peer)
        .values("dataset")
        .annotate(accepted=Sum("stored"), kept=Sum("kept"), last=Max("created_at"))
    }
    open_rejects = dict(
        Reject.objects.filter(source=peer.region_code[:6], resolved=False).values_list("dataset").annotate(n=Count("id"))
    )
    return [
        {"code": c, "title": titles.get(c, c), "here": True, "rejected": open_rejects.get(c, 0), **came.get(c, {})}
        for c in peer.datasets
    ]


def days(peer: Peer, first: date) -> list[Reconciliation]:
    """A platform's reconciliations since a day, newest first."""
    return list(Reconciliation.objects.filter(peer=peer, day__gte=first).order_by("-day", "dataset")[:500])


def shown(dataset: Dataset | None, payload: dict[str, Any], personal: dict[str, Any]) -> list[tuple[str, str]]:
    """A record's fields for people: title and value, personal ones masked."""
    fields = {raw["name"]: raw["title"] for raw in dataset.fields} if dataset else {}
    rows = [(fields.get(name, name), _words(value)) for name, value in payload.items()]
    return rows + [(fields.get(name, name), mask_name(str(value))) for name, value in personal.items()]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict) and "coordinates" in value:
        return f"{value.get('type')} {str(value['coordinates'])[:120]}"
    if isinstance(value, list):
        return "、".join(str(part)[:60] for part in value[:20])
    return str(value)[:500]


def received(dataset: str, source: str = "", *, deleted: bool = False) -> Any:
    """Received things of a data set (from one 6-digit source): for modules that build on the exchange."""
    rows = Record.objects.filter(dataset=dataset)
    rows = rows.filter(source=source) if source else rows
    return rows if deleted else rows.filter(deleted=False)


def versions_of(record: Record) -> list[RecordVersion]:
    """All accepted versions of a received thing, newest first; those that came too late to be applied are marked."""
    same = RecordVersion.objects.filter(source=record.source, dataset=record.dataset, business_key=record.business_key)
    return list(same.order_by("-event_time")[:100])
