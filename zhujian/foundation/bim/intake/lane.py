"""One piece of work: claim, convert, load."""

from __future__ import annotations

import json
import logging
import secrets
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from zhujian.foundation.bim.intake import child, claim, load
from zhujian.foundation.bim.intake.claim import Claim
from zhujian.foundation.bim.models import Version
from zhujian.foundation.bim.services.packs import packs_in_force
from zhujian.foundation.documents import vault
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

log = logging.getLogger("zhujian.bim")
SPACE_FACTOR = 12  # output and unpacked text may be this many times the upload


def root() -> Path:
    """Where the files of versions lie."""
    return settings.VAR / "bim"


def folder_of(version_id: int) -> Path:
    """Files of one version: tileset.json, storeys/*.glb."""
    return root() / str(int(version_id))


def run(stopped: Callable[[], bool]) -> bool:
    """Check one version that waits; False when none does."""
    held = claim.take()
    if held is None:
        return False
    folder = root() / "work" / f"{held.version}-{secrets.token_hex(6)}"
    folder.mkdir(parents=True)
    try:
        _check(held, folder, stopped)
    except Exception:
        log.exception("version %s", held.version)
        claim.lose(held)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _check(held: Claim, folder: Path, stopped: Callable[[], bool]) -> None:
    with transaction.atomic(), scope.system("BIM 自动检查"):
        version = Version.objects.select_related("file", "model").get(pk=held.version)
        most = claim.number("attempts", version.region_code)
        seconds = claim.number("minutes", version.region_code) * 60
        prepare(version, folder, seconds)
    if held.attempts > most:
        load.finish(
            held,
            child.Ending(
                code="bim.interrupted", message="处理程序多次中断，没有完成检查。请联系系统管理员，或拆分模型后重新提交。"
            ),
            folder,
        )
        return
    ending = child.run(
        vault.path_of(version.file.sm3), folder, seconds=seconds, stopped=stopped,
        beat=lambda progress, text: claim.renew(held, progress, text),
    )  # fmt: skip
    if ending.stopped:
        claim.give_back(held)
    elif ending.again and held.attempts < most:
        claim.lose(held)
    else:
        try:
            load.finish(held, ending, folder)
        except Refusal:
            raise
        except (
            ValueError,
            KeyError,
            TypeError,
            OSError,
        ):  # what the child wrote cannot be used: the file's fault, not the platform's
            log.exception("results of version %s", held.version)
            message = "模型数据有误，检查结果无法整理。请在建模软件中检查修复后重新导出。"
            load.finish(held, replace(ending, result=None, code="bim.failed", message=message), folder)


def prepare(version: Version, folder: Path, seconds: int) -> None:
    """Write what the child needs: limits, job, rule packs."""
    region = version.region_code
    file_mb = max(256, version.file.size * SPACE_FACTOR >> 20)
    limits = {"memory_mb": claim.number("memory_mb", region), "seconds": seconds, "file_mb": file_mb}
    packs: list[dict[str, Any]] = []
    for number, pack in enumerate(packs_in_force(region)):
        (folder / f"pack{number}.ids").write_text(pack.source, encoding="utf-8")
        packs.append(
            {
                "key": pack.key, "title": f"{pack.title}（{pack.edition}）", "edition": pack.edition, "file": f"pack{number}.ids",
                "advisory": pack.advisory, "basis": {k: v["basis"] for k, v in pack.notes.items()},
                "confidence": {k: v["confidence"] for k, v in pack.notes.items()},
            }
        )  # fmt: skip
    job = {
        "most_bytes": claim.number("max_unpacked_mb", region) << 20, "ratio": claim.number("max_unpacked_ratio", region),
        "most_elements": claim.number("max_elements", region), "most_findings": claim.number("max_findings", region),
        "packs": packs, "hand": {k: v for k, v in version.hand.items() if k != "reason"},
    }  # fmt: skip
    (folder / "limits.json").write_text(json.dumps(limits), encoding="utf-8")
    (folder / "job.json").write_text(json.dumps(job, ensure_ascii=False), encoding="utf-8")
