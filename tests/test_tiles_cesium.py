"""Our 3D Tiles in CesiumJS, the reference client: every tile loaded, none failed, a picked element answers with its GlobalId.

CesiumJS is 130 MB and no part of the platform, so ``./run proof`` brings it; without it this is skipped. What the whole suite always
proves with lighter readers stands in ``bim/tests/test_tiles.py`` and ``bim/tests/test_duplex.py``.
"""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import Any

import pytest

from tests.browser import picture
from tests.readers import WEB
from zhujian.foundation.bim import samples
from zhujian.foundation.bim.convert import work

CESIUM = WEB / "proof" / "node_modules" / "cesium" / "Build" / "Cesium"
JOB = work.Job(most_bytes=50 << 20, ratio=40, most_elements=10_000, most_findings=100, packs=())
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CESIUM.exists(), reason="CesiumJS is not installed: ./run proof")]


def model(name: str) -> bytes:
    """An IFC file: the Duplex, when it is at hand, or a generated one."""
    if name != "duplex":
        return samples.building(name)
    for folder in WEB.parents:
        path = folder / "shared" / "data" / "duplex-architecture.ifc"
        if path.exists():
            return path.read_bytes()
    pytest.skip("the Duplex model is not at hand")


@pytest.mark.parametrize("name", ["IFC4", "IFC4X3", "duplex"])
def test_cesium_loads_every_tile_and_picks_an_element(name: str, browser: Any, tmp_path: Path) -> None:
    (tmp_path / "in.ifc").write_bytes(model(name))
    work.convert(tmp_path / "in.ifc", tmp_path, JOB, lambda *_: None)
    context = browser.new_context(viewport={"width": 500, "height": 400})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    def serve(route: Any) -> None:
        where = route.request.url.removeprefix("http://proof.invalid/").split("?")[0]
        for head, folder in (("tiles/", tmp_path), ("cesium/", CESIUM)):
            if where.startswith(head) and (path := folder / where.removeprefix(head)).is_file():
                kind = (
                    "text/javascript"
                    if path.suffix == ".js"
                    else mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                )
                return route.fulfill(body=path.read_bytes(), content_type=kind)
        if not where:
            return route.fulfill(path=WEB / "proof" / "cesium.html", content_type="text/html; charset=utf-8")
        return route.fulfill(status=404, body="")

    page.route("**/*", serve)
    page.goto("http://proof.invalid/")
    page.wait_for_function("() => window.told && window.told.ready", timeout=90_000)
    told = page.evaluate("window.told")
    picture(page, f"cesium-{name}")
    context.close()
    assert told["failed"] == [] and faults == []
    assert len(told["loaded"]) == len(list((tmp_path / "storeys").glob("*.glb")))
    elements = [json.loads(line) for line in (tmp_path / "elements.ndjson").read_text(encoding="utf-8").splitlines()]
    known = {row["global_id"]: (row["ifc_class"], row["name"]) for row in elements}
    assert known[told["picked"]["global_id"]] == (told["picked"]["ifc_class"], told["picked"]["name"])
