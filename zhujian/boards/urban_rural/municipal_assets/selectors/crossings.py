"""Pairs of pipes that come close, measured by the database, judged by `rules.clearance`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from zhujian.boards.urban_rural.municipal_assets.rules import clearance as rules
from zhujian.boards.urban_rural.municipal_assets.rules.topology import ERROR, WARN, Checked, Finding
from zhujian.boards.urban_rural.municipal_assets.selectors.pipes import LINES, Extent
from zhujian.foundation.kernel import geo
from zhujian.foundation.kernel.errors import Refusal

GAS = ("RQ", "TR", "MQ", "YH")
SEWERS = ("PS", "YS", "WS", "HS")
PAIR = (
    "{a}.id, coalesce(nullif({a}.code, ''), {a}.id::text), {a}.kind, {a}.start_invert::float8, {a}.end_invert::float8, "
    "coalesce({a}.diameter_mm, {a}.width_mm, 0)::float8, coalesce({a}.diameter_mm, {a}.height_mm, 0)::float8, {a}.pressure, "
    "{a}.pressure_mpa::float8, {a}.buried_form"
)
NEAR = """
SELECT %(columns)s, ST_Distance(ag, bg), ST_Crosses(ag, bg), ST_LineLocatePoint(ag, ST_ClosestPoint(ag, bg)),
       ST_LineLocatePoint(bg, ST_ClosestPoint(bg, ag)), ST_X(at), ST_Y(at)
  FROM {lines} a JOIN {lines} b ON b.geom && ST_Expand(a.geom, %%s) AND b.id <> a.id
  CROSS JOIN LATERAL (SELECT ST_Transform(a.geom, {zone}) AS ag, ST_Transform(b.geom, {zone}) AS bg) g
  CROSS JOIN LATERAL (SELECT ST_Transform(ST_ClosestPoint(ag, bg), 4490) AS at) n
 WHERE %(where)s AND ST_DWithin(ag, bg, %%s)
"""


class Tables:
    """Classes and demanded distances of GB 50289 from the parameters."""

    def __init__(self, values: Any) -> None:
        self.groups = values("clearance_group")
        self.classes = values("gas_pressure_class")
        self.horizontal = values("clearance_horizontal")
        self.vertical = values("clearance_vertical")

    def section(self, row: Sequence[Any], fraction: float) -> rules.Section:
        """A pipe of a `PAIR` row where it is nearest to the other."""
        _, _, kind, start, end, width, height, pressure, mpa, buried = row
        group = rules.group_of(
            kind,
            self.groups,
            pressure=pressure or rules.pressure_class(mpa, self.classes),
            diameter_mm=width or None,
            buried=buried,
        )
        return rules.Section(group, rules.invert_at(start, end, fraction), width, height)

    def judge(self, one: rules.Section, two: rules.Section, *, centre_m: float, crosses: bool) -> rules.Clearance:
        """Net distances of two sections against the tables."""
        return rules.clearance(one, two, centre_m=centre_m, crosses=crosses, horizontal=self.horizontal, vertical=self.vertical)


def near(where: str, values: Sequence[Any], zone: int, metres: float, lat: float, limit: int) -> list[tuple[Any, ...]]:
    """Pairs (a, b) of pipes nearer than `metres`: ten columns of each, distance of centre lines, whether they cross, place on each
    (0–1), longitude and latitude there. `where` may name a and b."""
    degrees = geo.degrees_of(metres, lat)
    columns = f"{PAIR.format(a='a')}, {PAIR.format(a='b')}"
    sql = NEAR.format(lines=LINES, zone=int(zone)) % {"columns": columns, "where": where}
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {int(limit)}", [degrees, *values, metres])
        return cursor.fetchall()


def gas_and_sewers(extent: Extent, zone: int, values: Any) -> Checked:
    """Gas pipes that cross or run beside a sewer closer than GB 50289 allows."""
    tables = Tables(values)
    metres = values.number("clearance_search_m")
    most = int(values("topology_most"))
    where_a, values_a = extent.where("a", kinds=False)
    where_b, values_b = extent.where("b", kinds=False)
    if extent.kinds and not set(extent.kinds) & {*GAS, *SEWERS}:
        return Checked([])
    condition = f"a.kind = ANY(%s) AND b.kind = ANY(%s) AND {where_a} AND {where_b}"
    rows = near(condition, [list(GAS), list(SEWERS), *values_a, *values_b], zone, metres, 30.0, most + 1)
    if len(rows) > most:
        raise Refusal("topology.large", "所选范围内燃气与排水相近的管线过多，请缩小范围。")
    done = Checked([], len(rows))
    for row in rows:
        gas, sewer = row[:10], row[10:20]
        centre, crosses, at_gas, at_sewer, lon, lat = row[20:]
        judged = tables.judge(tables.section(gas, at_gas), tables.section(sewer, at_sewer), centre_m=centre, crosses=crosses)
        if not judged.judged:
            done.unknown += 1
        elif judged.short_m:
            done.findings.append(_finding(gas, sewer, judged, lon, lat))
    return done


def _finding(gas: Sequence[Any], sewer: Sequence[Any], judged: rules.Clearance, lon: float, lat: float) -> Finding:
    way, have, need = (
        ("交叉处垂直", judged.vertical, judged.need_vertical)
        if judged.crosses
        else ("并行处水平", judged.horizontal, judged.need_horizontal)
    )
    text = f"燃气管线{gas[1]}与排水管线{sewer[1]}{way}净距 {have:.2f} 米，小于 GB 50289 要求的 {need:.2f} 米，请复测；属实的应加套管、移位等保护。"
    facts: dict[str, float | int | str] = {
        "have_m": round(have or 0.0, 3), "need_m": need or 0.0, "crosses": int(judged.crosses), "lon": round(lon, 8), "lat": round(lat, 8),
    }  # fmt: skip
    severity = ERROR if judged.crosses or (have or 0.0) < 0 else WARN
    return Finding("clearance", severity, text, line=gas[0], other=sewer[0], facts=facts)
