"""Service requests: taking one in, and showing those that are public."""

from __future__ import annotations

import math
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import File
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from zhujian.boards.city_management.digital_city.models import Place
from zhujian.boards.city_management.public_service import selectors
from zhujian.boards.city_management.public_service.models import Peer, Submission
from zhujian.boards.city_management.public_service.open311 import catalogue
from zhujian.boards.city_management.public_service.rules import georeport, phones
from zhujian.boards.city_management.public_service.services import codes, limits, peers, reports
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Reason, Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

CHINA = ZoneInfo("Asia/Shanghai")
SURE = ("door", "poi")
LONGEST = {"email": 120, "device_id": 64, "account_id": 64, "first_name": 32, "last_name": 32, "phone": 24, "media_url": 500,
           "address_string": 200, "address_id": 20, "service_code": 40, "jurisdiction_id": 40, "api_key": 200}  # fmt: skip


def jurisdiction(text: str) -> str:
    """Region code of a jurisdiction_id (six or twelve digits), '' when none is given; NotFound for one we do not serve."""
    if not text:
        return ""
    if text.isascii() and text.isdigit() and len(text) in (6, 12):
        found = regions.region(text.ljust(12, "0"))
        if found is not None and found.level in ("province", "city", "county"):
            return found.code
    raise NotFound("open311.jurisdiction", "jurisdiction_id provided was not found")


def setting(name: str) -> Any:
    """A parameter of this module today."""
    return parameters.value(f"public_service.{name}", on=timezone.localdate()).value


# Taking in ------------------------------------------------------------------------------------------------------------------


def do_post(data: QueryDict, files: Sequence[File], address: str) -> Submission:
    """Take in one request as the specification's POST says; a Refusal (400, 403, 404, 429) says what is wrong with it."""
    peer = _peer(data.get("api_key", ""))
    if peer is not None:
        limits.do_count("open311_key", peer.code, int(setting("open311_per_key")), said="request")
    region = jurisdiction(data.get("jurisdiction_id", "").strip())
    service = _service(data.get("service_code", "").strip(), region)
    values, wrong = _texts(data)
    answers, reasons = georeport.attributes({name: data.getlist(name) for name in data}, catalogue.definition(service))
    lon, lat, where, place_id = _place(data, values["address_string"], region, wrong)
    description = values["description"]
    if not description and not files:
        wrong.append(Reason("open311.description", "description was not provided", "description"))
    if wrong or reasons:
        raise Refusal(reasons=[*wrong, *reasons])
    phone = phones.mobile(values["phone"])
    if peer is None:
        reports.count_report(address, phone)
    sent = reports.do_submit(
        client_key=uuid.uuid4(), source="open311", lon=lon, lat=lat, description=description, kind=service.kind,
        class_code=service.class_code, address=where, phone=phone, name=f"{values['last_name']}{values['first_name']}",
        photos=files,
        more={
            "peer": peer, "token": secrets.token_hex(12), "account_ref": values["account_id"], "device_id": values["device_id"],
            "email": values["email"], "media_url": values["media_url"], "attributes": answers, "address_id": place_id,
            # Nobody has proven this phone unless a registered client vouches for it: no texts are sent to it.
            "phone_hash": codes.hash_of(phone) if phone and peer else "",
        },
    )  # fmt: skip
    return sent.submission


def _peer(key: str) -> Peer | None:
    key = key.strip()
    if key:
        peer = peers.by_key(key) if len(key) <= LONGEST["api_key"] else None
        if peer is None:
            raise NotAllowed("open311.key", "Invalid api_key received -- can't proceed with create_request.")
        return peer
    if setting("open311_key_required"):
        raise NotAllowed("open311.key", "api_key was not provided")
    return None


def _service(code: str, region: str) -> catalogue.Service:
    if not code:
        raise Refusal("open311.service_code", "service_code was not provided", "service_code")
    found = catalogue.find(code, region)
    if found is None:
        raise NotFound("open311.service_code", "service_code provided was not found", "service_code")
    return found


def _texts(data: QueryDict) -> tuple[dict[str, str], list[Reason]]:
    """Plain arguments, and what is wrong with them."""
    values = {name: data.get(name, "").strip() for name in (*LONGEST, "description")}
    wrong = [
        Reason("open311.long", f"{name} must not be longer than {most} characters", name)
        for name, most in (*LONGEST.items(), ("description", georeport.LONGEST))
        if len(values[name]) > most
    ]
    wrong += [Reason("open311.nul", f"{name} must not contain NUL", name) for name, text in values.items() if "\x00" in text]
    url = values["media_url"]
    if url and not url.lower().startswith(("http://", "https://")):
        wrong.append(Reason("open311.media_url", "media_url must be a http or https URL", "media_url"))
    if values["email"] and "@" not in values["email"]:
        wrong.append(Reason("open311.email", "email is not an e-mail address", "email"))
    return values, wrong


def _place(data: QueryDict, address: str, region: str, wrong: list[Reason]) -> tuple[float, float, str, str]:
    """(lon, lat, address, address_id) from lat & long, else address_id, else address_string."""
    lat, long = data.get("lat", "").strip(), data.get("long", "").strip()
    if lat or long:
        found = _degrees(lat, long)
        if found is None:
            wrong.append(Reason("open311.place", "lat and long must both be given, in degrees of WGS84", "lat"))
            return 0, 0, "", ""
        return *found, address, ""
    if identifier := data.get("address_id", "").strip():
        place = _known(identifier)
        if place is None:
            wrong.append(Reason("open311.place", "address_id provided was not found", "address_id"))
            return 0, 0, "", ""
        return place.location.x, place.location.y, place.address, str(place.pk)
    if address and "\x00" not in address:
        best = next(iter(reports.find_places(address, region_code=region, limit=1)), None)
        if best is None or best.level not in SURE:
            wrong.append(
                Reason("open311.place", "address_string could not be located; please send lat and long", "address_string")
            )
            return 0, 0, "", ""
        return best.lon, best.lat, best.address, str(best.place_id or "")
    wrong.append(Reason("open311.place", "a location was not provided: lat & long, address_string or address_id", "lat"))
    return 0, 0, "", ""


def _known(identifier: str) -> Place | None:
    """The address with this id."""
    if not (identifier.isascii() and identifier.isdigit() and len(identifier) < 19):
        return None
    with scope.system("Open311 地址编号"):
        return Place.objects.filter(pk=int(identifier)).first()


def _degrees(lat: str, long: str) -> tuple[float, float] | None:
    try:
        y, x = float(lat), float(long)
    except ValueError:
        return None
    good = math.isfinite(x) and math.isfinite(y) and -180 <= x <= 180 and -90 <= y <= 90
    return (x, y) if good and len(lat) <= 40 and len(long) <= 40 else None


# Showing --------------------------------------------------------------------------------------------------------------------


def shown() -> QuerySet[Submission]:
    """Requests that anybody may see. Call in a system scope."""
    return Submission.objects.filter(shown=True)


def search(data: QueryDict, now: datetime) -> list[Submission]:
    """Requests as GET requests asks for them, newest first; Refusal for what is no question."""
    region = jurisdiction(data.get("jurisdiction_id", "").strip())
    most = int(setting("open311_most"))
    ids = [part.strip() for part in data.get("service_request_id", "").split(",") if part.strip()]
    if any("\x00" in value for values in dict(data.lists()).values() for value in values):
        raise Refusal("open311.nul", "arguments must not contain NUL")
    with scope.system("Open311 公开查询"):
        rows = shown()
        if region:
            low, high = scope.region_range(region)
            rows = rows.filter(region_code__gte=low, region_code__lt=high)
        if ids:
            return list(rows.filter(number__in=ids[:most]).order_by("-received_at", "-pk"))
        span = georeport.window(
            data.get("start_date", "").strip(), data.get("end_date", "").strip(), now, int(setting("open311_days"))
        )
        if isinstance(span, Reason):
            raise Refusal(reasons=[span])
        rows = rows.filter(received_at__gte=span.start, received_at__lte=span.end)
        if wanted := [part.strip() for part in data.get("service_code", "").split(",") if part.strip()]:
            asked = Q(pk__in=[])
            for code in wanted[:200]:
                kind, _, class_code = code.partition("-")
                asked |= Q(class_code="") if code == catalogue.GENERAL else Q(kind=kind, class_code=class_code)
            rows = rows.filter(asked)
        states = {part.strip() for part in data.get("status", "").split(",") if part.strip()}
        if states - {"open", "closed"}:
            raise Refusal("open311.status", "status must be open or closed", "status")
        if len(states) == 1:
            rows = rows.filter(stage__in=selectors.ENDED) if states == {"closed"} else rows.exclude(stage__in=selectors.ENDED)
        return list(rows.order_by("-received_at", "-pk")[:most])


def one(number: str) -> Submission:
    """One public request; NotFound for any other."""
    with scope.system("Open311 公开查询"):
        found = shown().filter(number=number).first() if "\x00" not in number else None
    if found is None:
        raise NotFound("open311.request", "service_request_id provided was not found")
    return found


def by_token(token: str) -> Submission:
    """The request of a token; NotFound for any other."""
    with scope.system("Open311 令牌查询"):
        found = Submission.objects.filter(token=token).first() if token and "\x00" not in token else None
    if found is None:
        raise NotFound("open311.token", "token provided was not found")
    return found


def stamp(moment: datetime | None) -> str | None:
    """W3C date-time with its zone."""
    return moment.astimezone(CHINA).isoformat(timespec="seconds") if moment else None


def tree(row: Submission) -> dict[str, Any]:
    """A request as anybody may see it: what identifies a person in the description is hidden, photos are not shown."""
    closed = row.stage in selectors.ENDED
    notes = row.get_stage_display() + (f"：{row.reason}" if row.reason else "")
    return {
        "service_request_id": row.number, "status": "closed" if closed else "open", "status_notes": notes,
        "service_name": row.class_name or "其他问题", "service_code": catalogue.service_code(row.kind, row.class_code),
        "description": phones.redact(row.description)[: georeport.LONGEST] or None, "agency_responsible": row.unit or None,
        "service_notice": None, "requested_datetime": stamp(row.received_at), "updated_datetime": stamp(row.changed_at),
        "expected_datetime": stamp(row.expected_at), "address": row.address or None, "address_id": row.address_id or None,
        "zipcode": None, "lat": round(row.location.y, 7), "long": round(row.location.x, 7), "media_url": None,
    }  # fmt: skip


__all__ = ["by_token", "do_post", "jurisdiction", "one", "search", "setting", "stamp", "tree"]
