"""The private PostgreSQL cluster under ``var/``: made once, started on demand, stopped on request.

Standard library only, so that it runs before anything is installed. The cluster is made in ``pg.part`` and renamed when it
is complete. PostgreSQL refuses to run as root: as root it runs as the Debian user ``postgres``; when that user may not
enter the checkout (for instance under ``/root``) the data live in ``/var/lib/zhujian`` and ``var/pg`` points there.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

sys.path.insert(0, str(Path(__file__).resolve().parent))
from say import Trouble, disk_full, is_full, main

BASE = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("ZHUJIAN_VAR", BASE / "var"))
KEPT = VAR / "database.json"
OUTSIDE = Path("/var/lib/zhujian")
PG_USER = "postgres"
NEEDED_MB = 300
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
# Under row-level security a search uses its index only when its operator is known to leak nothing. These compare two values and report
# nothing about them; marked so, trigram, party and map searches under a policy become 100 to 1,000 times faster. Needs a superuser:
# elsewhere `remote` tries, and everything works, only slower, without it.
LEAKPROOF = tuple(
    f"ALTER FUNCTION {name} LEAKPROOF"
    for name in (
        "texticlike(text,text)",
        "textlike(text,text)",
        "arrayoverlap(anyarray,anyarray)",
        "geometry_overlaps(geometry,geometry)",
    )
)
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = {buffers}MB
work_mem = 32MB
maintenance_work_mem = {maintenance}MB
max_wal_size = 4GB
random_page_cost = 1.1
jit = off
log_min_messages = error
timezone = 'Asia/Shanghai'
# Ready for ./run backup, which only has to replace the command: changing the mode itself needs a restart.
archive_mode = on
archive_command = '/bin/true'
"""

# A cluster of the tests lives for one run: the machine's own crash may cost it, so no write waits for the disk (copying the template takes a
# third of the time). What the tests kill are processes, and those writes stay whole.
FLEETING = """
fsync = off
full_page_writes = off
"""

# A server process keeps the memory of one large answer for the next instead of giving it back and fetching it page by page again: a map tile
# takes 15–20 % less time. At most this much lies idle in each process.
KEEPING = {
    "MALLOC_TRIM_THRESHOLD_": str(64 * 2**20),
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TOP_PAD_": str(4 * 2**20),
}


def binaries() -> Path:
    """Folder of initdb and pg_ctl: PostgreSQL 15 or newer."""
    found = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb") if p.parent.parent.name.isdigit()]
    newest = max(found, key=lambda p: int(p.parent.name), default=None)
    if newest is None or int(newest.parent.name) < 15:
        raise Trouble(
            "没有找到 PostgreSQL 15 服务器程序。请先安装：apt-get install postgresql-15-postgis-3",
            "The PostgreSQL 15 server was not found. Install it first: apt-get install postgresql-15-postgis-3",
        )
    return newest


def run(*command: str, check: bool = True, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command as the database user; a failure becomes one sentence with the program's last words."""
    words = list(command)
    if os.geteuid() == 0:
        words = ["runuser", "-u", PG_USER, "--", *words]
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
    )
    if check and done.returncode:
        output = done.stdout + done.stderr
        if is_full(output):
            raise disk_full(VAR)
        name = Path(command[0]).name
        raise Trouble(
            f"数据库程序 {name} 执行失败，原因见上面的输出。",
            f"The database program {name} failed; the output above says why.",
            output,
        )
    return done


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether a server may listen on `port` of this machine."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def write(path: Path, text: str) -> None:
    """Write a private file whole or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.touch(mode=0o600)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def hand_over(path: Path) -> None:
    """Give a folder to the database user when we are root."""
    path.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        user = pwd.getpwnam(PG_USER)
        os.chown(path, user.pw_uid, user.pw_gid)
    path.chmod(0o700)


def _enterable(folder: Path) -> bool:
    """Whether the database user may pass through `folder` and everything above it."""
    if os.geteuid() != 0:
        return True
    return run("test", "-x", str(folder), check=False).returncode == 0


def home() -> Path:
    """Folder that holds the cluster's ``data``; always answers the same once the cluster exists."""
    link = VAR / "pg"
    if link.is_symlink() or link.exists():
        return link.resolve()
    if _enterable(VAR):
        return link
    name = f"{BASE.name}-{hashlib.sha256(str(VAR).encode()).hexdigest()[:8]}"
    return OUTSIDE / name / "pg"


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One process at a time makes or starts the cluster."""
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / "cluster.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure() -> dict[str, str]:
    """Make and start the cluster if needed; return the owner's and the application's addresses.

    With ``DATABASE_URL`` set nothing is started: the addresses are those of the other server (see `remote`).
    """
    if os.environ.get("DATABASE_URL"):
        import remote

        return remote.ensure()
    with _alone():
        place = home()
        if not (place / "data" / "PG_VERSION").exists() or not KEPT.exists():
            _make(place)
        port = urlparse(json.loads(KEPT.read_text())["owner"]).port or 5432
        start(place, port)
        urls: dict[str, str] = json.loads(KEPT.read_text())
        return urls


def _memory_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def configure(data: Path, extra: str = "") -> None:
    """Append the platform's settings to a fresh cluster's configuration."""
    memory = _memory_mb()
    text = SETTINGS.format(buffers=max(64, min(512, memory // 8)), maintenance=max(64, min(512, memory // 16))) + extra
    run("sh", "-c", "cat >> \"$0\" <<'EOF'\n" + text + "\nEOF\n", str(data / "postgresql.conf"))


def _make(place: Path) -> None:
    """Make roles, extensions and databases in a new cluster beside `place`, then rename it."""
    tools = binaries()
    above = place.parent
    if place.exists():
        raise Trouble(
            f"{place} 不完整（缺少 {KEPT.name} 或数据文件），为免误删没有改动。请先备份，再执行 python3 tools/cluster.py destroy 后重试。",
            f"{place} is incomplete and was left alone. Save what you need, run `python3 tools/cluster.py destroy` and try again.",
        )
    above.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(above).free // 2**20
    if free < NEEDED_MB:
        raise disk_full(f"{above}（需要 {NEEDED_MB} MB，剩余 {free} MB）")
    part = above / "pg.part"
    if part.exists():
        pg_ctl(tools, part, "-m", "immediate", "stop", check=False)
        shutil.rmtree(part)
    hand_over(part)
    data = part / "data"
    try:
        run(str(tools / "initdb"), "-D", str(data), "-U", PG_USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        configure(data, FLEETING if os.environ.get("ZHUJIAN_FLEETING") else "")
        port = free_port()
        secret = {role: secrets.token_urlsafe(24) for role in ("owner", "app")}
        start(part, port)
        psql = [str(tools / "psql"), "-h", "127.0.0.1", "-p", str(port), "-U", PG_USER, "-v", "ON_ERROR_STOP=1", "-q", "-X"]
        run(*psql, "-c", f"CREATE ROLE zhujian_owner LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS PASSWORD '{secret['owner']}'",
            "-c", f"CREATE ROLE zhujian_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{secret['app']}'",
            "-c", "CREATE DATABASE zhujian_empty OWNER zhujian_owner")  # fmt: skip
        run(*psql, "-d", "zhujian_empty", *(word for name in EXTENSIONS for word in ("-c", f"CREATE EXTENSION {name}")))
        run(*psql, "-d", "zhujian_empty", *(word for change in LEAKPROOF for word in ("-c", change)))
        # What ./run restore needs to have the last changes archived at once; rights on functions travel with the template.
        run(*psql, "-d", "zhujian_empty", "-c", "GRANT EXECUTE ON FUNCTION pg_switch_wal() TO zhujian_owner")
        run(*psql, "-c", "CREATE DATABASE zhujian TEMPLATE zhujian_empty OWNER zhujian_owner")
        run("sed", "-i", "s/trust$/scram-sha-256/", str(data / "pg_hba.conf"))
        pg_ctl(tools, part, "-m", "fast", "-w", "stop")
        run(str(tools / "initdb"), "--sync-only", "-D", str(data))
        urls = {role: f"postgresql://zhujian_{role}:{secret[role]}@127.0.0.1:{port}/zhujian" for role in secret}
        write(KEPT, json.dumps(urls))
        _note_marks(part)
        part.rename(place)
        if place.parent != VAR:
            (VAR / "pg").symlink_to(place)
    except BaseException:
        if (data / "postmaster.pid").exists():
            pg_ctl(tools, part, "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(part, ignore_errors=True)
        raise


def pg_ctl(
    tools: Path, place: Path, *words: str, check: bool = True, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run pg_ctl on the cluster in `place`."""
    return run(str(tools / "pg_ctl"), "-D", str(place / "data"), *words, check=check, env=env)


def running(place: Path) -> bool:
    """Whether the cluster's server runs."""
    return pg_ctl(binaries(), place, "status", check=False).returncode == 0


def start(place: Path, port: int) -> int:
    """Start the cluster unless it runs; when somebody took its port meanwhile it moves to a free one. Returns the port."""
    tools = binaries()
    if pg_ctl(tools, place, "status", check=False).returncode == 0:
        return port
    _mark(tools, place)
    if not port_is_free(port):
        urls, old = json.loads(KEPT.read_text()), port
        port = free_port()
        write(
            KEPT, json.dumps({role: re.sub(rf"@127\.0\.0\.1:{old}/", f"@127.0.0.1:{port}/", url) for role, url in urls.items()})
        )
    done = pg_ctl(
        tools, place, "-l", str(place / "log"), "-o", f"-p {port}", "-w", "-t", "300", "start", check=False, env=KEEPING
    )
    if done.returncode:
        last = run("tail", "-n", "15", str(place / "log"), check=False).stdout
        if is_full(last + done.stdout + done.stderr):
            raise disk_full(place)
        raise Trouble(f"数据库没有启动成功，原因见上面的日志（{place / 'log'}）。",
                      f"The database did not start; the log above says why ({place / 'log'}).", last)  # fmt: skip
    return port


def _marks() -> str:
    return hashlib.sha256("\n".join(LEAKPROOF).encode()).hexdigest()[:16]


def _note_marks(place: Path) -> None:
    run("sh", "-c", 'printf %s "$1" > "$0"', str(place / "marks"), _marks())


def _mark(tools: Path, place: Path) -> None:
    """Give the databases of a cluster that an older version made the marks of `LEAKPROOF`: maps and searches under a policy crawl without.

    Only a superuser may, and the cluster has none that can log in: done once, in single-user mode, before the server starts.
    """
    if not (place / "data" / "PG_VERSION").exists() or run("cat", str(place / "marks"), check=False).stdout == _marks():
        return
    if place.name.endswith(".part"):
        return  # being made: its template gets the marks
    single = f"{tools / 'postgres'} --single -D {place / 'data'}"
    found = run("sh", "-c", f"echo 'SELECT datname FROM pg_database WHERE datallowconn' | {single} postgres", check=False)  # noqa: S608 (own text)
    if found.returncode:
        return  # somebody else's server holds it, or it is damaged: starting will say so
    for name in re.findall(r'datname = "([^"]+)"', found.stdout):
        if name in ("postgres", "template1"):
            continue  # nothing of ours is in them
        run("sh", "-c", f'printf "%s\n" "$1" | {single} "$0"', name, "\n".join(LEAKPROOF), check=False)
    _note_marks(place)


def stop() -> bool:
    """Stop the cluster if it runs; say whether it did."""
    place = home()
    if not (place / "data").exists() or not running(place):
        return False
    pg_ctl(binaries(), place, "-m", "fast", "-w", "stop")
    return True


def destroy() -> None:
    """Stop the cluster and delete its data."""
    stop()
    place = home()
    shutil.rmtree(place if place.parent == VAR else place.parent, ignore_errors=True)
    link = VAR / "pg"
    if link.is_symlink():
        link.unlink()
    KEPT.unlink(missing_ok=True)


if __name__ == "__main__":
    action = {"stop": stop, "destroy": destroy}.get(" ".join(sys.argv[1:]), ensure)
    sys.exit(main(lambda: (action(), 0)[1]))
