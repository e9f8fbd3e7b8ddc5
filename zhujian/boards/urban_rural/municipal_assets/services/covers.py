"""Smart manhole covers: a tilt becomes an alarm with its clock, or a note on the order somebody already works on (§10, §22-15)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import Manhole, WorkOrder
from zhujian.boards.urban_rural.municipal_assets.rules import manholes as rules
from zhujian.boards.urban_rural.municipal_assets.services import orders
from zhujian.boards.urban_rural.municipal_assets.services.values import Values, label
from zhujian.foundation.events import services as events
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotFound

MANHOLE = "municipal_assets.manhole"


@dataclass(frozen=True)
class TiltResult:
    """What a tilt led to: an alarm with its order, a note on the open order, or nothing."""

    alarm: bool
    order: WorkOrder | None


@transaction.atomic
def do_report_tilt(manhole_id: int, *, degrees: Decimal, displaced: bool = False) -> TiltResult:
    """Judge a reading of a cover's sensor. Without an open order an alarm is raised, the cover is marked 移位 and an urgent order
    starts with the hour to fence it; with one the order shows the event and nobody is alarmed."""
    cover = Manhole.objects.select_for_update().filter(pk=manhole_id).first()
    if cover is None:
        raise NotFound("manhole.not_found", "没有找到这处井盖，可能不在您的管辖范围内。")
    values = Values(timezone.localdate(), cover.region_code)
    working = orders.open_of(MANHOLE, cover.pk)
    verdict = rules.judge_tilt(
        degrees, displaced=displaced, ticket_open=bool(working), limit=Decimal(str(values("manhole_tilt_deg")))
    )
    reading = f"倾角 {degrees:f}°{'，发生位移' if displaced else ''}"
    if verdict.ticket:
        orders.note(working[0], f"井盖传感器：{reading}。工单处理期间不报警。")
        return TiltResult(False, working[0])
    if not verdict.alarm:
        return TiltResult(False, None)
    with scope.system("井盖报警"):
        order = do_set_state(cover, verdict.state, text=f"智能井盖报警：{reading}，可能缺失或移位。", source="alarm")
        events.publish(
            "manhole.alarmed", subject=f"{MANHOLE}:{cover.pk}", region_code=cover.region_code, parties=cover.parties,
            payload={"degrees": str(degrees), "displaced": displaced, "order": order.number if order else "", "versions": values.versions},
        )  # fmt: skip
    return TiltResult(True, order)


@transaction.atomic
def do_set_state(cover: Manhole, state: str, *, text: str = "", source: str = "report") -> WorkOrder | None:
    """Write a cover's state; a bad one starts an order with the limits of that state."""
    cover.cover_state = state
    cover.version += 1
    cover.save(update_fields=["cover_state", "version", "updated_at"])
    values = Values(timezone.localdate(), cover.region_code)
    clocks = rules.clocks(state, values("manhole_limits"))
    if clocks is None:
        return None
    return orders.do_report(
        MANHOLE, cover.pk, kind=state, text=text or f"井盖{label('cover_state', state)}", urgent=state in rules.URGENT, source=source,
        guard_hours=clocks.guard_hours,
    )  # fmt: skip
