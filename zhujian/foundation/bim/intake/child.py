"""Runs the child process on one file and judges how it ended."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

LINE = 65_536
BEAT = 2.0  # seconds between signs of life
STARVED = 0.5  # a crash with this share of the limit in use is put down to memory; the rest is programs and reserve
CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)


@dataclass(frozen=True)
class Ending:
    """How the child ended: `result` as it wrote it, or a verdict (`code`, `message`); `again`: killed from outside, may be tried again."""

    result: dict[str, Any] | None = None
    code: str = ""
    message: str = ""
    again: bool = False
    stopped: bool = False
    seconds: float = 0.0
    memory_mb: float = 0.0


def environment() -> dict[str, str]:
    """What the child may know: where Python finds the code. No database, no keys."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {
        **kept, "LANG": "C.UTF-8", "PYTHONPATH": str(settings.BASE), "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1", "PROJ_NETWORK": "OFF",
    }  # fmt: skip


def run(
    source: Path, folder: Path, *, seconds: float, beat: Callable[[int | None, str], bool], stopped: Callable[[], bool]
) -> Ending:
    """Start the child on `source` in the prepared `folder` and stay with it.

    `beat(progress, text)` is called with every line and at least every two seconds; when it says False (the lease is lost) or
    `stopped()` says True the child is ended and the ending is `stopped`.
    """
    began = time.monotonic()
    command = [sys.executable, "-m", "zhujian.foundation.bim.convert", str(source), str(folder)]
    with (folder / "stderr.txt").open("wb") as errors:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=environment(), cwd=folder, start_new_session=True,
        )  # fmt: skip
    until = began + seconds
    halted = True
    try:
        assert child.stdout is not None
        halted = _follow(child, until, beat, stopped)
    finally:
        code, memory = _reap(child, until, kill=halted or time.monotonic() >= until)
    spent = time.monotonic() - began
    if halted:
        return Ending(stopped=True, seconds=spent)
    return _judge(folder, code, spent, memory, late=spent >= seconds, minutes=seconds / 60)


def _reap(child: subprocess.Popen[bytes], until: float, *, kill: bool) -> tuple[int, float]:
    """(exit code, peak memory in MB) of the child, which is killed at once or when its time is up."""
    if child.stdout is not None:
        child.stdout.close()
    while True:
        if kill or time.monotonic() >= until:
            os.kill(child.pid, signal.SIGKILL)
        pid, status, usage = os.wait4(child.pid, 0 if kill else os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)  # so that subprocess does not look for it again
            return child.returncode, usage.ru_maxrss / 1024
        time.sleep(0.05)


def _follow(
    child: subprocess.Popen[bytes], until: float, beat: Callable[[int | None, str], bool], stopped: Callable[[], bool]
) -> bool:
    """Read progress until the child closes its output; True when it has to be stopped."""
    assert child.stdout is not None
    pending = b""
    told = time.monotonic()
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
                    told = time.monotonic()
                    if not beat(*_progress(lines[-1])):
                        return True
            if time.monotonic() - told > BEAT:
                told = time.monotonic()
                if not beat(None, ""):
                    return True
    return False


def _progress(line: bytes) -> tuple[int | None, str]:
    try:
        said = json.loads(line)
        return min(max(int(said["progress"]), 0), 99), str(said["text"])[:200]
    except (ValueError, KeyError, TypeError):
        return None, ""


def _judge(folder: Path, code: int, seconds: float, memory: float, *, late: bool, minutes: float) -> Ending:
    common: dict[str, Any] = {"seconds": round(seconds, 2), "memory_mb": round(memory, 1)}
    limits = json.loads((folder / "limits.json").read_text(encoding="utf-8"))
    path = folder / "result.json"
    if code == 0 and path.exists():
        return Ending(json.loads(path.read_text(encoding="utf-8")), **common)
    said = (folder / "stderr.txt").read_bytes()[-4000:].decode("utf-8", "replace")
    starved = -code in CRASHES and memory > limits["memory_mb"] * STARVED
    if "bad_alloc" in said or "MemoryError" in said or starved:
        text = f"模型过大：处理时超过了 {limits['memory_mb']} MB 内存上限。请按专业或楼栋拆分后分别上传。"
        return Ending(code="bim.memory", message=text, **common)
    if late or code == -signal.SIGXCPU:
        text = f"模型过于复杂：{minutes:.0f} 分钟内没有处理完。请简化或按专业、楼栋拆分后分别上传。"
        return Ending(code="bim.time", message=text, **common)
    if code == -signal.SIGXFSZ:
        return Ending(code="bim.output", message="模型展开后的数据量过大。请按专业或楼栋拆分后分别上传。", **common)
    if code == -signal.SIGKILL:
        return Ending(
            code="bim.interrupted",
            message="处理程序多次被系统中断，可能内存不足。请拆分模型，或联系系统管理员。",
            again=True,
            **common,
        )
    if -code in CRASHES:
        return Ending(code="bim.crash", message="模型数据有误，解析程序无法继续。请在建模软件中检查修复后重新导出。", **common)
    return Ending(code="bim.failed", message="模型数据有误，处理没有完成。请在建模软件中检查修复后重新导出。", **common)
