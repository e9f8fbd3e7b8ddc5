"""What `./run` says: progress while it works, and one clear sentence (Chinese, then English) when it cannot go on."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

FULL = ("No space left on device", "Disk quota exceeded", "File too large", "ENOSPC", "设备上没有空间")
LOGGED = re.compile(r"\d{4}-\d\d-\d\d [\d:,]+ [A-Z]+ ")  # a line of a log: kept for troubles, no progress
FULL_ERRNO = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Trouble(Exception):
    """Something the person at the keyboard must mend: `zh` and `en` say what and how; `detail` is the last output."""

    def __init__(self, zh: str, en: str, detail: str = "") -> None:
        super().__init__(zh)
        self.zh, self.en, self.detail = zh, en, detail

    def show(self) -> None:
        """Print it to standard error."""
        if self.detail:
            print(self.detail.rstrip(), file=sys.stderr)
        print(f"✗ {self.zh}\n  {self.en}", file=sys.stderr, flush=True)


def disk_full(where: str | Path) -> Trouble:
    """The sentence for a full disk."""
    return Trouble(
        f"磁盘空间不足，无法写入 {where}。请清理磁盘后重试，已有数据没有改动。",
        f"The disk is full; {where} cannot be written. Free some space and try again; nothing that existed was changed.",
    )


def is_full(text: str) -> bool:
    """Whether a program's output says that the disk is full."""
    return any(sign in text for sign in FULL)


def say(text: str) -> None:
    """One line of progress."""
    print(f"▸ {text}", flush=True)


def done(text: str) -> None:
    """One line of success."""
    print(f"✓ {text}", flush=True)


class _Progress:
    """Shows a long command's last line: rewritten in place on a terminal, every ten seconds elsewhere."""

    def __init__(self, title: str) -> None:
        self.title, self.started, self.last, self.over = title, time.monotonic(), "", threading.Event()
        self.live = sys.stdout.isatty()
        say(title)
        self.thread = threading.Thread(target=self._tick, daemon=True)
        self.thread.start()

    def _tick(self) -> None:
        while not self.over.wait(0.3 if self.live else 10):
            seconds = int(time.monotonic() - self.started)
            line = f"  {seconds:4d} s  {self.last}"
            if self.live:
                width = os.get_terminal_size().columns - 1
                print(f"\r\033[K{line[:width]}", end="", flush=True)
            else:
                print(line[:160], flush=True)

    def close(self) -> None:
        self.over.set()
        self.thread.join()
        if self.live:
            print("\r\033[K", end="", flush=True)


def work(
    title: str, command: Sequence[str], *, failed: tuple[str, str], cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> None:
    """Run a long command with visible progress; raise `Trouble` with `failed` (zh, en) or the disk-full sentence."""
    tail: deque[str] = deque(maxlen=20)
    progress = _Progress(title)
    try:
        child = subprocess.Popen(
            command, cwd=cwd, env=env, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert child.stdout is not None
        try:
            for line in child.stdout:
                tail.append(line.rstrip())
                if line.strip() and not LOGGED.match(line):
                    progress.last = line.strip()
            code = child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise
    except FileNotFoundError as missing:
        raise Trouble(
            f"没有找到程序 {command[0]}，请先安装它。", f"The program {command[0]} was not found; install it first."
        ) from missing
    finally:
        progress.close()
    if code:
        output = "\n".join(tail)
        if is_full(output):
            raise disk_full(cwd or "/")
        raise Trouble(*failed, detail=output)


def main(entry: object, *arguments: object) -> int:
    """Run `entry`; turn what may go wrong into a sentence and an exit status."""
    try:
        return int(entry(*arguments) or 0)  # type: ignore[operator]
    except Trouble as trouble:
        trouble.show()
        return 1
    except KeyboardInterrupt:
        print("\n✗ 已中断。\n  Interrupted.", file=sys.stderr)
        return 130
    except OSError as error:
        if error.errno in FULL_ERRNO:
            disk_full(error.filename or "var/").show()
            return 1
        raise
