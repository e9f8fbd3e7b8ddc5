"""The private PostgreSQL cluster under ``var/``: made once, started on demand, stopped on request.

Standard library only, so that it runs before anything is installed.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("ZHUJIAN_VAR", BASE / "var"))
PG_USER = "postgres"


def binaries() -> Path:
    """Folder of initdb and pg_ctl: PostgreSQL 15 or newer."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -int(p.parent.name)):
        if (folder / "initdb").exists():
            return folder
    raise SystemExit("没有找到 PostgreSQL 服务器程序，请先安装 postgresql-15-postgis-3。")


def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command as the database user (PostgreSQL refuses to run as root)."""
    words = list(command)
    if os.geteuid() == 0:
        words = ["runuser", "-u", PG_USER, "--", *words]
    done = subprocess.run(words, capture_output=True, text=True, cwd="/")
    if check and done.returncode:
        raise SystemExit(f"数据库命令失败：{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def ensure() -> dict[str, str]:
    """Make and start the cluster if needed; return the owner's and the application's addresses."""
    if os.environ.get("DATABASE_URL"):
        return {"owner": os.environ["DATABASE_URL"], "app": os.environ.get("DATABASE_APP_URL", "")}
    home = VAR / "pg"
    kept = VAR / "database.json"
    tools = binaries()
    if not (home / "data" / "PG_VERSION").exists():
        home.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            user = pwd.getpwnam(PG_USER)
            os.chown(home, user.pw_uid, user.pw_gid)
        home.chmod(0o700)
        run(str(tools / "initdb"), "-D", str(home / "data"), "-U", PG_USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        port = free_port()
        secret = {name: secrets.token_urlsafe(24) for name in ("owner", "app")}
        conf = (
            f"listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nmax_connections = 200\n"
            "shared_buffers = 512MB\nwork_mem = 32MB\nmaintenance_work_mem = 512MB\nmax_wal_size = 4GB\n"
            "random_page_cost = 1.1\njit = off\nlog_min_messages = error\ntimezone = 'Asia/Shanghai'\n"
        )
        run("sh", "-c", f"cat >> {home}/data/postgresql.conf <<'EOF'\n{conf}EOF")
        VAR.mkdir(exist_ok=True)
        kept.touch(mode=0o600)
        urls = {role: f"postgresql://zhujian_{role}:{secret[role]}@127.0.0.1:{port}/zhujian" for role in secret}
        _start(tools, home)
        psql = [str(tools / "psql"), "-h", "127.0.0.1", "-p", str(port), "-U", PG_USER, "-v", "ON_ERROR_STOP=1", "-q"]
        run(*psql, "-c", f"CREATE ROLE zhujian_owner LOGIN CREATEDB BYPASSRLS PASSWORD '{secret['owner']}'",
            "-c", f"CREATE ROLE zhujian_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{secret['app']}'",
            "-c", "CREATE DATABASE zhujian_empty OWNER zhujian_owner")  # fmt: skip
        run(*psql, "-d", "zhujian_empty", "-c", "CREATE EXTENSION postgis", "-c", "CREATE EXTENSION pg_trgm", "-c", "CREATE EXTENSION btree_gist")
        run(*psql, "-c", "CREATE DATABASE zhujian TEMPLATE zhujian_empty OWNER zhujian_owner")
        run("sed", "-i", "s/trust$/scram-sha-256/", f"{home}/data/pg_hba.conf")
        run(str(tools / "pg_ctl"), "-D", str(home / "data"), "reload")
        kept.write_text(json.dumps(urls))
    _start(tools, home)
    return json.loads(kept.read_text())


def _start(tools: Path, home: Path) -> None:
    if run(str(tools / "pg_ctl"), "-D", str(home / "data"), "status", check=False).returncode == 0:
        return
    run(str(tools / "pg_ctl"), "-D", str(home / "data"), "-l", str(home / "log"), "-w", "start")


def stop() -> None:
    """Stop the cluster if it runs."""
    home = VAR / "pg"
    if (home / "data").exists():
        run(str(binaries() / "pg_ctl"), "-D", str(home / "data"), "-m", "fast", "-w", "stop", check=False)


if __name__ == "__main__":
    if sys.argv[1:] == ["stop"]:
        stop()
    elif sys.argv[1:] == ["destroy"]:
        stop()
        shutil.rmtree(VAR / "pg", ignore_errors=True)
    else:
        ensure()
