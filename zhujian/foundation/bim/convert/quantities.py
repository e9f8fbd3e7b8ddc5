"""Quantities (BIM 算量): from the model's quantity sets where it has them, else from the mesh, and it says which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ifcopenshell.util.unit
import numpy as np

from zhujian.foundation.bim.convert.reading import Item, Model

LENGTHS = ("Length", "NetLength", "GrossLength", "Height", "Depth")
AREAS = ("NetSideArea", "NetArea", "NetFloorArea", "GrossSideArea", "GrossArea", "GrossFloorArea", "Area")
VOLUMES = ("NetVolume", "GrossVolume", "Volume")
SETS, MESH, NONE = "qto", "mesh", ""


@dataclass
class Amount:
    """Of one element: metres, square metres, cubic metres; `source` of each is a quantity set, the mesh or nothing."""

    length: float | None = None
    area: float | None = None
    volume: float | None = None
    sources: tuple[str, str, str] = (NONE, NONE, NONE)


class Counter:
    """Reads amounts in the model's own units and adds them up by storey, class and type."""

    def __init__(self, model: Model) -> None:
        def scale(kind: str, power: int) -> float:
            try:
                return float(ifcopenshell.util.unit.calculate_unit_scale(model.file, kind))
            except Exception:
                return model.scale**power

        self.scales = (model.scale, scale("AREAUNIT", 2), scale("VOLUMEUNIT", 3))
        self.sums: dict[tuple[int, str, str], list[Any]] = {}

    def from_sets(self, properties: dict[str, Any]) -> Amount:
        """What the element's quantity sets say."""
        found: list[float | None] = [None, None, None]
        for name, values in properties.get("sets", {}).items():
            if not name.lower().startswith(("qto_", "basequantities")):
                continue
            for place, names in enumerate((LENGTHS, AREAS, VOLUMES)):
                for key in names:
                    value = values.get(key)
                    if (
                        found[place] is None
                        and isinstance(value, int | float)
                        and not isinstance(value, bool)
                        and 0 <= value < 1e12
                    ):
                        found[place] = value * self.scales[place]
        length, area, volume = (SETS if one is not None else NONE for one in found)
        return Amount(found[0], found[1], found[2], (length, area, volume))

    def add(self, item: Item, amount: Amount) -> None:
        """Count one element."""
        row = self.sums.setdefault((item.storey, item.ifc_class, item.type_name), [0, 0.0, 0.0, 0.0, [set(), set(), set()]])
        row[0] += 1
        for place, value in enumerate((amount.length, amount.area, amount.volume)):
            if value is not None:
                row[place + 1] += value
            row[4][place].add(amount.sources[place])

    def rows(self) -> list[dict[str, Any]]:
        """Sums; a quantity that no element has is None; `source` tells length, area, volume apart."""
        found = []
        for (storey, ifc_class, type_name), (count, length, area, volume, sources) in sorted(self.sums.items()):
            values = [
                round(value, 4) if source - {NONE} else None
                for value, source in zip((length, area, volume), sources, strict=True)
            ]
            found.append(
                {
                    "storey": storey, "ifc_class": ifc_class, "type_name": type_name, "count": count, "length_m": values[0],
                    "area_m2": values[1], "volume_m3": values[2], "source": "|".join("+".join(sorted(source - {NONE})) for source in sources),
                }
            )  # fmt: skip
        return found


def complete(amount: Amount, vertices: np.ndarray, faces: np.ndarray) -> Amount:
    """Fill what the sets did not say from the mesh in the element's own axes.

    Length: longest side of the box. Area: the largest of the faces seen along an axis (a wall's side, a slab's top). Volume: signed sum
    of tetrahedra, only of a closed mesh.
    """
    values = [amount.length, amount.area, amount.volume]
    sources = list(amount.sources)
    if all(value is not None for value in values):
        return amount
    triangles = vertices[faces]
    cross = _cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]) / 2
    if values[0] is None:
        values[0], sources[0] = float((vertices.max(axis=0) - vertices.min(axis=0)).max()), MESH
    if values[1] is None:
        values[1], sources[1] = float(np.maximum(cross, 0).sum(axis=0).max()), MESH
    if values[2] is None and np.abs(cross.sum(axis=0)).max() <= 1e-6 * max(float(np.abs(cross).sum()), 1e-9):
        centred = triangles - vertices.mean(axis=0)
        volume = float((centred[:, 0] * _cross(centred[:, 1], centred[:, 2])).sum() / 6)
        if volume > 0:
            values[2], sources[2] = volume, MESH
    return Amount(values[0], values[1], values[2], (sources[0], sources[1], sources[2]))


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Vector products, row by row; the general one of numpy costs more than the triangles of a small element."""
    made = np.empty_like(a)
    made[:, 0] = a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1]
    made[:, 1] = a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2]
    made[:, 2] = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return made
