"""Searching the audit log, for the auditor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from zhujian.foundation.audit.models import Link, Pending, Record


@dataclass(frozen=True)
class Filter:
    """What is asked for; empty values ask for everything. Dates include both days."""

    act: str = ""
    actor: str = ""
    target: str = ""
    result: str = ""
    source_ip: str = ""
    since: date | None = None
    until: date | None = None


def records(wanted: Filter) -> QuerySet[Record]:
    """Matching records, newest first. `act` matches by beginning (``identity.``), `actor` an account number or a name."""
    rows = Record.objects.select_related("link").order_by("-id")
    if wanted.act:
        rows = rows.filter(act__startswith=wanted.act)
    if wanted.actor.isascii() and wanted.actor.isdigit():
        rows = rows.filter(actor_id=int(wanted.actor[:18]))
    elif wanted.actor:
        rows = rows.filter(actor_name=wanted.actor)
    if wanted.target:
        rows = rows.filter(target=wanted.target)
    if wanted.result == "not_ok":
        rows = rows.exclude(result="ok")
    elif wanted.result:
        rows = rows.filter(result=wanted.result)
    if wanted.source_ip:
        rows = rows.filter(source_ip=wanted.source_ip)
    if wanted.since:
        rows = rows.filter(at__gte=timezone.make_aware(datetime.combine(wanted.since, time.min)))
    if wanted.until:
        rows = rows.filter(at__lt=timezone.make_aware(datetime.combine(wanted.until + timedelta(days=1), time.min)))
    return rows


def record(pk: int) -> Record | None:
    """One record the caller may see."""
    return Record.objects.select_related("link").filter(pk=pk).first()


def chain_end() -> Link | None:
    """The last link."""
    return Link.objects.order_by("-seq").first()


def pending(most: int = 1000) -> int:
    """How many records wait to be chained, counted up to `most`."""
    return Pending.objects.all()[:most].count()
