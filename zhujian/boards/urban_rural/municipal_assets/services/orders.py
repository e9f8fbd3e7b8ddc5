"""Work orders: report a defect, dispatch, mend, verify by another person, close (§13, §20c)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import WorkOrder, WorkOrderNote, WorkOrderPhoto
from zhujian.boards.urban_rural.municipal_assets.selectors import assets
from zhujian.boards.urban_rural.municipal_assets.services.values import Values, choices
from zhujian.foundation.documents import services as documents
from zhujian.foundation.documents.services import Numbering
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotFound, Reason, refuse_if
from zhujian.foundation.workflow import services as workflow

PROCESS = "asset_work_order"
OPEN = ("reported", "dispatched", "handled")
URGENT_KINDS = frozenset({"missing", "displaced", "burst", "leak"})
PHOTOS = ("jpeg", "png")


def check_report(kind: str, text: str) -> list[Reason]:
    """Reasons against a report."""
    found = []
    if kind not in dict(choices("order_kind", timezone.localdate())):
        found.append(Reason("order.kind", "请选择问题类型。", "kind"))
    if not text.strip():
        found.append(Reason("order.text", "请写明问题，例如：井盖缺失，位于车行道中间。", "text"))
    return found


@transaction.atomic
def do_report(
    resource: str, asset_id: int, *, kind: str, text: str, urgent: bool | None = None, source: str = "report", source_id: int | None = None,
    photos: Iterable[File] = (), place: Point | None = None, guard_hours: int | None = None,
) -> WorkOrder:  # fmt: skip
    """Report a defect of a facility. The same defect of the same facility, or one of its kind close by, is linked to the open order
    instead of being worked on twice. `guard_hours`: the place must be fenced within so many hours."""
    refuse_if(check_report(kind, text))
    what = assets.about(resource, asset_id)
    now = timezone.now()
    values = Values(timezone.localdate(), what.region_code)
    is_urgent = kind in URGENT_KINDS if urgent is None else urgent
    who = scope.current()
    spot = place or what.place
    first = same_order(resource, asset_id, kind, spot, values.number("order_same_m"), what.region_code)
    order = WorkOrder(
        **what.columns, number=_number(what.region_code), kind=kind, urgent=is_urgent, source=source, source_id=source_id, text=text.strip()[:600],
        geom=spot, reported_name=who.actor_name or "系统", org_code=what.maintainer_org, org_name=what.maintainer_name, created_by=who.actor_id,
        guard_due=now + timedelta(hours=guard_hours) if guard_hours else None, due_at=_due(now, is_urgent, values),
        state="linked" if first else "reported", primary=first,
    )  # fmt: skip
    order.save()
    add_photos(order, "before", photos)
    payload = {
        "number": order.number,
        "kind": kind,
        "urgent": is_urgent,
        "source": source,
        "primary": first.number if first else "",
    }
    tell("order.reported", order, payload)
    if first:
        note(first, f"{order.reported_name}又报告了同一问题（{order.number}）：{order.text}")
    else:
        workflow.start(
            PROCESS, subject=order.subject, region_code=order.region_code, parties=order.parties,
            title=f"{'紧急：' if is_urgent else ''}{order.label} {order.text}"[:200], facts={"urgent": is_urgent},
        )  # fmt: skip
    return order


def same_order(resource: str, asset_id: int, kind: str, spot: Point | None, metres: float, region_code: str) -> WorkOrder | None:
    """The open order about the same defect: same facility and kind, or the same kind of facility and defect within `metres`."""
    rows = WorkOrder.objects.filter(state__in=OPEN, resource=resource, kind=kind, region_code=region_code).order_by("id")
    if (found := rows.filter(asset_id=asset_id).first()) is not None or spot is None or kind in ("maintenance", "topology"):
        return found
    return rows.filter(geom__dwithin=(spot, D(m=metres).m / 111_000.0)).first()


def open_of(resource: str, asset_id: int) -> list[WorkOrder]:
    """Open orders about a facility, newest first."""
    return list(WorkOrder.objects.filter(resource=resource, asset_id=asset_id, state__in=OPEN).order_by("-id"))


def _number(region_code: str) -> str:
    year = timezone.localdate().year
    series = Numbering("GD", region_code[:6] + "000000", year, pattern="GD{region}{year}{number:05d}")
    return documents.issue_number(series, region_code=region_code[:6] + "000000").text


def _due(now: datetime, urgent: bool, values: Values) -> datetime:
    return now + timedelta(hours=int(values("order_fix_urgent" if urgent else "order_fix")))


def add_photos(order: WorkOrder, moment: str, photos: Iterable[File]) -> None:
    """Keep photos of an order; Refusal when one is no picture."""
    for upload in photos:
        stored = documents.store(upload, allowed=PHOTOS, region_code=order.region_code, parties=order.parties)
        WorkOrderPhoto.objects.create(
            order=order, moment=moment, file=stored, region_code=order.region_code, parties=order.parties
        )


def note(order: WorkOrder, text: str) -> WorkOrderNote:
    """Write down something that happened while the order was open."""
    return WorkOrderNote.objects.create(
        order=order, at=timezone.now(), text=text[:400], region_code=order.region_code, parties=order.parties
    )


def order_of(subject: str) -> WorkOrder:
    """The order behind a subject key."""
    found = WorkOrder.objects.filter(pk=int(subject.rpartition(":")[2])).first()
    if found is None:
        raise NotFound("order.not_found", "没有找到这份工单，可能不在您的管辖范围内。")
    return found


def tell(name: str, order: WorkOrder, payload: dict[str, Any]) -> None:
    """Publish an event about an order and keep it as evidence."""
    events.publish(name, subject=order.subject, region_code=order.region_code, parties=order.parties, payload=payload)
    evidence.record(name, object_id=order.subject, region_code=order.region_code, parties=order.parties, payload=payload)
