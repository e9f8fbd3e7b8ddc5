"""The wheel carries everything a running platform needs, built islands included, and works without the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a clean copy of the sources."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "requirements.in", "LICENSE", "THIRD_PARTY.md", "README.md"):
        shutil.copy(BASE / name, source / name)
    shutil.copytree(BASE / "zhujian", source / "zhujian", ignore=shutil.ignore_patterns("__pycache__"))
    out = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("zhujian-*.whl"))


def shipped() -> set[str]:
    """Names of all files of the package that are no tests."""
    skip = {"tests", "__pycache__"}
    return {
        str(p.relative_to(BASE))
        for p in (BASE / "zhujian").rglob("*")
        if p.is_file() and not skip & set(p.relative_to(BASE).parts)
    }


def test_it_holds_every_file_of_the_package_and_no_tests(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("zhujian/")}
    assert shipped() - names == set()
    assert [name for name in names if "/tests/" in name] == []


def test_it_holds_the_built_islands(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        manifest = next(n for n in names if n.startswith("zhujian/static/islands/") and n.endswith("manifest.json"))
        for entry in json.loads(archive.read(manifest)).values():
            assert f"zhujian/static/islands/{entry['file']}" in names


def test_its_metadata_name_licence_and_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith(".dist-info/METADATA"))).decode()
    assert "License-Expression: Apache-2.0" in metadata
    assert any(n.endswith("licenses/LICENSE") for n in names) and any(n.endswith("licenses/THIRD_PARTY.md") for n in names)
    assert "Requires-Dist: Django<5.3" in metadata and "nodejs" not in metadata and "pytest" not in metadata


def test_it_works_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "ZHUJIAN_VAR": str(tmp_path / "var")}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    code = "import zhujian, zhujian.wsgi; print(zhujian.__file__); from django.template.loader import get_template as t; t('base.html')"
    done = subprocess.run([sys.executable, "-c", code], cwd="/", env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))
    done = subprocess.run([sys.executable, "-m", "zhujian", "check"], cwd="/", env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
