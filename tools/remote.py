"""A database somewhere else, named by ``DATABASE_URL`` (the owner's address): checked and made ready with psql.

Standard library only. The application connects as the role ``zhujian_app``, which owns nothing: ``DATABASE_APP_URL`` names
it, or it is created here with a password kept in ``var/remote.json``.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path
from urllib.parse import ParseResult, parse_qs, quote, unquote, urlparse, urlunparse

from say import Trouble

BASE = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("ZHUJIAN_VAR", BASE / "var"))
APP_ROLE = "zhujian_app"
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")


def environment(url: str, database: str | None = None) -> dict[str, str]:
    """What psql needs to reach `url`, as environment variables: a password never shows in a process list."""
    parts = urlparse(url)
    if parts.scheme not in {"postgres", "postgresql", "postgis"}:
        raise Trouble(
            "DATABASE_URL 的写法不对，应为 postgresql://用户:密码@主机:端口/库名。",
            "DATABASE_URL must look like postgresql://user:password@host:port/database.",
        )
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    values = {
        "PGHOST": query.get("host") or unquote(parts.hostname or ""), "PGPORT": str(parts.port or ""), "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""), "PGDATABASE": database or parts.path.lstrip("/") or "zhujian",
        "PGSSLMODE": query.get("sslmode", ""), "PGCONNECT_TIMEOUT": "8",
    }  # fmt: skip
    return {key: value for key, value in values.items() if value}


def psql() -> str:
    """Path of psql."""
    found = shutil.which("psql")
    if not found:
        raise Trouble("没有找到 psql。请先安装：apt-get install postgresql-client",
                      "psql was not found. Install it first: apt-get install postgresql-client")  # fmt: skip
    return found


def query(url: str, sql: str, *, database: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one statement; a server that cannot be reached or refuses becomes one sentence."""
    where = environment(url, database)
    done = subprocess.run(
        [psql(), "-XAtq", "-v", "ON_ERROR_STOP=1"], input=sql, capture_output=True, text=True, check=False,
        env={**os.environ, **where, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    if not check or not done.returncode:
        return done
    if done.returncode == 2:
        name = f"{where.get('PGHOST', '本机')}:{where.get('PGPORT', '5432')}/{where['PGDATABASE']}"
        raise Trouble(
            f"连不上数据库 {name}。请检查 DATABASE_URL 的地址、库名、用户和密码，以及数据库是否已启动。",
            f"The database {name} cannot be reached. Check DATABASE_URL and that the server is running.", done.stderr,
        )  # fmt: skip
    raise Trouble(
        "数据库拒绝了准备语句，原因见上面的输出。", "The database refused a statement; the output above says why.", done.stderr
    )


def ensure() -> dict[str, str]:
    """Check the server, its extensions and the application's role; return the owner's and the application's addresses."""
    owner = os.environ["DATABASE_URL"]
    query(owner, "SELECT 1")
    _extensions(owner, None)
    app = os.environ.get("DATABASE_APP_URL") or _app_url(owner)
    os.environ["DATABASE_APP_URL"] = app
    user = query(app, "SELECT current_user").stdout.strip()
    if user != APP_ROLE:
        raise Trouble(
            f"DATABASE_APP_URL 的用户是 {user}，应为 {APP_ROLE}：应用必须以不拥有任何表的角色连接。",
            f"DATABASE_APP_URL must connect as {APP_ROLE}, not as {user}: the application's role owns nothing.",
        )
    return {"owner": owner, "app": app}


def ensure_empty() -> None:
    """Make the empty template database that the tests copy."""
    owner = os.environ["DATABASE_URL"]
    if query(owner, "SELECT 1 FROM pg_database WHERE datname = 'zhujian_empty'").stdout.strip():
        return
    query(owner, "CREATE DATABASE zhujian_empty")
    _extensions(owner, "zhujian_empty")


def _extensions(owner: str, database: str | None) -> None:
    have = set(query(owner, "SELECT extname FROM pg_extension", database=database).stdout.split())
    for name in EXTENSIONS:
        if name in have:
            continue
        if query(owner, f"CREATE EXTENSION {name}", database=database, check=False).returncode:
            raise Trouble(
                f"数据库缺少扩展 {name}，当前用户也无权安装。请让数据库管理员在该库执行：CREATE EXTENSION {name};",
                f"The database lacks the extension {name} and this user may not add it. Ask its administrator: CREATE EXTENSION {name};",
            )
    from cluster import LEAKPROOF

    for change in LEAKPROOF:  # only a superuser may; without it searches are slower, not wrong
        query(owner, change, database=database, check=False)


def unmarked(owner: str, database: str | None = None) -> list[str]:
    """Functions of `cluster.LEAKPROOF` that this database does not hold to be leakproof: a map search without them reads the whole table."""
    from cluster import LEAKPROOF

    names = {change.split()[2] for change in LEAKPROOF}
    held = query(owner, "SELECT oid::regprocedure FROM pg_proc WHERE proleakproof", database=database, check=False).stdout.split()
    return sorted(names - set(held))


def _app_url(owner: str) -> str:
    """Address of the application's role, creating the role when the server has none yet."""
    kept = VAR / "remote.json"
    parts = urlparse(owner)
    key = hashlib.sha256(f"{parts.hostname}:{parts.port}".encode()).hexdigest()[:16]
    known = json.loads(kept.read_text()) if kept.exists() else {}
    if key in known:
        return _address(parts, known[key])
    if query(owner, "SELECT 1 FROM pg_roles WHERE rolname = 'zhujian_app'").stdout.strip():
        raise Trouble(
            f"数据库里已有角色 {APP_ROLE}，但不知道它的密码。请用环境变量 DATABASE_APP_URL 给出它的连接地址。",
            f"The role {APP_ROLE} exists but its password is not known here. Give its address in DATABASE_APP_URL.",
        )
    secret = secrets.token_urlsafe(24)
    if query(owner, f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{secret}'", check=False).returncode:
        raise Trouble(
            f"当前用户无权创建角色 {APP_ROLE}。请让数据库管理员创建它，并用环境变量 DATABASE_APP_URL 给出连接地址。",
            f"This user may not create the role {APP_ROLE}. Have it created and give its address in DATABASE_APP_URL.",
        )
    VAR.mkdir(parents=True, exist_ok=True)
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(known | {key: secret}))
    return _address(parts, secret)


def _address(owner: ParseResult, secret: str) -> str:
    """The application's address: the owner's with another user."""
    host = owner.netloc.rpartition("@")[2]
    return urlunparse(owner._replace(netloc=f"{APP_ROLE}:{quote(secret)}@{host}"))
