"""Districts, and a province of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from zhujian.foundation.cim.generator import furniture
from zhujian.foundation.cim.generator.houses import blocks, houses
from zhujian.foundation.cim.generator.pipes import SEWER, Network, Sewer, households, pressed
from zhujian.foundation.cim.generator.plan import E2, Layout, Plan
from zhujian.foundation.cim.generator.records import District

DEMO = Plan(
    seed=20_260_101, lon=114.3885, lat=30.4832, region_code="420111000000", prefix="00A", name="光谷", columns=11, rows=11
)
LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
STEP_M = 2600.0  # from corner to corner of neighbouring districts; one is at most 1.8 km wide
SERVED = {
    "TR": ("10", "village"),
    "RS": ("62", "30"),
    "GD": ("none",),
    "DX": ("none",),
}  # land each network leads into; all without an entry
BIG = (11, 11)  # junctions of a district of a province: some 4,200 buildings, twice as many facilities


class Place(NamedTuple):
    """Where a province has a town: its region and the middle of it in degrees."""

    region_code: str
    name: str
    lon: float
    lat: float


def district(plan: Plan) -> District:
    """Everything of one district. Same plan, same records."""
    layout = Layout(plan)
    land = list(blocks(layout))
    made = District(plan.region_code, plan.prefix, plan.name, streets=layout.streets(), houses=houses(layout, land))
    people = households(made.houses)
    lived = [(block, people[block.number]) for block in land if block.number in people]
    nets: list[Network] = []
    for kind in plan.networks:
        if kind in SEWER:
            sewer = Sewer(layout, kind)
            sewer.build(lived)
            nets.append(sewer)
            continue
        lands = SERVED.get(kind, ())
        nets.append(pressed(layout, kind, [(block, users) for block, users in lived if not lands or block.land in lands]))
    for net in nets:
        made.points += net.points.values()
        made.lines += net.lines
    made.lamps = furniture.lamps(layout)
    made.covers = furniture.covers(layout, nets)
    made.plants = furniture.plants(layout, nets)
    made.bridges = furniture.bridges(layout)
    made.tubes = furniture.tubes(layout)
    return made


def prefix_of(number: int) -> str:
    """Three characters for district `number` (0–39303)."""
    size = len(LETTERS)
    return LETTERS[number // size // size] + LETTERS[number // size % size] + LETTERS[number % size]


def plans(places: Sequence[Place], seed: int = 1) -> Iterator[Plan]:
    """Endless plans: a district in each place, then a ring of more around each. The first never takes the prefix of `DEMO`."""
    per_lat = STEP_M / 111_000
    per_lon = STEP_M / (111_000 * (1 - E2) * 0.87)
    number = 1000
    for column, row in spiral():
        for place in places:
            yield Plan(
                seed=seed * 1_000_003 + number, lon=round(place.lon + column * per_lon, 6), lat=round(place.lat + row * per_lat, 6),
                region_code=place.region_code, prefix=prefix_of(number), name=place.name, columns=BIG[0], rows=BIG[1],
                base_m=18.0 + number % 60, villages=0.85, networks=("WS", "JS"),
            )  # fmt: skip
            number += 1


def spiral() -> Iterator[tuple[int, int]]:
    """Every cell of a plane once, outwards from the middle."""
    x, y, east, north, leg = 0, 0, 1, 0, 1
    while True:
        for _ in range(2):
            for _ in range(leg):
                yield x, y
                x, y = x + east, y + north
            east, north = -north, east
        leg += 1


def province(buildings: int, places: Sequence[Place], seed: int = 1) -> Iterator[District]:
    """Districts until there are at least `buildings` buildings; about twice as many facilities come with them.

    The last district is cut to the exact number of buildings. About 240 districts for a million.
    """
    left = buildings
    for plan in plans(places, seed):
        if left <= 0:
            return
        made = district(plan)
        made.houses = made.houses[:left]
        left -= len(made.houses)
        yield made


__all__ = ["DEMO", "Place", "district", "plans", "prefix_of", "province", "spiral"]
