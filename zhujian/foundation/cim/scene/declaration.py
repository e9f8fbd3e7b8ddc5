"""How a register's lines and points stand below the ground: `scene = Tubes(...)` or `scene = Shafts(...)` on its `Resource`.

Names are fields of the register; ``start__ground_elev`` reaches across a link. Elevations are metres of the 1985 datum, depths metres below
the ground, sections millimetres. What is missing may stay empty: an unknown depth is drawn at an assumed one and said to be so.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tubes:
    """Lines drawn as tubes. Depth is that of the invert (管底): the depth field, else ground minus invert."""

    start_depth: str = ""
    end_depth: str = ""
    start_invert: str = ""
    end_invert: str = ""
    start_ground: str = ""
    end_ground: str = ""
    diameter_mm: str = ""
    width_mm: str = ""
    height_mm: str = ""
    kind: str = ""
    kinds: str = ""  # code list: kind → label
    colours: str = ""  # code list: kind → #rrggbb


@dataclass(frozen=True)
class Shafts:
    """Points drawn as shafts from the ground down. Depth is the depth field, else ground minus bottom."""

    depth: str = ""
    ground: str = ""
    bottom: str = ""
    kind: str = ""
    label: str = ""


__all__ = ["Shafts", "Tubes"]
