"""Decision tables (DMN 1.3): parsed once, decided over facts; every result names the rows that led to it.

Cells hold unary tests: ``-`` or empty (any), a literal, several separated by commas (one of them), ``>= 5``, ``[5..10]``,
``not(…)``, or a comparison in which ``?`` stands for the input. Hit policies UNIQUE, FIRST, ANY, COLLECT, RULE ORDER.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhujian.foundation.workflow.safe_eval import Unsafe, evaluate, parse

INPUT = "dmn_input_"
RANGE = re.compile(r"^([\[\]\(])\s*(\S+)\s*\.\.\s*(\S+)\s*([\]\[\)])$")
QUESTION = re.compile(r"\?(?=(?:[^'\"]|['\"][^'\"]*['\"])*$)")


@dataclass(frozen=True)
class Rule:
    """One row: id, the input cells, the output cells, its note."""

    id: str
    tests: tuple[str, ...]
    outputs: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Decision:
    """One decision table: `inputs` are (label, expression), `outputs` (label, name)."""

    id: str
    name: str
    policy: str
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    rules: tuple[Rule, ...]


class NoRule(ValueError):
    """No row of the table fits, or several rows of a UNIQUE table do."""


def decide(decision: Decision, facts: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Outputs of the table over `facts` and ids of the rows that fit; raises `NoRule` or `MissingFact`."""
    hits = []
    for rule in decision.rules:
        if all(fits(test, expression, facts) for test, (_, expression) in zip(rule.tests, decision.inputs, strict=True)):
            hits.append(rule)
            if decision.policy == "FIRST":
                break
    results = [_outputs(decision, rule, facts) for rule in hits]
    ids = tuple(rule.id for rule in hits)
    if decision.policy in ("COLLECT", "RULE ORDER"):
        return {name: [r[name] for r in results] for _, name in decision.outputs}, ids
    if not hits:
        raise NoRule(f"决策表“{decision.name}”没有适用的规则，请核对项目信息是否完整")
    if len(hits) > 1 and (decision.policy == "UNIQUE" or any(r != results[0] for r in results)):
        raise NoRule(f"决策表“{decision.name}”同时有 {len(hits)} 条规则适用，请联系流程管理员修改")
    return results[0], ids[:1]


def _outputs(decision: Decision, rule: Rule, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: evaluate(cell, facts) if cell else None for (_, name), cell in zip(decision.outputs, rule.outputs, strict=True)}


def fits(test: str, expression: str, facts: Mapping[str, Any]) -> bool:
    """Whether the input `expression` passes the cell `test`."""
    return all(bool(evaluate(part, {**facts, INPUT: evaluate(expression, facts)})) for part in (condition(test),) if part)


def condition(test: str) -> str:
    """The cell as one expression in which `INPUT` stands for the input; empty when everything passes."""
    test = (test or "").strip()
    if test in ("", "-"):
        return ""
    if test.startswith("not(") and test.endswith(")"):
        return f"not ({condition(test[4:-1])})"
    parts = _split(test)
    if len(parts) > 1:
        return " or ".join(f"({condition(part)})" for part in parts)
    if ranged := RANGE.match(test):
        low, high = (">=" if ranged[1] == "[" else ">"), ("<=" if ranged[4] == "]" else "<")
        return f"{INPUT} {low} {ranged[2]} and {INPUT} {high} {ranged[3]}"
    if test[0] in "<>":
        return f"{INPUT} {test}"
    if test.startswith(("==", "!=")) or re.match(r"^(in|not in)\b", test):
        return f"{INPUT} {test}"
    if QUESTION.search(test):
        return QUESTION.sub(INPUT, test)
    return f"{INPUT} == ({test})"


def _split(test: str) -> list[str]:
    parts, depth, quote, start = [], 0, "", 0
    for index, char in enumerate(test):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(test[start:index].strip())
            start = index + 1
    parts.append(test[start:].strip())
    return parts


def problems(decision: Decision) -> list[tuple[str, str]]:
    """(element id, Chinese sentence) for each cell outside the allowed language."""
    found = []
    for label, expression in decision.inputs:
        found += _check(decision.id, f"输入“{label}”", expression)
    for row, rule in enumerate(decision.rules, 1):
        for cell in rule.tests:
            found += _check(rule.id, f"第 {row} 行", condition(cell)) if condition(cell) else []
        for cell in rule.outputs:
            found += _check(rule.id, f"第 {row} 行输出", cell) if cell else []
    return found


def _check(element: str, where: str, expression: str) -> list[tuple[str, str]]:
    try:
        parse(expression)
    except Unsafe as error:
        return [(element, f"{where}：{error}")]
    return []
