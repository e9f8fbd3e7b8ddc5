"""Census batches: what is re-surveyed, how far it agrees, how complete the survey is (urban-rural-construction.md §2, CJJ 61-2017).

Pure. Shares are percent, lengths kilometres, differences metres.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import ceil

from zhujian.foundation.kernel.errors import Reason

GOOD = "agree"
HUNDRED = Decimal(100)


def sample_size(total: int, share: Decimal) -> int:
    """How many of `total` are drawn for at least `share` percent: rounded up, at least one where there is any."""
    return min(total, max(1, ceil(Decimal(total) * share / HUNDRED))) if total > 0 else 0


def draw(strata: Mapping[str, Iterable[str]], seed: str, share: Decimal) -> list[tuple[str, str]]:
    """(stratum, id) of the facilities to be surveyed again: of every stratum at least `share` percent.

    The same seed and the same facilities give the same sample, in whatever order they come: whoever doubts it draws again. Nobody who
    does not know the seed can tell beforehand which ones are drawn.
    """
    found: list[tuple[str, str]] = []
    for name in sorted(strata):
        ids = sorted(set(strata[name]), key=lambda one: hashlib.sha256(f"{seed}|{name}|{one}".encode()).digest())
        found += [(name, one) for one in ids[: sample_size(len(ids), share)]]
    return found


def judged(
    *,
    offset: Decimal | None,
    height: Decimal | None,
    wrong: Sequence[str],
    missing: bool,
    offset_most: Decimal,
    height_most: Decimal,
) -> str:
    """What the re-survey of one facility says: the gravest first. The limits themselves still agree (以内含本数)."""
    if missing:
        return "missing"
    if offset is not None and offset > offset_most:
        return "offset"
    if height is not None and abs(height) > height_most:
        return "height"
    return "attribute" if wrong else GOOD


@dataclass(frozen=True)
class Discrepancy:
    """Results of a re-survey: how many were drawn and surveyed, how many of each result, share of bad ones in percent."""

    drawn: int
    surveyed: int
    results: Mapping[str, int]
    bad_share: Decimal | None

    @property
    def complete(self) -> bool:
        """Whether every drawn facility was surveyed."""
        return self.drawn > 0 and self.surveyed == self.drawn


def discrepancy(results: Sequence[str]) -> Discrepancy:
    """Rates of the results of all drawn facilities; an empty result is one not surveyed yet."""
    known = [one for one in results if one]
    bad = sum(one != GOOD for one in known)
    return Discrepancy(
        len(results), len(known), dict(Counter(known)), percent(Decimal(bad), Decimal(len(known))) if known else None
    )


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """`part` of `whole` in percent, two decimals half up; None without a whole."""
    return (part * HUNDRED / whole).quantize(Decimal("0.01"), ROUND_HALF_UP) if whole else None


@dataclass(frozen=True)
class Completeness:
    """Surveyed against ledger of one kind, kilometres; `share` in percent, None where the ledger has nothing."""

    kind: str
    surveyed_km: Decimal
    ledger_km: Decimal | None
    share: Decimal | None


def completeness(surveyed: Mapping[str, Decimal], ledger: Mapping[str, Decimal]) -> tuple[list[Completeness], Decimal | None]:
    """By kind, and over all kinds that have a ledger: surveyed km ÷ ledger km.

    A kind without a ledger has no share and does not count in the whole: it would make the survey look more complete than it is.
    """
    rows = []
    for kind in sorted({*surveyed, *ledger}):
        said = ledger.get(kind)
        rows.append(
            Completeness(
                kind, surveyed.get(kind, Decimal(0)), said, percent(surveyed.get(kind, Decimal(0)), said) if said else None
            )
        )
    listed = [row for row in rows if row.ledger_km]
    whole = percent(
        sum((row.surveyed_km for row in listed), Decimal(0)), sum((row.ledger_km or Decimal(0) for row in listed), Decimal(0))
    )
    return rows, whole


def supervision_reasons(found: Discrepancy, outcome: str, bad_most: Decimal) -> list[Reason]:
    """What stands against a conclusion of the supervised check. Source: CJJ 61-2017, quality inspection."""
    if not found.drawn:
        return [Reason("census.no_sample", "还没有抽取复测样本，请先完成成果导入。")]
    if not found.complete:
        return [
            Reason("census.sample_open", f"还有 {found.drawn - found.surveyed} 处样本没有登记复测结果，请全部登记后再下结论。")
        ]
    if outcome == "pass" and found.bad_share is not None and found.bad_share > bad_most:
        return [Reason("census.bad_share", f"复测超差率 {found.bad_share}% 超过上限 {bad_most.normalize():f}%，只能退回整改。")]
    return []


def push_due(completed: date, days: int) -> date:
    """Last day to push an as-built survey into the register: `days` after completion, the day of completion not counted."""
    return completed + timedelta(days=days)


def claim_until(published: date, days: int) -> date:
    """Last day on which a cover can be claimed: `days` after publication, the day of publication not counted (§10)."""
    return published + timedelta(days=days)


def entrust_reasons(today: date, until: date | None) -> list[Reason]:
    """Nobody may be entrusted with a cover before the claim period has run out."""
    if until is None:
        return [Reason("ownerless.unpublished", "还没有公告，不能认定期满无人认领。")]
    if today <= until:
        return [Reason("ownerless.too_early", f"公告认领期到 {until:%Y-%m-%d} 才满，期满次日起才能认定无人认领。")]
    return []
