"""Going on and off duty, and what a track proves."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from zhujian.boards.city_management.collection.models import PatrolPlan, Shift, TrackPoint
from zhujian.boards.city_management.collection.rules import coverage, tracks
from zhujian.boards.city_management.collection.selectors import beats, days
from zhujian.boards.city_management.collection.services import limits, retention
from zhujian.boards.city_management.digital_city.models import CompositeGrid, Grid
from zhujian.foundation.events import services as events
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.kernel.valid_time import present

# Grids with a counting point of the shift inside, from a moment on. On a shared boundary the smallest code has the point.
VISITED = """
SELECT DISTINCT g.code FROM collection_trackpoint p CROSS JOIN LATERAL (
  SELECT code FROM digital_city_grid g WHERE g.boundary && p.location AND ST_Intersects(g.boundary, p.location)
  AND NOT g.planned AND g.valid_from <= %s AND (g.valid_to IS NULL OR g.valid_to > %s) ORDER BY code LIMIT 1) g
WHERE p.shift_id = %s AND p.state = 0 AND p.at >= %s
"""
INSERT = """
INSERT INTO collection_trackpoint (shift_id, at, location, accuracy, state, region_code)
SELECT %s, t.at, ST_SetSRID(ST_MakePoint(t.lon, t.lat), 4490), t.accuracy, 0, %s
FROM unnest(%s::timestamptz[], %s::float8[], %s::float8[], %s::float8[]) AS t(at, lon, lat, accuracy)
ON CONFLICT (shift_id, at) DO NOTHING
"""
JUDGE = """
UPDATE collection_trackpoint p SET state = t.state FROM unnest(%s::timestamptz[], %s::smallint[]) AS t(at, state)
WHERE p.shift_id = %s AND p.at BETWEEN %s AND %s AND p.at = t.at AND p.state <> t.state
"""


@transaction.atomic
def do_start(
    client_key: uuid.UUID, *, at: datetime, beat_code: str = "", lon: float | None = None, lat: float | None = None
) -> Shift:
    """Go on duty at `at` (as the device says). The beat is the one named, else today's of the roster, else the one the actor holds.

    What has to be visited is frozen now. Conflict ``shift.open`` while another shift of the actor is open.
    """
    who = scope.current()
    if who.actor_id is None or not who.region_code:
        raise Refusal("shift.post", "请以监督员岗位登录后上岗。")
    refuse_if(limits.check_moment(at, who.region_code))
    if known := Shift.objects.filter(client_key=client_key, inspector=who.actor_id).first():
        return known
    if (other := open_shift()) is not None:
        raise Conflict("shift.open", f"您已于{timezone.localtime(other.started_at):%m-%d %H:%M}上岗，请先下岗。")
    day = timezone.localtime(at).date()
    beat = beats.named(beat_code) if beat_code else beats.of(who.actor_id, day)
    region = beat.region_code if beat else who.region_code
    due = sorted(due_grids(beat, day)) if beat else []
    place = Point(lon, lat, srid=4490) if lon is not None and lat is not None else None
    parties = sorted({f"person:{who.actor_id}", *(key for key in who.keys if key.startswith("org:"))})
    with scope.system("登记上岗"):
        shift = Shift.objects.create(
            client_key=client_key, inspector_id=who.actor_id, inspector_name=who.actor_name, beat=beat, day=day, started_at=at, planned=due,
            planned_count=len(due), coverage=coverage.coverage(due, ()).percent, last_at=at if place else None, last_location=place,
            region_code=region, parties=parties, created_by=who.actor_id,
        )  # fmt: skip
    _tell("shift.started", shift)
    return shift


@transaction.atomic
def do_end(client_key: uuid.UUID, *, at: datetime) -> Shift:
    """Go off duty at `at`; ended once, a later call changes nothing."""
    shift = own(client_key)
    if shift.ended_at is not None:
        return shift
    refuse_if(limits.check_moment(at, shift.region_code))
    if at < shift.started_at:
        raise Refusal("shift.before", "下岗时间早于上岗时间，请校准手机时间。", "at")
    return _end(shift, at, "self")


def _end(shift: Shift, at: datetime, kind: str) -> Shift:
    with scope.system("登记下岗"):
        shift.ended_at, shift.end_kind = at, kind
        shift.save_version(shift.version, fields=["ended_at", "end_kind"])
        settle(shift, since=None)
    _tell("shift.ended", shift)
    return shift


@transaction.atomic
def do_track(client_key: uuid.UUID, points: Sequence[Sequence[Any]]) -> Shift:
    """Store points ``[epoch milliseconds, lon, lat, accuracy]`` of the actor's shift and judge them; known moments are left alone.

    Points may come late and out of order: everything after the earliest new one is judged anew. Refusal for what is no position.
    """
    shift = own(client_key)
    fixes = read_points(points, int(limits.number("track_batch", shift.region_code)))
    if not fixes:
        return shift
    refuse_if(limits.check_moment(moment(fixes[-1].at), shift.region_code, "points"))
    columns: list[list[Any]] = [
        [moment(f.at) for f in fixes], [f.lon for f in fixes], [f.lat for f in fixes], [f.accuracy for f in fixes],
    ]  # fmt: skip
    with scope.system("保存巡查轨迹"):
        retention.make_months(columns[0])
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [shift.pk, shift.region_code, *columns])
        settle(shift, since=moment(fixes[0].at))
    return shift


def read_points(points: Sequence[Sequence[Any]], most: int) -> list[tracks.Fix]:
    """Points as a device sends them, in order of time, each moment once; Refusal ``track.…`` for anything else."""
    if not isinstance(points, list) or len(points) > most:
        raise Refusal("track.batch", f"轨迹点应为数组，一次最多{most}个。", "points")
    found = {}
    for raw in points:
        if not isinstance(raw, list) or len(raw) != 4 or any(isinstance(v, bool) or not isinstance(v, int | float) for v in raw):
            raise Refusal("track.point", "轨迹点应为[毫秒时间, 经度, 纬度, 误差]。", "points")
        try:
            fix = tracks.Fix(float(raw[0]) / 1000, float(raw[1]), float(raw[2]), float(raw[3]))
        except OverflowError:
            raise Refusal("track.point", "轨迹点的数值超出范围。", "points") from None
        if not tracks.possible(fix) or not 0 < fix.at < 253_402_300_000:
            raise Refusal("track.point", "轨迹点的时间或坐标不可能，请检查终端。", "points")
        found[raw[0]] = fix
    return sorted(found.values(), key=lambda fix: fix.at)


def moment(seconds: float) -> datetime:
    """Epoch seconds as an aware moment."""
    return datetime.fromtimestamp(seconds, UTC)


def settle(shift: Shift, *, since: datetime | None) -> None:
    """Judge the shift's points from `since` on (all when None) and count what they prove. In a system scope, the row locked."""
    Shift.objects.select_for_update().get(pk=shift.pk)
    shift.refresh_from_db()
    rows = TrackPoint.objects.filter(shift_id=shift.pk)
    tail = rows.filter(at__gte=since) if since else rows
    before = rows.filter(at__lt=since, state=tracks.GOOD).order_by("-at").first() if since else None
    points = list(tail.order_by("at"))
    verdicts = tracks.clean(
        map(_fix, points), limits.track_limits(shift.region_code, shift.day), start=shift.started_at.timestamp(),
        end=shift.ended_at.timestamp() if shift.ended_at else None, last=_fix(before) if before else None,
    )  # fmt: skip
    # Only new points at the end: what was visited stays visited. A point that lost its standing has everything counted anew.
    lost = any(point.state == tracks.GOOD and verdict != tracks.GOOD for point, verdict in zip(points, verdicts, strict=True))
    with connection.cursor() as cursor:
        if points:
            cursor.execute(JUDGE, [[point.at for point in points], verdicts, shift.pk, points[0].at, points[-1].at])
        cursor.execute(VISITED, [shift.day, shift.day, shift.pk, shift.started_at if lost or since is None else since])
        seen = {code for (code,) in cursor.fetchall()}
    visited = seen if lost or since is None else seen | set(shift.visited)
    counted = coverage.coverage(shift.planned, visited)
    totals = rows.aggregate(
        good=Count("pk", filter=Q(state=0)), bad=Count("pk", filter=~Q(state=0)), last=Max("at", filter=Q(state=0))
    )
    shift.visited, shift.visited_count, shift.coverage = sorted(visited), counted.visited, counted.percent
    shift.valid_points, shift.dropped_points = totals["good"], totals["bad"]
    good = days.fixes(shift.pk)
    most = limits.number("track_gap", shift.region_code, shift.day)
    holes = tracks.gaps(
        good, most, start=shift.started_at.timestamp(), end=shift.ended_at.timestamp() if shift.ended_at else None
    )
    shift.walked_m, shift.gap_count, shift.gap_s = (
        round(tracks.walked(good, most)),
        len(holes),
        round(sum(h.seconds for h in holes)),
    )
    if totals["last"] and (shift.last_at is None or totals["last"] >= shift.last_at):
        newest = rows.filter(at=totals["last"]).first()
        shift.last_at, shift.last_location = totals["last"], newest.location if newest else None
    Shift.objects.filter(pk=shift.pk).update(**{name: getattr(shift, name) for name in Shift.unkept})


def _fix(point: TrackPoint) -> tracks.Fix:
    return tracks.Fix(point.at.timestamp(), point.location.x, point.location.y, point.accuracy)


def own(client_key: uuid.UUID) -> Shift:
    """The actor's shift with this key; NotFound otherwise."""
    found = Shift.objects.filter(client_key=client_key, inspector=scope.current().actor_id).first()
    if found is None:
        raise NotFound("shift.unknown", "没有找到这个班次，请先上岗。")
    return found


def open_shift() -> Shift | None:
    """The actor's open shift."""
    return Shift.objects.filter(inspector=scope.current().actor_id, ended_at=None).select_related("beat").first()


def last_shift(day: date) -> Shift | None:
    """The actor's open shift, else the last one of a day."""
    done = Shift.objects.filter(inspector=scope.current().actor_id, day=day).select_related("beat")
    return open_shift() or done.order_by("-started_at").first()


def due_grids(beat: CompositeGrid, day: date) -> frozenset[str]:
    """Unit grids of a beat that are to be visited on a day: by the plan of the beat, the levels and the visits of earlier days."""
    with scope.system("编制巡查任务"):
        plan = (
            PatrolPlan.objects.filter(beat=beat, valid_from__lte=day)
            .filter(Q(valid_to=None) | Q(valid_to__gt=day))
            .order_by("-valid_from")
            .first()
        )
        grids = list(Grid.objects.filter(present(day), code__in=beat.grids).values_list("code", "level"))
        every = limits.patrol_days(beat.region_code, day, plan)
        horizon = day - timedelta(days=max(every.values()))
        visits: dict[str, date] = {}
        earlier = Shift.objects.filter(beat=beat, day__lt=day, day__gte=horizon).order_by("day")
        for visited_on, codes in earlier.values_list("day", "visited"):
            visits |= dict.fromkeys(codes, visited_on)
    return coverage.planned(grids, visits, day, every)


def close_forgotten() -> int:
    """End shifts that are open longer than a shift may last, at their last position's moment; returns how many. For the worker."""
    closed = 0
    with scope.system("超时自动下岗"):
        for shift in Shift.objects.filter(ended_at=None, started_at__lt=timezone.now() - timedelta(hours=1)):
            if timezone.now() - shift.started_at > timedelta(hours=limits.number("shift_hours", shift.region_code)):
                with transaction.atomic():
                    _end(shift, max(shift.last_at or shift.started_at, shift.started_at), "auto")
                closed += 1
    return closed


def _tell(name: str, shift: Shift) -> None:
    payload = {
        "beat": shift.beat.code if shift.beat else "", "day": shift.day.isoformat(), "planned": shift.planned_count, "visited": shift.visited_count,
        "end_kind": shift.end_kind,
    }  # fmt: skip
    events.publish(
        name, subject=f"collection.shift:{shift.pk}", region_code=shift.region_code, parties=shift.parties, payload=payload
    )


__all__ = [
    "Reason",
    "close_forgotten",
    "do_end",
    "do_start",
    "do_track",
    "due_grids",
    "open_shift",
    "own",
    "read_points",
    "settle",
]
