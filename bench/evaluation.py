"""The monthly evaluation of a city: 300,000 cases of the month among a million, with reports, log and errands, lying as they came in.

The rows stand in a schema of their own (kept between runs) in copies of the case tables with the same policies and the same b-tree
indexes. Measured as an assessor of the city: every count, indicator, score and place of every district, street, community, grid,
department and post. ``ZHUJIAN_BENCH_CASES`` changes the number of cases of the month.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import psycopg

from bench.frame import Row, owner_url

CASES = int(os.environ.get("ZHUJIAN_BENCH_CASES", "300000"))
EARLIER = 7 * CASES // 3  # closed in earlier months
SCHEMA = f"month2_{CASES}"  # the number changes with the shape of the rows
CITY, MONTH = "420100000000", "2025-10"
TABLES = ("command_case", "command_report", "command_casestep", "command_errand", "command_suspension", "evaluation_deviation")
LIMIT = 10_000  # milliseconds

# n: number of the case; `opened`: when it was reported; late, open_ and held: what became of it.
BASE = """
CREATE TEMPORARY TABLE base AS SELECT n, v.code AS community, v.code || lpad((1 + n % 7)::text, 3, '0') AS grid,
  CASE WHEN n <= {cases} THEN timestamptz '2025-10-01 00:00+08' + n * interval '30 days' / {cases}
    ELSE timestamptz '2025-03-01 00:00+08' + (n - {cases}) * interval '210 days' / {earlier} END AS opened,
  n % 13 = 0 AS late, n % 41 = 0 AND n <= {cases} AS open_, n % 97 = 0 AND n <= {cases} AS held
FROM generate_series(1, {cases} + {earlier}) n JOIN spots v ON v.nr = 1 + (n::bigint * 7919) % {spots}
"""
SPOTS = """
CREATE TEMPORARY TABLE spots AS SELECT row_number() OVER (ORDER BY code) AS nr, code FROM regions_region
WHERE level = 'village' AND code LIKE '4201%%' AND valid_to IS NULL
"""
ORG = "'11420100MB' || lpad((n % 60)::text, 8, '0')"
CASE = {
    "id": "n", "number": "'420100' || lpad(n::text, 13, '0')", "region_code": "community", "community": "community", "grid_code": "grid",
    "state": "CASE WHEN open_ THEN 'handling' ELSE 'closed' END", "close_kind": "CASE WHEN open_ THEN '' ELSE 'normal' END", "suspended": "held",
    "kind": "'event'", "class_code": "'01' || lpad((n % 30)::text, 2, '0')", "class_name": "'暴露垃圾'", "source": "'patrol'",
    "description": "'路面有暴露垃圾'", "location": "ST_SetSRID(ST_MakePoint(114.2, 30.5), 4490)", "urgent": "n % 50 = 0", "reported_at": "opened",
    "created_at": "opened", "accepted_at": "opened + interval '5 minutes'", "accepted_by": "n % 40", "registered_at": "opened + interval '9 minutes'",
    "register_due": "opened + interval '15 minutes'", "dispatched_at": "opened + interval '15 minutes'", "dispatched_by": "n % 15", "org_code": ORG,
    "due": "opened + interval '1 day'", "handled_at": "CASE WHEN NOT open_ THEN opened + interval '20 hours' * (1 + late::int) END",
    "closed_at": "CASE WHEN NOT open_ THEN opened + interval '22 hours' * (1 + late::int) END", "reworks": "(n % 30 = 0)::int",
    "satisfaction": "CASE WHEN n % 5 = 0 THEN (1 + n % 4)::text ELSE '' END", "called_back_at": "CASE WHEN n % 5 = 0 THEN opened + interval '2 days' END",
}  # fmt: skip
REPORT = {
    "number": "'R' || lpad(n::text, 15, '0') || k", "client_key": "gen_random_uuid()", "region_code": "community", "community": "community",
    "grid_code": "grid", "source": "CASE WHEN k = 1 THEN 'patrol' ELSE 'hotline_12345' END", "reporter": "CASE WHEN k = 1 THEN n % 300 END",
    "taken_by": "n % 40", "description": "'路面有暴露垃圾'", "location": "ST_SetSRID(ST_MakePoint(114.2, 30.5), 4490)", "captured_at": "opened",
    "received_at": "opened", "state": "CASE WHEN k = 1 THEN 'registered' ELSE 'merged' END", "case_id": "n", "created_at": "opened",
}  # fmt: skip
STEP = {
    "case_id": "n", "region_code": "community", "node": "s.node", "action": "s.action", "actor": "n % 15", "at": "opened + s.after",
    "created_at": "opened", "detail": "CASE WHEN s.action = 'return' THEN '{\"reason_code\": \"not_mine\"}'::jsonb ELSE '{}'::jsonb END",
}  # fmt: skip
STEPS = """JOIN (VALUES ('register', 'register', 1, interval '9 minutes'), ('dispatch', 'dispatch', 1, interval '15 minutes'),
  ('department', 'assign', 1, interval '1 hour'), ('handle', 'handle', 1, interval '20 hours'), ('close', 'close', 1, interval '22 hours'),
  ('department', 'return', 25, interval '40 minutes'), ('check', 'check:fail', 30, interval '21 hours')) s(node, action, every, after)
  ON n % s.every = 0"""
ERRAND = {
    "case_id": "n", "region_code": "community", "kind": "'check'", "inspector": "n % 300", "sent_at": "opened + interval '20 hours'",
    "due": "opened + interval '20 hours 30 minutes'", "done_at": "opened + interval '20 hours' + (n % 40) * interval '1 minute'",
    "created_at": "opened",
}  # fmt: skip
PAUSE = {
    "case_id": "n", "region_code": "community", "asked_at": "opened", "started_at": "opened + interval '2 hours'", "until": "date '2026-01-31'",
    "state": "'running'", "created_at": "opened",
}  # fmt: skip
FILLS = (
    ("command_case", CASE, "base"), ("command_report", REPORT, "base JOIN generate_series(1, 2) k ON k = 1 OR n % 6 = 0"),
    ("command_casestep", STEP, f"base {STEPS}"), ("command_errand", ERRAND, "base WHERE NOT open_"), ("command_suspension", PAUSE, "base WHERE held"),
)  # fmt: skip
EMPTY = {"text": "''", "character varying": "''", "boolean": "false", "jsonb": "'[]'", "ARRAY": "'{}'", "timestamp with time zone": "now()",
         "date": "current_date"}  # fmt: skip


def run() -> list[Row]:
    """The whole month and one ranking of it, each as the middle of three, and a freeze."""
    from django.db import connection, transaction

    from zhujian.boards.city_management.evaluation.rules.periods import parse
    from zhujian.boards.city_management.evaluation.selectors import standings, tallies
    from zhujian.boards.city_management.evaluation.services import freezing
    from zhujian.foundation.identity.testing import make_official, scope_of
    from zhujian.foundation.kernel import scope

    make()
    rows = []
    with transaction.atomic():
        with scope.system("基准测试"):
            assessor = scope_of(make_official(CITY, "UMS", roles=("assessor",)))
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL search_path = {SCHEMA}, public")
        with scope.acting(assessor):
            where = tallies.window(CITY, parse(MONTH))
            found = standings.calculate(where)
            whole = found.rows["city"][0].counts
            assert whole["registered"] > CASES * 0.99 and whole["to_handle"] > CASES * 0.8, whole
            targets = sum(len(some) for some in found.rows.values())
            note = f"{whole['registered']:,} 件立案，{targets:,} 个对象"
            rows.append(
                Row(
                    f"城市月度评价（{CASES:,} 件案件，全部对象）",
                    middle(lambda: standings.calculate(where)),
                    LIMIT,
                    1.0,
                    "毫秒",
                    True,
                    note,
                )
            )
            one = middle(lambda: standings.calculate(where, ("county",)))
            rows.append(Row("城市月度评价，只排区县", one, LIMIT, 0.0, "毫秒", True))
            began = time.perf_counter()
            listed = tallies.rows(where, "handled_late", "city", CITY)
            rows.append(
                Row(
                    "从数字到案件清单（第一页）",
                    (time.perf_counter() - began) * 1000,
                    LIMIT,
                    0.0,
                    "毫秒",
                    True,
                    f"{len(listed.ids)} 条",
                )
            )
            began = time.perf_counter()
            freezing.do_freeze(CITY, parse(MONTH))
            rows.append(Row("计算并冻结（连同明细和存证）", (time.perf_counter() - began) * 1000, LIMIT, 0.0, "毫秒", True))
        transaction.set_rollback(True)
    return rows


def middle(act: Callable[[], object], times: int = 3) -> float:
    """Milliseconds of the middle of some runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[times // 2]


def make() -> None:
    """The tables in their schema, if they are not there."""
    from zhujian.foundation.kernel import guards
    from zhujian.foundation.kernel.models import Guard

    with psycopg.connect(owner_url(), autocommit=True) as db:
        if db.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{SCHEMA}.ready"]).fetchone()[0]:  # type: ignore[index]
            return
        print(f"  {CASES + EARLIER:,} cases …", flush=True)
        with db.transaction():
            # Unlogged: read like any other table, filled without writing everything twice.
            db.execute(
                "SELECT set_config('maintenance_work_mem', '512MB', true), set_config('work_mem', '256MB', true), "
                "set_config('synchronous_commit', 'off', true)"
            )
            db.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            db.execute(f"CREATE SCHEMA {SCHEMA}")
            for table in TABLES:
                db.execute(
                    f"CREATE UNLOGGED TABLE {SCHEMA}.{table} (LIKE public.{table} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY)"
                )
            db.execute(SPOTS)
            spots = db.execute("SELECT count(*) FROM spots").fetchone()[0]  # type: ignore[index]
            db.execute(BASE.format(cases=CASES, earlier=EARLIER, spots=spots))
            db.execute("ANALYZE base")
            for table, values, source in FILLS:
                began = time.perf_counter()
                filled = db.execute(fill(db, table, values, source)).rowcount
                print(f"  {table}: {filled:,} rows in {time.perf_counter() - began:.0f} s", flush=True)
            for table in TABLES:
                began = time.perf_counter()
                for (text,) in db.execute(
                    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = %s", [table]
                ).fetchall():
                    if "USING btree" in text:
                        db.execute(text.replace(f" ON public.{table} ", f" ON {SCHEMA}.{table} "))
                with db.cursor() as cursor:
                    test = guards.TESTS[Guard.REGION_OR_PARTY]
                    guards._guard(cursor, f"{SCHEMA}.{table}", test, test)
                db.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {guards.APP_ROLE}")
                print(f"  {table}: indexes in {time.perf_counter() - began:.0f} s", flush=True)
            db.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {guards.APP_ROLE}")
            db.execute(f"CREATE TABLE {SCHEMA}.ready ()")
        for table in TABLES:
            db.execute(f"VACUUM ANALYZE {SCHEMA}.{table}")


def fill(db: psycopg.Connection, table: str, values: dict[str, str], source: str) -> str:
    """An INSERT that gives `values`, and something empty to every other column that needs a value."""
    columns = db.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s AND is_nullable = 'NO' "
        "AND is_generated = 'NEVER' AND is_identity = 'NO' AND column_default IS NULL",
        [table],
    ).fetchall()
    needed = {name: EMPTY.get(kind, "0") for name, kind in columns if name not in values}
    given = {**needed, **values}
    override = " OVERRIDING SYSTEM VALUE" if "id" in values else ""
    order = "opened + s.after" if table == "command_casestep" else "opened"  # rows lie as they would have come in
    return f"INSERT INTO {SCHEMA}.{table} ({', '.join(given)}){override} SELECT {', '.join(given.values())} FROM {source} ORDER BY {order}"


__all__ = ["make", "run"]
