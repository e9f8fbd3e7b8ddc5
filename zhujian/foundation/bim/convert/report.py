"""What the child says: progress lines, refusals, files of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ERROR, WARNING = "error", "warning"
PASSED, FAILED, NOT_APPLICABLE = "pass", "fail", "na"


class Refused(Exception):
    """The file cannot be read as a model: a coded verdict with a Chinese sentence that says how to mend it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Fault:
    """One failure of one rule; `global_id` names the element, empty when it concerns the whole model."""

    rule: str
    severity: str
    message: str
    demand: str
    global_id: str = ""


@dataclass
class Check:
    """One rule after it was applied: how many elements it looked at, how many failed."""

    rule: str
    pack: str
    title: str
    demand: str
    severity: str
    checked: int = 0
    failed: int = 0
    basis: str = ""
    confidence: str = ""

    @property
    def status(self) -> str:
        """Whether the rule was kept; a rule that met no element does not apply."""
        if self.failed:
            return FAILED
        return PASSED if self.checked else NOT_APPLICABLE


class Findings:
    """Rules and their failures, in order; of one rule at most `most` failures are kept, all are counted."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.checks: list[Check] = []
        self.faults: list[Fault] = []
        self.touched: set[str] = set()  # GlobalIds of elements that a rule of a pack was applied to

    def open(self, check: Check) -> Check:
        """Begin a rule."""
        self.checks.append(check)
        return check

    def fault(self, check: Check, message: str, global_id: str = "") -> None:
        """One failure of a rule that is open."""
        check.failed += 1
        if check.failed <= self.most:
            self.faults.append(Fault(check.rule, check.severity, message[:1000], check.demand[:1000], global_id[:64]))

    def rows(self) -> list[dict[str, Any]]:
        """The rules as the version's page shows them."""
        return [{**asdict(check), "status": check.status} for check in self.checks]


def say(progress: int, text: str) -> None:
    """One line of progress, 0 to 100."""
    print(json.dumps({"progress": progress, "text": text}, ensure_ascii=False), flush=True)


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Rows as JSON lines; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as stream:
        for count, row in enumerate(rows, 1):  # noqa: B007
            stream.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    return count


def text_of(value: Any, most: int = 200) -> str:
    """A foreign text as it may be kept: one line, without control characters, cut to `most`."""
    line = str(value)
    if not line.isprintable():
        line = "".join(c if c.isprintable() else " " for c in line)
    return line.strip()[:most]


__all__ = ["ERROR", "WARNING", "Check", "Fault", "Findings", "Refused", "say", "text_of", "write_rows"]
