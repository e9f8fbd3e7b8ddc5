"""House codes (housing.md H01), CIM levels (foundation.md §13), templates of floors and sums of areas (housing.md §2.1)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.cim.rules import codes, floors, levels
from zhujian.foundation.kernel.errors import Refusal

BODY = "4201060010000123400010302"  # housing.md H01
ACCURACY = {2: 5.0, 3: 1.0, 4: 0.25}
FULL = levels.Facts(
    located=True, outline_valid=True, height_m=30.0, base_m=25.0, accuracy_m=0.05, storeys=10, units=40, textured=True, components=900, parts=12,
)  # fmt: skip


def reasons(found: list) -> list[str]:
    return [reason.code for reason in found]


def test_h01_house_code() -> None:
    assert codes.check_digit(BODY) == "1"
    assert codes.code_reasons(BODY + "1", unit=True) == []
    assert reasons(codes.code_reasons(BODY + "2")) == ["house_code.check_digit"]
    assert reasons(codes.code_reasons(BODY)) == ["house_code.length"]
    assert reasons(codes.code_reasons(BODY + "11")) == ["house_code.length"]
    assert reasons(codes.code_reasons(BODY + "1", unit=False)) == ["house_code.unit"]
    assert reasons(codes.code_reasons("X" + BODY)) == ["house_code.digits"]
    assert reasons(codes.code_reasons("99" + BODY[2:] + "1")) == ["house_code.region"]


def test_a_place_may_accept_its_old_codes() -> None:
    codes.use_check(lambda code: code.endswith("2"))
    try:
        assert codes.code_reasons(BODY + "2") == []
    finally:
        codes.use_check(None)
    assert codes.code_reasons(BODY + "2")


def test_typed_codes_are_tidied() -> None:
    assert codes.tidy(" ４２０１06-001 ") == "420106001"


@given(st.text("0123456789", min_size=25, max_size=25), st.integers(0, 24), st.integers(1, 9))
def test_any_single_wrong_digit_is_found(body: str, place: int, change: int) -> None:
    body = "42" + body[2:]
    code = body + codes.check_digit(body)
    assert codes.code_reasons(code) == []
    wrong = code[:place] + str((int(code[place]) + change) % 10) + code[place + 1 :]
    assert codes.code_reasons(wrong)


@given(st.integers(1, 9999), st.floats(300_000, 700_000), st.floats(3_200_000, 3_700_000))
def test_unit_codes_belong_to_their_building(number: int, easting: float, northing: float) -> None:
    building = codes.building_code("420106001000", easting, northing)
    assert codes.code_reasons(building, unit=False) == [] and codes.split(building).unit == codes.WHOLE
    unit = codes.unit_code(building, number)
    assert codes.code_reasons(unit, unit=True) == [] and codes.belongs(unit, building)
    assert not codes.belongs(unit, codes.building_code("420106001000", easting, northing, step=1))


def test_a_building_has_at_most_9999_units() -> None:
    with pytest.raises(Refusal, match="9999"):
        codes.unit_code(codes.building_code("420106001000", 500_000, 3_380_000), 10_000)


@pytest.mark.parametrize(
    ("lost", "level", "code"),
    [
        ({"located": False}, 0, "cim.place"), ({"outline_valid": False}, 1, "cim.outline"), ({"accuracy_m": 6.0}, 1, "cim.accuracy"),
        ({"accuracy_m": None}, 1, "cim.accuracy_unknown"), ({"height_m": None}, 2, "cim.height"), ({"base_m": None}, 2, "cim.base"),
        ({"accuracy_m": 1.01}, 2, "cim.accuracy"), ({"textured": False}, 3, "cim.texture"), ({"accuracy_m": 0.3}, 3, "cim.accuracy"),
        ({"units": 0}, 4, "cim.unit"), ({"storeys": 0}, 4, "cim.storey"), ({"components": 0}, 5, "cim.component"), ({"parts": 0}, 6, "cim.part"),
    ],
)  # fmt: skip
def test_each_demand_stops_the_level_below_it(lost: dict, level: int, code: str) -> None:
    facts = replace(FULL, **lost)
    assert levels.reached(facts, ACCURACY) == level
    assert code in reasons(list(levels.judge(facts, ACCURACY)[level].lacking))


def test_everything_met_is_cim7_and_boundaries_count_as_met() -> None:
    assert levels.reached(FULL, ACCURACY) == 7
    assert levels.reached(replace(FULL, accuracy_m=0.25), ACCURACY) == 7
    assert all(verdict.met and verdict.title and verdict.demand for verdict in levels.judge(FULL, ACCURACY))


FACTS = st.builds(
    levels.Facts, located=st.booleans(), outline_valid=st.booleans(), height_m=st.none() | st.floats(0, 500), base_m=st.none() | st.floats(0, 500),
    accuracy_m=st.none() | st.floats(0, 20), storeys=st.integers(0, 2), units=st.integers(0, 2), textured=st.booleans(),
    components=st.integers(0, 2), parts=st.integers(0, 2),
)  # fmt: skip


@given(FACTS)
def test_reached_level_is_the_longest_run_of_met_levels(facts: levels.Facts) -> None:
    met = [verdict.met for verdict in levels.judge(facts, ACCURACY)]
    reached = levels.reached(facts, ACCURACY)
    assert all(met[:reached]) and (reached == 7 or not met[reached])
    better = replace(facts, accuracy_m=0.0, textured=True)
    assert levels.reached(better, ACCURACY) >= reached  # knowing more never lowers it


def template(**changes: object) -> floors.Template:
    return replace(floors.Template(-1, 3, 2, 2, "10", (Decimal("98.5"), Decimal("120.25")), Decimal("0.8")), **changes)  # type: ignore[arg-type]


def test_template_gives_floors_without_zero_and_rooms_by_rule() -> None:
    rooms = floors.expand(template())
    assert len(rooms) == 4 * 2 * 2
    assert [room.room_no for room in rooms[:5]] == ["B1-01", "B1-02", "B1-03", "B1-04", "101"]
    assert rooms[4].entrance == "1单元" and rooms[6].room_no == "103" and rooms[6].entrance == "2单元"
    assert rooms[4].inner_area_m2 == Decimal("78.80") and rooms[5].area_m2 == Decimal("120.25")
    assert rooms[0].number == 9101 and rooms[-1].number == 304
    assert floors.expand(template(numbering="entrance"))[6].room_no == "101"
    assert floors.expand(template(numbering="serial"))[-1].room_no == "16"
    assert {room.floor for room in floors.expand(template(skip=frozenset({2})))} == {-1, 1, 3}
    assert floors.code_number(3, 2) == 302  # housing.md H01: unit 0302


def test_template_is_refused_with_what_is_wrong() -> None:
    assert floors.template_reasons(template(), 3, 1) == []
    assert reasons(floors.template_reasons(template(last=4), 3, 1)) == ["template.above"]
    assert reasons(floors.template_reasons(template(), 3, 0)) == ["template.below"]
    assert reasons(floors.template_reasons(template(first=0), 3, 1)) == ["template.floors"]
    assert reasons(floors.template_reasons(template(first=3, last=1), 3, 1)) == ["template.floors"]
    assert reasons(floors.template_reasons(template(per_floor=0), 3, 1)) == ["template.rooms"]
    assert reasons(floors.template_reasons(template(last=100, per_floor=100), 100, 1)) == ["template.many"]
    assert reasons(floors.template_reasons(template(areas=(Decimal(-1),)), 3, 1)) == ["template.area"]
    assert reasons(floors.template_reasons(template(inner_ratio=Decimal(2)), 3, 1)) == ["template.inner"]
    assert reasons(floors.template_reasons(template(numbering="x"), 3, 1)) == ["template.numbering"]


@given(
    st.integers(-3, -1) | st.integers(1, 5),
    st.integers(0, 30),
    st.integers(1, 4),
    st.integers(1, 12),
    st.sampled_from(sorted(floors.NUMBERINGS)),
)
def test_rooms_are_unique_and_every_code_number_too(
    first: int, more: int, entrances: int, per_floor: int, numbering: str
) -> None:
    rooms = floors.expand(floors.Template(first, max(first + more, 1), entrances, per_floor, "10", numbering=numbering))
    assert len({(room.floor, room.entrance, room.room_no) for room in rooms}) == len(rooms)
    numbers = [room.number for room in rooms if room.number]
    assert len(set(numbers)) == len(numbers) and all(1 <= number <= 9999 for number in numbers)
    assert all(room.floor for room in rooms)


@given(st.decimals(0, 100_000, places=2), st.integers(1, 300))
def test_shares_of_an_area_add_up(total: Decimal, parts: int) -> None:
    shares = floors.split_area(total, parts)
    assert sum(shares) == total and max(shares) - min(shares) <= Decimal("0.01")


def test_sum_of_units_agrees_with_the_building_within_the_tolerance() -> None:
    half = Decimal("0.5")
    assert floors.area_reasons(Decimal(200), [Decimal("99.5"), Decimal(100)], half) == []
    assert reasons(floors.area_reasons(Decimal(200), [Decimal("99.49"), Decimal(100)], half)) == ["area.sum"]
    assert reasons(floors.area_reasons(Decimal(200), [Decimal(100), None], half)) == ["area.unknown"]
    assert reasons(floors.area_reasons(None, [Decimal(100)], half)) == ["area.building"]
    assert floors.area_reasons(Decimal(200), [], half) == []
    assert reasons(floors.shared_reasons([("101", Decimal(90), Decimal(91)), ("102", Decimal(90), None)])) == ["area.inner"]
