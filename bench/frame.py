"""What benchmarks share: the row of the table, timing, pgbench on the bench database, bulk loading.

Benchmarks run in a database of their own (``zj_bench``): migrated, with reference data, without demo data; it stays between runs,
so a benchmark makes its rows only when they are missing. Django is set up as the application's role.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE / "tools"))
import cluster  # noqa: E402  (stands in tools/)
import remote  # noqa: E402

DATABASE = "zj_bench"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    `ours` and `limit` are in `unit` (operations per second unless said otherwise). `ratio` = ours / limit. The row passes when the
    ratio is at least `bar`, or at most `bar` when `at_most` (for times and memory). A `bar` of 0 only informs.
    """

    name: str
    ours: float
    limit: float
    bar: float = 0.0
    unit: str = "次/秒"
    at_most: bool = False
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours as a share of the limit."""
        return self.ours / self.limit if self.limit else float("inf")

    @property
    def passed(self) -> bool:
        """Whether the ratio keeps the bar."""
        if not self.bar:
            return True
        return self.ratio <= self.bar if self.at_most else self.ratio >= self.bar


def owner_url() -> str:
    """Address of the bench database as its owner."""
    return _named("owner")


def app_url() -> str:
    """Address of the bench database as the application's role."""
    return _named("app")


def _named(role: str) -> str:
    return urlparse(cluster.ensure()[role])._replace(path=f"/{DATABASE}").geturl()


def per_second(act: Callable[[], object], *, seconds: float = 3.0, warm_up: int = 3) -> float:
    """How often `act` can be done in a second by one caller."""
    for _ in range(warm_up):
        act()
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        act()
        count += 1
    return count / spent


def milliseconds(act: Callable[[], object], *, times: int = 50, warm_up: int = 3) -> tuple[float, float]:
    """(median, 99th percentile) of the time one `act` takes."""
    for _ in range(warm_up):
        act()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


def pgbench(
    script: str, *, seconds: int = 3, clients: int = 1, variables: Mapping[str, object] | None = None, as_owner: bool = False
) -> float:
    """Transactions per second of a pgbench script (prepared statements) on the bench database, as the application's role.

    The bare database under the same policies is the limit: begin the script with ``BEGIN`` and the scope's ``set_config`` calls.
    """
    program = cluster.binaries() / "pgbench"
    where = remote.environment(owner_url() if as_owner else app_url())
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        words = [f"-D{key}={value}" for key, value in (variables or {}).items()]
        done = subprocess.run(
            [str(program), "-n", "-M", "prepared", "-c", str(clients), "-j", str(clients), "-T", str(seconds), "-f", file.name, *words],
            env={**os.environ, **where}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or not found:
        raise RuntimeError(f"pgbench failed: {done.stdout}{done.stderr}")
    return float(found[1])


def scope_sql(region_lo: str = "0", region_hi: str = "~", keys: str = "{}") -> str:
    """The statement by which a pgbench script sets the same scope as the application does (inside BEGIN … COMMIT)."""
    return (
        f"SELECT set_config('zj.region_lo', '{region_lo}', true), set_config('zj.region_hi', '{region_hi}', true), "
        f"set_config('zj.keys', '{keys}', true), set_config('zj.actor', '', true), set_config('zj.actor_name', '', true);\n"
    )


def table(rows: list[Row]) -> str:
    """The rows as text, one line each."""
    head = ("benchmark", "ours", "limit", "unit", "ratio", "bar", "")
    lines = [head]
    for row in rows:
        bar = f"{'≤' if row.at_most else '≥'} {row.bar:g}" if row.bar else "-"
        mark = "✓" if row.passed else "✗"
        lines.append(
            (row.name, f"{row.ours:,.1f}", f"{row.limit:,.1f}", row.unit, f"{row.ratio:.2f}", bar, f"{mark} {row.note}".rstrip())
        )
    widths = [max(_width(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)
