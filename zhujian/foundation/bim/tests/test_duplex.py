"""The Duplex model (IFC2x3, Revit) from its upload to its tiles."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from tests import readers
from zhujian.foundation.bim.models import Version
from zhujian.foundation.bim.tests.conftest import fresh
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.testing import login
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db


def test_duplex(duplex: Path, hand_in: Callable[..., Version], firm: Account, client: Client, tmp_path: Path) -> None:
    version = hand_in(duplex.read_bytes(), "duplex.ifc")
    assert (version.schema, version.elements_count, len(version.storeys)) == ("IFC2x3", 239, 4)
    assert version.verdict, version.verdict_code
    assert version.state == "failed_check"  # no fire properties: the packs say so
    assert abs(version.lat - 41.8744) < 1e-4 and abs(version.lon + 87.6394) < 1e-4
    login(client, firm)
    base = f"/bim/versions/{version.pk}/"
    tree = client.get(base + "tree.json").json()
    assert [storey["name"] for storey in tree["storeys"]] == ["T/FDN", "Level 1", "Level 2", "Roof"]
    assert sum(len(kind["elements"]) for storey in tree["storeys"] for kind in storey["types"]) == 239
    tileset = client.get(base + "tileset.json").json()
    assert (
        tileset["asset"]["version"] == "1.1" and len(tileset["root"]["children"]) == 4 and len(tileset["root"]["transform"]) == 16
    )
    # What is served, read by programs that were not written here: no complaint, and exactly the elements drawn.
    served = tmp_path / "served"
    (served / "storeys").mkdir(parents=True)
    (served / "tileset.json").write_text(json.dumps(tileset))
    for child in tileset["root"]["children"]:
        answer = client.get(base + child["content"]["uri"])
        (served / child["content"]["uri"]).write_bytes(b"".join(answer.streaming_content))
    with scope.system("测试"):
        rows = version.elements.values("feature_index", "global_id", "ifc_class", "name", "box")
        found = readers.read_whole(served, {row["feature_index"]: row for row in rows})
    assert found["origin"] == pytest.approx([version.lon, version.lat, version.height], abs=1e-3)
    door = next(e for s in tree["storeys"] for k in s["types"] if k["ifc_class"] == "IfcDoor" for e in k["elements"])
    found = client.get(f"{base}elements/{door[0]}.json").json()
    assert found["global_id"] == door[1] and found["quantities"] and found["findings"]
    findings = client.get(base + "findings.json").json()
    assert all(row["message"] and row["demand"] for row in findings)
    assert client.get(base).status_code == 200 and client.get(f"/bim/models/{version.model_id}/").status_code == 200
    assert fresh(version).job.memory_mb > 10
