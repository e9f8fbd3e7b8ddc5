"""Whether a policy is in force; what an article needs before it may be reviewed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from zhujian.foundation.kernel.errors import Reason

COMING, IN_FORCE, LAPSED, UNDATED = "coming", "in_force", "lapsed", ""


def standing(on: date, valid_from: date | None, valid_to: date | None, repealed: Iterable[date]) -> str:
    """Whether a policy is in force on a day: from its first day, until the day before it lapses or something in force repeals it.

    Source: 立法法第一百零三条 (后法优于前法), 规范性文件一般规定有效期; `valid_to` is the first day on which it no longer is.
    """
    ends = [day for day in [valid_to, *repealed] if day is not None]
    if valid_from is None and not ends:
        return UNDATED
    if ends and on >= min(ends):
        return LAPSED
    return COMING if valid_from is not None and on < valid_from else IN_FORCE


def article_reasons(values: Mapping[str, Any]) -> list[Reason]:
    """Reasons against an article: words, and for a policy its kind, issuer and dates."""
    found = []
    for name, most, words in (("title", 160, "标题"), ("body", 60_000, "正文")):
        text = str(values.get(name) or "").strip()
        if not text:
            found.append(Reason(f"guidance.{name}", f"请填写{words}。", name))
        elif len(text) > most:
            found.append(Reason(f"guidance.{name}", f"{words}最多{most}个字，请删减。", name))
    if values.get("kind") == "policy":
        for name, words in (("policy_kind", "类型"), ("issuer", "发文机关"), ("valid_from", "生效日期")):
            if not values.get(name):
                found.append(Reason(f"guidance.{name}", f"政策法规请填写{words}。", name))
    start, end = values.get("valid_from"), values.get("valid_to")
    if start and end and end <= start:
        found.append(Reason("guidance.dates", "失效日期应晚于生效日期。", "valid_to"))
    return found
