"""A point's unit grid and the body responsible for a class there, among 100,000 grids of a city (bar: 2 ms)."""

from __future__ import annotations

import random

import psycopg

from bench.frame import Row, milliseconds, owner_url

CITY = "420100000000"
SIDE = 316
WEST, SOUTH, EAST, NORTH = 113.8, 30.0, 0.00104, 0.0009
FILL = f"""
INSERT INTO digital_city_grid (region_code, parties, version, created_at, updated_at, feature_id, valid_from, planned, code, alias, community,
  boundary, area_m2, land_use, level, responsible, replaced_by, note)
SELECT c || lpad((n / 900)::text, 3, '0'), '{{}}', 1, now(), now(), gen_random_uuid(), '2021-07-01', false,
  c || lpad((n / 900)::text, 3, '0') || lpad((n % 900 + 1)::text, 3, '0'), '', c || lpad((n / 900)::text, 3, '0'),
  ST_MakeEnvelope({WEST} + (n % {SIDE}) * {EAST}, {SOUTH} + (n / {SIDE}) * {NORTH}, {WEST} + (n % {SIDE} + 1) * {EAST},
    {SOUTH} + (n / {SIDE} + 1) * {NORTH}, 4490), 9990, 'live', '2', '', '{{}}', ''
FROM (SELECT n, '420106001' AS c FROM generate_series(0, {SIDE * SIDE - 1}) n) s
ON CONFLICT DO NOTHING
"""  # noqa: S608


def run() -> list[Row]:
    """Median and slowest percent of one question, as a dispatcher of the city."""
    from django.db import transaction

    from zhujian.boards.city_management.digital_city.models import Responsibility
    from zhujian.boards.city_management.digital_city.selectors import duties, grid_at
    from zhujian.foundation.identity.models import Organisation
    from zhujian.foundation.identity.testing import make_official, scope_of
    from zhujian.foundation.kernel import scope

    with psycopg.connect(owner_url(), autocommit=True) as db:
        if not db.execute("SELECT count(*) > 90000 FROM digital_city_grid").fetchone()[0]:  # type: ignore[index]
            db.execute(FILL)
            db.execute("VACUUM ANALYZE digital_city_grid")
    chance = random.Random(4)
    with transaction.atomic():
        with scope.system("基准测试"):
            official = make_official(CITY, roles=("viewer",))
            office = Organisation.objects.create(code="9" * 18, name="基准", kind="utility", region_code=CITY)
            for number in range(60):
                Responsibility.objects.create(kind="component", class_code=f"01{number + 1:02d}", area=CITY, role="maintainer",
                                              organisation=office, region_code=CITY, valid_from="2021-07-01")  # fmt: skip
        with scope.acting(scope_of(official)):

            def one() -> None:
                found = grid_at(WEST + chance.random() * EAST * SIDE, SOUTH + chance.random() * NORTH * SIDE)
                assert found is not None
                assert duties.responsible("component", "0137", found.code) is not None

            median, worst = milliseconds(one, times=400)
        transaction.set_rollback(True)
    return [
        Row("点到单元网格和责任单位（10 万网格）", median, 2.0, 1.0, "毫秒", at_most=True, note=f"最慢百分之一 {worst:.2f} 毫秒")
    ]
