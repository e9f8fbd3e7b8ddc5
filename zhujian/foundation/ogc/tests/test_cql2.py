"""Features part 3 and CQL2: every operator against what the buildings are, both encodings, and everything that is refused."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.ogc import crs, queryables
from zhujian.foundation.ogc.cql2 import temporal, text, translate
from zhujian.foundation.ogc.tests.test_features import ITEMS, found
from zhujian.foundation.resources import registry

LOW, MID, HIGH = "江边平房", "江汉大厦", "ABC Tower"

EXAMPLES = {
    # basic-cql2
    "floors_above = 18": [MID], "floors_above <> 18": [LOW, HIGH], "floors_above < 18": [LOW], "floors_above > 18": [HIGH],
    "floors_above <= 18": [LOW, MID], "height_m >= 60.5": [MID, HIGH], "name = '江汉大厦'": [MID], "planned = false": [LOW, MID, HIGH],
    "valid_from >= DATE('2022-05-01')": [MID, HIGH], "updated_at > TIMESTAMP('2001-01-01T00:00:00Z')": None,
    "NOT (floors_above = 18 OR status = 'building')": [LOW], "floors_above > 1 AND floors_above < 40 AND true": [MID], "address IS NULL": [],
    "valid_to IS NULL": [LOW, MID, HIGH], "valid_to IS NOT NULL": [], "NOT planned": [LOW, MID, HIGH], "false": [],
    # advanced-comparison-operators
    "name LIKE '江%'": [LOW, MID], "name NOT LIKE '江%'": [HIGH], "name LIKE 'ABC_Tower'": [HIGH], "floors_above BETWEEN 1 AND 18": [LOW, MID],
    "floors_above NOT BETWEEN 2 AND 100": [LOW], "valid_from BETWEEN DATE('2022-01-01') AND DATE('2022-12-31')": [MID],
    "status IN ('building', 'planned')": [HIGH], "floors_above NOT IN (1, 18)": [HIGH],
    # case-insensitive-comparison
    "CASEI(name) = CASEI('abc tower')": [HIGH], "CASEI(name) LIKE CASEI('ABC%')": [HIGH], "CASEI(name) IN (CASEI('Abc Tower'))": [HIGH],
    # basic-spatial-functions, -plus, spatial-functions
    "S_INTERSECTS(outline, BBOX(114.305, 30.545, 114.315, 30.555))": [MID], "S_INTERSECTS(outline, POINT(114.3006 30.5506))": [LOW],
    "S_WITHIN(outline, POLYGON((114.299 30.549, 114.312 30.549, 114.312 30.552, 114.299 30.552, 114.299 30.549)))": [LOW, MID],
    "S_CONTAINS(outline, POINT(114.3206 30.5606))": [HIGH], "S_DISJOINT(outline, BBOX(114.3, 30.55, 114.312, 30.552))": [HIGH],
    "S_CROSSES(outline, LINESTRING(114.2 30.5506, 114.5 30.5506))": [LOW, MID], "S_TOUCHES(outline, POINT(114.3005 30.5505))": [LOW],
    "S_OVERLAPS(outline, BBOX(114.3006, 30.5506, 114.31, 30.56))": [LOW], "S_EQUALS(outline, BBOX(114.3005, 30.5505, 114.3008, 30.5508))": [LOW],
    "S_INTERSECTS(outline, MULTIPOINT((114.3006 30.5506), (114.3206 30.5606)))": [LOW, HIGH],
    "S_INTERSECTS(outline, MULTIPOLYGON(((114.3 30.55, 114.301 30.55, 114.301 30.551, 114.3 30.55))))": [LOW],
    "S_INTERSECTS(outline, MULTILINESTRING((114.3 30.5506, 114.302 30.5506), (114.32 30.5606, 114.33 30.5606)))": [LOW, HIGH],
    "S_INTERSECTS(outline, GEOMETRYCOLLECTION(POINT(114.3006 30.5506), LINESTRING(114.31 30.5506, 114.32 30.5506)))": [LOW, MID],
    # temporal-functions
    "T_AFTER(valid_from, DATE('2022-01-01'))": [MID, HIGH], "T_BEFORE(valid_from, DATE('2022-05-01'))": [LOW],
    "T_EQUALS(valid_from, DATE('2022-05-01'))": [MID], "T_DURING(valid_from, INTERVAL('2021-01-01', '2023-01-01'))": [MID],
    "T_INTERSECTS(valid_from, INTERVAL('2022-05-01', '..'))": [MID, HIGH], "T_DISJOINT(valid_from, INTERVAL('..', '2022-05-01'))": [HIGH],
    "T_CONTAINS(INTERVAL(valid_from, valid_to), DATE('2023-01-01'))": [LOW, MID], "T_STARTS(INTERVAL('2022-05-01', '2022-06-01'), INTERVAL(valid_from, valid_to))": [MID],
    "T_STARTEDBY(INTERVAL(valid_from, valid_to), INTERVAL('2022-05-01', '2022-06-01'))": [MID],
    "T_FINISHES(INTERVAL('2025-01-01', '..'), INTERVAL(valid_from, valid_to))": [LOW, MID, HIGH],
    "T_FINISHEDBY(INTERVAL(valid_from, valid_to), INTERVAL('2023-01-01', '..'))": [LOW, MID],
    "T_MEETS(INTERVAL('2000-01-01', '2022-05-01'), INTERVAL(valid_from, valid_to))": [MID],
    "T_METBY(INTERVAL(valid_from, valid_to), INTERVAL('2000-01-01', '2022-05-01'))": [MID],
    "T_OVERLAPS(INTERVAL('2021-01-01', '2023-01-01'), INTERVAL(valid_from, valid_to))": [MID],
    "T_OVERLAPPEDBY(INTERVAL(valid_from, valid_to), INTERVAL('2021-01-01', '2023-01-01'))": [MID],
    "T_AFTER(updated_at, DATE('2001-01-01'))": None, "T_DURING(updated_at, INTERVAL('2001-01-01T00:00:00Z', '..'))": None,
    # property-property, arithmetic
    "floors_above > floors_below": [LOW, MID, HIGH], "18 = floors_above": [MID], "height_m / floors_above > 4": [LOW, HIGH],
    "floors_above * 2 + 1 = 37": [MID], "-floors_above < -18": [HIGH], "(floors_above + 2) * 2 = 40": [MID], "floors_above % 2 = 1": [LOW],
    "floors_above div 10 = 1": [MID], "floors_above ^ 2 = 324": [MID], "height_m / (floors_above - 18) > 0": [HIGH],
    # quoting
    "\"name\" = 'ABC Tower'": [HIGH], "name = 'it''s'": [],
}  # fmt: skip


@pytest.mark.parametrize("filter_text", [text for text in EXAMPLES if "updated_at" not in text])
def test_text_and_json_find_the_same(official, city, filter_text: str) -> None:
    expected = EXAMPLES[filter_text]
    assert found(official, filter=filter_text) == expected
    tree = json.dumps(text.parse(filter_text), ensure_ascii=False)
    assert found(official, filter=tree, filter_lang="cql2-json") == expected


@pytest.mark.parametrize("filter_text", list(EXAMPLES))
def test_the_tree_is_what_an_independent_parser_makes(filter_text: str) -> None:
    cql2 = pytest.importorskip("cql2")
    assert text.parse(filter_text) == cql2.parse_text(filter_text).to_json()


def test_coordinates_in_another_system(official, city) -> None:
    """filter-crs: 4490 is latitude first, 4547 northing first."""
    assert found(official, filter="S_INTERSECTS(outline, POINT(30.5506 114.3006))", filter_crs=crs.EPSG + "4490") == [LOW]
    from zhujian.foundation.kernel import geo

    easting, northing = geo.project(114.3106, 30.5506, 4547)
    assert found(official, filter=f"S_INTERSECTS(outline, POINT({northing} {easting}))", filter_crs=crs.EPSG + "4547") == [MID]


REFUSED = {
    "": "api.empty", "name": "filter.cql2", "name = ": "filter.cql2", "name = 1": "filter.cql2", "floors_above = 'a'": "filter.cql2",
    "no_such = 1": "filter.property", "name = 'a' garbage": "filter.cql2", "name ~ 'a'": "filter.cql2", "name = 'a": "filter.cql2",
    "pg_sleep(10) = 1": "filter.cql2", "name = 'a'; DROP TABLE x": "filter.cql2", "S_INTERSECTS(name, POINT(1 2))": "filter.cql2",
    "S_INTERSECTS(outline, POLYGON((0 0, 1 1)))": "filter.cql2", "S_INTERSECTS(outline, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))": "filter.cql2",
    "S_INTERSECTS(outline, POINT(500 500))": "ogc.coordinates", "S_INTERSECTS(outline, POINT(1e999 0))": "filter.cql2",
    "valid_from = DATE('2020-13-01')": "filter.cql2", "T_AFTER(name, DATE('2020-01-01'))": "filter.cql2", "planned > true": "filter.cql2",
    "T_AFTER(valid_from, INTERVAL('2020-01-01'))": "filter.cql2", "name LIKE 'a\\'": "filter.cql2", "name LIKE name": "filter.cql2",
    "floors_above = 1e999": "filter.cql2", "CASEI(floors_above) = 'a'": "filter.cql2", "name BETWEEN 'a' AND 'b'": "filter.cql2",
    "outline = outline": "filter.cql2", "name + 1 = 2": "filter.cql2", "floors_above IN ()": "filter.cql2", "NOT": "filter.cql2",
    "(" * 100 + "planned" + ")" * 100: "filter.cql2", "NOT " * 100 + "planned": "filter.cql2", "floors_above = " + "-" * 500 + "1": "filter.cql2",
    " AND ".join(["planned"] * 500): "filter.cql2", "name = '" + "x" * 9000 + "'": "filter.cql2", "ACCENTI(name) = 'a'": "filter.cql2",
    "floors_above IN (" + ",".join("1" for _ in range(300)) + ")": "filter.cql2",
}  # fmt: skip


@pytest.mark.parametrize("filter_text", list(REFUSED))
def test_refused_with_a_sentence(official, city, filter_text: str) -> None:
    answer = official.get(ITEMS, {"filter": filter_text})
    assert answer.status_code == 400 and answer.json()["code"] == REFUSED[filter_text], answer.content.decode()


@pytest.mark.parametrize(
    "tree",
    ["[", "null", "1", '"x"', "{}", '{"op":"and","args":[true]}', '{"op":"=","args":[{"property":"name"}]}', '{"op":1,"args":[]}',
     '{"op":"=","args":[{"property":["name"]},"a"]}', '{"op":"=","args":[{"property":"name\\" OR 1=1 --"},"a"]}', '{"op":"like","args":[{"property":"name"},"\\u0000"]}',
     '{"op":"s_intersects","args":[{"property":"outline"},{"type":"Point","coordinates":["a",1]}]}',
     '{"op":"s_intersects","args":[{"property":"outline"},{"bbox":[1,2]}]}', "[" * 2000, '{"op":"not","args":[' * 60 + "true" + "]}" * 60],
)  # fmt: skip
def test_json_that_is_no_filter(official, city, tree: str) -> None:
    answer = official.get(ITEMS, {"filter": tree, "filter-lang": "cql2-json"})
    assert answer.status_code == 400, answer.content.decode()


words = st.sampled_from(
    ["AND", "OR", "NOT", "(", ")", "name", "floors_above", "outline", "valid_from", "=", "<>", "<", "LIKE", "BETWEEN", "IN", "IS", "NULL",
     "'a'", "'%'", "1", "-2.5", "DATE('2020-01-01')", "INTERVAL('..','2020-01-01')", "POINT(114 30)", "BBOX(1,2,3,4)", "S_INTERSECTS(", "T_AFTER(",
     "CASEI(", ",", "+", "*", "/", "true", "中文", "\"x\"", "'", ";"]
)  # fmt: skip


@given(st.lists(words, max_size=14).map(" ".join) | st.text(max_size=60))
def test_any_text_is_a_condition_or_a_refusal(source: str) -> None:
    known = queryables.of(registry.get("cim.building"))
    try:
        sql, params = translate.condition(source, "cql2-text", known)
    except Refusal as refusal:
        assert refusal.code.startswith(("filter.", "ogc."))
    else:
        assert sql.count("%s") == len(params)


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(
        [{"property": "name"}, {"property": "floors_above"}, {"property": "outline"}, {"date": "2020-01-01"}, {"bbox": [1, 2, 3, 4]},
         {"type": "Point", "coordinates": [1, 2]}, {"interval": ["..", "2020-01-01"]}]),
    lambda inner: st.lists(inner, max_size=3) | st.fixed_dictionaries({
        "op": st.sampled_from(["and", "or", "not", "=", "<", "like", "in", "between", "isNull", "s_within", "t_during", "casei", "+", "x"]),
        "args": st.lists(inner, max_size=3)}),
    max_leaves=12,
)  # fmt: skip


@given(trees)
def test_any_tree_is_a_condition_or_a_refusal(tree: object) -> None:
    known = queryables.of(registry.get("cim.building"))
    try:
        sql, params = translate.condition(json.dumps(tree), "cql2-json", known)
    except Refusal as refusal:
        assert refusal.code.startswith(("filter.", "ogc."))
    else:
        assert sql.count("%s") == len(params)


MOMENTS = {
    "T_DURING(TIMESTAMP('2020-01-01T10:00:00Z'), INTERVAL('2020-01-01T00:00:00Z', '..'))": True,
    "T_INTERSECTS(TIMESTAMP('2020-01-31T23:30:00+08:00'), INTERVAL('2020-01-01', '2020-01-31'))": True,  # the whole day in China
    "T_INTERSECTS(TIMESTAMP('2020-01-31T16:30:00Z'), INTERVAL('2020-01-01', '2020-01-31'))": False,
    "T_AFTER(TIMESTAMP('2020-01-01T12:00:00+08:00'), DATE('2020-01-01'))": False,
    "T_AFTER(TIMESTAMP('2020-01-02T00:00:00+08:00'), DATE('2020-01-01'))": True,
    "DATE('2020-01-01') = TIMESTAMP('2019-12-31T16:00:00Z')": True, "TIMESTAMP('2020-01-01T00:00:00Z') > DATE('2020-01-01')": True,
    "valid_from = '2020-01-01'": True, "valid_from IN (DATE('2020-01-01'), DATE('2021-01-01'))": True,
}  # fmt: skip


@pytest.mark.parametrize("filter_text", list(MOMENTS))
def test_days_beside_instants(official, build, filter_text: str) -> None:
    build("甲")
    assert found(official, filter=filter_text) == (["甲"] if MOMENTS[filter_text] else [])


spans = st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)).filter(lambda s: None in s or s[0] <= s[1])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(spans, spans)
def test_the_fifteen_relations_are_allens(db, one: tuple, other: tuple) -> None:
    """Against the definitions of OGC 21-065r2 table 9, written out once more on plain numbers."""
    (a, b), (c, d) = ((-99 if s is None else s, 99 if e is None else e) for s, e in (one, other))
    expected = {
        "t_after": a > d, "t_before": b < c, "t_contains": a < c and b > d, "t_disjoint": b < c or d < a, "t_during": a > c and b < d,
        "t_equals": (a, b) == (c, d), "t_finishedby": a < c and b == d, "t_finishes": a > c and b == d, "t_intersects": not (b < c or d < a),
        "t_meets": b == c, "t_metby": a == d, "t_overlappedby": a > c and a < d and b > d, "t_overlaps": a < c and b > c and b < d,
        "t_startedby": a == c and b > d, "t_starts": a == c and b < d,
    }  # fmt: skip

    def span(ends: tuple) -> temporal.Span:
        parts = [None if n is None else temporal.literal(str(date(2020, 1, 1 + n))) for n in ends]
        return temporal.Span(parts[0], parts[1], True)

    made = [temporal.relation(name, span(one), span(other)) for name in expected]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(sql for sql, _ in made), [value for _, params in made for value in params])
        assert dict(zip(expected, cursor.fetchone(), strict=True)) == expected
