"""What the generator yields: plain records. Coordinates are CGCS2000 degrees, longitude first; elevations metres, 1985 datum."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

Position = tuple[float, float]


class Street(NamedTuple):
    """A section of a street from junction to junction. `grade`: main, secondary or branch; `width_m` between the kerbs."""

    number: int
    name: str
    grade: str
    width_m: float
    lanes: int
    line: tuple[Position, ...]
    length_m: float
    built_on: date


class House(NamedTuple):
    """A building. `outline` is a closed ring, counter-clockwise; `use`, `structure` as in the code lists ``cim.*``; `area_m2` above ground.

    `doors`: entrances (单元); `per_floor`: dwellings or rooms of each entrance on a floor. `block`: number of its block of land.
    """

    number: int
    block: int
    name: str
    address: str
    use: str
    structure: str
    floors_above: int
    floors_below: int
    height_m: float
    base_m: float
    footprint_m2: float
    area_m2: float
    built_on: date
    outline: tuple[Position, ...]
    centre: Position
    doors: int
    per_floor: int


class PipePoint(NamedTuple):
    """A point of a network (CJJ 61). `kind`: JS YS WS TR RS GD DX; `feature` 特征, `attachment` 附属物 (Chinese, empty when none).

    `top_m`/`bottom_m`: elevation of the pipe's top and of the lowest invert there; `well_depth_m` 0 without a well; `cover`: round or
    square, empty without one. `users`: households behind it (meters, connections, pressure boxes), `block` the land they live on.
    """

    code: str
    kind: str
    at: Position
    feature: str
    attachment: str
    ground_m: float
    top_m: float
    bottom_m: float
    well_depth_m: float
    cover: str
    users: int = 0
    block: int = 0


class PipeLine(NamedTuple):
    """A pipe between two points, whose positions are its ends. `flow`: 1 from start to end, 0 either way.

    `diameter_mm` 0 for ducts, which have `width_mm` × `height_mm`; inverts are the inner bottom; `slope` falls in the direction of flow
    (gravity) or follows the ground (signed). `buried`: direct 直埋, pipe 管埋, duct 管沟. `pressure`: gravity, low, medium.
    """

    code: str
    kind: str
    start: str
    end: str
    line: tuple[Position, Position]
    start_invert_m: float
    end_invert_m: float
    diameter_mm: int
    width_mm: int
    height_mm: int
    material: str
    pressure: str
    buried: str
    flow: int
    slope: float
    length_m: float
    built_on: date


class Lamp(NamedTuple):
    """A street lamp. `circuit` is the name of the switch box that feeds it."""

    code: str
    at: Position
    ground_m: float
    pole_m: float
    watts: int
    circuit: str
    built_on: date


class Cover(NamedTuple):
    """A manhole cover over the pipe point `point`."""

    code: str
    kind: str
    at: Position
    point: str
    shape: str
    material: str
    built_on: date


class Plant(NamedTuple):
    """A facility. `kind`: sewage_works, outfall, water_works, gas_station, heat_station, substation, telecom_room."""

    code: str
    kind: str
    name: str
    at: Position
    point: str
    built_on: date


class Deck(NamedTuple):
    """A footbridge: closed ring of its deck, `span_m` of its longest span."""

    code: str
    name: str
    outline: tuple[Position, ...]
    length_m: float
    width_m: float
    span_m: float
    built_on: date


class Tube(NamedTuple):
    """A road tunnel (`kind` tunnel) or a utility gallery (`gallery`) along a street. `depth_m`: of its top below the ground."""

    code: str
    kind: str
    name: str
    line: tuple[Position, ...]
    length_m: float
    width_m: float
    height_m: float
    depth_m: float
    built_on: date


@dataclass
class District:
    """One district with everything in it. `prefix` stands in all its codes; `region_code` is where it lies."""

    region_code: str
    prefix: str
    name: str
    streets: list[Street] = field(default_factory=list)
    houses: list[House] = field(default_factory=list)
    points: list[PipePoint] = field(default_factory=list)
    lines: list[PipeLine] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)
    covers: list[Cover] = field(default_factory=list)
    plants: list[Plant] = field(default_factory=list)
    bridges: list[Deck] = field(default_factory=list)
    tubes: list[Tube] = field(default_factory=list)

    @property
    def facilities(self) -> int:
        """How many features besides the buildings."""
        rest: tuple[list, ...] = (
            self.streets,
            self.points,
            self.lines,
            self.lamps,
            self.covers,
            self.plants,
            self.bridges,
            self.tubes,
        )
        return sum(map(len, rest))
