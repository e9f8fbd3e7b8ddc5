"""Maps over 10⁶ buildings: tiles, feature queries and statistics over HTTP, beside pgbench and beside TiPg, in turns.

The register is a copy of the CIM base platform's building table in a schema of its own (``buildings_1000000``), kept between runs, with the
same indexes, policies and triggers, filled place by place as registers are (and as ``generate_city`` does it). Ours is granian with a county
official's session; TiPg is uvicorn on the same table, with the same columns, as the owner (it knows no scope, which is to its advantage).
TiPg needs a virtual environment of its own, made at the first run under ``var/tipg`` (``ZHUJIAN_TIPG`` names another); without it those rows
are left out and said so.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlparse

import psycopg

from bench.frame import BASE, Row, app_url, cluster, owner_url, per_second, pgbench, scope_sql

COUNT = int(os.environ.get("ZHUJIAN_BENCH_BUILDINGS", 10**6))
SCHEMA = f"buildings_{COUNT}"
TABLE = "cim_building"
COUNTY, LO = "420106000000", "420106"
TIPG = Path(os.environ.get("ZHUJIAN_TIPG", BASE / "var" / "tipg"))
LON, LAT = 114.33, 30.55
DISTRICT = {
    "type": "Polygon",
    "coordinates": [
        [[114.30, 30.52], [114.36, 30.51], [114.375, 30.55], [114.35, 30.59], [114.31, 30.585], [114.295, 30.55], [114.30, 30.52]]
    ],
}
PROVINCE = {"type": "Polygon", "coordinates": [[[108.5, 29.2], [116, 29.2], [116, 33], [108.5, 33], [108.5, 29.2]]]}
ROUNDS, SECONDS = 7, 1.0  # short and many: a machine with other work troubles both sides alike

# A twentieth of the buildings stand densely in one county; the others lie around a place inside every county.
FILL = """
INSERT INTO {schema}.{table} (feature_id, valid_from, valid_to, planned, region_code, parties, version, created_at, updated_at, code, name, address,
  use, structure, floors_above, floors_below, height_m, area_m2, cim_level, project_code, status, outline, source)
SELECT gen_random_uuid(), '2015-01-01'::date + n % 3000, NULL, false, region, '{{}}', 1, now(), now(), lpad(n::text, 26, '0'),
  '第' || n || '号楼', '', (ARRAY['10','20','31','40'])[1 + n % 4], '', 1 + n % 30, 0, 3.2 * (1 + n % 30), 300 + n % 5000, 1, '', 'in_use',
  ST_Multi(ST_MakePolygon(ST_MakeLine(ARRAY[ST_Point(x, y, 4490), ST_Point(x + w, y, 4490), ST_Point(x + w, y + h, 4490),
    ST_Point(x + w * 0.6, y + h, 4490), ST_Point(x + w * 0.6, y + h * 0.7, 4490), ST_Point(x, y + h * 0.7, 4490), ST_Point(x, y, 4490)]))), 'survey'
FROM (SELECT n, region, x0 + dx AS x, y0 + dy AS y, 0.00012 + (n * 7 % 100) * 0.000003 AS w, 0.0001 + (n * 13 % 100) * 0.000002 AS h
  FROM (SELECT n, n % 20 = 0 AS dense, 1 + (n::bigint * 7919) % (SELECT count(*) FROM spots) AS spot,
          sqrt(-2 * ln(1 - random())) AS r, 2 * pi() * random() AS a, random() AS u, random() AS v FROM generate_series(1, {count}) n) r
  JOIN spots ON spots.nr = r.spot,
  LATERAL (SELECT CASE WHEN dense THEN '420106000000' ELSE code END AS region, CASE WHEN dense THEN 114.29 ELSE lon END AS x0,
    CASE WHEN dense THEN 30.51 ELSE lat END AS y0, CASE WHEN dense THEN u * 0.08 ELSE r * cos(a) * 0.06 END AS dx,
    CASE WHEN dense THEN v * 0.08 ELSE r * sin(a) * 0.05 END AS dy) p) placed
ORDER BY region, floor(x * 50), floor(y * 50), n
"""
SPOTS = """
CREATE TEMPORARY TABLE spots AS SELECT row_number() OVER (ORDER BY code) AS nr, code, ST_X(p) AS lon, ST_Y(p) AS lat
FROM (SELECT code, ST_PointOnSurface(boundary) AS p FROM regions_regionboundary WHERE code ~ '^42....000000$' AND code !~ '^42..00') b
"""


def run() -> list[Row]:
    """Rows of the table; everything over HTTP except pgbench."""
    from zhujian.foundation.identity import testing
    from zhujian.foundation.identity.models import Account

    make()
    # The database stays between runs: numbers of earlier officials are taken.
    last = Account.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    testing._serial = itertools.count(100 + 3 * last)
    county, province = session(COUNTY), session("420000000000")
    rows: list[Row] = []
    with ours() as here, tipg() as there:
        peer = Caller(there) if there else None
        me, all_seeing = (Caller(here, {"Cookie": f"sessionid={cookie}"}) for cookie in (county, province))
        rows += tiles(me, peer)
        rows += far(all_seeing)
        rows += features(me, peer)
        rows += statistics(me, "片区", DISTRICT, 1.0)
        rows += statistics(all_seeing, "全省", PROVINCE, 0.0)
    if not there:
        print(f"  TiPg is not there ({TIPG}): its rows are left out.", flush=True)
    return rows


def tiles(me: Caller, peer: Caller | None) -> list[Row]:
    """Uncached tiles beside the bare database and TiPg, cached ones beside uncached.

    The dense tile (level 14, some 3,600 buildings) carries the bars; in smaller ones the fixed cost of a request (session, account,
    posts, scope) shows more, so they are told too. “First” is what a tile costs that is also written into the cache.
    """
    from zhujian.foundation.resources import geojson, registry

    rows = []
    columns = ",".join(item.name for item in geojson.shown_fields(registry.get("cim.building")))
    fresh, known = {"Cache-Control": "no-cache"}, {}
    for z, bar in ((14, 1.0), (15, 0.0), (16, 0.0)):
        x, y = place(z)
        address = f"/tiles/cim/building/{z}/{x}/{y}.mvt"
        theirs = f"/collections/{SCHEMA}.{TABLE}/tiles/WebMercatorQuad/{z}/{x}/{y}?properties={columns}"
        size = len(me.get(address))
        script = (
            "BEGIN;\n"
            + scope_sql(LO, LO + "~")
            + f"SET LOCAL search_path = {SCHEMA}, public;\n"
            + "".join(statements(address))
            + "COMMIT;\n"
        )
        acts: dict[str, Callable[[], float]] = {
            "ours": lambda a=address: per_second(lambda: me.get(a, fresh), seconds=SECONDS),
            "bare": lambda s=script: pgbench(s, seconds=int(SECONDS)),
            "first": lambda a=address: per_second(lambda: me.get(f"{a}?datetime={unheard_of()}"), seconds=SECONDS),
            "cached": lambda a=address: per_second(lambda: me.get(a, known), seconds=SECONDS),
        }
        if peer:
            note_peer = len(peer.get(theirs))
            acts["tipg"] = lambda a=theirs: per_second(lambda: peer.get(a), seconds=SECONDS)
        found = in_turns(acts)
        note = f"{size // 1024} KB"
        rows.append(Row(f"瓦片 z{z} 未缓存，比 pgbench", found["ours"], found["bare"], 0.6 * bar, note=note))
        if peer:
            rows.append(
                Row(f"瓦片 z{z} 未缓存，比 TiPg", found["ours"], found["tipg"], 1.5 * bar, note=f"TiPg {note_peer // 1024} KB")
            )
        rows.append(Row(f"瓦片 z{z} 首次（连同写入缓存），比 pgbench", found["first"], found["bare"]))
        rows.append(Row(f"瓦片 z{z} 缓存，比未缓存", found["cached"], found["ours"], 4.0 if z == 14 else 0.0))
    return rows


def far(me: Caller) -> list[Row]:
    """Views of the whole province: how large the largest tile is, how long the slowest takes when nothing is kept."""
    rows = []
    for z in (6, 7, 8, 9, 10, 12):
        largest, slowest = 0, 0.0
        for x, y in around(z):
            began = time.perf_counter()
            size = len(me.get(f"/tiles/cim/building/{z}/{x}/{y}.mvt", {"Cache-Control": "no-cache"}))
            slowest, largest = max(slowest, time.perf_counter() - began), max(largest, size)
        rows.append(Row(f"全省 {COUNT:,} 幢 z{z} 最大瓦片", largest / 1000, 500, 1.0, "KB", at_most=True))
        rows.append(Row(f"全省 {COUNT:,} 幢 z{z} 最慢瓦片", slowest * 1000, 1000, 1.0, "毫秒", at_most=True))
    return rows


def features(me: Caller, peer: Caller | None) -> list[Row]:
    """Ten features in a box."""
    if not peer:
        return []
    box = "114.33,30.55,114.34,30.56"
    address = f"/api/v1/cim/building/items.geojson?bbox={box}&limit=10"
    theirs = f"/collections/{SCHEMA}.{TABLE}/items?bbox={box}&limit=10&properties=name,use,status"
    assert len(json.loads(me.get(address))["features"]) == len(json.loads(peer.get(theirs))["features"]) == 10
    found = in_turns(
        {
            "ours": lambda: per_second(lambda: me.get(address), seconds=SECONDS),
            "tipg": lambda: per_second(lambda: peer.get(theirs), seconds=SECONDS),
        }
    )
    return [Row("要素查询（bbox，10 条），比 TiPg", found["ours"], found["tipg"], 2.0)]


def statistics(me: Caller, name: str, shape: dict, bar: float) -> list[Row]:
    """The slowest of five statistics of a drawn shape."""
    body = json.dumps({"layers": ["cim.building"], "shape": shape}).encode()
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        found = json.loads(me.post("/tiles/statistics", body))
        taken.append(time.perf_counter() - began)
    count = found["layers"]["cim.building"]["count"]
    return [Row(f"图上统计 {name}（{count:,} 幢 / {COUNT:,}）", max(taken) * 1000, 2000, bar, "毫秒", at_most=True)]


# What it stands on -------------------------------------------------------------------------------------------------------


class Caller:
    """One caller on one kept connection; the same for both sides."""

    def __init__(self, address: str, headers: dict[str, str] | None = None) -> None:
        self.address, self.headers = address, headers or {}
        self.line = http.client.HTTPConnection(address, timeout=60)

    def get(self, path: str, more: dict[str, str] | None = None) -> bytes:
        """The body of an answer that must be good."""
        self.line.request("GET", path, headers={**self.headers, **(more or {})})
        answer = self.line.getresponse()
        body = answer.read()
        assert answer.status in (200, 204), (answer.status, path, body[:500])
        return body

    def post(self, path: str, body: bytes) -> bytes:
        """The same, sending JSON with the page's token."""
        token = "x" * 32
        headers = {**self.headers, "Content-Type": "application/json", "X-CSRFToken": token}
        headers["Cookie"] += f"; csrftoken={token}"
        self.line.request("POST", path, body, headers)
        answer = self.line.getresponse()
        text = answer.read()
        assert answer.status == 200, (answer.status, text[:500])
        return text


_moments = itertools.count()


def unheard_of() -> str:
    """A moment of today that no tile was asked for yet: same features, another key."""
    number = time.time_ns() // 1000 % 10**9 + next(_moments)
    return f"{time.strftime('%Y-%m-%d')}T00:00:00.{number:09d}%2B08:00"


def in_turns(acts: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The middle of several rounds of each, taken in turns so that the machine's moods meet all alike."""
    seen: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, act in acts.items():
            seen[name].append(act())
    return {name: sorted(values)[len(values) // 2] for name, values in seen.items()}


def place(z: int) -> tuple[int, int]:
    """The tile that holds the middle of the dense county."""
    from zhujian.foundation.resources.maps.grids import WEB

    x = int((LON + 180) / 360 * (1 << z))
    y = next(y for y in range(1 << z) if WEB.bounds(z, x, y, buffer=0)[1] <= LAT)
    return x, y


def around(z: int) -> list[tuple[int, int]]:
    """Tiles that cover the province, or the densest few where there are many."""
    from zhujian.foundation.resources.maps.grids import WEB

    found = []
    for x in range(int((108.3 + 180) / 360 * (1 << z)), int((116.2 + 180) / 360 * (1 << z)) + 1):
        for y in range(int(0.40 * (1 << z)), int(0.43 * (1 << z)) + 1):
            west, south, east, north = WEB.bounds(z, x, y, buffer=0)
            if south < 33.3 and north > 29.0:
                found.append((x, y))
    centre = place(z)
    return sorted(found, key=lambda one: abs(one[0] - centre[0]) + abs(one[1] - centre[1]))[:12]


def make() -> None:
    """The table in its schema, if it is not there."""
    from zhujian.foundation.kernel import guards
    from zhujian.foundation.kernel.models import Guard
    from zhujian.foundation.resources import registry
    from zhujian.foundation.resources.maps import install

    with psycopg.connect(owner_url(), autocommit=True) as db:
        if db.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{SCHEMA}.{TABLE}"]).fetchone()[0]:  # type: ignore[index]
            return
        print(f"  {COUNT:,} buildings …", flush=True)
        with db.transaction():
            db.execute(f"CREATE SCHEMA {SCHEMA}")
            db.execute(f"CREATE TABLE {SCHEMA}.{TABLE} (LIKE public.{TABLE} INCLUDING ALL)")
            db.execute(SPOTS)
            db.execute(FILL.format(schema=SCHEMA, table=TABLE, count=COUNT))
            test = guards.TESTS[Guard.REGION_OR_PARTY]
            with db.cursor() as cursor:
                guards._guard(cursor, f"{SCHEMA}.{TABLE}", test, test)
            db.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {guards.APP_ROLE}")
            db.execute(f"GRANT SELECT ON {SCHEMA}.{TABLE} TO {guards.APP_ROLE}")
            db.execute(f"SET LOCAL search_path = {SCHEMA}, public")
            for statement in install.statements(registry.get("cim.building")):
                db.execute(statement)
        db.execute(f"VACUUM ANALYZE {SCHEMA}.{TABLE}")


def session(region: str) -> str:
    """A committed session of a viewer of the region; its cookie."""
    from django.db import transaction
    from django.test import Client

    from zhujian.foundation.identity.testing import login, make_official
    from zhujian.foundation.kernel import scope

    client = Client()
    with transaction.atomic(), scope.system("基准测试"):
        login(client, make_official(region, roles=("viewer",)))
    return client.cookies["sessionid"].value


def statements(address: str) -> list[str]:
    """The statements that one request sends to the register, ready for pgbench."""
    from django.db import connection, transaction
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from zhujian.foundation.identity.testing import login, make_official
    from zhujian.foundation.kernel import scope

    with transaction.atomic():
        client = Client()
        with scope.system("基准测试"):
            login(client, make_official(COUNTY, roles=("viewer",)))
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL search_path = {SCHEMA}, public")
        with CaptureQueriesContext(connection) as sent:
            assert client.get(address, headers={"Cache-Control": "no-cache"}).status_code == 200
        transaction.set_rollback(True)
    return [query["sql"].replace("\n", " ") + ";\n" for query in sent.captured_queries if f'"{TABLE}" t' in query["sql"]]


@contextmanager
def served(command: list[str], env: dict[str, str], ready: str) -> Iterator[str]:
    """A server as a child, until the block ends; its host and port."""
    port = cluster.free_port()
    log = BASE / "var" / f"bench-{Path(command[2]).stem}.log"
    with log.open("wb") as out:
        child = subprocess.Popen([word.format(port=port) for word in command], cwd=BASE, env=env, stdout=out, stderr=out)
        try:
            for _ in range(300):
                try:
                    Caller(f"127.0.0.1:{port}").get(ready)
                    break
                except (OSError, http.client.HTTPException):
                    if child.poll() is not None:
                        raise RuntimeError(f"the server ended, see {log}") from None
                    time.sleep(0.2)
            yield f"127.0.0.1:{port}"
        finally:
            child.terminate()
            child.wait(20)


@contextmanager
def ours() -> Iterator[str]:
    """granian as it runs in production, with one worker, reading the benchmark's schema."""
    path = quote(f"-c search_path={SCHEMA},public")
    urls = {"DATABASE_URL": owner_url(), "DATABASE_APP_URL": f"{app_url()}?options={path}"}
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1", "--blocking-threads", "4",
        "--no-ws", "--log-level", "warning", "zhujian.wsgi:application",
    ]  # fmt: skip
    with served(command, {**os.environ, **urls}, "/login/") as address:
        yield address


@contextmanager
def tipg() -> Iterator[str]:
    """TiPg under uvicorn with one worker; empty when it cannot be installed."""
    python = TIPG / "bin" / "python"
    if not python.exists():
        made = subprocess.run([sys.executable, "-m", "venv", str(TIPG)], check=False)
        if (
            made.returncode
            or subprocess.run([python, "-m", "pip", "install", "-q", "tipg", "uvicorn[standard]"], check=False).returncode
        ):
            yield ""
            return
    parts = urlparse(owner_url())
    env = {
        **os.environ,
        "DATABASE_URL": parts.geturl(),
        "TIPG_DB_SCHEMAS": json.dumps([SCHEMA]),
        "TIPG_MAX_FEATURES_PER_TILE": "20000",
    }
    for name in ("PYTHONPATH", "DJANGO_SETTINGS_MODULE"):
        env.pop(name, None)
    command = [
        str(python),
        "-m",
        "uvicorn",
        "tipg.main:app",
        "--host",
        "127.0.0.1",
        "--port",
        "{port}",
        "--log-level",
        "warning",
        "--timeout-keep-alive",
        "300",
    ]
    with served(command, env, "/healthz") as address:
        yield address


__all__ = ["make", "run", "session"]
