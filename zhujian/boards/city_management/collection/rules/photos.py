"""What a photo must carry to prove anything (urban-management.md §1.5, pitfall 22)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhujian.foundation.kernel.errors import Reason

ROLES = {"wide": "全景", "close": "近景", "before": "处置前", "after": "处置后", "check": "现场"}
# What each act needs at least: GB/T 30428.7 for reports; before and after for a disposal; the state of the place for 核实 and 核查.
NEEDED = {
    "report": ("wide", "close"),
    "self_handled": ("wide", "close", "after"),
    "verify": ("check",),
    "check": ("check",),
    "handle": ("before", "after"),
}
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Shot:
    """What is known of a photo before its bytes are looked at; `at` is aware, `size` in bytes."""

    role: str
    at: datetime | None
    sha256: str
    lon: float | None = None
    lat: float | None = None
    accuracy: float | None = None


def check_shots(
    act: str, shots: Sequence[Shot], *, now: datetime, skew: timedelta, most: int, since: datetime | None = None
) -> list[Reason]:
    """Reasons against the photos of an `act` (a key of `NEEDED`).

    `since`: when the task was given; a photo of afterwards (`after`, `check`) may not be older.
    """
    found = []
    for number, shot in enumerate(shots, 1):
        if shot.role not in ROLES:
            found.append(Reason("photo.role", f"第{number}张照片没有说明是哪一种，请重新拍摄。", "photos"))
        if shot.at is None:
            found.append(Reason("photo.time", f"第{number}张照片没有拍摄时间，请用本应用重新拍摄。", "photos"))
        elif shot.at > now + skew:
            found.append(Reason("photo.future", f"第{number}张照片的拍摄时间晚于现在，请校准手机时间后重新拍摄。", "photos"))
        elif since is not None and shot.role in ("after", "check") and shot.at < since:
            words = f"第{number}张照片拍摄于{_clock(shot.at, now)}，早于任务下达（{_clock(since, now)}），请到现场重新拍摄。"
            found.append(Reason("photo.older", words, "photos"))
        if not SHA256.fullmatch(shot.sha256):
            found.append(Reason("photo.hash", f"第{number}张照片缺少校验值，请用本应用重新拍摄。", "photos"))
    roles = {shot.role for shot in shots}
    missing = [ROLES[role] for role in NEEDED.get(act, ()) if role not in roles]
    if missing:
        found.append(Reason("photo.missing", f"还缺{'、'.join(missing)}照片，请至少各拍一张。", "photos"))
    if len(shots) > most:
        found.append(Reason("photo.most", f"最多{most}张照片，请删去多余的。", "photos"))
    return found


def _clock(at: datetime, now: datetime) -> str:
    return at.astimezone(now.tzinfo).strftime("%m-%d %H:%M")
