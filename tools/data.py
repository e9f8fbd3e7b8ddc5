"""Brings a database up to date: tables and guards, reference data, demo data; skipped when nothing has changed.

What was done is noted as the comment of the database itself, so it is true also for a restored or a different database.
"""

from __future__ import annotations

import os
from pathlib import Path

import remote
from fingerprint import fingerprint
from say import work

BASE = Path(__file__).resolve().parent.parent
NOTE = "zhujian:"


def environment(urls: dict[str, str], role: str = "app") -> dict[str, str]:
    """Environment of a child that works as the application's role or the owner."""
    return {
        **os.environ, "ZHUJIAN_DB_ROLE": role, "DATABASE_URL": urls["owner"], "DATABASE_APP_URL": urls["app"], "PYTHONUNBUFFERED": "1",
    }  # fmt: skip


def manage(python: Path, urls: dict[str, str], title: str, role: str, *words: str) -> None:
    """Run a management command on the database of the addresses (which `ZHUJIAN_DB_NAME` would replace) with visible progress."""
    env = environment(urls, role)
    env.pop("ZHUJIAN_DB_NAME", None)
    work(
        title, [str(python), "-m", "zhujian", *words], cwd=BASE, env=env,
        failed=(f"{title.removeprefix('正在')}没有成功，原因见上面的输出。排除原因后可再次执行。",
                f"The command {words[0]} failed; the output above says why. Run it again once the cause is removed."),
    )  # fmt: skip


def ensure(python: Path, urls: dict[str, str], *, demo: bool) -> None:
    """Migrate as the owner, load reference data and (for the demo) demo data, unless the database's note says it is done."""
    note = f"{NOTE}{fingerprint(demo=demo)}"
    had = remote.query(
        urls["owner"],
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = current_database()",
    ).stdout
    if lacking := remote.unmarked(urls["owner"]):
        print(f"  ! 这个数据库没有声明 {'、'.join(lacking)} 不泄露数据，行级权限下的查询会慢很多；请数据库管理员执行 ALTER FUNCTION … LEAKPROOF。\n"
              f"    Searches under row-level security will be slow: the server's administrator should mark them LEAKPROOF.", flush=True)  # fmt: skip
    if note in had.split():
        return
    manage(python, urls, "正在建立和更新数据表", "owner", "migrate", "--no-input")
    manage(python, urls, "正在载入基础数据（行政区划、参数、工作日历、流程）", "owner", "load_reference")
    if demo:
        manage(python, urls, "正在载入演示数据", "app", "load_demo")
    name = remote.query(urls["owner"], "SELECT quote_ident(current_database())").stdout.strip()
    remote.query(urls["owner"], f"COMMENT ON DATABASE {name} IS '{note}'")
