"""Tracks, coverage and photos: examples of urban-management.md §1.5 and pitfall 22, then properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.city_management.collection.rules import coverage, photos, tracks
from zhujian.boards.city_management.collection.rules.tracks import GOOD, INACCURATE, JUMP, OUTSIDE, Fix, Gap, Limits

LIMITS = Limits(accuracy=50, speed=20)
LON, LAT = 114.4, 30.48
METRE = 1 / 111_195  # degrees of latitude


def fix(at: float, north: float = 0, accuracy: float = 5) -> Fix:
    return Fix(at, LON, LAT + north * METRE, accuracy)


def test_distance_of_a_degree() -> None:
    assert abs(tracks.metres(Fix(0, 114, 30, 0), Fix(0, 114, 31, 0)) - 111_195) < 1
    assert abs(tracks.metres(Fix(0, 114, 30, 0), Fix(0, 115, 30, 0)) - 96_298) < 10


def test_inaccurate_points_and_jumps_are_dropped_and_the_track_goes_on() -> None:
    walk = [fix(0), fix(10, 12), fix(20, 24, accuracy=51), fix(30, 3_000), fix(40, 48), fix(50, 60, accuracy=50)]
    assert tracks.clean(walk, LIMITS, start=0) == [GOOD, GOOD, INACCURATE, JUMP, GOOD, GOOD]


def test_a_wrong_first_point_does_not_spoil_the_shift() -> None:
    walk = [fix(0, 2_000), *(fix(10 * n, n) for n in range(1, 30))]
    verdicts = tracks.clean(walk, LIMITS, start=0)
    assert verdicts[1] == JUMP and verdicts[-1] == GOOD
    assert verdicts.index(GOOD, 1) <= 2_000 / 20 / 10


def test_nothing_is_walked_or_drawn_over_a_gap() -> None:
    """The phone was locked from 30 to 600: what lies between is a gap, and the 900 m between the two places were not seen."""
    walk = [fix(10, 0), fix(20, 12), fix(30, 24), fix(600, 924), fix(610, 936)]
    assert [len(part) for part in tracks.stretches(walk, 180)] == [3, 2]
    assert tracks.gaps(walk, 180, start=0, end=620) == [Gap(30, 600)]
    assert abs(tracks.walked(walk, 180) - 36) < 0.1
    assert tracks.gaps(walk, 570, start=0, end=620) == [], "as long as the limit is no gap yet"
    assert tracks.gaps([], 180, start=0, end=3600) == [Gap(0, 3600)], "nothing seen at all is one gap"
    assert tracks.gaps([fix(200)], 180, start=0) == [Gap(0, 200)], "an open shift goes on after its last point"
    assert tracks.stretches([], 180) == [] and tracks.walked([], 180) == 0


@given(st.lists(st.floats(0, 50_000), min_size=1, max_size=60, unique=True), st.floats(30, 3600))
def test_gaps_and_stretches_together_are_the_whole_shift(moments: list[float], most: float) -> None:
    walk = [fix(at, at / 10) for at in sorted(moments)]
    parts = tracks.stretches(walk, most)
    assert [one for part in parts for one in part] == walk
    seen = sum(part[-1].at - part[0].at for part in parts)
    holes = tracks.gaps(walk, most, start=walk[0].at, end=walk[-1].at)
    assert len(holes) == len(parts) - 1 and all(hole.seconds > most for hole in holes)
    assert abs(seen + sum(hole.seconds for hole in holes) - (walk[-1].at - walk[0].at)) < 1e-6
    assert tracks.walked(walk, most) <= tracks.walked(walk, 1e9) + 1e-6


def test_points_before_and_after_the_shift_do_not_count() -> None:
    walk = [fix(99), fix(100), fix(200), fix(201)]
    assert tracks.clean(walk, LIMITS, start=100, end=200) == [OUTSIDE, GOOD, GOOD, OUTSIDE]


points = st.lists(
    st.builds(fix, st.floats(0, 30_000), st.floats(-5_000, 5_000), st.floats(0, 200)), max_size=40, unique_by=lambda one: one.at
).map(lambda found: sorted(found, key=lambda one: one.at))


@given(points, st.integers(0, 40))
def test_a_track_judged_in_pieces_ends_as_in_one(walk: list[Fix], cut: int) -> None:
    whole = tracks.clean(walk, LIMITS, start=100, end=29_000)
    first = tracks.clean(walk[:cut], LIMITS, start=100, end=29_000)
    last = next((one for one, verdict in zip(reversed(walk[:cut]), reversed(first), strict=True) if verdict == GOOD), None)
    assert first + tracks.clean(walk[cut:], LIMITS, start=100, end=29_000, last=last) == whole


@given(points)
def test_what_counts_is_reachable_accurate_and_inside_the_shift(walk: list[Fix]) -> None:
    good = [one for one, verdict in zip(walk, tracks.clean(walk, LIMITS, start=100, end=29_000), strict=True) if verdict == GOOD]
    assert all(one.accuracy <= 50 and 100 <= one.at <= 29_000 for one in good)
    for one, two in zip(good, good[1:], strict=False):
        assert tracks.metres(one, two) <= 20 * (two.at - one.at) + one.accuracy + two.accuracy


@given(points, st.floats(1, 200))
def test_a_stricter_accuracy_never_adds_inaccurate_points(walk: list[Fix], accuracy: float) -> None:
    verdicts = tracks.clean(walk, Limits(accuracy, 20), start=0)
    assert all((verdict == INACCURATE) == (one.accuracy > accuracy) for one, verdict in zip(walk, verdicts, strict=True))


def test_numbers_that_are_no_place() -> None:
    assert not tracks.possible(Fix(0, float("nan"), 30, 5))
    assert not tracks.possible(Fix(0, 181, 30, 5))
    assert not tracks.possible(Fix(0, 114, 91, 5))
    assert not tracks.possible(Fix(0, 114, 30, -1))


DAYS = {"1": 1, "2": 2, "3": 3, "other": 3}
DAY = date(2026, 3, 10)


def test_the_plan_follows_the_level_and_what_was_missed_stays_due() -> None:
    grids = [("a", "1"), ("b", "2"), ("c", "2"), ("d", "3"), ("e", "")]
    visits = {
        "a": DAY - timedelta(days=1), "b": DAY - timedelta(days=1), "c": DAY - timedelta(days=2), "d": DAY - timedelta(days=2),
        "e": DAY - timedelta(days=3),
    }  # fmt: skip
    assert coverage.planned(grids, visits, DAY, DAYS) == {"a", "c", "e"}
    assert coverage.planned(grids, {}, DAY, DAYS) == {"a", "b", "c", "d", "e"}


def test_coverage_is_visited_over_planned_and_nothing_planned_is_no_ratio() -> None:
    done = coverage.coverage({"a", "b", "c"}, {"a", "c", "x"})
    assert (done.visited, done.planned, done.missing, done.percent, done.text) == (2, 3, ("b",), Decimal("66.67"), "66.67%")
    none = coverage.coverage(set(), {"x"})
    assert (none.percent, none.text) == (None, "—")
    assert coverage.total([done, none, coverage.Coverage(1, 1)]).percent == Decimal("75.00")


codes = st.sets(st.sampled_from("abcdefghij"))


@given(codes, codes, codes)
def test_visiting_more_never_lowers_coverage(due: set[str], seen: set[str], more: set[str]) -> None:
    before, after = coverage.coverage(due, seen), coverage.coverage(due, seen | more)
    assert after.visited >= before.visited and after.planned == before.planned
    assert before.visited + len(before.missing) == before.planned
    if due:
        assert 0 <= before.percent <= 100  # type: ignore[operator]
        assert (after.percent == 100) == (due <= seen | more)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 9)), st.sampled_from(["1", "2", "3", ""]))
def test_a_shorter_interval_plans_no_less(ago: dict[str, int], level: str) -> None:
    grids = [(code, level) for code in "abcdef"]
    visits = {code: DAY - timedelta(days=n) for code, n in ago.items()}
    often = coverage.planned(grids, visits, DAY, {"other": 1})
    assert often == set("abcdef") and coverage.planned(grids, visits, DAY, DAYS) <= often


NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
SKEW = timedelta(minutes=5)
HASH = "a" * 64


def shot(role: str, minutes: float = -1, sha256: str = HASH) -> photos.Shot:
    return photos.Shot(role, NOW + timedelta(minutes=minutes), sha256)


def reasons(act: str, *shots: photos.Shot, since: datetime | None = None) -> list[str]:
    return [one.code for one in photos.check_shots(act, shots, now=NOW, skew=SKEW, most=6, since=since)]


def test_a_report_has_a_wide_and_a_close_photo() -> None:
    assert reasons("report", shot("wide"), shot("close")) == []
    assert reasons("report", shot("wide")) == ["photo.missing"]
    assert reasons("self_handled", shot("wide"), shot("close")) == ["photo.missing"]


def test_pitfall_22_an_after_photo_older_than_the_task_is_refused() -> None:
    since = NOW - timedelta(minutes=30)
    assert reasons("handle", shot("before", -60), shot("after", -10), since=since) == []
    assert reasons("handle", shot("before", -60), shot("after", -31), since=since) == ["photo.older"]
    assert reasons("check", shot("check", -30), since=since) == []
    assert reasons("check", shot("check", -30.01), since=since) == ["photo.older"]


def test_pitfall_22_a_photo_without_time_or_hash_proves_nothing() -> None:
    assert reasons("verify", photos.Shot("check", None, HASH)) == ["photo.time"]
    assert reasons("verify", shot("check", sha256="")) == ["photo.hash"]
    assert reasons("verify", shot("check", sha256="A" * 64)) == ["photo.hash"]
    assert reasons("verify", shot("check", 5)) == [] and reasons("verify", shot("check", 5.1)) == ["photo.future"]


def test_too_many_photos_and_unknown_ones() -> None:
    assert reasons("verify", *[shot("check")] * 7) == ["photo.most"]
    assert reasons("verify", shot("check"), shot("selfie")) == ["photo.role"]
