"""The opened model: its spatial structure and its elements, each in one storey, numbered in the order of the tiles."""

from __future__ import annotations

import contextlib
import re
import resource
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.unit

from zhujian.foundation.bim.convert.report import Refused, text_of

NOWHERE = "未归属楼层"
NEAR = 0.8  # share of the memory limit from which a failure is put down to memory


@dataclass
class Storey:
    """One storey. `elevation` in metres; `entity` None for what belongs to no storey."""

    number: int
    global_id: str
    name: str
    elevation: float
    entity: Any = None


@dataclass
class Item:
    """One element: `index` is its id in the tiles, `storey` the number of its storey."""

    index: int
    entity: Any
    global_id: str
    ifc_class: str
    name: str
    storey: int
    type_name: str = ""


class Model:
    """An IFC model with what every check needs; `scale` is metres per unit of length."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.scale = float(ifcopenshell.util.unit.calculate_unit_scale(file))
        self.storeys: list[Storey] = []
        self.items: list[Item] = []
        self.by_global_id: dict[str, Item] = {}

    def of(self, name: str) -> list[Any]:
        """All instances of a class with its subclasses; none when this schema does not know the class."""
        try:
            return list(self.file.by_type(name))
        except RuntimeError:
            return []

    def in_storey(self, number: int) -> list[Item]:
        """Elements of one storey."""
        return [item for item in self.items if item.storey == number]


def open_model(path: Path) -> Model:
    """Parse the file. Refused with a sentence when the text is no IFC model."""
    try:
        file = ifcopenshell.open(str(path))
    except MemoryError:
        raise
    except Exception as error:  # the parser raises many kinds; whatever it is, the file cannot be read
        if starved():
            raise MemoryError from error  # the parser calls it a syntax error
        raise Refused("bim.unreadable", f"IFC 内容无法解析（{text_of(error, 120)}）。请在建模软件中检查后重新导出。") from error
    if file is None or not any(True for _ in file):
        raise Refused("bim.no_data", "IFC 文件里没有任何数据。请检查导出设置后重新导出。")
    return Model(file)


def starved() -> bool:
    """Whether the process has come near its memory limit."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return False
    found = re.search(r"VmPeak:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii", errors="replace"))
    return found is not None and int(found[1]) * 1024 > NEAR * limit


def structure(model: Model, most: int) -> None:
    """Find storeys (lowest first) and elements, and number the elements storey by storey. Refused above `most` elements."""
    entities = []
    for element in model.of("IfcElement"):
        if not element.is_a("IfcFeatureElement"):
            entities.append(element)
    entities += model.of("IfcSpace")
    if not entities:
        raise Refused("bim.no_elements", "模型里没有任何构件或空间。请检查导出设置（应包含墙、板、门窗等构件）后重新导出。")
    if len(entities) > most:
        raise Refused("bim.too_many", f"模型有 {len(entities)} 个构件，超过 {most} 个的上限。请按专业或楼栋拆分后分别上传。")
    floors = sorted(model.of("IfcBuildingStorey"), key=lambda one: (_elevation(one, model.scale), one.id()))
    model.storeys = [
        Storey(n, attribute(one, "GlobalId"), name_of(one) or f"第{n + 1}层", _elevation(one, model.scale), one)
        for n, one in enumerate(floors)
    ]
    number_of = {storey.entity.id(): storey.number for storey in model.storeys}
    above = parents(model)
    placed: list[tuple[int, str, int, Any]] = []
    for entity in entities:
        storey = _climb(entity.id(), above, number_of)
        placed.append((len(floors) if storey is None else storey, entity.is_a(), entity.id(), entity))
    placed.sort(key=lambda row: row[:3])
    if placed and placed[-1][0] == len(floors):
        model.storeys.append(Storey(len(floors), "", NOWHERE, 0.0))
    for index, (storey, ifc_class, _, entity) in enumerate(placed):
        item = Item(index, entity, attribute(entity, "GlobalId"), ifc_class, name_of(entity), storey)
        model.items.append(item)
        model.by_global_id.setdefault(item.global_id, item)


def parents(model: Model) -> dict[int, int]:
    """What stands above what: containment, decomposition, fillings and openings, by step ids."""
    above: dict[int, int] = {}
    for name, whole, parts in (
        ("IfcRelFillsElement", "RelatingOpeningElement", "RelatedBuildingElement"),
        ("IfcRelVoidsElement", "RelatingBuildingElement", "RelatedOpeningElement"),
        ("IfcRelNests", "RelatingObject", "RelatedObjects"),
        ("IfcRelAggregates", "RelatingObject", "RelatedObjects"),
        ("IfcRelContainedInSpatialStructure", "RelatingStructure", "RelatedElements"),
    ):
        for relation in model.of(name):
            with contextlib.suppress(Exception):  # a broken relation only loses its own elements their storey
                top = getattr(relation, whole)
                below = getattr(relation, parts)
                for part in below if isinstance(below, tuple) else (below,):
                    if top is not None and part is not None:
                        above[part.id()] = top.id()
    return above


def _climb(step: int, above: dict[int, int], targets: dict[int, int]) -> int | None:
    for _ in range(64):  # a file may hold a ring
        if step in targets:
            return targets[step]
        if step not in above:
            return None
        step = above[step]
    return None


def attribute(entity: Any, name: str) -> str:
    """A text attribute, empty when it is missing or broken."""
    try:
        value = getattr(entity, name, None)
    except Exception:
        return ""
    return text_of(value) if isinstance(value, str) else ""


def name_of(entity: Any) -> str:
    """Name, else long name, of an entity."""
    return attribute(entity, "Name") or attribute(entity, "LongName")


def number(entity: Any, name: str) -> float | None:
    """A finite number attribute, None when missing or broken."""
    try:
        value = getattr(entity, name, None)
    except Exception:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12:
        return float(value)
    return None


def _elevation(storey: Any, scale: float) -> float:
    value = number(storey, "Elevation")
    return round((value or 0.0) * scale, 4)


def batches(items: list[Item], size: int) -> Iterator[list[Item]]:
    """Items in pieces."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def first(rows: Iterable[Any]) -> Any:
    """The first of rows or None."""
    return next(iter(rows), None)
