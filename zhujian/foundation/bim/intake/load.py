"""Writes what the child found into the database and the version's folder, and passes the version on, in one transaction."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.foundation.bim import rules
from zhujian.foundation.bim.intake import claim
from zhujian.foundation.bim.intake.child import Ending
from zhujian.foundation.bim.intake.claim import Claim
from zhujian.foundation.bim.models import Element, Finding, Job, Quantity, Version
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto import hashes, sm3_hex

BATCH = 1000
LONGEST = 1 << 20  # bytes of one row


def finish(held: Claim, ending: Ending, folder: Path) -> None:
    """Take over the results or the verdict; nothing when the job is no longer ours."""
    from zhujian.foundation.bim.intake.lane import folder_of
    from zhujian.foundation.bim.services.states import checked

    with transaction.atomic(), scope.system("BIM 自动检查"):
        job = Job.objects.select_for_update().filter(pk=held.job, claimed_by=held.holder, waiting=True).first()
        if job is None:
            return
        version = Version.objects.select_for_update(of=("self",)).select_related("model", "file").get(pk=held.version)
        _forget(version)
        result = ending.result or {"refused": {"code": ending.code, "message": ending.message}}
        if "refused" in result:
            version.verdict_code = str(result["refused"]["code"])[:40]
            version.verdict = str(result["refused"]["message"])
            version.errors_count, version.warnings_count = 1, 0
            _keep_folder(folder, folder_of(version.pk), kept=False)
        else:
            _take(version, result, folder)
            claim.renew(held, 99, "保存结果")
            _rows(version, folder)
            _keep_folder(folder, folder_of(version.pk), kept=True)
        version.checked_at = timezone.now()
        version.save()
        job.waiting, job.progress, job.claimed_by, job.lease_until = False, 100, "", None
        job.stage_text, job.seconds, job.memory_mb = "检查完成", ending.seconds, ending.memory_mb
        job.save()
        checked(version)


def _forget(version: Version) -> None:
    """Results of an earlier check of the same version."""
    for model in (Finding, Quantity, Element):
        model.objects.filter(version=version).delete()
    version.checks, version.storeys, version.georef = [], [], {}
    version.lon = version.lat = version.height = version.rotation = version.level = version.elements_count = None
    version.result_sm3 = ""


def _take(version: Version, result: dict[str, Any], folder: Path) -> None:
    version.schema = str(result["schema_title"])[:12]
    version.header = {name: str(value)[:200] for name, value in result["header"].items()}
    version.checks, version.storeys = result["checks"], result["storeys"]
    version.georef = {**result["georef"], "offset": result["offset"]}
    place = result["georef"]
    if place["lon"] is not None and place["lat"] is not None:
        version.lon, version.lat = float(place["lon"]), float(place["lat"])
        version.height, version.rotation = float(place["height"]), float(place["rotation"])
    failed = [check for check in result["checks"] if check["status"] == "fail"]
    version.errors_count = sum(1 for check in failed if check["severity"] == "error")
    version.warnings_count = len(failed) - version.errors_count
    version.elements_count, version.level = int(result["elements"]), int(result["level"])
    version.verdict_code = "bim.failed_rules" if version.errors_count else "bim.passed"
    version.verdict = rules.verdict(version.errors_count, version.warnings_count, level=version.level)
    files = [
        *(folder / name for name in ("elements.ndjson", "findings.ndjson", "quantities.ndjson")),
        *sorted((folder / "storeys").glob("*.glb")),
    ]
    version.result_sm3 = sm3_hex("".join(_digest(path) for path in files).encode())


def _digest(path: Path) -> str:
    """SM3 of one file of the results."""
    with path.open("rb") as stream:
        return hashes.sm3_chunks(iter(lambda: stream.read(LONGEST), b"")).hex()


def _rows(version: Version, folder: Path) -> None:
    common = {"version": version, "region_code": version.region_code, "parties": version.parties}
    pieces: list[Element] = []
    for row in _lines(folder / "elements.ndjson"):
        pieces.append(
            Element(
                **common, feature_index=row["index"], global_id=row["global_id"], ifc_class=row["ifc_class"], name=row["name"], storey=row["storey"],
                type_name=row["type_name"], properties=row["properties"], digest=row["digest"], box=row["box"], amount=row["amount"],
                checked=bool(row.get("checked")),
            )
        )  # fmt: skip
        if len(pieces) >= BATCH:
            Element.objects.bulk_create(pieces)
            pieces = []
    Element.objects.bulk_create(pieces)
    ids = dict(Element.objects.filter(version=version).values_list("feature_index", "pk"))
    Finding.objects.bulk_create(
        (
            Finding(
                **common, rule=row["rule"][:60], severity=row["severity"], message=row["message"], demand=row["demand"], global_id=row["global_id"],
                element_id=ids.get(row["element"]),
            )
            for row in _lines(folder / "findings.ndjson")
        ),
        batch_size=BATCH,
    )  # fmt: skip
    names = {storey["number"]: storey["name"] for storey in version.storeys}
    Quantity.objects.bulk_create(
        (Quantity(**common, storey_name=names.get(row["storey"], ""), **row) for row in _lines(folder / "quantities.ndjson")),
        batch_size=BATCH,
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            if len(line) > LONGEST:
                raise ValueError("a row of the child is too long")
            yield json.loads(line.replace("\\u0000", ""))


def _keep_folder(work: Path, target: Path, *, kept: bool) -> None:
    """Put the drawn files in their place; what an earlier check left goes."""
    old = target.with_name(f"{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.replace(target, old)
    if kept:
        target.mkdir(parents=True)
        os.replace(work / "storeys", target / "storeys")
        if (work / "tileset.json").exists():
            os.replace(work / "tileset.json", target / "tileset.json")
    shutil.rmtree(old, ignore_errors=True)
