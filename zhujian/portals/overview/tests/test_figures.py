"""Figures of the overview: counted right, split right, nothing lost between groups and totals."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from zhujian.portals.overview import figures

STATUSES = ("draft", "approval", "building", "suspended", "accepted", "in_use", "demolition", "extinct", "withdrawn")


@dataclass(frozen=True)
class Row:
    key: str
    stage: str
    status: str
    type_code: str
    count: int
    gfa_m2: float = 0
    total_investment_wan: float = 0


ROWS = st.lists(
    st.builds(
        Row, st.sampled_from(["4201", "4205", "429004"]), st.sampled_from(["P1", "P3"]), st.sampled_from(STATUSES),
        st.sampled_from(["T1", "T3"]), st.integers(0, 500), st.floats(0, 1e6), st.floats(0, 1e6),
    )
)  # fmt: skip
NAMES = {"4201": ("420100000000", "武汉市"), "4205": ("420500000000", "宜昌市"), "429004": ("429004000000", "仙桃市")}


def value(key: str, rows: list[Row]) -> float:
    return next(one for one in figures.MEASURES if one.key == key).value(rows)


def test_area_and_investment_leave_out_what_is_gone_and_convert_units():
    rows = [Row("4201", "P4", "building", "T1", 1, 12_000, 5_000), Row("4201", "P7", "extinct", "T1", 1, 99_000, 99_000)]
    assert (value("area", rows), value("investment", rows), value("all", rows), value("extinct", rows)) == (1.2, 0.5, 2, 1)


def test_accepted_counts_both_of_its_states():
    assert value("accepted", [Row("4201", "P5", "accepted", "T1", 2), Row("4201", "P6", "in_use", "T1", 3)]) == 5


@given(ROWS)
def test_areas_and_groups_add_up_to_the_whole(rows: list[Row]):
    total = sum(row.count for row in rows)
    areas = figures.by_area(rows, NAMES, ("P1", "P3"), lambda row: row.stage)
    assert sum(area.total for area in areas) == total
    assert all(area.total == sum(area.parts) for area in areas)
    assert [area.total for area in areas] == sorted((area.total for area in areas), reverse=True)
    assert sum(number for _, number in figures.by_group(rows, ("T1", "T3"), lambda row: row.type_code)) == total
    assert value("all", rows) == total


def test_rows_of_other_places_and_unknown_groups_are_not_counted():
    rows = [
        Row("3201", "P1", "building", "T1", 9),
        Row("4201", "P9", "building", "T1", 4),
        Row("4201", "P1", "building", "T1", 1),
    ]
    areas = figures.by_area(rows, {"4201": NAMES["4201"]}, ("P1",), lambda row: row.stage)
    assert [(area.name, area.total) for area in areas] == [("武汉市", 1)]
