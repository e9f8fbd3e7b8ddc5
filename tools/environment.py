"""The virtual environment `.venv`, made from the hash-locked requirements; touched only when a lock has changed.

A new environment is built beside the old one and renamed when it is complete, so a broken download leaves nothing behind.
A `.venv` that is a symbolic link belongs to somebody else and is used as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

from say import Trouble, disk_full, work

BASE = Path(__file__).resolve().parent.parent
VENV = BASE / ".venv"
RUNTIME, WEB, DEV = "requirements.txt", "requirements-web.txt", "requirements-dev.txt"
STAMP = "zhujian.json"
NEEDED_MB = 1500


def python() -> Path:
    """The environment's interpreter."""
    return VENV / "bin" / "python"


def _hash(name: str) -> str:
    return hashlib.sha256((BASE / name).read_bytes()).hexdigest()


def _have() -> dict[str, str]:
    """Locks (name → hash) the present environment was made from; empty when it must be made anew."""
    try:
        kept = json.loads((VENV / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept["locks"] if kept.get("python") == sys.version and python().exists() else {}


def _keep(home: Path, locks: dict[str, str]) -> None:
    (home / STAMP).write_text(json.dumps({"python": sys.version, "locks": locks}, indent=1), encoding="utf-8")


def ensure(*names: str) -> Path:
    """Make `.venv` hold the locks `names` (the runtime lock always); return its interpreter."""
    if sys.version_info < (3, 11):
        raise Trouble(
            f"Python 版本是 {sys.version.split()[0]}，需要 3.11 或更新版本。可用环境变量 PYTHON 指定。",
            "Python 3.11 or newer is needed; name one with the environment variable PYTHON.",
        )
    if VENV.is_symlink() and python().exists():
        return python()
    want = {name: _hash(name) for name in dict.fromkeys((RUNTIME, *names))}
    have = _have()
    if all(have.get(name) == value for name, value in want.items()):
        return python()
    free = shutil.disk_usage(BASE).free // 2**20
    if free < NEEDED_MB:
        raise disk_full(f"{BASE}（需要 {NEEDED_MB} MB，剩余 {free} MB）")
    if have.get(RUNTIME) == want[RUNTIME] and all(have.get(name) in {None, value} for name, value in want.items()):
        missing = [name for name in want if name not in have]
        _install(VENV, missing)
        _keep(VENV, have | want)
    else:
        _make(want | {name: _hash(name) for name in have if (BASE / name).exists()})
    return python()


def _install(home: Path, names: list[str]) -> None:
    files = [word for name in names for word in ("-r", str(BASE / name))]
    work(
        f"正在安装 Python 组件（{'、'.join(names)}），首次约需 1～3 分钟",
        [str(home / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off",
         "--no-compile", "--require-hashes", "--no-deps", *files],
        failed=(
            "Python 组件没有装上。请检查网络（或 pip 的镜像设置）后重试，现有环境没有改动。",
            "The Python packages could not be installed. Check the network (or pip's index settings) and try again.",
        ),
    )  # fmt: skip


def _make(locks: dict[str, str]) -> None:
    part, old = VENV.with_name(".venv.part"), VENV.with_name(".venv.old")
    for leftover in (part, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        work(
            "正在创建 Python 虚拟环境",
            [sys.executable, "-m", "venv", str(part)],
            failed=(
                "无法创建 Python 虚拟环境。请安装 python3-venv 后重试。",
                "The virtual environment could not be made. Install python3-venv and try again.",
            ),
        )
        _install(part, list(locks))
        _keep(part, locks)
        _readdress(part)
        if VENV.exists() or VENV.is_symlink():
            VENV.rename(old)
        part.rename(VENV)
    finally:
        for leftover in (part, old):
            shutil.rmtree(leftover, ignore_errors=True)


def _readdress(home: Path) -> None:
    """Make the scripts of the environment name the folder it is about to be renamed to."""
    before, after = os.fsencode(home), os.fsencode(VENV)
    for path in [*(home / "bin").iterdir(), home / "pyvenv.cfg"]:
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 100_000:
            text = path.read_bytes()
            if before in text:
                path.write_bytes(text.replace(before, after))
