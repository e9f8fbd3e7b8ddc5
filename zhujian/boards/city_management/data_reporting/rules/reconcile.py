"""Daily reconciliation: sent − rejected = stored, per data set, record by record (urban-management.md §3.2; foundation.md §8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

BALANCED, PENDING, DIFFERENT = "balanced", "pending", "different"


@dataclass(frozen=True)
class Counts:
    """One side's figures of one day: records first pushed that day. `digest` covers the stored ones, order aside."""

    sent: int
    rejected: int
    pending: int
    digest: str


def state(ours: Counts, stored_there: int, rejected_there: int, digest_there: str) -> str:
    """Whether the day is balanced: nothing under way, what they hold is what we sent less what they rejected, the very same records."""
    if ours.pending:
        return PENDING
    counts = ours.sent - ours.rejected == stored_there and ours.rejected == rejected_there
    return BALANCED if counts and ours.digest == digest_there else DIFFERENT


def lines(rows: Iterable[tuple[str, str, str]]) -> str:
    """The text whose hash is the day's digest: one line ``key|event time:record digest`` per record, sorted."""
    return "\n".join(sorted(f"{key}|{at}:{digest}" for key, at, digest in rows))


@dataclass(frozen=True)
class Difference:
    """Records by (key, event time): missing there, unknown here, or with another content."""

    missing: list[tuple[str, str]]
    extra: list[tuple[str, str]]
    different: list[tuple[str, str]]
    rate: Decimal | None


def compare(here: Mapping[tuple[str, str], str], there: Mapping[tuple[str, str], str]) -> Difference:
    """Accepted records here against stored ones there. `rate` = matched ÷ union in percent, None when there is nothing at all."""
    different = sorted(k for k in here.keys() & there.keys() if here[k] != there[k])
    union = len(here.keys() | there.keys())
    matched = len(here.keys() & there.keys()) - len(different)
    rate = (Decimal(matched) * 100 / union).quantize(Decimal("0.01"), ROUND_HALF_UP) if union else None
    return Difference(sorted(here.keys() - there.keys()), sorted(there.keys() - here.keys()), different, rate)


def backoff(attempts: int, cap: int) -> int:
    """Seconds to wait after the `attempts`-th failure: 1, 2, 4 … at most `cap`."""
    return int(min(2 ** min(max(attempts - 1, 0), 30), cap))
