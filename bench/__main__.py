"""`python -m bench [NAME …]`: prepare the bench database, run the benchmarks, print one table of ratios."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from bench import frame
from bench.frame import BASE, DATABASE, Row, remote

FRAME = {"__init__", "__main__", "city_fill", "frame"}


def names() -> list[str]:
    """Benchmarks that exist."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in FRAME)


def prepare() -> None:
    """Make or update the bench database and set Django up on it."""
    import data

    urls = {"owner": frame.owner_url(), "app": frame.app_url()}
    server = frame.cluster.ensure()["owner"]
    if not remote.query(server, f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'").stdout.strip():
        if os.environ.get("DATABASE_URL"):
            remote.ensure_empty()
        remote.query(server, f"CREATE DATABASE {DATABASE} TEMPLATE zhujian_empty")
    data.ensure(Path(sys.executable), urls, demo=False)
    os.environ.update(ZHUJIAN_DB_NAME=DATABASE, ZHUJIAN_DB_ROLE="app", DJANGO_SETTINGS_MODULE="zhujian.settings")
    import django

    django.setup()


def main(wanted: list[str]) -> int:
    """Run what is asked for (everything by default); 1 when a row misses its bar."""
    os.chdir(BASE)
    unknown = set(wanted) - set(names())
    if unknown:
        print(
            f"✗ 没有基准 {'、'.join(sorted(unknown))}；现有：{'、'.join(names())}\n  There is no such benchmark; the list is above.",
            file=sys.stderr,
        )
        return 1
    prepare()
    rows: list[Row] = []
    for name in wanted or names():
        print(f"▸ {name}", flush=True)
        rows += importlib.import_module(f"bench.{name}").run()
    print("\n" + frame.table(rows))
    missed = [row.name for row in rows if not row.passed]
    if missed:
        print(f"\n✗ 未达标：{'、'.join(missed)}\n  {len(missed)} of {len(rows)} rows miss their bar.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
