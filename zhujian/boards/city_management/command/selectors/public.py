"""What the public and reporters may know: no names, no phones, no officials, no internal opinions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.gis.geos import Polygon
from django.db.models import Q

from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.command.rules import decisions
from zhujian.foundation.kernel import scope

FARTHEST = 5_000  # metres: nobody asks for a whole city this way
MOST = 200
HIDDEN = ("refused", "merged", "self_handled")


@dataclass(frozen=True)
class PublicCase:
    """One report as the public may see it. `stage` is the plan's stage; `case_number` empty before it is accepted."""

    report_number: str
    case_number: str
    state: str
    stage: str
    stage_label: str
    class_name: str
    kind: str
    class_code: str
    description: str
    address: str
    lon: float
    lat: float
    source: str
    reported_at: datetime
    closed_at: datetime | None
    satisfaction: str
    answer: str
    case_id: int | None
    report_id: int
    external_no: str


def _of(report: Report, *, own: bool) -> PublicCase:
    case = report.case
    state = case.state if case is not None else report.state
    code, words = decisions.stage_of(state)
    return PublicCase(
        report_number=report.number, case_number=case.number if case else "", state=state, stage=code, stage_label=words,
        class_name=case.class_name if case else "", kind=case.kind if case else report.kind,
        class_code=case.class_code if case else report.class_code, description=report.description if own else "",
        address=case.address if case and not own else report.address if own else "", lon=report.location.x, lat=report.location.y,
        source=report.source, reported_at=report.received_at, closed_at=case.closed_at if case else None,
        satisfaction=case.satisfaction if case and own else "", answer=report.answer if own else "", case_id=case.pk if case else None,
        report_id=report.pk, external_no=report.external_no if own else "",
    )  # fmt: skip


def cases_of_reporter(account: int | None = None, phone_hash: str = "", *, limit: int = 100) -> list[PublicCase]:
    """Reports of one account or of one phone (`services.phone_hash`), newest first, with how far each has come and its answer.

    Reads in a system scope: the caller has proved who asks (logged in, or a code sent to the phone).
    """
    if account is None and not phone_hash:
        return []
    mine = Q(reporter=account) if account is not None else Q(phone_hash=phone_hash)
    with scope.system("查询本人上报"):
        rows = list(Report.objects.filter(mine).select_related("case").order_by("-id")[:limit])
    return [_of(row, own=True) for row in rows]


def nearby_public(lon: float, lat: float, radius_m: float) -> list[PublicCase]:
    """Reports around a CGCS2000 point that became cases, newest first: class, stage and place only (reads in a system scope).

    What a reporter wrote is not shown to others: it may name people.
    """
    reach = min(float(radius_m), FARTHEST)
    dx, dy = reach / 80_000, reach / 110_000
    box = Polygon.from_bbox((lon - dx, lat - dy, lon + dx, lat + dy))
    box.srid = 4490
    with scope.system("查询周边上报"):
        rows = list(
            Report.objects.filter(location__bboverlaps=box, case__isnull=False)
            .exclude(state__in=HIDDEN)
            .select_related("case")
            .order_by("-id")[:MOST]
        )
    return [_of(row, own=False) for row in rows]
