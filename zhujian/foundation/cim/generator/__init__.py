"""A deterministic city: pure records, no database, the same for the same plan.

    from zhujian.foundation.cim import generator

    made = generator.district(generator.DEMO)                 # one district (a second)
    for made in generator.province(1_000_000, places):        # district by district, as many as the buildings need
        made.houses, made.streets, made.points, made.lines, made.lamps, made.covers, made.plants, made.bridges, made.tubes

`District` and its records (`records.py`) are named tuples with CGCS2000 degrees, metres and the 1985 height datum. Codes are unique in a
province: two letters of the kind, the district's prefix, a number (``WS00A000123``, at most 16 characters). What holds for every plan
(tests/test_generator.py): each line's ends are points of its kind, gravity pipes fall to the one outlet of their kind, depths between 0.5
and 8 m, no two outlines overlap, lamps about 30 m apart. `generator.ewkb` writes geometries as hex for COPY:
``ewkb.point(at)``, ``ewkb.line(positions)``, ``ewkb.polygon(ring)``, ``ewkb.multipolygon(ring)``.
"""

from zhujian.foundation.cim.generator import ewkb
from zhujian.foundation.cim.generator.city import DEMO, Place, district, plans, province
from zhujian.foundation.cim.generator.plan import Plan
from zhujian.foundation.cim.generator.records import (
    Cover,
    Deck,
    District,
    House,
    Lamp,
    PipeLine,
    PipePoint,
    Plant,
    Position,
    Street,
    Tube,
)

__all__ = [
    "DEMO", "Cover", "Deck", "District", "House", "Lamp", "PipeLine", "PipePoint", "Place", "Plan", "Plant", "Position", "Street", "Tube",
    "district", "ewkb", "plans", "province",
]  # fmt: skip
