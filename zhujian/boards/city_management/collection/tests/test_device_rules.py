"""The pure rules of the app in TypeScript, run by Node as they stand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from islands import WEB, _node  # type: ignore[import-not-found]  # stands in tools/
from say import Trouble  # type: ignore[import-not-found]

HERE = (114.3, 30.5)


def run(script: str) -> Any:
    """What a module script prints as JSON."""
    try:
        folder, _ = _node(Path(sys.executable))
    except Trouble:
        pytest.skip("Node is not installed")
    done = subprocess.run(
        [folder / "node", "--no-warnings", "--input-type=module", "-e", script], cwd=WEB / "field", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_kept_photos_stay_within_their_bound_and_the_oldest_go_first() -> None:
    rows = [
        {"key": key, "bytes": size, "at": at} for key, size, at in (("b", 400, 2), ("a", 300, 1), ("d", 100, 4), ("c", 200, 3))
    ]
    script = f"""import {{ surplus }} from "./bounds.ts"; const rows = {json.dumps(rows)};
      console.log(JSON.stringify([1000, 999, 300, 299, 50, 0].map(most => surplus(rows, most).join(""))))"""
    assert run(script) == ["", "a", "ab", "abc", "abcd", "abcd"]


def test_the_way_is_told_in_eight_directions() -> None:
    places = [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)]
    far = [{"lon": HERE[0] + x * 0.001 / 0.8616, "lat": HERE[1] + y * 0.001} for x, y in places]
    script = f"""import {{ way }} from "./sketch.ts"; const here = {{ lon: {HERE[0]}, lat: {HERE[1]} }};
      console.log(JSON.stringify({json.dumps(far)}.map(place => way(here, place, 320.4))))"""
    assert run(script) == [f"{word} 320米" for word in ("北", "东北", "东", "东南", "南", "西南", "西", "西北")]
