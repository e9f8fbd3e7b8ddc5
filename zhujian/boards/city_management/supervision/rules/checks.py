"""Checks on site: what a finding needs, and when a check is closed (pitfall 22: an after-photo older than the finding proves nothing)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from zhujian.foundation.kernel.errors import Reason

GOOD, FAULT, NONE = "good", "fault", "none"


@dataclass(frozen=True)
class Finding:
    """One answer of a checklist as the rules see it."""

    item: str
    result: str
    text: str = ""
    photos: int = 0
    rectified: bool = False
    verified: bool | None = None


def finding_reasons(one: Finding) -> list[Reason]:
    """A fault needs words and a photo; every item an answer."""
    if one.result not in (GOOD, FAULT, NONE):
        return [Reason("check.answer", "请对每一项选择合格、不合格或不适用。", f"result_{one.item}")]
    found = []
    if one.result == FAULT and not one.text.strip():
        found.append(Reason("check.text", "不合格项请写明问题。", f"text_{one.item}"))
    if one.result == FAULT and not one.photos:
        found.append(Reason("check.photo", "不合格项请至少附一张照片。", f"photo_{one.item}"))
    return found


def rectification_reasons(found_at: datetime, photo_times: Iterable[datetime | None], text: str) -> list[Reason]:
    """A rectification needs words and an after-photo; one taken before the check is refused. A photo that does not say when counts by its upload."""
    times = list(photo_times)
    reasons = []
    if not text.strip():
        reasons.append(Reason("check.rectification", "请写明整改情况。", "text"))
    if not times:
        reasons.append(Reason("check.after_photo", "请附整改后的照片。", "files"))
    if any(at is not None and at < found_at for at in times):
        reasons.append(Reason("check.photo_old", "照片的拍摄时间早于检查时间，不能作为整改依据，请重新拍摄。", "files"))
    return reasons


def state_of(findings: Iterable[Finding]) -> str:
    """``closed`` when nothing is wrong or every fault was verified; ``rectifying`` otherwise."""
    return "rectifying" if any(one.result == FAULT and one.verified is not True for one in findings) else "closed"


def score(weights: dict[str, int], findings: Iterable[Finding]) -> tuple[int, int]:
    """(points, points possible) over the items that apply."""
    found = [one for one in findings if one.result in (GOOD, FAULT)]
    return sum(weights.get(one.item, 0) for one in found if one.result == GOOD), sum(weights.get(one.item, 0) for one in found)
