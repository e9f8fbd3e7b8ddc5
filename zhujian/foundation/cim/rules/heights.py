"""A height for buildings that only have an outline, so that they stand on the 2.5D map: estimated, and always marked so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

CENT = Decimal("0.01")


def estimated(use: str, floors: int | None, storey: Mapping[str, float], usual: Mapping[str, float]) -> Decimal:
    """Metres above the ground: floors times the storey height of the use; without floors the usual height of the use.

    Both tables have an entry ``usual`` for uses they do not name (parameters ``cim.storey_height_m``, ``cim.usual_height_m``).
    """
    if floors is not None and floors > 0:
        return (Decimal(str(storey.get(use, storey["usual"]))) * floors).quantize(CENT)
    return Decimal(str(usual.get(use, usual["usual"]))).quantize(CENT)
