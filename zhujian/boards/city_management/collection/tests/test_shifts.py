"""Shifts and tracks on the real database: frozen plans, geometry, idempotence, late points, who sees what."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Polygon
from django.utils import timezone

from zhujian.boards.city_management.collection import selectors, services
from zhujian.boards.city_management.collection.models import Duty, PatrolPlan, Receipt, Shift, TrackPoint
from zhujian.boards.city_management.collection.selectors import days
from zhujian.boards.city_management.collection.tests import world
from zhujian.boards.city_management.command.selectors import inspectors
from zhujian.boards.city_management.digital_city import services as city
from zhujian.foundation.events.models import Event
from zhujian.foundation.identity.testing import make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Refusal
from zhujian.foundation.kernel.models import History

pytestmark = pytest.mark.django_db


@pytest.fixture
def grids() -> Any:
    return world.make_grids()


@pytest.fixture
def inspector() -> Any:
    return world.make_inspector()


@pytest.fixture
def beat(grids: Any, inspector: Any) -> Any:
    return world.make_beat(grids, inspector)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def walk(start: datetime, *cells: tuple[float, float], step: int = 60, accuracy: float = 8) -> list[list[float]]:
    """A point in the middle of each cell, a minute apart: some 100 m in 60 s."""
    return [[ms(start) + n * step * 1000, *world.middle(*cell), accuracy] for n, cell in enumerate(cells, 1)]


def start(who: Any, at: datetime | None = None, **more: Any) -> tuple[uuid.UUID, Shift]:
    key = uuid.uuid4()
    with scope.acting(scope_of(who)):
        return key, services.do_start(key, at=at or timezone.now() - timedelta(hours=1), **more)


def test_a_shift_counts_the_grids_with_a_valid_point_inside(grids: Any, beat: Any, inspector: Any) -> None:
    began = timezone.now() - timedelta(hours=1)
    key, shift = start(inspector, began)
    assert (shift.beat, shift.planned_count, shift.visited_count) == (beat, 9, 0)
    with scope.acting(scope_of(inspector)):
        services.do_track(key, walk(began, (0, 0), (1, 0), (1, 1)))
        done = services.do_track(key, [[ms(began) + 300_000, *world.middle(2, 2), 51]])  # too inaccurate to count
    assert done.visited == sorted(grids[cell].code for cell in ((0, 0), (1, 0), (1, 1)))
    assert (done.visited_count, str(done.coverage), done.valid_points, done.dropped_points) == (3, "33.33", 3, 1)
    assert done.last_location.coords == world.middle(1, 1)


def test_a_gap_credits_nothing_between_its_ends(grids: Any, beat: Any, inspector: Any) -> None:
    """Locked in (0, 0), unlocked in (2, 0): the grid between was passed, perhaps, but not seen."""
    began = timezone.now() - timedelta(hours=1)
    key, _ = start(inspector, began)
    away = [
        [ms(began) + second * 1000, *world.middle(column, 0), 8] for second, column in ((10, 0), (30, 0.2), (900, 2), (920, 2.2))
    ]
    with scope.acting(scope_of(inspector)):
        services.do_track(key, away)
        done = services.do_end(key, at=began + timedelta(seconds=1000))
    assert done.visited == sorted([grids[0, 0].code, grids[2, 0].code])
    assert (done.gap_count, done.gap_s) == (1, 870) and 35 < done.walked_m < 45, "some 20 m in each of two stretches"
    with scope.system("测试"):
        shown = days.drawn(done)
    assert len(shown.lines) == 2 and len(shown.bridges) == 1 and shown.gaps[0].seconds == pytest.approx(870)


def test_a_point_on_a_shared_boundary_belongs_to_the_smallest_code(grids: Any, beat: Any, inspector: Any) -> None:
    began = timezone.now() - timedelta(hours=1)
    key, _ = start(inspector, began)
    with scope.acting(scope_of(inspector)):
        corner = [ms(began) + 60_000, round(world.WEST + world.EAST, 8), round(world.SOUTH + world.NORTH, 8), 5]
        done = services.do_track(key, [corner])
    four = [grids[cell].code for cell in ((0, 0), (1, 0), (0, 1), (1, 1))]
    assert done.visited == [min(four)]


def test_sent_twice_and_out_of_order_the_outcome_is_the_same(grids: Any, beat: Any, inspector: Any) -> None:
    began = timezone.now() - timedelta(hours=1)
    points = walk(began, (0, 0), (1, 0), (2, 0), (2, 1), (1, 1), (0, 1))
    points.insert(3, [points[2][0] + 1_000, 115.2, 30.48, 5])  # a jump
    key, _ = start(inspector, began)
    with scope.acting(scope_of(inspector)):
        services.do_track(key, points[3:])
        assert services.do_track(key, points[3:]).valid_points > 0
        late = services.do_track(key, points[:3])
    kept = (late.visited, late.valid_points, late.dropped_points)
    with scope.system("测试"):
        assert TrackPoint.objects.filter(shift_id=late.pk).count() == 7
    other = world.make_inspector("李巡查")
    key2, _ = start(other, began, beat_code="D-1")
    with scope.acting(scope_of(other)):
        whole = services.do_track(key2, points)
    assert kept == (whole.visited, whole.valid_points, whole.dropped_points) == (late.visited, 6, 1)


def test_a_point_that_loses_its_standing_takes_its_grid_with_it(grids: Any, beat: Any, inspector: Any) -> None:
    """A lone far point counts while nothing speaks against it; the points that come late show that it was a jump."""
    began = timezone.now() - timedelta(hours=1)
    key, _ = start(inspector, began)
    far = [ms(began) + 180_000, *world.middle(2, 2), 5]
    with scope.acting(scope_of(inspector)):
        assert services.do_track(key, [far]).visited == [grids[2, 2].code]
        done = services.do_track(key, [[ms(began) + 179_000, *world.middle(0, 0), 5]])
    assert done.visited == [grids[0, 0].code] and (done.valid_points, done.dropped_points) == (1, 1)


def test_the_plan_is_frozen_and_tomorrow_follows_the_levels(grids: Any, beat: Any, inspector: Any) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    key, first = start(inspector, yesterday)
    with scope.acting(scope_of(inspector)):
        services.do_track(key, walk(yesterday, *[(c, r) for r in range(3) for c in (range(3) if r % 2 == 0 else (2, 1, 0))]))
        done = services.do_end(key, at=yesterday + timedelta(hours=2))
    assert str(done.coverage) == "100.00" and done.end_kind == "self"
    _, second = start(inspector)
    assert second.planned == sorted(grids[column, 0].code for column in range(3))  # level 1 daily, 2 and 3 not yet due
    with scope.system("测试"):
        half = world.cell(0, 2)
        parts = [Polygon.from_bbox((half.extent[0], half.extent[1], 114.4005, half.extent[3])), None]
        parts[1] = Polygon.from_bbox((114.4005, half.extent[1], half.extent[2], half.extent[3]))
        for part in parts:
            part.srid = 4490
        city.do_split(grids[0, 2], parts, timezone.localdate(), grids[0, 2].version)
        assert Shift.objects.get(pk=first.pk).planned == first.planned


def test_a_beats_own_plan_beats_the_parameter(grids: Any, beat: Any, inspector: Any) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    with scope.system("测试"):
        PatrolPlan.objects.create(beat=beat, days_2=1, region_code=world.COUNTY, valid_from=world.SINCE)
    key, _ = start(inspector, yesterday)
    with scope.acting(scope_of(inspector)):
        services.do_track(key, walk(yesterday, (0, 0), (0, 1)))
        services.do_end(key, at=yesterday + timedelta(hours=2))
    _, second = start(inspector)
    assert {grids[0, 0].code, grids[0, 1].code} <= set(second.planned)


def test_the_roster_decides_before_the_holder(grids: Any, beat: Any, inspector: Any) -> None:
    other = world.make_inspector("顶班")
    assert start(other)[1].beat is None
    with scope.system("测试"):
        Shift.objects.filter(inspector=other).update(ended_at=timezone.now())
        Duty.objects.create(
            beat=beat, inspector=other, day=timezone.localdate(), starts="00:00", ends="23:59", region_code=world.COUNTY
        )
    assert start(other, timezone.now())[1].beat == beat


def test_one_open_shift_and_the_same_key_again(beat: Any, inspector: Any) -> None:
    key, shift = start(inspector)
    with scope.acting(scope_of(inspector)):
        assert services.do_start(key, at=timezone.now()).pk == shift.pk
        with pytest.raises(Conflict) as refusal:
            services.do_start(uuid.uuid4(), at=timezone.now())
        assert refusal.value.code == "shift.open"
    with scope.system("测试"):
        assert Event.objects.filter(name="shift.started").count() == 1


def test_moments_of_a_device_are_judged(beat: Any, inspector: Any) -> None:
    with scope.acting(scope_of(inspector)):
        for at, code in ((timedelta(minutes=6), "field.future"), (timedelta(days=-8), "field.too_old")):
            with pytest.raises(Refusal) as refusal:
                services.do_start(uuid.uuid4(), at=timezone.now() + at)
            assert refusal.value.code == code
    key, shift = start(inspector)
    with scope.acting(scope_of(inspector)), pytest.raises(Refusal) as refusal:
        services.do_end(key, at=shift.started_at - timedelta(seconds=1))
    assert refusal.value.code == "shift.before"


@pytest.mark.parametrize(
    "points",
    [
        {}, "x", [1], [[1, 2, 3]], [[1, 2, 3, "4"]], [[True, 1, 1, 1]], [[1e400, 1, 1, 1]], [[1, 200, 1, 1]], [[1, 1, 1, -1]], [[-5, 1, 1, 1]],
        [[10**400, 1, 1, 1]], [[1_700_000_000_000, float("nan"), 1, 1]], [[1, 1, 1, 1]] * 501,
    ],
)  # fmt: skip
def test_what_is_no_track_is_refused_and_nothing_kept(beat: Any, inspector: Any, points: Any) -> None:
    key, shift = start(inspector)
    with scope.acting(scope_of(inspector)), pytest.raises(Refusal) as refusal:
        services.do_track(key, points)
    assert refusal.value.code.startswith("track.")
    with scope.system("测试"):
        assert not TrackPoint.objects.filter(shift_id=shift.pk).exists()


def test_nobody_writes_into_anothers_shift(beat: Any, inspector: Any) -> None:
    key, _ = start(inspector)
    with scope.acting(scope_of(world.make_inspector("别人"))), pytest.raises(NotFound):
        services.do_track(key, walk(timezone.now() - timedelta(minutes=5), (0, 0)))


def test_counting_leaves_no_history_and_deciding_does(beat: Any, inspector: Any) -> None:
    """A shift is counted anew a thousand times a day; what is kept of it are its beginning and its end."""
    began = timezone.now() - timedelta(hours=1)
    key, shift = start(inspector, began)
    with scope.acting(scope_of(inspector)):
        for n in range(3):
            services.do_track(key, [[ms(began) + (n + 1) * 60_000, *world.middle(n, 0), 8]])
        services.do_end(key, at=began + timedelta(minutes=30))
    with scope.system("测试"):
        kept = list(History.objects.filter(table="collection_shift", row_id=shift.pk).order_by("pk"))
    assert [one.action for one in kept] == ["insert", "update"] and set(kept[1].diff) == {"ended_at", "end_kind"}


def test_a_forgotten_shift_is_ended_at_its_last_position(beat: Any, inspector: Any) -> None:
    began = timezone.now() - timedelta(hours=15)
    key, _ = start(inspector, began)
    with scope.acting(scope_of(inspector)):
        services.do_track(key, walk(began, (0, 0), (1, 0)))
    assert services.close_forgotten() == 1
    assert services.close_forgotten() == 0
    with scope.system("测试"):
        shift = Shift.objects.get(client_key=key)
    assert shift.end_kind == "auto" and shift.ended_at == began.replace(microsecond=began.microsecond // 1000 * 1000) + timedelta(
        minutes=2
    )


def test_who_is_on_duty_and_who_is_nearest(grids: Any, beat: Any, inspector: Any) -> None:
    far, stale = world.make_inspector("远"), world.make_inspector("旧")
    now = timezone.now()
    start(inspector, now - timedelta(minutes=1), lon=world.middle(2, 2)[0], lat=world.middle(2, 2)[1])
    start(far, now - timedelta(minutes=1), lon=114.5, lat=30.5)
    start(stale, now - timedelta(hours=2), lon=world.middle(0, 0)[0], lat=world.middle(0, 0)[1])
    with scope.acting(scope_of(make_official(world.COUNTY, "UMS", roles=("shift_leader",)))):
        there = {one.name: one.fresh for one in selectors.on_duty(world.COUNTY)}
        assert there == {"周巡查": True, "远": True, "旧": False}
        near = selectors.nearest_on_duty(*world.middle(0, 0), world.COUNTY)
        assert near is not None and near.name == "周巡查"
        without = selectors.nearest_on_duty(*world.middle(0, 0), world.COUNTY, exclude=[near.account])
        assert without is not None and without.name == "远"
        # The loop asks the same: the beat's inspector on duty before the nearest, never who is barred.
        assert inspectors.choose(grids[0, 0].code, 114.5, 30.5, world.COUNTY, []).account == inspector.pk
        assert inspectors.choose(grids[0, 0].code, 114.5, 30.5, world.COUNTY, [inspector.pk]).account == far.pk
    with scope.acting(scope_of(make_official("420502000000", "UMS", roles=("shift_leader",)))):
        assert selectors.on_duty(world.COUNTY) == []


def test_a_key_is_done_once_and_belongs_to_one_person(inspector: Any) -> None:
    done = []

    def act() -> dict[str, Any]:
        done.append(1)
        return {"n": len(done)}

    key = uuid.uuid4()
    with scope.acting(scope_of(inspector)):
        assert services.once(key, "report", act) == {"n": 1}
        assert services.once(key, "report", act) == {"n": 1, "repeated": True}
        with pytest.raises(Conflict):
            services.once(key, "task", act)
    with scope.acting(scope_of(world.make_inspector("别人"))), pytest.raises(Conflict):
        services.once(key, "report", act)
    assert done == [1]


def test_a_refusal_leaves_no_receipt(inspector: Any) -> None:
    def act() -> dict[str, Any]:
        raise Refusal("photo.missing", "缺照片")

    key = uuid.uuid4()
    with scope.acting(scope_of(inspector)):
        with pytest.raises(Refusal):
            services.once(key, "report", act)
        assert services.once(key, "report", lambda: {"ok": True}) == {"ok": True}
    with scope.system("测试"):
        assert Receipt.objects.filter(client_key=key).count() == 1


def test_composite_grids_are_adjacent_present_and_apart(grids: Any) -> None:
    with scope.system("测试"):
        for codes, code in (
            ([], "composite.grids"),
            (["4" * 15], "composite.grids"),
            ([grids[0, 0].code, grids[2, 2].code], "composite.apart"),
        ):
            with pytest.raises(Refusal) as refusal:
                city.do_compose("duty", "D-9", "测试", codes, world.SINCE)
            assert refusal.value.code == code
        made = city.do_compose("duty", "D-9", "测试", [grids[0, 0].code, grids[1, 0].code], world.SINCE)
        assert made.region_code == world.COUNTY and made.boundary.geom_type == "Polygon"
        with pytest.raises(Conflict):
            city.do_compose("duty", "D-8", "测试二", [grids[1, 0].code, grids[2, 0].code], world.SINCE)
        city.do_compose("evaluation", "E-8", "评价", [grids[1, 0].code, grids[2, 0].code], world.SINCE)
