"""`./run` as a person meets it: real processes, real clusters, and what goes wrong said in one sentence, nothing half done."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

BASE = Path(__file__).resolve().parent.parent
OURS = ("DATABASE_URL", "DATABASE_APP_URL", "ZHUJIAN_VAR", "ZHUJIAN_DB_NAME", "ZHUJIAN_DB_ROLE", "PORT", "DJANGO_SETTINGS_MODULE")


def environment(var: Path, **more: str) -> dict[str, str]:
    """The environment of a fresh terminal whose data live in `var`."""
    kept = {key: value for key, value in os.environ.items() if key not in OURS and not key.startswith("PYTEST_")}
    return {**kept, "ZHUJIAN_VAR": str(var), "PYTHON": sys.executable, **more}


def run(
    *words: str, var: Path, base: Path = BASE, timeout: int = 120, preexec=None, **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(base / "run"), *words],
        env=environment(var, **more),
        capture_output=True,
        text=True,
        timeout=timeout,
        preexec_fn=preexec,
    )


def refused(done: subprocess.CompletedProcess[str], *, zh: str, en: str) -> None:
    """The command failed with one Chinese sentence, one English one, and no traceback."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    sentence = [line for line in done.stderr.splitlines() if line.startswith("✗")]
    assert len(sentence) == 1 and zh in sentence[0], done.stderr
    assert en in done.stderr.splitlines()[-1], done.stderr


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that every user of the machine may enter (pytest's own are closed to the database user)."""
    folder = Path(tempfile.mkdtemp(prefix="zj-run-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def var(open_folder: Path) -> Iterator[Path]:
    """A data folder of its own; a cluster made in it is destroyed afterwards."""
    folder = open_folder / "var"
    yield folder
    subprocess.run(
        [sys.executable, BASE / "tools" / "cluster.py", "destroy"], env=environment(folder), check=False, capture_output=True
    )


def cluster(var: Path) -> dict[str, str]:
    done = subprocess.run([sys.executable, BASE / "tools" / "cluster.py"], env=environment(var), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((var / "database.json").read_text())


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A checkout that has the script but neither an environment nor islands."""
    base = tmp_path / "checkout"
    base.mkdir()
    for name in ("run", "tools", "requirements.txt", "requirements-web.txt", "requirements-dev.txt"):
        source = BASE / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, base / name)
    return base


@pytest.fixture
def narrow_path(open_folder: Path) -> str:
    """A PATH with bash's companions and Python, and nothing of ours."""
    folder = open_folder / "bin"
    folder.mkdir()
    for name in ("bash", "dirname", "readlink", "env"):
        (folder / name).symlink_to(shutil.which(name))
    (folder / "python3").symlink_to(sys.executable)
    return str(folder)


def test_without_a_command_it_lists_the_commands(var: Path) -> None:
    done = run(var=var)
    assert done.returncode == 0
    for name in ("demo", "test", "lint", "bench", "new-module", "manage", "backup", "restore", "stop"):
        assert f"  {name}" in done.stdout


def test_an_unknown_command_is_named(var: Path) -> None:
    refused(run("dmeo", var=var), zh="没有命令 dmeo", en="no command dmeo")


def test_a_busy_port_is_said_before_anything_is_made(var: Path) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        refused(run("demo", var=var, PORT=str(port)), zh=f"端口 {port} 已被其他程序占用", en=f"Port {port} is busy")
    assert not var.exists()


def test_a_port_that_is_no_number(var: Path) -> None:
    refused(run("demo", var=var, PORT="eighty"), zh="PORT=eighty 不是端口号", en="not a port number")


def test_an_unreachable_database_is_said(var: Path) -> None:
    url = f"postgresql://zhujian:secret@127.0.0.1:{free_port()}/zhujian"
    done = run("demo", var=var, DATABASE_URL=url, PORT=str(free_port()))
    refused(done, zh="连不上数据库 127.0.0.1", en="cannot be reached")
    assert "secret" not in done.stdout + done.stderr
    assert not var.exists()


def test_a_database_address_that_is_none(var: Path) -> None:
    refused(
        run("manage", "check", var=var, DATABASE_URL="mysql://x/y"),
        zh="DATABASE_URL 的写法不对",
        en="must look like postgresql://",
    )


def test_missing_system_packages_without_apt(var: Path, narrow_path: str) -> None:
    done = run("test", var=var, PATH=narrow_path)
    refused(done, zh="缺少系统组件", en="no apt-get")
    assert "chromium" in done.stderr
    assert not var.exists()


def test_missing_system_packages_without_rights(var: Path, narrow_path: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    (Path(narrow_path) / "apt-get").symlink_to("/bin/false")
    code = f"import sys; sys.path.insert(0, {str(BASE / 'tools')!r}); import os, packages, say; os.setuid(65534); sys.exit(say.main(lambda: packages.ensure(browser=True)))"
    done = subprocess.run([sys.executable, "-c", code], env=environment(var, PATH=narrow_path), capture_output=True, text=True)
    refused(done, zh="需要管理员权限安装", en="need an administrator")


def test_missing_psql(var: Path, narrow_path: str) -> None:
    done = run("manage", "check", var=var, PATH=narrow_path, DATABASE_URL="postgresql://x@127.0.0.1/y")
    refused(done, zh="没有找到 psql", en="psql was not found")


def test_missing_python(var: Path, narrow_path: str) -> None:
    refused(run("demo", var=var, PATH=narrow_path, PYTHON="python3.99"), zh="没有找到 python3.99", en="python3.99 was not found")


def test_a_broken_download_leaves_no_environment(small: Path, var: Path) -> None:
    done = run("manage", "check", var=var, base=small, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(small / "nothing"))
    refused(done, zh="Python 组件没有装上", en="could not be installed")
    assert sorted(p.name for p in small.iterdir() if p.name.startswith(".venv")) == []
    assert not var.exists()


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


def test_a_disk_that_fills_up_leaves_no_half_made_cluster(var: Path) -> None:
    refused(run("manage", "check", var=var, preexec=_limit), zh="磁盘空间不足", en="The disk is full")
    assert not (var / "pg").exists() and not (var / "pg.part").exists() and not (var / "database.json").exists()
    cluster(var)


def test_a_tiny_disk_is_refused_before_anything_is_written(tmp_path: Path, var: Path) -> None:
    var.mkdir()
    seen = tmp_path / "seen"
    script = f"mount -t tmpfs -o size=20m tmpfs {var} && {BASE / 'run'} manage check; code=$?; ls {var} > {seen}; exit $code"
    done = subprocess.run(["unshare", "--mount", "bash", "-c", script], env=environment(var), capture_output=True, text=True)
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("this machine does not allow a mount of one's own")
    refused(done, zh="磁盘空间不足", en="The disk is full")
    assert seen.read_text().split() == ["cluster.lock"]


def test_killed_while_making_the_cluster_the_next_start_succeeds(var: Path) -> None:
    child = subprocess.Popen([sys.executable, BASE / "tools" / "cluster.py"], env=environment(var), start_new_session=True)
    until = time.monotonic() + 30
    while not list(var.glob("pg.part/data/base")) and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert not (var / "pg").exists() and not (var / "database.json").exists()
    urls = cluster(var)
    assert set(urls) == {"owner", "app"} and not (var / "pg.part").exists()


def test_a_checkout_the_database_user_may_not_enter(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root has a database user of its own")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    urls = cluster(closed / "var")
    place = (closed / "var" / "pg").resolve()
    try:
        assert place.is_relative_to("/var/lib/zhujian")
        assert cluster(closed / "var") == urls
    finally:
        subprocess.run([sys.executable, BASE / "tools" / "cluster.py", "destroy"], env=environment(closed / "var"), check=True)
    assert not place.parent.exists()


def test_a_cluster_of_an_older_version_gets_its_marks_at_the_next_start(var: Path) -> None:
    """Without them every map query under a policy reads its whole table."""
    owner = cluster(var)["owner"]
    stop = [sys.executable, BASE / "tools" / "cluster.py", "stop"]
    subprocess.run(stop, env=environment(var), check=True)
    code = (
        "import sys; sys.path.insert(0, 'tools'); import cluster\n"
        "place, tools = cluster.home(), cluster.binaries()\n"
        "undo = '\\\\n'.join(one.replace(' LEAKPROOF', ' NOT LEAKPROOF') for one in cluster.LEAKPROOF)\n"
        "cluster.run('sh', '-c', f'printf \"{undo}\\\\n\" | {tools}/postgres --single -D {place}/data zhujian')\n"
        "(place / 'marks').unlink()\n"
    )
    subprocess.run([sys.executable, "-c", code], env=environment(var), cwd=BASE, check=True)
    assert cluster(var)["owner"] == owner
    with psycopg.connect(owner) as db:
        found = db.execute(
            "SELECT proleakproof FROM pg_proc WHERE proname IN ('geometry_overlaps', 'texticlike', 'arrayoverlap')"
        ).fetchall()
    assert found == [(True,)] * 3
    assert (var / "pg" / "marks").exists()


def test_a_port_taken_while_the_cluster_slept(var: Path) -> None:
    before = cluster(var)["app"]
    subprocess.run([sys.executable, BASE / "tools" / "cluster.py", "stop"], env=environment(var), check=True)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", int(before.rpartition(":")[2].partition("/")[0])))
        sock.listen()
        after = cluster(var)["app"]
    assert after != before
    import psycopg

    with psycopg.connect(after) as db:
        assert db.execute("SELECT current_user").fetchone() == ("zhujian_app",)


def test_another_server_gets_the_role_of_the_application(var: Path, tmp_path: Path) -> None:
    import psycopg

    owner = cluster(var)["owner"]
    mine = tmp_path / "mine"
    refused(run("manage", "check", var=mine, DATABASE_URL=owner), zh="已有角色 zhujian_app", en="password is not known here")
    with psycopg.connect(owner, autocommit=True) as db:
        db.execute("DROP ROLE zhujian_app")
    done = run("manage", "check", "--database", "default", var=mine, DATABASE_URL=f"{owner}?sslmode=disable&connect_timeout=5")
    assert done.returncode == 0, done.stderr
    kept = json.loads((mine / "remote.json").read_text())
    assert (mine / "remote.json").stat().st_mode & 0o077 == 0
    (secret,) = kept.values()
    with psycopg.connect(owner, user="zhujian_app", password=secret) as db:
        assert db.execute(
            "SELECT rolsuper OR rolbypassrls, current_user FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (
            False,
            "zhujian_app",
        )
    refused(
        run("manage", "check", var=mine, DATABASE_URL=owner, DATABASE_APP_URL=owner), zh="应为 zhujian_app", en="must connect as"
    )


class Demo:
    """A running `./run demo`."""

    def __init__(self, var: Path) -> None:
        self.port, self.began = free_port(), time.monotonic()
        self.log = var.parent / f"demo-{self.port}.log"
        self.process = subprocess.Popen(
            [BASE / "run", "demo"],
            env=environment(var, PORT=str(self.port)),
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ready(self, patience: int) -> float:
        """Seconds until it said that it serves."""
        until = time.monotonic() + patience
        while "Ctrl-C" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.1)
        return time.monotonic() - self.began

    def children(self) -> list[int]:
        """Processes below it, all the way down."""
        found, level = [], [self.process.pid]
        while level:
            level = [int(p) for pid in level for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
            found += level
        return found

    def page(self, path: str = "/") -> str:
        """Text of a page (a status of 400 or more raises)."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()


def _gone(pids: list[int]) -> bool:
    until = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < until:
        time.sleep(0.1)
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.mark.slow
def test_demo_from_nothing_then_again_in_under_ten_seconds(var: Path) -> None:
    first = Demo(var)
    first.ready(400)
    assert "dev01" in first.page("/login/"), "the login page offers the demo accounts"
    assert "reviewer.hud.420106" in first.log.read_text()
    children = first.children()
    assert len(children) >= 3
    os.kill(first.process.pid, signal.SIGINT)
    assert first.process.wait(30) == 0, first.log.read_text()
    assert _gone(children)

    second = Demo(var)
    took = second.ready(60)
    # Ten seconds on a machine of one's own; longer in proportion where others keep its cores busy.
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert took < 10 * busy, second.log.read_text()
    assert "载入" not in second.log.read_text().split("✓")[0]
    children = second.children()
    os.kill(second.process.pid, signal.SIGKILL)
    second.process.wait()
    assert _gone(children), "children outlived the script"

    third = Demo(var)
    third.ready(60)
    done = run("stop", var=var)
    assert done.returncode == 0 and "已停止" in done.stdout
    assert third.process.wait(30) == 0
