"""JSON of the field app: who is logged in, shifts and tracks, the day's grids, classes, what is near, messages."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.middleware.csrf import get_token
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from zhujian.boards.city_management.collection import services
from zhujian.boards.city_management.collection.models import Shift
from zhujian.boards.city_management.collection.selectors import beats
from zhujian.boards.city_management.collection.services import limits, shifts
from zhujian.boards.city_management.collection.views import reading
from zhujian.boards.city_management.digital_city.selectors import places
from zhujian.foundation.classification import selectors as classification
from zhujian.foundation.classification import things
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.messages import selectors as inbox
from zhujian.foundation.messages import services as mail

FIELD = "collection.field"
# The day's grids as bare rings: the app draws them itself, without the map library.
GRIDS = """
SELECT code, level, ST_AsGeoJSON(ST_ExteriorRing(boundary), 6) FROM digital_city_grid
WHERE code = ANY(%s) AND NOT planned AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s) ORDER BY code
"""


@require_GET
@access("collection.session", "view")
def session(request: HttpRequest) -> HttpResponse:
    """Whether somebody is logged in, as whom, with the form token for what is sent, and the limits the app keeps."""
    who = scope.current()
    token = get_token(request)
    if who.actor_id is None:
        return reading.answer({"account": None, "csrf": token})
    shift = shifts.open_shift()
    region, today = who.region_code, timezone.localdate()
    beat = shift.beat if shift else beats.of(who.actor_id, today)
    return reading.answer(
        {
            "account": who.actor_id, "name": who.actor_name, "org": who.org_name, "csrf": token, "now": int(timezone.now().timestamp() * 1000),
            "may": {act: rights.allowed(FIELD, act) for act in ("use", "patrol", "report")}, "region": region,
            "shift": _shift(shift) if shift else None, "beat": {"code": beat.code, "name": beat.name} if beat else None, "unread": inbox.unread(),
            "limits": {
                name: limits.number(name, region)
                for name in ("track_accuracy", "track_interval", "track_batch", "track_gap", "cache_mb", "photo_edge", "photo_most", "near_metres", "backlog_days")
            },
        }
    )  # fmt: skip


def _shift(shift: Shift) -> dict[str, Any]:
    return {
        "key": str(shift.client_key), "started": int(shift.started_at.timestamp() * 1000),
        "ended": int(shift.ended_at.timestamp() * 1000) if shift.ended_at else None, "planned": shift.planned_count, "visited": shift.visited_count,
        "coverage": str(shift.coverage) if shift.coverage is not None else None, "points": shift.valid_points, "dropped": shift.dropped_points,
        "gaps": shift.gap_count or 0, "gap_s": shift.gap_s or 0,
    }  # fmt: skip


@require_POST
@access(FIELD, "patrol")
def shift_start(request: HttpRequest) -> HttpResponse:
    """Go on duty; the same key again gives the same shift."""
    said = reading.body(request)
    key, at = reading.key(said), reading.moment(said.get("at"))
    lon, lat = reading.optional_place(said)
    beat = reading.text(said, "beat", 24)
    return reading.answer(
        services.once(key, "shift_start", lambda: _shift(services.do_start(key, at=at, beat_code=beat, lon=lon, lat=lat)))
    )


@require_POST
@access(FIELD, "patrol")
def shift_end(request: HttpRequest) -> HttpResponse:
    """Go off duty."""
    said = reading.body(request)
    shift, at = reading.key(said, "shift"), reading.moment(said.get("at"))
    return reading.answer(services.once(reading.key(said), "shift_end", lambda: _shift(services.do_end(shift, at=at))))


@require_POST
@access(FIELD, "patrol")
def track(request: HttpRequest) -> HttpResponse:
    """Positions of a shift; sent twice, they count once."""
    said = reading.body(request)
    return reading.answer(_shift(services.do_track(reading.key(said, "shift"), said.get("points", []))))


@require_GET
@access(FIELD, "use")
def today(request: HttpRequest) -> HttpResponse:
    """The grids of the open shift (else of today's last one, else of today's beat) with what is due and done."""
    day = timezone.localdate()
    shift = shifts.last_shift(day)
    beat = shift.beat if shift else beats.of(scope.current().actor_id or 0, day)
    if beat is None:
        return reading.answer({"beat": None, "grids": [], "shift": _shift(shift) if shift else None})
    due = set(shift.planned) if shift else shifts.due_grids(beat, day)
    done = set(shift.visited) if shift else set()
    with scope.system("绘制责任网格"), connection.cursor() as cursor:
        cursor.execute(GRIDS, [beat.grids, day, day])
        rows = cursor.fetchall()
    grids = [
        {"code": code, "level": level, "due": code in due, "done": code in done, "ring": json.loads(ring)["coordinates"]}
        for code, level, ring in rows
    ]
    return reading.answer(
        {"beat": {"code": beat.code, "name": beat.name}, "grids": grids, "shift": _shift(shift) if shift else None}
    )


@require_GET
@access(FIELD, "use")
def classes(request: HttpRequest) -> HttpResponse:
    """Classes of components and events that hold in the actor's place: ``[kind, code, name, major]``, kept by the app."""
    region = scope.current().region_code
    rows = []
    for kind in ("event", "component"):
        chosen = {one.code: one for one in classification.items(kind, region)}  # a city's own comes after the national one
        rows += [[kind, one.code, one.name, one.major] for one in chosen.values()]
    tag = '"' + hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()[:24] + '"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    response = reading.answer({"items": rows})
    response["ETag"] = tag
    return response


@require_GET
@access(FIELD, "use")
def near(request: HttpRequest) -> HttpResponse:
    """The address, the unit grid and the nearest components of a place."""
    lon, lat = reading.place(dict(request.GET.items()))
    region = scope.current().region_code
    found = things.nearest(lon, lat, limits.number("near_metres", region), region_code=region)
    here = places.at(lon, lat)
    return reading.answer({"address": here.address, "grid": here.grid_code, "components": [one.json() for one in found]})


@require_GET
@access(FIELD, "use")
def messages(request: HttpRequest) -> HttpResponse:
    """The newest messages."""
    rows = [
        {
            "id": one.pk, "title": one.title, "body": one.body, "link": one.link, "level": one.level, "at": int(one.created_at.timestamp() * 1000),
            "read": one.read_at is not None,
        }
        for one in inbox.latest(30)
    ]  # fmt: skip
    return reading.answer({"items": rows, "unread": inbox.unread()})


@require_POST
@access(FIELD, "use")
def messages_read(request: HttpRequest) -> HttpResponse:
    """Mark one message (``id``) as read."""
    said = reading.body(request)
    mail.do_read(int(reading.number(said.get("id"), "id", low=1, high=2**62)))
    return reading.answer({"unread": inbox.unread()})
