"""Beats over the generated district, a week's roster, and what three inspectors walked in the last days."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta

from django.contrib.gis.geos import Point
from django.utils import timezone

from zhujian.boards.city_management.collection import services
from zhujian.boards.city_management.collection.models import Duty, PatrolPlan
from zhujian.boards.city_management.digital_city.demo import EAST, NORTH, START, TOWN
from zhujian.boards.city_management.digital_city.models import CompositeGrid, Grid
from zhujian.boards.city_management.digital_city.services import do_compose
from zhujian.foundation.cim import generator
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.selectors import posts_of, scope_for
from zhujian.foundation.kernel import scope

SIDE = 6  # grids along a beat's side
BEATS = 9
LOGINS = ("inspector.ums.420111", "inspector2.ums.420111", "inspector3.ums.420111")
DAYS = 3  # days back that were patrolled
LOCKED_S = 720  # how long a phone was locked once
STEP_S, PACE_S = 20, 80  # a position every 20 s, 80 s for the 100 m of a grid
ID = uuid.UUID("6a1f6c1e-6c0b-4d3c-9a57-30428a420111")


def load() -> str:
    """Load them; returns what there is."""
    people = list(Account.objects.filter(username__in=LOGINS).order_by("username"))
    grids = list(Grid.objects.filter(region_code__startswith=generator.DEMO.region_code[:6], valid_to=None).order_by("code"))
    if not people or not grids:
        return "没有监督员或单元网格，未载入"
    beats = _beats(grids, people)
    _roster(beats, people)
    at = {grid.code: grid.boundary.centroid for grid in grids}
    shifts = sum(_patrol(who, beats[number], at, number) for number, who in enumerate(people) if number < len(beats))
    return f"{len(beats)} 个责任网格、{Duty.objects.count()} 条排班、{shifts} 个班次"


def _beats(grids: list[Grid], people: list[Account]) -> list[CompositeGrid]:
    """Square blocks of grids, from the south-west; the first ones are held by one inspector each, the others in turn."""
    west, south = min(g.boundary.extent[0] for g in grids), min(g.boundary.extent[1] for g in grids)
    blocks: dict[tuple[int, int], list[str]] = defaultdict(list)
    for grid in grids:
        column, row = round((grid.boundary.extent[0] - west) / EAST), round((grid.boundary.extent[1] - south) / NORTH)
        blocks[row // SIDE, column // SIDE].append(grid.code)
    full = [codes for _, codes in sorted(blocks.items()) if len(codes) == SIDE * SIDE][:BEATS]
    return [
        do_compose("duty", f"420111080-Z{number:02d}", f"关东街道第{number}责任网格", codes, START,
                   holders=[people[(number - 1) % len(people)].pk], region_code=TOWN)
        for number, codes in enumerate(full, 1)
    ]  # fmt: skip


def _roster(beats: list[CompositeGrid], people: list[Account]) -> None:
    """A week from today; one beat of shops is walked more often than its levels ask for."""
    today = timezone.localdate()
    Duty.objects.bulk_create(
        Duty(
            beat=beats[number], inspector=who, day=today + timedelta(days=ahead), starts=time(8), ends=time(17), region_code=TOWN
        )
        for ahead in range(7)
        for number, who in enumerate(people)
        if number < len(beats)
    )
    PatrolPlan.objects.create(
        beat=beats[0], days_1=1, days_2=1, days_3=2, valid_from=START, note="商业集中，加密巡查", region_code=TOWN
    )


def _patrol(who: Account, beat: CompositeGrid, at: dict[str, Point], number: int) -> int:
    """Shifts of the last days and one that is open now; the share walked differs, some positions are bad as in life."""
    dice = random.Random(number)
    route = _route(beat, at)
    done = 0
    with scope.acting(scope_for(who, posts_of(who)[0])):
        for back in range(DAYS, -1, -1):
            day = timezone.localdate() - timedelta(days=back)
            start = _start(day, back)
            key = uuid.uuid5(ID, f"{who.pk}:{day}")
            services.do_start(key, at=start, beat_code=beat.code)
            way = route if back % 2 else route[::-1]  # what one day missed comes first on the next
            walked = way[: int(len(way) * (0.55 + 0.4 * dice.random()))]
            locked = LOCKED_S if (number, back) == (1, 1) else 0
            points = _points(walked, start, dice, locked)
            for first in range(0, len(points), 400):
                services.do_track(key, points[first : first + 400])
            if back:
                services.do_end(key, at=datetime.fromtimestamp(points[-1][0] / 1000 + 60, UTC))
            done += 1
    return done


def _start(day: date, back: int) -> datetime:
    """Eight in the morning; today an hour ago, so that somebody is on duty whenever the demo is looked at."""
    morning = timezone.make_aware(datetime.combine(day, time(8)))
    return morning if back else timezone.now() - timedelta(minutes=55)


def _route(beat: CompositeGrid, at: dict[str, Point]) -> list[Point]:
    """Row by row, there and back."""
    rows: dict[int, list[Point]] = defaultdict(list)
    for code in beat.grids:
        rows[round(at[code].y / NORTH)].append(at[code])
    return [
        point
        for number, (_, row) in enumerate(sorted(rows.items()))
        for point in sorted(row, key=lambda one: one.x, reverse=bool(number % 2))
    ]


def _points(route: list[Point], start: datetime, dice: random.Random, locked: int) -> list[list[float]]:
    """Positions along a route, with a little scatter, now and then one without a good fix and one far off; half way the phone is locked."""
    found: list[list[float]] = []
    seconds = 30.0
    for step, (here, there) in enumerate(zip(route, route[1:], strict=False)):
        if step == len(route) // 2:
            seconds += locked
        for part in range(PACE_S // STEP_S):
            share = part * STEP_S / PACE_S
            x, y = here.x + (there.x - here.x) * share, here.y + (there.y - here.y) * share
            bad = dice.random()
            accuracy = 80 + 60 * dice.random() if bad < 0.02 else 4 + 12 * dice.random()
            far = 0.02 if bad > 0.99 else 0.0
            found.append(
                [
                    int((start.timestamp() + seconds) * 1000),
                    x + far + dice.gauss(0, 0.00003),
                    y + dice.gauss(0, 0.00003),
                    accuracy,
                ]
            )
            seconds += STEP_S
    return found
