"""Debian packages the platform stands on; installed only when missing, with visible progress."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from say import Trouble, work

APT = ["apt-get", "-o", "DPkg::Lock::Timeout=500", "-o", "Dpkg::Use-Pty=0"]


def _has_postgis() -> bool:
    """Whether a PostgreSQL server of version 15 or newer with PostGIS is installed."""
    for initdb in Path("/usr/lib/postgresql").glob("*/bin/initdb"):
        version = initdb.parent.parent.name
        control = Path(f"/usr/share/postgresql/{version}/extension/postgis.control")
        if version.isdigit() and int(version) >= 15 and control.exists():
            return True
    return False


def _installed(package: str) -> bool:
    if not shutil.which("dpkg-query"):
        return False
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True, check=False)
    return done.stdout.startswith("install ok")


def _has_chromium() -> bool:
    return bool(shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome"))


def missing(*, browser: bool) -> list[str]:
    """Names of the Debian packages that are not there yet."""
    names = []
    if not _has_postgis():
        names.append("postgresql-15-postgis-3")
    if not _installed("fonts-noto-cjk") and not any(Path("/usr/share/fonts").glob("**/NotoSansCJK*")):
        names.append("fonts-noto-cjk")
    if importlib.util.find_spec("ensurepip") is None and not (Path(__file__).parent.parent / ".venv").exists():
        names.append("python3-venv")
    if browser and not _has_chromium():
        names.append("chromium")
    return names


def ensure(*, browser: bool = False) -> None:
    """Install what is missing; as an ordinary user through sudo."""
    names = missing(browser=browser)
    if not names:
        return
    listed = " ".join(names)
    hand = f"apt-get install -y --no-install-recommends {listed}"
    if not shutil.which("apt-get"):
        raise Trouble(
            f"缺少系统组件：{listed}，而本机没有 apt-get。请用本机的软件管理工具装好后重试。",
            f"System packages are missing ({listed}) and this machine has no apt-get; install them its own way and try again.",
        )
    prefix: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            raise Trouble(
                f"缺少系统组件，需要管理员权限安装。请以管理员身份执行：{hand}",
                f"System packages are missing and need an administrator. Run as root: {hand}",
            )
        prefix = ["sudo"]
        subprocess.run(["sudo", "-v"], check=False)  # asks for the password once, before output is captured
    failed = (
        f"系统组件没有装上。请检查网络和软件源，或以管理员身份执行：{hand}",
        f"The system packages could not be installed. Check the network and package sources, or run as root: {hand}",
    )
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    work("正在更新软件包目录", [*quiet, *APT, "update"], failed=failed)
    work(f"正在安装系统组件：{listed}", [*quiet, *APT, "install", "-y", "--no-install-recommends", *names], failed=failed)
