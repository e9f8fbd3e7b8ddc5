"""List pages of a register at 10⁴ and 10⁶ rows (10⁷ with ``ZHUJIAN_BENCH_ROWS=10000000``) beside the bare database.

Each size is a copy of the standards' table in a schema of its own (kept between runs) with the same indexes and policies. Ours is a
whole request through the application; the limit is pgbench running the same statements under the same scope.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import psycopg

from bench.frame import Row, milliseconds, owner_url, per_second, pgbench, scope_sql

SIZES = [10**4, 10**6]
TABLE = "standards_standard"
PAGES = (
    ("列表页", "/r/standards/standard/?status=current", 0.2),
    ("列表页按日期", "/r/standards/standard/?sort=-effective", 0.0),
    ("搜索名称", "/r/standards/standard/?q=abcde", 0.0),
    ("接口列表", "/api/v1/standards/standard?status=current", 0.0),
)
COUNTY = "420106000000"


def run() -> list[Row]:
    """Rows for a county official's page and API list at each size, and how flat the slowest percent stays."""
    most = int(os.environ.get("ZHUJIAN_BENCH_ROWS", SIZES[-1]))
    sizes = sorted({*(size for size in SIZES if size <= most), most})
    caller = Caller()
    rows, slowest = [], {}
    for size in sizes:
        make(size)
        caller.use(size)
        for name, address, bar in PAGES:
            ours, own = per_second(caller.request(address)), caller.statements(address)
            limit = pgbench(
                f"BEGIN;\n{scope_sql('420106', '420106~')}SET LOCAL search_path = size_{size}, public;\n{''.join(own)}COMMIT;\n"
            )
            rows.append(Row(f"{name} {size:,} 行", ours, limit, bar if size == sizes[-1] else 0.0))
        slowest[size] = milliseconds(caller.request("/r/standards/standard/?status=current"), times=200)[1]
    first, last = sizes[0], sizes[-1]
    rows.append(Row(f"列表页 p99：{last:,} 行比 {first:,} 行", slowest[last], slowest[first], 1.5, "毫秒", at_most=True))
    caller.close()
    return rows


def make(size: int) -> None:
    """The table of `size` rows in its schema, if it is not there."""
    from zhujian.foundation.kernel import guards
    from zhujian.foundation.kernel.models import Guard

    with psycopg.connect(owner_url(), autocommit=True) as db:
        if db.execute("SELECT to_regclass(%s) IS NOT NULL", [f"size_{size}.{TABLE}"]).fetchone()[0]:  # type: ignore[index]
            return
        print(f"  {size:,} rows …", flush=True)
        with db.transaction():
            db.execute(f"CREATE SCHEMA size_{size}")
            db.execute(f"CREATE TABLE size_{size}.{TABLE} (LIKE public.{TABLE} INCLUDING ALL)")
            db.execute(FILL.format(schema=f"size_{size}", table=TABLE, size=size))
            with db.cursor() as cursor:
                test = guards.TESTS[Guard.REGION_OR_PARTY]
                guards._guard(cursor, f"size_{size}.{TABLE}", test, test)
            db.execute(f"GRANT USAGE ON SCHEMA size_{size} TO {guards.APP_ROLE}")
            db.execute(f"GRANT SELECT ON size_{size}.{TABLE} TO {guards.APP_ROLE}")
        db.execute(f"VACUUM ANALYZE size_{size}.{TABLE}")


FILL = """
INSERT INTO {schema}.{table} (region_code, parties, version, created_at, updated_at, no, title, class5, level, status, mandatory,
  issuer, issued, effective, scope_modules, summary, contact)
SELECT code, ARRAY['org:' || lpad((n % 50000)::text, 18, '0')], 1, now(), now(), 'DB42/T ' || n || '-2026', '标准 ' || md5(n::text),
  'collect', 'local', CASE WHEN n % 10 = 0 THEN 'repealed' ELSE 'current' END, false, '', '1999-12-01', date '2000-01-01' + n % 9000,
  '{{}}', '', ''
FROM (SELECT n, codes[1 + (n::bigint * 7919) % array_length(codes, 1)] AS code FROM generate_series(1, {size}) n,
  (SELECT array_agg(DISTINCT code) AS codes FROM regions_region WHERE level = 'county' AND valid_to IS NULL) c) rows
"""


class Caller:
    """A county official's requests through the application, in this process, on one connection."""

    def __init__(self) -> None:
        from django.db import connection, transaction
        from django.test import Client

        from zhujian.foundation.identity.testing import login, make_official
        from zhujian.foundation.kernel import scope

        self.connection = connection
        self.client = Client()
        self.outer = transaction.atomic()  # the person and the session go when the benchmark ends
        self.outer.__enter__()
        with scope.system("基准测试"):
            login(self.client, make_official(COUNTY, roles=("viewer",)))

    def use(self, size: int) -> None:
        """Read the table of this size."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL search_path = size_{size}, public")

    def request(self, address: str) -> Callable[[], Any]:
        """One whole request."""

        def act() -> Any:
            answer = self.client.get(address)
            assert answer.status_code == 200
            return answer

        return act

    def statements(self, address: str) -> list[str]:
        """The statements that the request sends to the register, ready for pgbench."""
        from django.test.utils import CaptureQueriesContext

        self.client.get(address)
        with CaptureQueriesContext(self.connection) as sent:
            self.client.get(address)
        return [query["sql"].replace("\n", " ") + ";\n" for query in sent.captured_queries if TABLE in query["sql"]]

    def close(self) -> None:
        """Undo everything."""
        from django.db import transaction

        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)


def explain(size: int, region_lo: str = "420106", keys: str = "{}", where: str = "true", order: str = "id DESC") -> str:
    """The plan of a list under a scope, for people who want to know why a number is what it is."""
    with psycopg.connect(owner_url()) as db:
        db.execute("SET ROLE zhujian_app")
        db.execute(scope_sql(region_lo, region_lo + "~", keys))
        text = f"EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM size_{size}.{TABLE} t WHERE {where} ORDER BY {order} LIMIT 51"
        return "\n".join(row[0] for row in db.execute(text).fetchall())


__all__ = ["explain", "make", "run"]
