"""The commands of `./run`. Standard library only: it runs before anything is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import cluster
import data
import environment
import islands
import packages
import serve
from say import Trouble, done, main

BASE = Path(__file__).resolve().parent.parent
OWNER_COMMANDS = {"migrate", "load_reference", "makemigrations", "sqlmigrate", "showmigrations", "dbshell", "inspectdb"}

# The tests keep to a folder and a cluster of their own, which no write has to reach the disk of.
FLEETING = {"ZHUJIAN_VAR": str(cluster.VAR / "test"), "ZHUJIAN_FLEETING": "1"}


def prepare(*, dev: bool = False) -> tuple[Path, dict[str, str]]:
    """Install what is missing and start the database; return the interpreter and the database's addresses."""
    python = equip(dev)
    return python, cluster.ensure()


def equip(dev: bool = False) -> Path:
    """Install what is missing, all but the database; return the interpreter."""
    packages.ensure(browser=dev)
    web = (environment.WEB,) if islands.needed() else ()
    python = environment.ensure(*web, *((environment.DEV,) if dev else ()))
    islands.ensure(python)
    return python


def pass_on(python: Path, env: dict[str, str], *words: str) -> int:
    """Run a program of the environment in our place; its exit status is ours."""
    return subprocess.run([str(python), "-m", *words], cwd=BASE, env=env, check=False).returncode


def demo(*_: str) -> int:
    """Serve the demo province on http://127.0.0.1:8000 (PORT chooses another port)."""
    started = time.monotonic()
    number = serve.port()
    serve.check_port(number)
    python, urls = prepare()
    data.ensure(python, urls, demo=True)
    serve.serve(python, {**data.environment(urls), "ZHUJIAN_DEMO": "1"}, number, started)
    return 0


def test(*words: str) -> int:
    """Run the whole test suite, or what the arguments name (passed on to pytest), in a cluster and folder of its own: ``var/test``."""
    python, env = equip(dev=True), dict(os.environ)
    if os.environ.get("DATABASE_URL"):
        import remote

        remote.ensure()
        remote.ensure_empty()
    else:
        env |= FLEETING
        made = subprocess.run([str(python), str(BASE / "tools" / "cluster.py")], cwd=BASE, env=env, check=False)
        if made.returncode:
            return made.returncode
    # The whole suite uses two processes; a few named tests are quicker in one.
    spread = () if words else ("-n", "2", "--dist", "loadfile")
    return pass_on(python, env, "pytest", *spread, *words)


def proof(*words: str) -> int:
    """Let CesiumJS (130 MB, installed beside the platform) read our 3D Tiles."""
    islands.install(equip(dev=True), BASE / "web" / "proof")
    return test("tests/test_tiles_cesium.py", *words)


def lint(*words: str) -> int:
    """Check style, types, import rules and layout."""
    python, urls = prepare(dev=True)
    return subprocess.run(
        [str(python), str(BASE / "tools" / "lint.py"), *words], cwd=BASE, env=data.environment(urls), check=False
    ).returncode


def bench(*words: str) -> int:
    """Run the benchmarks, or the named ones, and print their ratios."""
    python, urls = prepare(dev=True)
    return subprocess.run([str(python), "-m", "bench", *words], cwd=BASE, env=data.environment(urls), check=False).returncode


def manage(*words: str) -> int:
    """Run a management command, e.g. ./run manage shell."""
    python, urls = prepare()
    role = "owner" if words and words[0] in OWNER_COMMANDS else "app"
    return pass_on(python, data.environment(urls, role), "zhujian", *words)


def new_module(*words: str) -> int:
    """Write a new module: ./run new-module BOARD NAME."""
    import new_module as writer

    return writer.command(*words)


def backup(*words: str) -> int:
    """Take a base backup and keep archiving every change after it."""
    import backup as keeper

    return keeper.backup(*words)


def restore(*words: str) -> int:
    """Bring the database back to a chosen second: ./run restore "2026-03-01 10:30:00"."""
    import backup as keeper

    return keeper.restore(*words)


def stop(*_: str) -> int:
    """Stop the demo and the private database."""
    server, database = serve.stop_other(), False if os.environ.get("DATABASE_URL") else cluster.stop()
    if (cluster.VAR / "test" / "pg").exists():
        subprocess.run([sys.executable, str(BASE / "tools" / "cluster.py"), "stop"], env={**os.environ, **FLEETING}, check=False)
    done("已停止。 Stopped." if server or database else "没有正在运行的程序。 Nothing was running.")
    return 0


COMMANDS = {
    "demo": demo, "test": test, "proof": proof, "lint": lint, "bench": bench, "new-module": new_module, "manage": manage,
    "backup": backup, "restore": restore, "stop": stop,
}  # fmt: skip


def command_line(words: list[str]) -> int:
    """Choose the command; without one, list them."""
    if not words or words[0] in {"-h", "--help", "help"}:
        print("用法 usage: ./run COMMAND …\n")
        for name, command in COMMANDS.items():
            print(f"  {name:<11} {(command.__doc__ or '').splitlines()[0]}")
        return 0
    if words[0] not in COMMANDS:
        raise Trouble(
            f"没有命令 {words[0]}。可用的命令：{'、'.join(COMMANDS)}",
            f"There is no command {words[0]}; the commands are listed above.",
        )
    return COMMANDS[words[0]](*words[1:])


if __name__ == "__main__":
    sys.exit(main(command_line, sys.argv[1:]))
