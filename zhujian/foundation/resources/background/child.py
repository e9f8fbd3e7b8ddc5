"""Runs one step in a process of its own: its memory goes back to the system, and when it dies nothing but its transaction dies."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from zhujian.foundation.resources.background import claim
from zhujian.foundation.resources.background.claim import Claim

LINE = 65_536
BEAT = 2.0  # seconds between signs of life
MEMORY = 77  # exit code of a child that ran out of memory


@dataclass(frozen=True)
class Ending:
    """How a child ended: done, called off (`stopped`), killed from outside (`again`), or with a verdict."""

    done: bool = False
    stopped: bool = False
    again: bool = False
    verdict: str = ""
    memory_mb: float = 0.0


def environment() -> dict[str, str]:
    """The platform's own surroundings: the same database, one thread for numbers."""
    return {
        **os.environ, "ZHUJIAN_DB_NAME": str(connection.settings_dict["NAME"]), "ZHUJIAN_VAR": str(settings.VAR), "PYTHONPATH": str(settings.BASE),
        "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "DJANGO_SETTINGS_MODULE": "zhujian.settings",
    }  # fmt: skip


def run(held: Claim, stopped: Callable[[], bool]) -> Ending:
    """Start the child for the claimed job and stay with it, renewing the lease; a lost lease ends it."""
    command = [sys.executable, "-m", "zhujian", "import_step", str(held.job), held.holder, str(held.memory_mb), str(os.getpid())]
    until = time.monotonic() + held.seconds
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=environment(), cwd=settings.BASE, start_new_session=True
        )  # fmt: skip
        halted = True
        try:
            halted = _follow(child, held, until, stopped)
        finally:
            code, memory = _reap(child, kill=halted or time.monotonic() >= until)
        errors.seek(0, os.SEEK_END)
        errors.seek(max(0, errors.tell() - 4000))
        said = errors.read().decode("utf-8", "replace")
    if halted:
        return Ending(stopped=True)
    return _judge(code, memory, said, late=time.monotonic() >= until, held=held)


def _judge(code: int, memory: float, said: str, *, late: bool, held: Claim) -> Ending:
    if code == 0:
        return Ending(done=True, memory_mb=memory)
    if late:
        words = f"数据太多：{held.seconds // 60} 分钟内没有处理完，没有保存任何内容。请按图幅或街道拆成几个文件。"
        return Ending(verdict=words, memory_mb=memory)
    if code == MEMORY or "MemoryError" in said or "bad_alloc" in said:
        words = f"数据太多：处理时超过了 {held.memory_mb} MB 内存上限，没有保存任何内容。请按图幅或街道拆成几个文件。"
        return Ending(verdict=words, memory_mb=memory)
    if code == -signal.SIGKILL:
        return Ending(
            again=True, verdict="处理程序多次被系统中断，没有保存任何内容。请拆分文件，或联系系统管理员。", memory_mb=memory
        )
    sys.stderr.write(said)
    return Ending(verdict="处理时出现了意外，没有保存任何内容。请联系系统管理员查看日志。", memory_mb=memory)


def _reap(child: subprocess.Popen[bytes], *, kill: bool) -> tuple[int, float]:
    """(exit code, peak memory in MB) of the child."""
    if child.stdout is not None:
        child.stdout.close()
    if kill:
        os.kill(child.pid, signal.SIGKILL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)  # so that subprocess does not look for it again
    return child.returncode, usage.ru_maxrss / 1024


def _follow(child: subprocess.Popen[bytes], held: Claim, until: float, stopped: Callable[[], bool]) -> bool:
    """Read progress until the child closes its output; True when it has to be stopped."""
    assert child.stdout is not None
    pending, told = b"", 0.0
    progress: int | None = None
    text = ""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while time.monotonic() < until:
            if stopped():
                return True
            if selector.select(0.25):
                data = os.read(child.stdout.fileno(), LINE)
                if not data:
                    return False
                *lines, pending = (pending + data)[-LINE:].split(b"\n")
                if lines:
                    progress, text = _said(lines[-1])
            if time.monotonic() - told > (BEAT if progress is None else BEAT / 4):
                told = time.monotonic()
                if not claim.renew(held, progress, text):
                    return not (claim.done(held) and _ends(child))
                progress = None
    return False


def _ends(child: subprocess.Popen[bytes], seconds: float = 30.0) -> bool:
    """Wait for a child that has finished its job to put its memory away and close its output; False when it does not."""
    assert child.stdout is not None
    until = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while time.monotonic() < until:
            if selector.select(0.1) and not os.read(child.stdout.fileno(), LINE):
                return True
    return False


def _said(line: bytes) -> tuple[int | None, str]:
    try:
        said = json.loads(line)
        return min(max(int(said["progress"]), 0), 99), str(said["text"])
    except (ValueError, KeyError, TypeError):
        return None, ""
