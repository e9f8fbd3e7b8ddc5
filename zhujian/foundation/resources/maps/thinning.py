"""Far out a layer shows a fair sample of its features, each with how many it stands for, and every large one.

Each feature has a rank from 0 to 6 (`zj_rank`, installed by `install`): a fourth of all have at least 1, a sixteenth at least 2 and so on,
spread evenly over the register by its id; a feature that spans more than 64 m × 2ⁿ has at least rank n + 1, however its id falls. A tile takes
the smallest rank from which on it holds few enough features, counted among what its reader may see: nothing about hidden rows enters,
whatever the filter or the time asked for. Partial indexes over ranks keep this independent of the register's size. Small features that
fall into the same 4-pixel cell become one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

BELOW = 14  # from this level on tiles show everything, unless it is too much
BUDGET = 5000  # features of a tile, about
HIGHEST = 6
INDEXED = (2, 4, 6)  # ranks with an index of their own
SPAN = 0.0006  # degrees: a feature that spans this is never sampled away at rank 1; every doubling is worth one rank
CELLS = 128  # cells along a tile's side

# The hash multiplies by 2³²/φ: consecutive ids fall as far from each other as they can. Zero span for points.
FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION zj_rank_of_id(id bigint) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(-ln(((((id & 2147483647) * 2654435769) & 4294967295) + 1)::float8 / 4294967296) / ln(4::float8))::integer;
CREATE OR REPLACE FUNCTION zj_rank_of_span(g geometry) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(ln(greatest(ST_Length(ST_BoundingDiagonal(g)), 1e-9) / {SPAN / 2}) / ln(2::float8))::integer;
"""


def rank(column: str, *, points: bool) -> str:
    """SQL of a row's rank; `column` is the qualified geometry, the row's key is taken from the same table."""
    prefix = column.rpartition(".")[0]
    by_id = f'zj_rank_of_id({prefix + "." if prefix else ""}"id")'
    return by_id if points else f"greatest({by_id}, zj_rank_of_span({column}))"


def at_least(column: str, level: int, *, points: bool) -> str:
    """SQL condition: rank `level` or more, said so that the index made for it serves."""
    if level <= 0:
        return "true"
    found = [f"{rank(column, points=points)} >= {level:d}"]
    indexed = max((one for one in INDEXED if one <= level), default=0)
    if indexed not in (0, level):
        found.append(f"{rank(column, points=points)} >= {indexed:d}")
    return " AND ".join(found)


def level_sql(table: str, column: str, where: str, *, points: bool) -> tuple[str, int]:
    """SQL of the smallest rank that leaves a tile few enough features, and how often the condition `where` stands in it.

    From the highest rank down until a rank has more than a quarter of the budget; the next one down would have about four times as
    many. PostgreSQL evaluates the cases in order and only as far as needed; no count looks at more rows than the budget.
    """
    enough = BUDGET // 4
    cases = "".join(
        f"WHEN (SELECT count(*) FROM (SELECT 1 FROM {table} t WHERE {where} AND {at_least(column, level, points=points)} "  # noqa: S608
        f"LIMIT {enough + 1:d}) n) > {enough:d} THEN {level:d} "
        for level in range(HIGHEST, 0, -1)
    )
    return f"SELECT CASE {cases}ELSE 0 END", HIGHEST


def only_points(resource: Resource) -> bool:
    """Whether every feature of the layer is a point, so that its span says nothing."""
    return resource.model._meta.get_field(resource.shape.name).geom_type == "POINT"  # type: ignore[union-attr]
