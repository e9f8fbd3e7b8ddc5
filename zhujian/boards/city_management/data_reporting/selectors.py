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
from zhujian.boards.city_management.data_reporting.rules import standing as rules
from zhujian.boards.city_management.data_reporting.rules.schema import moment
from zhujian.boards.city_management.data_reporting.services import sources
from zhujian.foundation.kernel.masking import mask_name
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

MONTH = timedelta(days=31)
MOST_PEERS = 200
FIRST = {rules.RED: 0, rules.YELLOW: 1}


@dataclass(frozen=True)
class Glance:
    """One data set with one platform at a glance. `day`: the reconciliation that is told of; `link`: the list that the next step opens."""

    code: str
    title: str
    group: str
    facts: rules.Facts
    verdict: rules.Verdict
    receipts: int
    day: Reconciliation | None
    link: str


@dataclass(frozen=True)
class Standing:
    """How the exchange with one platform goes. `light`: green, yellow (waiting long or refused), red (not reached), grey (paused)."""

    peer: Peer
    sets: list[Glance]
    light: str
    words: str

    @property
    def waiting(self) -> int:
        """Records on their way."""
        return sum(one.facts.waiting for one in self.sets)

    @property
    def rejected(self) -> int:
        """Records sent back and not mended."""
        return sum(one.facts.rejected for one in self.sets)

    @property
    def last(self) -> datetime | None:
        """When something was last answered or received."""
        return max((one.facts.last for one in self.sets if one.facts.last), default=None)

    @property
    def good(self) -> int:
        """Data sets with nothing to do."""
        return sum(one.verdict.light == rules.GREEN for one in self.sets)

    @property
    def open(self) -> int:
        """Data sets that somebody should look at."""
        return sum(one.verdict.light in (rules.YELLOW, rules.RED) for one in self.sets)


def standings(now: datetime | None = None) -> list[Standing]:
    """Every visible platform with its data sets, those we push to first; a fixed number of statements."""
    return _standings(list(Peer.objects.order_by("-direction", "id")[:MOST_PEERS]), now or timezone.now())


def standing(peer: Peer, now: datetime | None = None) -> Standing:
    """One platform's standing."""
    return _standings([peer], now or timezone.now())[0]


def _standings(peers: list[Peer], now: datetime) -> list[Standing]:
    known = _sent([one for one in peers if one.direction == Peer.Direction.UP], now)
    known |= _came([one for one in peers if one.direction == Peer.Direction.DOWN], now)
    days = _days({one.pk for one in peers}, timezone.localdate(now))
    sets = {row.code: row for row in Dataset.objects.filter(valid_from__lte=timezone.localdate(now)).order_by("valid_from", "id")}
    found = []
    for peer in peers:
        up = peer.direction == Peer.Direction.UP
        rows = []
        for code in sorted(peer.datasets, key=lambda code: sets[code].pk if code in sets else 0):
            dataset = sets.get(code)
            numbers = known.get((peer.pk, code), {})
            day = days.get((peer.pk, code))
            facts = rules.Facts(
                dataset.frequency if dataset else "", here=not up or dataset is not None and sources.known(dataset.source), active=peer.is_active,
                addressed=bool(peer.url), state=day.state if day else "", missing=day.missing if day else 0, extra=day.extra if day else 0,
                different=day.different if day else 0, **{name: value for name, value in numbers.items() if name != "receipts"},
            )  # fmt: skip
            verdict = rules.sending(facts, now) if up else rules.receiving(facts, now)
            title, group = (dataset.title, dataset.group) if dataset else (code, "")
            rows.append(
                Glance(code, title, group, facts, verdict, numbers.get("receipts", 0), day, _link(peer, code, verdict.opens, day))
            )
        rows.sort(key=lambda one: FIRST.get(one.verdict.light, 2))  # what somebody should look at stands first
        found.append(Standing(peer, rows, *_light(peer, rows)))
    return found


def _light(peer: Peer, sets: list[Glance]) -> tuple[str, str]:
    """A platform's own light: its last fault, else the gravest of its data sets."""
    up = peer.direction == Peer.Direction.UP
    if not peer.is_active:
        return rules.GREY, "已暂停上报" if up else "已停用"
    if up and not peer.url:
        return rules.GREY, "尚未填写接口地址"
    if up and peer.last_error:
        return rules.RED, peer.last_error
    for light in (rules.RED, rules.YELLOW):
        if some := [one for one in sets if one.verdict.light == light]:
            return light, f"{len(some)} 个数据集待处理"
    if sets and all(one.facts.last is None for one in sets):
        return rules.GREY, "还没有上报" if up else "还没有收到数据"
    return rules.GREEN, "上报正常" if up else "接收正常"


REGISTERS = {
    "industry": "/r/data_reporting/industry_object/",
    "monitoring": "/r/data_reporting/monitoring_device/",
    "opinion": "/r/supervision/opinion/",
}


def _link(peer: Peer, code: str, opens: str, day: Reconciliation | None) -> str:
    """The list that shows what is to be done."""
    up = peer.direction == Peer.Direction.UP
    if opens == "rejected":
        return (
            f"/r/data_reporting/outgoing/?peer={peer.pk}&state=rejected&dataset={code}"
            if up
            else f"/r/data_reporting/reject/?dataset={code}&resolved=0"
        )
    if opens == "failed":
        return f"/r/data_reporting/batch/?peer={peer.pk}&state=failed&dataset={code}"
    if opens == "waiting":
        return f"/r/data_reporting/outgoing/?peer={peer.pk}&state=waiting&dataset={code}"
    if opens == "reconciliation" and day is not None:
        return f"/r/data_reporting/reconciliation/{day.pk}/"
    if opens == "register":
        return REGISTERS.get(code, "")
    return f"/r/data_reporting/peer/{peer.pk}/edit/" if opens == "peer" else ""


Numbers = dict[tuple[int, str], dict[str, Any]]


def _sent(peers: list[Peer], now: datetime) -> Numbers:
    """Figures of what we push, by platform and data set: from batches and the small indexes of what waits or was sent back."""
    found: Numbers = {}
    if not peers:
        return found
    keys, month = [one.pk for one in peers], now - MONTH

    def put(row: Any, **values: Any) -> None:
        held = found.setdefault((row["peer"], row["dataset"]), {})
        for name, value in values.items():
            held[name] = held.get(name, 0) + value if isinstance(value, int) and name in held else value

    recent = Q(answered_at__gte=month)
    for row in Batch.objects.filter(peer__in=keys).values("peer", "dataset").annotate(
        rows=Sum("accepted", filter=recent, default=0), gone=Sum("rejected", filter=recent, default=0), last=Max("answered_at"),
        under_way=Sum("count", filter=Q(state__in=("waiting", "sending")), default=0), failed=Count("id", filter=Q(state="failed")),
        oldest=Min("created_at", filter=Q(state__in=("waiting", "sending"))),
    ):  # fmt: skip
        put(
            row,
            rows=row["rows"],
            receipts=row["rows"] + row["gone"],
            last=row["last"],
            waiting=row["under_way"],
            failed=row["failed"],
            oldest=row["oldest"],
        )
    waiting = Outgoing.objects.filter(peer__in=keys, state="waiting").values("peer", "dataset")
    for row in waiting.annotate(n=Count("id"), first=Min("created_at")):
        earlier = found.get((row["peer"], row["dataset"]), {}).get("oldest")
        put(row, waiting=row["n"], oldest=min(filter(None, (earlier, row["first"]))))
    for row in Outgoing.objects.filter(peer__in=keys, state="rejected").values("peer", "dataset").annotate(n=Count("id")):
        put(row, rejected=row["n"])
    for row in Capture.objects.filter(peer__in=keys).values("peer", "dataset", "looked_at"):
        put(row, looked=row["looked_at"])
    return found


def _came(peers: list[Peer], now: datetime) -> Numbers:
    """Figures of what came, by platform and data set."""
    found: Numbers = {}
    if not peers:
        return found
    recent = Q(created_at__gte=now - MONTH)
    for row in InBatch.objects.filter(peer__in=[one.pk for one in peers]).values("peer", "dataset").annotate(
        rows=Sum("stored", filter=recent, default=0), receipts=Sum("count", filter=recent, default=0), last=Max("created_at")
    ):  # fmt: skip
        found[row["peer"], row["dataset"]] = {name: row[name] for name in ("rows", "receipts", "last")}
    by_source = {one.region_code[:6]: one.pk for one in peers}
    rejects = (
        Reject.objects.filter(source__in=list(by_source), resolved=False).values("source", "dataset").annotate(n=Count("id"))
    )
    for row in rejects:
        found.setdefault((by_source[row["source"]], row["dataset"]), {})["rejected"] = row["n"]
    return found


def _days(peers: set[int], today: date) -> dict[tuple[int, str], Reconciliation]:
    """The reconciliation that counts: of the last month the newest that is not balanced, else the newest."""
    rows = (
        Reconciliation.objects.filter(peer__in=peers, day__gte=today - MONTH).order_by("peer", "dataset", "-day").defer("samples")
    )
    found: dict[tuple[int, str], Reconciliation] = {}
    for row in rows:
        held = found.get((row.peer_id, row.dataset))
        if held is None or held.state != "different" and row.state == "different":
            found[row.peer_id, row.dataset] = row
    return found


def days(peer: Peer, first: date) -> list[Reconciliation]:
    """A platform's reconciliations since a day, newest first."""
    return list(Reconciliation.objects.filter(peer=peer, day__gte=first).order_by("-day", "dataset")[:500])


def shown(dataset: Dataset | None, payload: dict[str, Any], personal: dict[str, Any]) -> list[tuple[str, str]]:
    """A record's fields for people, in the order of the data set: title and value, codes in words, personal ones masked."""
    fields = {raw["name"]: raw for raw in dataset.fields} if dataset else {}
    order = {name: place for place, name in enumerate(fields)}
    rows = [
        (fields.get(name, {}).get("title", name), _words(value, fields.get(name, {})))
        for name, value in sorted(payload.items(), key=lambda pair: order.get(pair[0], len(order)))
    ]
    return rows + [(fields.get(name, {}).get("title", name), mask_name(str(value))) for name, value in personal.items()]


def _words(value: Any, field: dict[str, Any] | None = None) -> str:
    field = field or {}
    if isinstance(value, bool):
        return "是" if value else "否"
    if field.get("type") == "region":
        return f"{regions.full_name(str(value))}（{value}）"
    if isinstance(value, str) and (key := field.get("list") or field.get("shown")):
        return parameters.code_label(key, value)
    if isinstance(value, str) and (at := moment(value)) is not None:
        return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dict) and "coordinates" in value:
        return f"{value.get('type')} {str(value['coordinates'])[:120]}"
    if isinstance(value, dict):
        return "，".join(f"{name} {_words(part)}" for name, part in list(value.items())[:60])
    if isinstance(value, list):
        deep = any(isinstance(part, dict) for part in value)
        return ("\n" if deep else "、").join(_words(part)[:200] for part in value[:40])
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
