"""Daily reconciliation with a platform we push to, and the figures we give to those that push to us."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from zhujian.boards.city_management.data_reporting.models import Outgoing, Peer, Reconciliation, RecordVersion, Reject
from zhujian.boards.city_management.data_reporting.rules import reconcile as rules
from zhujian.boards.city_management.data_reporting.services import schemas, transport
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.canonical import CHINA, moment
from zhujian.foundation.kernel.crypto import sm3_hex
from zhujian.foundation.kernel.errors import NotFound, Refusal

PAGE = 5000
SAMPLES = 50
AGAIN = timedelta(hours=1)
Call = Callable[..., transport.Answer]


def day_range(day: date) -> tuple[datetime, datetime]:
    """From midnight to midnight in China."""
    start = datetime.combine(day, time.min, CHINA)
    return start, start + timedelta(days=1)


def _digest(rows: list[tuple[str, datetime, str]]) -> str:
    return sm3_hex(rules.lines((key, moment(at), digest) for key, at, digest in rows).encode())


def ours(peer: Peer, dataset: str, day: date) -> rules.Counts:
    """What we pushed on a day: first pushed then, whatever became of it."""
    rows = Outgoing.objects.filter(peer=peer, dataset=dataset, push_time__range=_within(day))
    states = list(rows.values_list("state", flat=True))
    accepted = list(rows.filter(state="accepted").values_list("business_key", "event_time", "digest"))
    rejected = states.count("rejected")
    return rules.Counts(len(states), rejected, len(states) - rejected - len(accepted), _digest(accepted))


def _within(day: date) -> tuple[datetime, datetime]:
    start, end = day_range(day)
    return start, end - timedelta(microseconds=1)


def figures(peer: Peer, dataset: str, day: date) -> dict[str, Any]:
    """What we hold of a platform's pushes of a day: for its question. Call it in that platform's scope."""
    source = peer.region_code[:6]
    rows = list(
        RecordVersion.objects.filter(source=source, dataset=dataset, push_time__range=_within(day)).values_list(
            "business_key", "event_time", "digest"
        )
    )
    rejected = Reject.objects.filter(source=source, dataset=dataset, push_time__range=_within(day), resolved=False).count()
    return {"stored": len(rows), "rejected": rejected, "digest": _digest(rows)}


def answer_question(peer: Peer, dataset: str, day: date, said: dict[str, int | None]) -> dict[str, Any]:
    """Answer the daily question and note on our own page what the sender said and what we hold."""
    if dataset not in peer.datasets:
        raise Refusal("exchange.dataset", f"没有约定接收数据集 {dataset}，请与接收平台核对。", "dataset")
    found = figures(peer, dataset, day)
    sent, rejected, pending = said.get("sent"), said.get("rejected"), said.get("pending") or 0
    state = Reconciliation.State.DIFFERENT
    if pending:
        state = Reconciliation.State.PENDING
    elif sent is not None and rejected is not None and sent - rejected == found["stored"] and rejected == found["rejected"]:
        state = Reconciliation.State.BALANCED
    Reconciliation.objects.update_or_create(
        peer=peer, dataset=dataset, day=day,
        defaults={
            "sent": sent, "rejected": rejected, "pending": pending, "stored": found["stored"], "rejected_there": found["rejected"], "state": state,
            "checked_at": timezone.now(), "region_code": peer.region_code,
        },
    )  # fmt: skip
    return found


def listed(peer: Peer, dataset: str, day: date, after: int) -> dict[str, Any]:
    """The stored records of a day, a page at a time: key, event time, digest."""
    rows = list(
        RecordVersion.objects.filter(source=peer.region_code[:6], dataset=dataset, push_time__range=_within(day), pk__gt=after)
        .order_by("id").values_list("id", "business_key", "event_time", "digest")[: PAGE + 1]
    )  # fmt: skip
    lines = [[key, moment(at), digest] for _, key, at, digest in rows[:PAGE]]
    return {"lines": lines, "next": rows[PAGE - 1][0] if len(rows) > PAGE else None}


# -- asking ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def do_request(peer_id: int, dataset: str, day: date) -> Reconciliation:
    """Ask for a day's reconciliation now; the worker does it within seconds."""
    peer = Peer.objects.filter(pk=peer_id, direction="up").first()
    if peer is None or dataset not in peer.datasets:
        raise NotFound("exchange.peer", "没有找到这个上报平台或数据集，请刷新页面。")
    if day > timezone.localdate():
        raise Refusal("exchange.day", "不能对未来的日期对账，请选择今天或以前的日期。", "day")
    row, _ = Reconciliation.objects.update_or_create(
        peer=peer, dataset=dataset, day=day,
        defaults={"state": Reconciliation.State.DUE, "checked_at": None, "region_code": peer.region_code},
    )  # fmt: skip
    return row


def plan(today: date) -> int:
    """Put every day of the last month on which something was pushed, and that is not balanced yet, onto the list; how many are new."""
    count = 0
    for peer in Peer.objects.filter(direction="up", is_active=True).exclude(url=""):
        first = today - timedelta(days=schemas.number("reconcile_days", peer.region_code))
        start, end = day_range(first)[0], day_range(today)[0]
        rows = Outgoing.objects.filter(peer=peer, push_time__gte=start, push_time__lt=end)
        days = set(rows.values_list("dataset", "push_time__date").distinct())
        have = set(Reconciliation.objects.filter(peer=peer, day__gte=first).values_list("dataset", "day"))
        fresh = [
            Reconciliation(peer=peer, dataset=dataset, day=day, region_code=peer.region_code) for dataset, day in days - have
        ]
        Reconciliation.objects.bulk_create(fresh, ignore_conflicts=True)
        count += len(fresh)
    return count


def reconcile_next(_stopped: Callable[[], bool] = lambda: False, *, call: Call = transport.call) -> bool:
    """Do one reconciliation that is due; False when there is none."""
    with transaction.atomic(), scope.system("数据对账"):
        now = timezone.now()
        row = (
            Reconciliation.objects.select_for_update(skip_locked=True, of=("self",)).select_related("peer")
            .filter(peer__direction="up", peer__is_active=True)
            .filter(Q(state="due", checked_at=None) | Q(state__in=("due", "pending", "different", "unreachable"), checked_at__lt=now - AGAIN))
            .order_by("day", "id").first()
        )  # fmt: skip
        if row is None:
            return False
        row.checked_at = now  # a lease: another worker looks again only an hour later
        row.save(update_fields=["checked_at", "updated_at"])
        here = ours(row.peer, row.dataset, row.day)
    _ask(row, here, call)
    return True


def _ask(row: Reconciliation, here: rules.Counts, call: Call) -> None:
    """The question over the wire, outside any transaction; then the result, and missing records go back into the queue."""
    asked = {"dataset": row.dataset, "day": row.day.isoformat()}
    there: dict[tuple[str, str], str] | None = None
    try:
        said = {"sent": str(here.sent), "rejected": str(here.rejected), "pending": str(here.pending)}
        answer = call(row.peer, "GET", "reconciliation", asked | said, b"")
        figures_there = _figures(answer)
        state = rules.state(here, *figures_there)
        if state == rules.DIFFERENT:
            there = _lines(row, asked, call)
    except transport.Unreachable:
        state, figures_there = Reconciliation.State.UNREACHABLE, (None, None, "")  # type: ignore[assignment]
    with transaction.atomic(), scope.system("数据对账"):
        row = Reconciliation.objects.select_for_update(of=("self",)).select_related("peer").get(pk=row.pk)
        row.sent, row.rejected, row.pending = here.sent, here.rejected, here.pending
        row.state, row.stored, row.rejected_there = state, figures_there[0], figures_there[1]
        row.missing = row.extra = row.different = 0
        row.samples, row.rate = [], None
        if there is not None:
            _note(row, there)
        row.save()


def _figures(answer: transport.Answer) -> tuple[int, int, str]:
    body = answer.body
    if answer.status != 200 or not all(isinstance(body.get(n), int) for n in ("stored", "rejected")):
        raise transport.Unreachable(str(body.get("title", ""))[:200])
    return body["stored"], body["rejected"], str(body.get("digest", ""))


def _lines(row: Reconciliation, asked: dict[str, str], call: Call) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    after: int | None = 0
    while after is not None:
        answer = call(row.peer, "GET", "reconciliation/lines", asked | {"after": str(after)}, b"")
        lines = answer.body.get("lines")
        if answer.status != 200 or not isinstance(lines, list):
            raise transport.Unreachable("对方没有给出明细。")
        found.update({(str(key), str(at)): str(digest) for key, at, digest in lines})
        following = answer.body.get("next")
        after = following if isinstance(following, int) and following > after else None
    return found


def _note(row: Reconciliation, there: dict[tuple[str, str], str]) -> None:
    """The differences record by record; what they miss is sent again: it is idempotent."""
    rows = Outgoing.objects.filter(peer=row.peer, dataset=row.dataset, push_time__range=_within(row.day), state="accepted")
    here = {(key, moment(at)): digest for key, at, digest in rows.values_list("business_key", "event_time", "digest")}
    found = rules.compare(here, there)
    row.missing, row.extra, row.different, row.rate = len(found.missing), len(found.extra), len(found.different), found.rate
    row.samples = [
        {"kind": kind, "key": key, "at": at}
        for kind, pairs in (("missing", found.missing), ("extra", found.extra), ("different", found.different))
        for key, at in pairs[:SAMPLES]
    ]
    missing = set(found.missing)
    again = [
        r.pk
        for r in rows.filter(business_key__in={key for key, _ in missing})
        if (r.business_key, moment(r.event_time)) in missing
    ]
    Outgoing.objects.filter(pk__in=again).update(state=Outgoing.State.WAITING, batch=None, seq=None)
