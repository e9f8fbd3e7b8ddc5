"""A newcomer's first module: written by the script into a copy of the tree, its own tests and the static checks pass."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_run import environment, open_folder, refused, run  # noqa: F401  (fixture)

BASE = Path(__file__).resolve().parent.parent
SKIP = shutil.ignore_patterns("__pycache__", "node_modules", "islands", ".mypy_cache", ".pytest_cache")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the tree with the present environment and a cluster of its own."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="zj-new-"))
    folder.chmod(0o755)
    base = folder / "tree"
    for name in (
        "run",
        "conftest.py",
        "pyproject.toml",
        "zhujian",
        "tools",
        "tests",
        "requirements.txt",
        "requirements-web.txt",
        "requirements-dev.txt",
    ):
        source = BASE / name
        base.mkdir(exist_ok=True)
        shutil.copytree(source, base / name, ignore=SKIP) if source.is_dir() else shutil.copy(source, base / name)
    (base / ".venv").symlink_to(Path(sys.prefix))
    yield base
    subprocess.run(
        [sys.executable, base / "tools" / "cluster.py", "destroy"],
        env=environment(base / "var"),
        check=False,
        capture_output=True,
    )
    shutil.rmtree(folder, ignore_errors=True)


WHOLE = (["tools/layout.py"], ["-m", "zhujian", "check", "--fail-level", "WARNING"])


def python(base: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = environment(base / "var", PYTHONDONTWRITEBYTECODE="1", MYPY_CACHE_DIR=str(BASE / ".mypy_cache"))
    env.pop("PYTHONPATH", None)
    return subprocess.run([base / ".venv" / "bin" / "python", *words], cwd=base, env=env, capture_output=True, text=True)


@pytest.mark.slow
def test_a_new_module_passes_its_own_tests_and_the_checks(copy: Path) -> None:
    done = run("new-module", "housing", "lift_registers", "电梯登记", var=copy / "var", base=copy)
    assert done.returncode == 0, done.stdout + done.stderr
    module = copy / "zhujian" / "boards" / "housing" / "lift_registers"
    assert "class LiftRegister(" in (module / "models.py").read_text()
    assert (module / "migrations" / "0001_initial.py").exists()
    tests = python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(module))
    assert tests.returncode == 0, tests.stdout[-4000:] + tests.stderr[-2000:]
    assert " passed" in tests.stdout and "skipped" not in tests.stdout
    for check in (
        ["tools/layout.py"],
        ["-m", "ruff", "check", "zhujian/boards/housing"],
        ["-m", "ruff", "format", "--check", "zhujian/boards/housing"],
        ["-m", "mypy", "--strict", "--config-file", "tools/mypy-strict.ini", str(module / "rules.py")],
        ["-m", "zhujian", "check", "--fail-level", "WARNING"],
        ["-m", "zhujian", "makemigrations", "--check", "--dry-run"],
    ):
        found = python(copy, *check)
        assert "lift_registers" not in found.stdout, found.stdout
        assert "lift_registers" not in found.stderr, found.stderr
        # What the rest of the tree does wrong is not this test's business.
        assert found.returncode == 0 or check in WHOLE, found.stdout + found.stderr
    refused(run("new-module", "housing", "lift_registers", var=copy / "var", base=copy), zh="已被使用", en="is taken")


@pytest.mark.parametrize(
    ("board", "name", "zh", "en"),
    [
        ("hospitals", "beds", "没有板块 hospitals", "no board hospitals"),
        ("housing", "Lifts", "模块名 Lifts 不合适", "cannot be a module"),
        ("housing", "class", "模块名 class 不合适", "cannot be a module"),
        ("housing", "../x", "不合适", "cannot be a module"),
        ("construction", "project_management", "已被使用", "is taken"),
        ("housing", "sessions", "已被使用", "is taken"),
    ],
)
def test_what_cannot_become_a_module(board: str, name: str, zh: str, en: str, tmp_path: Path) -> None:
    before = set(os.listdir(BASE / "zhujian" / "boards"))
    refused(run("new-module", board, name, var=tmp_path), zh=zh, en=en)
    assert set(os.listdir(BASE / "zhujian" / "boards")) == before


def test_the_usage_is_told(tmp_path: Path) -> None:
    refused(run("new-module", var=tmp_path), zh="用法", en="Usage")
