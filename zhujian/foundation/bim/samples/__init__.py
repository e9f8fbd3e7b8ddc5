"""Small IFC models made in code: a building of a few storeys with Chinese names, in IFC2x3, IFC4 or IFC4.3, with chosen faults.

For the demonstration and the tests. Lengths are written in millimetres, as authoring programs do. Identifiers follow from names, so that
the same call gives the same elements and a changed one can be compared with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from zhujian.foundation.bim.samples.house import House
from zhujian.foundation.bim.samples.pen import Place

FAULTS = frozenset(
    {"narrow_door", "no_fire_rating", "nameless", "duplicate_id", "no_georef", "unknown_crs", "site_only", "no_units", "no_spaces", "lost_element", "steep_stair"}
)  # fmt: skip


def building(
    schema: str = "IFC4", *, name: str = "示例住宅楼", place: Place | None = None, storeys: int = 3, faults: Sequence[str] = (), rooms: int = 4,
    moved: float = 0.0, extra: int = 0,
) -> bytes:  # fmt: skip
    """IFC text of a building 12 m × 9 m. `moved` shifts the inner wall (metres), `extra` adds columns on the ground floor: for comparisons."""
    unknown = set(faults) - FAULTS
    if unknown:
        raise ValueError(f"no such faults: {sorted(unknown)}")
    made = House(schema, name, place or Place(), frozenset(faults), moved)
    for number in range(storeys):
        made.storey(number, storeys, rooms, extra if number == 0 else 0)
    return made.text()


__all__ = ["FAULTS", "Place", "building"]
