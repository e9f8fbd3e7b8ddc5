"""Registers that buildings are linked with. Each owner says how its keys are found, and what of it should have a building and has none.

The map knows no board: a module registers itself from its ``handlers.py``::

    sources.register(Source("project", "工程建设项目", find=…, without_building=…))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.apps import apps


@dataclass(frozen=True)
class Orphan:
    """A thing without its counterpart: its key, name, what is wrong, what to do next, where (``/…`` address) and its region."""

    key: str
    label: str
    problem: str
    next_step: str
    url: str = ""
    region_code: str = ""


@dataclass(frozen=True)
class Source:
    """A register at the other end of a link (`kind` of `Link.Kind`). All answers are under the reader's scope.

    `find`: target keys → {key: label} of those that exist. `without_building`: at most so many things that should have a building here.
    """

    kind: str
    title: str
    find: Callable[[Iterable[str]], dict[str, str]]
    without_building: Callable[[int], list[Orphan]] | None = None


_sources: dict[str, list[Source]] = {}


def register(source: Source) -> None:
    """Make a register known; the same title again replaces it."""
    kept = [one for one in _sources.get(source.kind, []) if one.title != source.title]
    _sources[source.kind] = [*kept, source]


def of(kind: str) -> list[Source]:
    """Registers of a kind; empty when none is connected yet."""
    return list(_sources.get(kind, ()))


def all_sources() -> list[Source]:
    """Every register."""
    return [source for sources in _sources.values() for source in sources]


def find(kind: str, keys: Iterable[str]) -> dict[str, str]:
    """{key: label} of the targets that some register of the kind knows."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, str] = {}
    for source in of(kind):
        found |= source.find([key for key in wanted if key not in found])
    return found


def _find_elements(keys: Iterable[str]) -> dict[str, str]:
    """GlobalIds of elements in BIM versions that are not rejected."""
    try:
        element = apps.get_model("bim", "Element")
    except LookupError:
        return {}
    rows = element.objects.filter(global_id__in=list(keys)).values_list("global_id", "ifc_class", "name")
    return {global_id: f"{ifc_class} {name}".strip()[:200] for global_id, ifc_class, name in rows}


def _models_without_building(most: int) -> list[Orphan]:
    """BIM deliverables whose building is not in the register."""
    from zhujian.foundation.cim.models import Building

    try:
        model = apps.get_model("bim", "Model")
    except LookupError:
        return []
    known = Building.objects.values("code")
    rows = model.objects.exclude(building_code__in=known).order_by("-pk")[:most]
    return [
        Orphan(
            row.building_code or f"BIM {row.pk}", row.name,
            "BIM 成果没有填写房屋代码" if not row.building_code else "BIM 成果的房屋代码没有登记",
            "在 BIM 成果中补充房屋代码，或先登记这幢房屋", f"/r/bim/model/{row.pk}/", row.region_code,
        )
        for row in rows
    ]  # fmt: skip


register(Source("ifc", "BIM 成果", _find_elements, _models_without_building))
