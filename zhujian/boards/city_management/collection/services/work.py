"""Reports and finished tasks as a device sends them: photos are judged at the edge, the rest is the loop's own service."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from zhujian.boards.city_management.collection.rules import photos as rules
from zhujian.boards.city_management.collection.services import limits
from zhujian.boards.city_management.command import services as command
from zhujian.boards.city_management.command.services.photos import PhotoIn
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Reason, Refusal, refuse_if
from zhujian.foundation.workflow import selectors as workflow
from zhujian.foundation.workflow import services as engine
from zhujian.foundation.workflow.models import Task

PROCESS = "city_case"
NODES = ("verify", "check", "handle")
WITHOUT_PHOTOS = frozenset({"back", "return"})  # “not mine”: nothing was done that a photo could show


@dataclass(frozen=True)
class Sent:
    """A photo with its bytes and what the device says about it."""

    shot: rules.Shot
    upload: UploadedFile


def check_photos(act: str, sent: Sequence[Sent], *, since: datetime | None = None) -> list[Reason]:
    """Reasons against the photos of an act, their bytes included: the hash made at capture must still be theirs."""
    region = scope.current().region_code
    now = timezone.localtime()
    found = rules.check_shots(
        act, [one.shot for one in sent], now=now, skew=timedelta(seconds=limits.number("clock_skew", region)),
        most=int(limits.number("photo_most", region)), since=since,
    )  # fmt: skip
    for number, one in enumerate(sent, 1):
        if one.shot.sha256 != sha256_of(one.upload):
            found.append(Reason("photo.changed", f"第{number}张照片与拍摄时的校验值不一致，请重新拍摄。", "photos"))
    return found


def sha256_of(upload: UploadedFile) -> str:
    """Hex SHA-256 of an upload, which is left at its beginning."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


def _photos(sent: Sequence[Sent]) -> list[PhotoIn]:
    return [PhotoIn(one.upload, one.shot.role, one.shot.at, one.shot.lon, one.shot.lat) for one in sent]


def do_report(values: dict[str, Any], sent: Sequence[Sent], at: datetime) -> dict[str, Any]:
    """A report of an inspector on patrol; `values` as `command.services.do_report` takes them."""
    refuse_if([
        *limits.check_moment(at, scope.current().region_code),
        *check_photos("self_handled" if values.get("self_handled") else "report", sent),
    ])  # fmt: skip
    report = command.do_report(source="patrol", captured_at=at, files=_photos(sent), **values)
    return {"number": report.number, "state": report.state, "grid": report.grid_code}


def task_of(pk: int) -> Task:
    """An open task of the loop that the actor may do from the field; Refusal or Conflict otherwise."""
    task = workflow.task(pk)
    if task is None or task.process != PROCESS or task.node not in NODES:
        raise Refusal("task.unknown", "没有找到这项任务，可能已被收回或不在您的岗位范围内。")
    if not task.is_open:
        raise Conflict("task.done", "这项任务已由他人办结或被收回，您的照片和说明没有提交。")
    return task


def do_task(
    pk: int, *, outcome: str, opinion: str, sent: Sequence[Sent], at: datetime, lon: float | None = None, lat: float | None = None
) -> dict[str, Any]:
    """Finish 核实, 核查 or a disposal with photos taken since the task was given. `lon`, `lat`: where the person stood."""
    task = task_of(pk)
    reasons = limits.check_moment(at, task.region_code)
    if outcome not in WITHOUT_PHOTOS:
        reasons += check_photos(task.node, sent, since=task.clock_start)
    refuse_if(reasons)
    done = engine.do_complete(pk, outcome=outcome, comment=opinion, data={"files": _photos(sent), "lon": lon, "lat": lat})
    return {"task": done.pk, "outcome": done.result, "label": done.result_label}
