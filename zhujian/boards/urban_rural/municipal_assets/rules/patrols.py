"""What is inspected by which class, one by one or as a whole area (urban-rural-construction.md §3, §5–10, §13). Pure.

Roads, bridges, tunnels, galleries and stations are inspected one by one. Pipes, lamps and covers are walked along: one plan for all of a
group that one body maintains in one region. How often is a parameter of each class, with its own basis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

USUAL_GRADE = "III"
PREFIX = "municipal_assets."


@dataclass(frozen=True)
class PatrolClass:
    """One class of facilities: its register, the parameter of its intervals, the kinds it means (none: all of the register).

    `graded` names the field whose value picks the interval of the routine (``routine_I`` …); `order` is the usual kind of defect.
    """

    code: str
    register: str
    kinds: tuple[str, ...] = ()
    each: bool = True
    graded: str = ""
    order: str = "broken"

    @property
    def resource(self) -> str:
        """Key of the register."""
        return PREFIX + self.register

    @property
    def parameter(self) -> str:
        """Parameter of the intervals."""
        return "inspection_intervals" if self.code in ("bridge", "tunnel") else f"patrol_{self.code}"


DRAIN, WATER, GAS, HEAT = ("PS", "YS", "WS", "HS"), ("JS",), ("RQ", "TR", "MQ", "YH"), ("RL", "RS", "ZQ")
CLASSES = (
    PatrolClass("bridge", "bridge", graded="maintenance_grade", order="structure"),
    PatrolClass("tunnel", "tunnel", graded="maintenance_grade", order="structure"),
    PatrolClass("road", "road", graded="maintenance_class"),
    PatrolClass("gallery", "gallery", order="structure"),
    PatrolClass("drain_station", "facility", ("storm_pump", "sewage_pump", "storage", "gate", "outfall", "sewage_plant")),
    PatrolClass("water_station", "facility", ("water_plant", "boost_pump")),
    PatrolClass("gas_station", "facility", ("gas_gate", "gas_regulator"), order="leak"),
    PatrolClass("heat_station", "facility", ("heat_station", "heat_plant"), order="leak"),
    PatrolClass("drain_pipe", "pipe_line", DRAIN, each=False, order="blocked"),
    PatrolClass("water_pipe", "pipe_line", WATER, each=False, order="leak"),
    PatrolClass("gas_pipe", "pipe_line", GAS, each=False, order="leak"),
    PatrolClass("heat_pipe", "pipe_line", HEAT, each=False, order="leak"),
    PatrolClass("lamp", "lamp", each=False, order="dark"),
    PatrolClass("manhole", "manhole", each=False),
)
BY_CODE = {one.code: one for one in CLASSES}


def intervals(
    one: PatrolClass, table: Mapping[str, tuple[int, str]], *, grade: str = "", first: bool = False
) -> dict[str, tuple[int, str]]:
    """Kind of inspection → (amount, unit) for a facility of the class, from the parameter's table.

    ``routine_<grade>`` and ``structural_I`` (for facilities of the `first` category) stand before the general ones; a facility
    without a grade is inspected like one of the third. A kind that the table does not name is not inspected.
    """
    found = {}
    for kind in ("routine", "regular", "structural"):
        special = (
            f"routine_{grade or USUAL_GRADE}" if kind == "routine" else "structural_I" if kind == "structural" and first else ""
        )
        key = special if special in table else kind
        if key in table:
            amount, unit = table[key]
            found[kind] = (int(amount), str(unit))
    return found
