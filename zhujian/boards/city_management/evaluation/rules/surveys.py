"""Questionnaires (问卷调查): what is asked, which answers are valid, how satisfaction is counted.

Invalid answers are kept with their reason but never counted. Source: urban-management sheet §3.3 (群众满意率 over valid answers), §7
number 24.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhujian.foundation.kernel.errors import Reason

KINDS = ("grade", "choice", "text")
GRADES = (
    ("very", "非常满意"),
    ("satisfied", "满意"),
    ("basic", "基本满意"),
    ("dissatisfied", "不满意"),
    ("none", "不了解／不评价"),
)
CONTENT = frozenset({"very", "satisfied", "basic"})
UNRATED = "none"
INVALID = {
    "missing": "必答题没有答完",
    "unknown": "选项不在问卷内",
    "long": "文字超过长度",
    "fast": "答题时间过短",
    "repeated": "同一设备重复作答",
    "attention": "甄别题答错",
    "straight": "各题全选同一项",
    "closed": "不在调查期内",
}
MOST_TEXT = 500


@dataclass(frozen=True)
class Validity:
    """When an answer counts. `seconds`: least time to answer. `straight_from`: all graded questions answered alike from so many on."""

    seconds: int = 20
    straight_from: int = 6


def options(question: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Options of a question: its own, or the five grades."""
    return [tuple(pair) for pair in question["options"]] if question.get("options") else list(GRADES)


def check(questions: object) -> list[Reason]:
    """Reasons against a questionnaire (a list of questions with ``code``, ``text``, ``kind``)."""
    if not isinstance(questions, list) or not 0 < len(questions) <= 60:
        return [Reason("survey.questions", "问卷应有1到60道题。", "questions")]
    reasons, seen = [], set()
    for number, one in enumerate(questions, 1):
        if not isinstance(one, dict) or not str(one.get("code", "")).isidentifier() or not str(one.get("text", "")).strip():
            reasons.append(Reason("survey.question", f"第{number}题缺少代码或题目。", "questions"))
            continue
        if one.get("kind") not in KINDS or (one["kind"] == "choice" and not one.get("options")):
            reasons.append(
                Reason(
                    "survey.kind",
                    f"第{number}题的类型应为 grade（满意度）、choice（单选，须有选项）或 text（文字）。",
                    "questions",
                )
            )
        if one["code"] in seen:
            reasons.append(Reason("survey.code", f"第{number}题的代码“{one['code']}”重复。", "questions"))
        seen.add(one["code"])
    return reasons


def judge(
    questions: Sequence[Mapping[str, Any]], answers: Mapping[str, str], *, seconds: float, repeated: bool, rules: Validity
) -> list[str]:
    """Codes of `INVALID` against an answer; empty when it counts."""
    found = []
    graded = []
    for one in questions:
        said = answers.get(one["code"], "")
        if not said:
            if one.get("required", one["kind"] != "text"):
                found.append("missing")
            continue
        if one["kind"] == "text":
            found += ["long"] if len(said) > MOST_TEXT else []
            continue
        if said not in dict(options(one)):
            found.append("unknown")
        elif one.get("expected") and said != one["expected"]:
            found.append("attention")
        if one["kind"] == "grade" and not one.get("expected"):
            graded.append(said)
    if seconds < rules.seconds:
        found.append("fast")
    if repeated:
        found.append("repeated")
    if len(graded) >= rules.straight_from and len(set(graded)) == 1:
        found.append("straight")
    return list(dict.fromkeys(found))


def satisfaction(tally: Mapping[str, int], *, content: frozenset[str] = CONTENT, unrated: str = UNRATED) -> tuple[int, int]:
    """(numerator, denominator) of the satisfaction rate: 非常满意 + 满意 + 基本满意 over the valid answers that rated."""
    return sum(n for code, n in tally.items() if code in content), sum(n for code, n in tally.items() if code != unrated)
