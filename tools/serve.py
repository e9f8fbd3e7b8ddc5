"""Runs the web server and the worker side by side until Ctrl-C, then stops both."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import cluster
from fingerprint import fingerprint
from say import Trouble, done, say

BASE = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("ZHUJIAN_VAR", BASE / "var"))
PID = VAR / "server.pid"
PR_SET_PDEATHSIG = 1
PATIENCE = 60  # seconds a server may take to answer its first request


def port() -> int:
    """The port asked for (environment PORT, 8000 by default)."""
    text = os.environ.get("PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Trouble(f"PORT={text} 不是端口号，应为 1～65535 的整数。", f"PORT={text} is not a port number between 1 and 65535.")
    return int(text)


def check_port(number: int) -> None:
    """Refuse a port somebody else listens on."""
    if not cluster.port_is_free(number):
        raise Trouble(
            f"端口 {number} 已被其他程序占用。请先停止它（./run stop 停止上次的演示），或换一个端口：PORT={number + 1} ./run demo",
            f"Port {number} is busy. Stop what uses it (./run stop ends an earlier demo) or choose another: PORT={number + 1} ./run demo",
        )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _spawn(command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    """A child in its own session: Ctrl-C reaches only us, and we stop it in order; it never outlives us."""
    return subprocess.Popen(command, cwd=BASE, env=env, start_new_session=True, preexec_fn=_die_with_parent)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def has_command(name: str) -> bool:
    """Whether some module brings the management command `name`."""
    return any((BASE / "zhujian").glob(f"**/management/commands/{name}.py"))


class Server:
    """granian and the worker."""

    def __init__(self, python: Path, env: dict[str, str], number: int) -> None:
        self.python, self.number = str(python), number
        self.address = f"http://127.0.0.1:{number}"
        self.env = {"ZHUJIAN_PUBLIC_URL": self.address, **env}
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start the web server, wait until the first page answers, then start the worker."""
        self._start("web")
        until = time.monotonic() + PATIENCE
        while not _answers(self.address):
            if self.children["web"].poll() is not None or time.monotonic() > until:
                raise Trouble(
                    "网页服务没有启动成功，原因见上面的输出。", "The web server did not start; the output above says why."
                )
            time.sleep(0.1)
        if has_command("worker"):
            self._start("worker")

    def _start(self, name: str) -> None:
        words = {
            "web": ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.number), "--workers", "2",
                    "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "--workers-kill-timeout", "10",
                    "zhujian.wsgi:application"],
            "worker": ["zhujian", "worker"],
        }[name]  # fmt: skip
        self.children[name] = _spawn([self.python, "-m", *words], self.env)

    def wait(self) -> None:
        """Stay until the web server ends; a worker that dies is started again."""
        while self.children["web"].poll() is None:
            worker = self.children.get("worker")
            if worker is not None and worker.poll() is not None:
                say("后台任务程序意外退出，正在重新启动。")
                time.sleep(2)
                self._start("worker")
            time.sleep(0.5)
        raise Trouble("网页服务意外退出，原因见上面的输出。", "The web server ended unexpectedly; the output above says why.")

    def stop(self) -> None:
        """Ask both to finish what they do, wait, and only then insist."""
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        until = time.monotonic() + 15
        for child in self.children.values():
            try:
                child.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _logins(python: str, env: dict[str, str]) -> str:
    """The table of demo logins; kept from the first start until what the demo is made of changes."""
    kept, state = VAR / "demo-logins.txt", fingerprint(demo=True)
    if kept.exists() and (text := kept.read_text(encoding="utf-8")).startswith(state):
        return text.partition("\n")[2]
    words = [python, "-m", "zhujian", "demo_logins"]
    answer = subprocess.run(words, cwd=BASE, env=env, capture_output=True, text=True, check=False)
    if answer.returncode == 0:
        kept.write_text(f"{state}\n{answer.stdout.rstrip()}", encoding="utf-8")
    return (answer.stdout or answer.stderr).rstrip()


def serve(python: Path, env: dict[str, str], number: int, started: float) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, _interrupt)
    server = Server(python, env, number)
    say("正在启动网页服务和后台任务")
    try:
        (VAR / "static").mkdir(parents=True, exist_ok=True)
        PID.write_text(str(os.getpid()))
        server.start()
        logins = _logins(server.python, env)
        done(f"数字住建已启动（用时 {time.monotonic() - started:.1f} 秒）：{server.address}")
        print(logins)
        print("按 Ctrl-C 停止。 Press Ctrl-C to stop.", flush=True)
        server.wait()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print()
        say("正在停止")
    finally:
        server.stop()
        PID.unlink(missing_ok=True)
    done("已停止。数据库仍在运行，需要时用 ./run stop 停止。 Stopped; ./run stop also stops the database.")


def _other() -> int:
    """Process number of a demo started from this checkout, 0 when there is none."""
    try:
        pid = int(PID.read_text())
        return pid if b"cli.py" in Path(f"/proc/{pid}/cmdline").read_bytes() else 0
    except (OSError, ValueError):
        return 0


def check_stopped() -> None:
    """Refuse while the platform serves."""
    if _other():
        raise Trouble(
            "平台正在运行。请先执行 ./run stop，再恢复数据。", "The platform is running. Run ./run stop first, then restore."
        )


def stop_other() -> bool:
    """Stop a demo started elsewhere from this checkout; say whether there was one."""
    pid = _other()
    if not pid:
        return False
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.1)
    return True
