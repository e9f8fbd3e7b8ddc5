"""Taking in reports: few statements, no process yet. A report is a report; the case begins when it is accepted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.core.files.base import File
from django.db import connection, transaction
from django.utils import timezone

from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.command.rules import reports as rules
from zhujian.boards.city_management.command.services import photos as keeping
from zhujian.boards.city_management.command.services.photos import PhotoIn
from zhujian.boards.city_management.command.services.record import parameter
from zhujian.boards.city_management.digital_city import selectors as city
from zhujian.foundation.events.services import publish
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import prepared, scope
from zhujian.foundation.kernel.crypto import encrypt_text, keyed_hash
from zhujian.foundation.kernel.errors import NotAllowed, Reason, Refusal, refuse_if
from zhujian.foundation.kernel.transactions import joined
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

PHONE = "command.report.phone"
PHONE_CONTEXT = "command.report.reporter_phone"
OFFICE_ROLES = {
    "patrol": {"inspector"}, "census": {"inspector"}, "order": {"acceptor", "shift_leader", "leader"}, "transfer": {"acceptor", "shift_leader"},
    "media": {"acceptor", "shift_leader"}, "hotline_12345": {"acceptor", "shift_leader"}, "hotline_12319": {"acceptor", "shift_leader"},
}  # fmt: skip

# What somebody of the office writes down for somebody else: who tells is not who writes.
RECORDED = frozenset({"public_phone", "hotline_12345", "hotline_12319", "order", "transfer", "media"})

# One row, one round trip; a repeated key gives nothing back and the first report is read instead. The number holds the day and
# the row's place in the sequence: no counter that everybody would have to wait for.
INSERT = """
WITH n AS (SELECT nextval('command_report_id_seq') AS id)
INSERT INTO command_report (id, number, client_key, source, reporter, reporter_name, reporter_phone, phone_hash, anonymous, kind, class_code,
  description, address, location, accuracy_m, grid_code, community, component_code, captured_at, received_at, urgent, self_handled, external_no,
  state, previous_id, reason_code, reason, taken_by_name, answer, region_code, parties, version, created_at, updated_at, created_by)
SELECT n.id, %s || lpad((n.id %% 100000000)::text, 8, '0'), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, ST_SetSRID(ST_MakePoint(%s, %s), 4490),
  %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '', '', '', %s, %s::text[], 1, %s, %s, %s FROM n
ON CONFLICT (client_key) DO NOTHING RETURNING id, number
"""


def phone_hash(phone: str) -> str:
    """Keyed hash under which a reporter's phone is searched for; empty for an empty number."""
    digits = "".join(c for c in phone if c.isdigit())
    return keyed_hash(PHONE, digits) if digits else ""


def _place(lon: float, lat: float, region_code: str, who: scope.Scope) -> tuple[str, str]:
    """(grid code, region code) of a point: the grid's community, else the region named, the lowest known division, the actor's own."""
    grid = city.grid_at(lon, lat)
    if grid is not None:
        return grid.code, grid.code[:12]
    if region_code:
        return "", region_code
    division = regions.at(lon, lat)
    return "", division.code if division else who.region_code


def _check(
    who: scope.Scope, source: str, lon: float, lat: float, description: str, captured: datetime, now: datetime,
    photos: Sequence[PhotoIn], urgent: bool, self_handled: bool, region_code: str,
) -> list[Reason]:  # fmt: skip
    found = parameters.code_check("command.source", source, timezone.localdate(now), field="source")
    found += rules.check_report(
        lon=lon, lat=lat, description=description, captured_at=captured, now=now,
        ahead=timedelta(minutes=int(parameter("future_minutes", region_code))), photos=len(photos),
        most=int(parameter("photo_most", region_code)),
    )  # fmt: skip
    if self_handled:
        found += rules.check_self_handled(who.roles, urgent, {photo.role for photo in photos})
    return found


def do_report(
    *, client_key: uuid.UUID | str | None = None, source: str, lon: float, lat: float, description: str, kind: str = "", class_code: str = "",
    component_code: str = "", address: str = "", captured_at: datetime | None = None, accuracy_m: float | None = None, urgent: bool = False,
    self_handled: bool = False, reporter_name: str = "", reporter_phone: str = "", anonymous: bool = False, external_no: str = "",
    region_code: str = "", previous_id: int | None = None, behalf_of: Report | None = None, files: Sequence[PhotoIn | File] = (),
) -> Report:  # fmt: skip
    """Take in a report of a problem at a CGCS2000 point (degrees); everybody may, within what the source asks for.

    The same `client_key` gives the first report again, and nothing new happens. The unit grid and the community follow from the point.
    Calls, orders and transfers are written down by the office for others: the writer is not the reporter. `behalf_of`: the report in
    whose reporter's name this one is made. `captured_at` (aware, now by default) is when it was seen, maybe hours before an offline device could send it. Refusal with every
    reason when something is missing; nothing is kept then.
    """
    who, now = scope.current(), timezone.now()
    key = _key(client_key)
    captured = captured_at or now
    photos = keeping.given(files, captured)
    if not who.is_system and behalf_of is None and (wanted := OFFICE_ROLES.get(source)) and not who.roles & wanted:
        raise NotAllowed("report.source", "您当前的岗位不能以这种来源上报，请选择其他来源。")
    with joined(), scope.system("接收上报"):
        refuse_if(_check(who, source, lon, lat, description, captured, now, photos, urgent, self_handled, region_code))
        grid, region = _place(lon, lat, region_code, who)
        if not region:
            raise Refusal("report.outside", "这个位置不在已知的行政区划内，请核对位置。", "location")
        reporter, own = _reporter(who, source, behalf_of)
        report = Report(
            client_key=key, source=source, reporter=reporter, reporter_name=(reporter_name or (who.actor_name if reporter == who.actor_id else "")).strip()[:64],
            reporter_phone=reporter_phone.strip()[:40], phone_hash=phone_hash(reporter_phone), anonymous=anonymous, kind=kind,
            class_code=class_code.strip(), description=description.strip(), address=address.strip()[:200],
            location=Point(float(lon), float(lat), srid=4490), accuracy_m=accuracy_m, grid_code=grid, community=grid[:12],
            component_code=component_code.strip(), captured_at=captured, received_at=now, urgent=urgent, self_handled=self_handled,
            external_no=external_no.strip()[:40], state=Report.State.SELF_HANDLED if self_handled else Report.State.WAITING,
            previous_id=previous_id, region_code=region, created_at=now, updated_at=now, created_by=who.actor_id,
            parties=own,
        )  # fmt: skip
        # From here on it is written; only a photo may still be refused.
        with transaction.atomic(savepoint=bool(photos)):
            if not _insert(report):
                return Report.objects.get(client_key=key)
            if photos:
                keeping.keep(photos, region_code=region, parties=report.parties, report=report)
            _tell(report)
    return report


def _insert(report: Report) -> bool:
    """Write the row and give it its id and number; False when its key has been here before."""
    values = [
        f"{report.region_code[:6]}{timezone.localdate(report.received_at):%y%m%d}", report.client_key, report.source, report.reporter,
        report.reporter_name, encrypt_text(report.reporter_phone, PHONE_CONTEXT), report.phone_hash, report.anonymous, report.kind,
        report.class_code, report.description, report.address, report.location.x, report.location.y, report.accuracy_m, report.grid_code,
        report.community, report.component_code, report.captured_at, report.received_at, report.urgent, report.self_handled,
        report.external_no, report.state, report.previous_id, report.region_code, report.parties, report.created_at, report.updated_at,
        report.created_by,
    ]  # fmt: skip
    with connection.cursor() as cursor, prepared.statements():
        cursor.execute(INSERT, values)
        row = cursor.fetchone()
    if row is None:
        return False
    report.pk, report.number = row
    report._state.adding, report._state.db = False, connection.alias
    return True


def _reporter(who: scope.Scope, source: str, behalf_of: Report | None) -> tuple[int | None, list[str]]:
    """(account that reports, party keys that may see the report)."""
    if behalf_of is not None:
        return behalf_of.reporter, list(behalf_of.parties)
    if source in RECORDED or not who.actor_id:
        return None, []
    return who.actor_id, [f"person:{who.actor_id}"] if who.kind in ("resident", "enterprise") else []


def _key(given: uuid.UUID | str | None) -> uuid.UUID:
    if isinstance(given, uuid.UUID):
        return given
    try:
        return uuid.UUID(given) if given else uuid.uuid4()
    except ValueError:
        raise Refusal("report.client_key", "客户端标识不是有效的 UUID，请更新应用后重试。", "client_key") from None


def _tell(report: Report) -> None:
    payload: dict[str, Any] = {
        "number": report.number, "region_code": report.region_code, "state": report.state, "report_numbers": [report.number],
        "at": report.received_at.isoformat(), "source": report.source, "grid": report.grid_code, "kind": report.kind,
        "class_code": report.class_code,
    }  # fmt: skip
    publish("report.received", subject=report.subject, region_code=report.region_code, parties=report.parties, payload=payload)
    evidence.record(
        "report.received", object_id=report.subject, region_code=report.region_code,
        payload={"number": report.number, "source": report.source, "captured_at": report.captured_at.isoformat()}, parties=report.parties,
        first=True,
    )  # fmt: skip
