"""A second instance of the platform for tests: its own process, its own database, its own keys."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psycopg

BASE = Path(__file__).resolve().parents[5]
CITY = "420100000000"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Province:
    """The receiving platform: granian over a copy of the template database, in a folder of its own."""

    def __init__(self, databases: Any, var: Path) -> None:
        import cluster

        self.databases, self.name, self.port = databases, f"zj_test_peer_{os.getpid()}", free_port()
        databases.copy(self.name)
        (var / "static").mkdir(parents=True, exist_ok=True)
        urls = cluster.ensure()
        self.env = {
            **os.environ, "ZHUJIAN_DB_NAME": self.name, "ZHUJIAN_DB_ROLE": "app", "ZHUJIAN_VAR": str(var), "DATABASE_URL": urls["owner"],
            "DATABASE_APP_URL": urls["app"], "ZHUJIAN_SECRET_KEY": "the second instance's own",
        }  # fmt: skip
        self.owner_url = urls["owner"]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of its interface for other platforms."""
        return f"http://127.0.0.1:{self.port}/data-reporting/v1"

    def command(self, *words: str) -> str:
        """Run a management command of the second instance; its output."""
        done = subprocess.run(
            [sys.executable, "-m", "zhujian", *words], cwd=BASE, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def register_sender(self, code: str, public_key: str, datasets: str) -> str:
        """Let the city push; returns the public key of the second instance's answers."""
        said = self.command("register_exchange_peer", "down", code, "--name", "武汉市城市运行管理服务平台", "--region", CITY,
                            "--datasets", datasets, "--public-key", public_key)  # fmt: skip
        return re.search(r"reply-key ([0-9a-f]{128})", said)[1]  # type: ignore[index]

    def start(self) -> None:
        """Start the web server and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
             "--blocking-threads", "2", "--no-ws", "--log-level", "warning", "zhujian.wsgi:application"],
            cwd=BASE, env=self.env, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.url + "/reconciliation", timeout=5)
            except urllib.error.HTTPError:
                return  # it speaks: the unsigned question is refused
            except OSError:
                assert self.process.poll() is None and time.monotonic() < until, "the second instance did not start"
                time.sleep(0.1)

    def kill(self) -> None:
        """End it without warning (SIGKILL to its whole session)."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask(self, sql: str, *values: Any) -> list[tuple]:
        """Read its database past its policies."""
        from urllib.parse import urlparse

        with psycopg.connect(urlparse(self.owner_url)._replace(path=f"/{self.name}").geturl(), autocommit=True) as db:
            return db.execute(sql, values or None).fetchall()

    def remove(self) -> None:
        """Stop it and drop its database."""
        self.kill()
        self.databases.drop(self.name)
