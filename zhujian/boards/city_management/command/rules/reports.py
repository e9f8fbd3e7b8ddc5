"""What a report must hold, and how likely it is about a case that is open already.

Source: GB/T 30428.7-2017, GB/T 30428.8-2020; urban-management.md §1.5, §2.2 (重复案件).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from zhujian.foundation.kernel.errors import Reason


def check_report(
    *,
    lon: float,
    lat: float,
    description: str,
    captured_at: datetime,
    now: datetime,
    ahead: timedelta,
    photos: int,
    most: int,
) -> list[Reason]:
    """Reasons why a report cannot be taken in. Degrees CGCS2000; `ahead`: how far a device's clock may be ahead."""
    reasons = []
    if not (73 <= lon <= 136 and 3 <= lat <= 54):
        swapped = 73 <= lat <= 136 and 3 <= lon <= 54
        text = "经度和纬度写反了，请核对。" if swapped else "位置不在中国境内，请重新定位或在地图上点选。"
        reasons.append(Reason("report.location", text, "location"))
    if not description.strip():
        reasons.append(Reason("report.description", "请简单写一下是什么问题。", "description"))
    if len(description) > 500:
        reasons.append(Reason("report.description", "问题描述不超过500字，请精简。", "description"))
    if captured_at > now + ahead:
        reasons.append(Reason("report.captured_at", "发现时间晚于现在，请校准终端时间后重新上报。", "captured_at"))
    if photos > most:
        reasons.append(Reason("report.photos", f"一次最多上传{most}张照片，请减少后提交。", "files"))
    return reasons


MACHINE = frozenset({"video", "iot"})


def verification(source: str, direct: Collection[str], machine: str) -> str:
    """Whether a report is looked at on site before it is filed (核实): ``must``, ``may`` (the acceptor judges) or ``no``.

    A public report must be; an inspector's own find or a superior's order need not (§1.5: `direct`). What a camera or a sensor has found is
    verified like a public one, unless the city lets a person judge the picture or the reading first, true or false alarm (§3.4 研判;
    `machine` = ``judged``).
    """
    if source in direct:
        return "no"
    return "may" if source in MACHINE and machine == "judged" else "must"


def check_judgement(photos: int, opinion: str) -> list[Reason]:
    """Reasons against filing a camera's or a sensor's find without going there: a picture or curve to judge by, and the judgement in words."""
    reasons = []
    if not photos:
        reasons.append(Reason("case.judged_photo", "没有抓拍照片或监测截图的，不能凭研判立案，请先派监督员核实。", "verify"))
    if not opinion.strip():
        reasons.append(Reason("case.judged_text", "请写明研判意见：看到了什么，为什么不是误报。", "opinion"))
    return reasons


def check_self_handled(roles: Collection[str], urgent: bool, photo_roles: Collection[str]) -> list[Reason]:
    """Reasons against a report that an inspector has put right on the spot: minor things only, shown before and after."""
    reasons = []
    if "inspector" not in roles:
        reasons.append(Reason("report.self_handled", "只有监督员可以上报自行处置的问题。", "self_handled"))
    if urgent:
        reasons.append(Reason("report.self_handled", "紧急问题不能作为自行处置上报，请按紧急案件上报。", "self_handled"))
    if "after" not in photo_roles:
        reasons.append(Reason("report.self_handled", "自行处置的问题请上传处置后照片。", "files"))
    return reasons


def check_after_photo(taken: Sequence[datetime | None], since: datetime | None, now: datetime, ahead: timedelta) -> list[Reason]:
    """Reasons against photos offered as proof that something is done: there is one, and none is older than the task (pitfall 22)."""
    if not taken:
        return [Reason("photo.missing", "请上传处置后照片。", "files")]
    if any(moment is None for moment in taken):
        return [Reason("photo.time", "照片没有拍摄时间，不能作为依据，请用系统相机重新拍摄。", "files")]
    known = [moment for moment in taken if moment is not None]
    if since is not None and any(moment < since for moment in known):
        return [Reason("photo.old", "照片拍摄时间早于任务下达时间，请重新到现场拍摄。", "files")]
    if any(moment > now + ahead for moment in known):
        return [Reason("photo.future", "照片拍摄时间晚于现在，请校准终端时间后重新拍摄。", "files")]
    return []


def same_thing(
    *,
    kind: str,
    class_code: str,
    component_code: str,
    other_kind: str,
    other_class: str,
    other_component: str,
    distance_m: float,
    radius_m: float,
) -> int:
    """How alike a report and an open case are, 0 to 100; 0: not proposed.

    Components are the same when their codes are; events (and components without a code) when the minor class is the same within
    `radius_m`, the radius included.
    """
    if kind != other_kind or class_code != other_class:
        return 0
    if kind == "component" and component_code and other_component:
        return 100 if component_code == other_component else 0
    if distance_m > radius_m:
        return 0
    return 100 - round(50 * distance_m / radius_m) if radius_m else 100
