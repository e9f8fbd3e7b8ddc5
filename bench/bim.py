"""IFC → checks by both rule packs, quantities and tileset, as the confined child does it, beside the bare ifcopenshell iterator on the file.

Both are processes of their own with one thread that open the file; processor time and peak memory of the best of several rounds, taken in
turns, so that other work of the machine counts for neither.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from bench.frame import BASE, Row

ROUNDS = 3
BARE = """
import sys
import ifcopenshell, ifcopenshell.geom
file = ifcopenshell.open(sys.argv[1])
iterator = ifcopenshell.geom.iterator(ifcopenshell.geom.settings(), file, 1)
count = 0
if iterator.initialize():
    while True:
        iterator.get()
        count += 1
        if not iterator.next():
            break
assert count
"""


def run() -> list[Row]:
    """Time and memory for a generated building of 60 storeys and, where it is at hand, the Duplex model."""
    rows = []
    with tempfile.TemporaryDirectory() as place:
        made = Path(place, "generated.ifc")
        made.write_bytes(_generated())
        for title, path in (("生成的60层 IFC4", made), ("Duplex IFC2x3", _duplex())):
            if path is not None:
                rows += _measure(title, path, Path(place))
    return rows


def _measure(title: str, path: Path, place: Path) -> list[Row]:
    ours, bare = [], []
    for number in range(ROUNDS):
        bare.append(_spent([sys.executable, "-c", BARE, str(path)]))
        folder = place / f"{path.stem}-{number}"
        folder.mkdir()
        _prepare(folder)
        ours.append(_spent([sys.executable, "-m", "zhujian.foundation.bim.convert", str(path), str(folder)]))
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        assert "refused" not in result, result
        assert (folder / "tileset.json").exists()
    time_ours, time_bare = min(t for t, _ in ours), min(t for t, _ in bare)
    memory_ours, memory_bare = min(m for _, m in ours), min(m for _, m in bare)
    note = f"{result['elements']} 个构件，{result['triangles']:,} 个三角形"
    return [
        Row(f"BIM 检查和三维：{title}", time_ours * 1000, time_bare * 1000, 1.6, "毫秒", at_most=True, note=note),
        Row(f"BIM 内存峰值：{title}", memory_ours, memory_bare, 1.3, "MB", at_most=True),
    ]


def _spent(command: list[str]) -> tuple[float, float]:
    """(processor seconds, peak MB) of a process."""
    process = subprocess.Popen(command, cwd=BASE, stdout=subprocess.DEVNULL, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _prepare(folder: Path) -> None:
    """The job as the platform writes it, with both rule packs."""
    home = BASE / "zhujian" / "foundation" / "bim" / "ids"
    packs = [
        {
            "key": pack["key"], "title": pack["title"], "edition": pack["edition"], "file": str(home / pack["file"]), "advisory": pack["advisory"],
            "basis": {}, "confidence": {},
        }
        for pack in tomllib.loads((home / "packs.toml").read_text(encoding="utf-8"))["pack"]
    ]  # fmt: skip
    job = {"most_bytes": 500 << 20, "ratio": 40, "most_elements": 200_000, "most_findings": 500, "packs": packs, "hand": {}}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    (folder / "limits.json").write_text(json.dumps({"memory_mb": 3072, "seconds": 600, "file_mb": 1024}), encoding="utf-8")


def _generated() -> bytes:
    from zhujian.foundation.bim import samples

    return samples.building("IFC4", name="基准", storeys=60, extra=10)


def _duplex() -> Path | None:
    for folder in BASE.parents:
        path = folder / "shared" / "data" / "duplex-architecture.ifc"
        if path.exists():
            return path
    return None


__all__ = ["run"]
