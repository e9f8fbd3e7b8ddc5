"""What a learned model says of a report, for the acceptance desk to show. Who makes such suggestions registers here; without one there are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from zhujian.boards.city_management.command.models import Report


@dataclass(frozen=True)
class Proposal:
    """A class that may be meant; `share` from 0 to 1."""

    kind: str
    code: str
    name: str
    share: float

    @property
    def percent(self) -> int:
        """The share in whole per cent."""
        return round(100 * self.share)


@dataclass(frozen=True)
class Advice:
    """A stored suggestion: classes best first, organisations as (code, name, share), how likely each open case is the same (by case id)."""

    suggestion_id: int
    classes: list[Proposal] = field(default_factory=list)
    organisations: list[tuple[str, str, float]] = field(default_factory=list)
    duplicates: dict[int, float] = field(default_factory=dict)
    model_title: str = ""
    card_url: str = ""


_advisers: list[Callable[[Report], Advice | None]] = []


def register(adviser: Callable[[Report], Advice | None]) -> None:
    """Let `adviser` be asked; it reads only."""
    if adviser not in _advisers:
        _advisers.append(adviser)


def of(report: Report) -> Advice | None:
    """What was suggested for a report; None when nothing was."""
    return next((found for adviser in _advisers if (found := adviser(report)) is not None), None)
