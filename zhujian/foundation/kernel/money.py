"""Money: `Decimal` 元, rounded half up to 分; never a float."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

Money = Decimal
ZERO = Decimal("0.00")
FEN = Decimal("0.01")
WAN = Decimal("10000")


def yuan(value: Decimal | int | str) -> Decimal:
    """`value` in 元, half up (away from zero) to 分. A float is a TypeError: it has lost its 分 already."""
    if isinstance(value, (float, bool)):
        raise TypeError("money is Decimal, int or str, never float")
    amount = Decimal(value)
    if not amount.is_finite():
        raise ValueError("money must be a finite number")
    return amount.quantize(FEN, ROUND_HALF_UP) + ZERO  # + ZERO turns -0.00 into 0.00


def from_wan(value: Decimal | int | str) -> Decimal:
    """万元 (as forms and national tables give it) in 元."""
    if isinstance(value, (float, bool)):
        raise TypeError("money is Decimal, int or str, never float")
    return yuan(Decimal(value) * WAN)


def split(total: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """`total` 元 split by `weights` to the 分 with the largest-remainder method; the parts add up exactly.

    Ties go to the earlier part. Weights are not negative and not all zero (ValueError); a negative total splits like its amount.
    """
    shares = [Decimal(weight) for weight in weights]
    whole = sum(shares, Decimal(0))
    if not shares or min(shares) < 0 or whole <= 0:
        raise ValueError("weights must be non-negative and not all zero")
    sign = -1 if total < 0 else 1
    cents = int(yuan(abs(total)) / FEN)
    exact = [cents * share / whole for share in shares]
    parts = [int(part.to_integral_value(ROUND_FLOOR)) for part in exact]
    order = sorted(range(len(shares)), key=lambda i: (parts[i] - exact[i], i))
    for index in order[: cents - sum(parts)]:
        parts[index] += 1
    return [sign * part * FEN + ZERO for part in parts]


def show(amount: Decimal) -> str:
    """元 with thousands separators and two decimals: ``1,234,567.80``."""
    return f"{yuan(amount):,.2f}"


def show_wan(amount: Decimal, places: int = 2) -> str:
    """元 shown as 万元, half up to `places` decimals, with the unit: ``123.46 万元``. For display only."""
    step = Decimal(1).scaleb(-places)
    return f"{(Decimal(amount) / WAN).quantize(step, ROUND_HALF_UP) + 0:,.{places}f} 万元"
