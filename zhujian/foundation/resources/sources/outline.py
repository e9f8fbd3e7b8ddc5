"""What the mapping page needs to know of a file: small enough to be kept, so that a large file is read once and not with every page."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources.sources import Source, frames, plans, shaping

SAMPLES = 3
LONGEST = 24


@dataclass(frozen=True)
class Outline:
    """A file in short. `samples`: the first cells of each column as text; `types`: shapes by kind (empty: a plain table);
    `box`: west, south, east, north in the file's frame as its columns were guessed; `said`: EPSG the file names, 0 when none."""

    kind: str
    heads: list[str]
    samples: list[list[str]]
    total: int
    shaped: bool = False
    types: dict[str, int] = field(default_factory=dict)
    layer: str = ""
    layers: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    levels: bool = False
    said: int = 0
    declared: bool = False
    box: tuple[float, float, float, float] | None = None

    def guess(self, longitude: float) -> frames.Guess:
        """The frame to propose; `longitude` is that of the actor's region."""
        return frames.guess(self.box, self.said, longitude)

    def kept(self) -> dict[str, Any]:
        """As kept with the batch."""
        return asdict(self)


def of(source: Source, columns: dict[str, str]) -> Outline:
    """The outline of a file read with `columns`."""
    try:
        box = shaping.bounds(plans.shapes_of(source, columns))
    except Refusal:
        box = None
    return Outline(
        kind=source.kind, heads=source.heads, total=len(source.rows), layer=source.layer, layers=source.layers, notes=source.notes,
        samples=[[short(cells[at]) for _, cells in source.rows[:SAMPLES]] for at in range(len(source.heads))],
        shaped=source.shapes is not None, types=shaping.census(source.shapes) if source.shapes is not None else {},
        levels=source.levels is not None, said=source.epsg or frames.from_wkt(source.wkt) or 0,
        declared=source.epsg is not None or bool(source.wkt), box=box,
    )  # fmt: skip


def kept(raw: dict[str, Any]) -> Outline:
    """An outline as it was kept."""
    return Outline(**{**raw, "box": tuple(raw["box"]) if raw["box"] else None})


def short(value: Any) -> str:
    """A cell as the page shows it."""
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


__all__ = ["Outline", "kept", "of", "short"]
