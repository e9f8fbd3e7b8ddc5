"""The layer tree of the one map: every resource with a layer that the actor may see, by board and module, with its legend."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from zhujian.foundation.kernel.errors import NotFound
from zhujian.foundation.parameters.selectors import code_list
from zhujian.foundation.resources import geojson, registry
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.kinds import Choice

BOARDS = {
    "urban_rural": "数字建设", "construction": "数字建造", "housing": "数字住房", "city_management": "数字城管",
    "foundation": "基础平台", "portals": "门户",
}  # fmt: skip
TAGS = {"ok": "#2a9d4a", "warn": "#e69a00", "error": "#d92d20", "info": "#1a63c9", "muted": "#8a97a8"}
# Told apart also by people who confuse red and green (Okabe and Ito's set, darkened where it must stand on white).
PALETTE = (
    "#1a63c9", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#7b4fa3", "#8c564b", "#3a7d44", "#c8161d", "#4a6fa5", "#a0522d",
)  # fmt: skip
OTHER = "#8a97a8"
COLOUR = re.compile(r"#[0-9a-f]{6}")
SHADES = 3  # of one tag's colour that people can tell apart
CODES_SHOWN = 12  # further codes share one colour and one line of the legend
SHAPES = {
    "POINT": "point",
    "MULTIPOINT": "point",
    "LINESTRING": "line",
    "MULTILINESTRING": "line",
    "POLYGON": "polygon",
    "MULTIPOLYGON": "polygon",
}


@dataclass(frozen=True)
class Module:
    """Layers of one heading: a module, or the group the declaration names."""

    title: str
    layers: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Board:
    """Headings of one board."""

    title: str
    modules: list[Module] = field(default_factory=list)


def layered() -> list[Resource]:
    """Resources with a layer that the current actor may see."""
    return [resource for resource in registry.resources() if resource.layer and resource.may("view")]


def get(key: str) -> Resource:
    """The visible layer's resource called ``<module>.<resource>``; NotFound otherwise."""
    found = next((resource for resource in layered() if resource.key == key), None)
    if found is None:
        raise NotFound("onemap.layer", "没有这个图层，或您的岗位不能查看。")
    return found


def tree() -> list[Board]:
    """Boards in the order of `BOARDS`, each with its modules and their layers in order of declaration."""
    boards: dict[str, dict[str, Module]] = {}
    for colour, resource in enumerate(layered()):
        layer = described(resource, PALETTE[colour % len(PALETTE)])
        heads = boards.setdefault(resource.module.layer, {})
        heads.setdefault(layer["group"], Module(layer["group"])).layers.append(layer)
    order = [*BOARDS, *(name for name in boards if name not in BOARDS)]
    return [Board(BOARDS.get(name, name), list(boards[name].values())) for name in order if name in boards]


def described(resource: Resource, colour: str) -> dict[str, Any]:
    """What the map must know of one layer: addresses, geometry, legend, fields to colour by, height and time."""
    layer = resource.layer
    if layer is None:
        raise LookupError(f"{resource.key} has no layer")
    standard = _standard(resource)
    fields = [described_field(item, standard if item.name == layer.colour_by else {}) for item in themes(resource)]
    by = next((one for one in fields if one["name"] == layer.colour_by), None)
    known = geojson.layers([resource])[0]
    return {
        **known, "at_first": layer.at_first, "geometry": SHAPES.get(known["geometry"], "mixed"), "colour": colour,
        "colours": by["codes"] if by else [], "fields": fields,
    }  # fmt: skip


def _standard(resource: Resource) -> dict[str, str]:
    """Colours that a standard gives to the codes, when the declaration says so for its 3D scene too (CJJ 61: 管线颜色)."""
    scene = getattr(resource, "scene", None)
    key = getattr(scene, "colours", "") or ""
    return {code: colour for code, colour in code_list(key, timezone.localdate()) if COLOUR.fullmatch(colour)} if key else {}


def themes(resource: Resource) -> list[Field]:
    """Fields one may colour by: coded ones and numbers among those a tile carries."""
    return [item for item in geojson.shown_fields(resource) if isinstance(item.kind, Choice) or item.kind.numeric]


def described_field(item: Field, standard: dict[str, str]) -> dict[str, Any]:
    """A field with its codes, their labels and colours; numbers have none."""
    coded = isinstance(item.kind, Choice)
    return {
        "name": item.name, "label": item.label, "unit": item.unit, "kind": "coded" if coded else "number",
        "codes": legend(item.kind, standard) if isinstance(item.kind, Choice) else [],
    }  # fmt: skip


def legend(kind: Choice, standard: dict[str, str]) -> list[tuple[str, str, str]]:
    """(code, label, colour) of a coded field: a standard's colours, else those of its tags, else of the palette.

    At most `CODES_SHOWN` codes unless a standard colours them.
    """
    if standard:
        return [(code, label, standard[code]) for code, label in kind.options() if code in standard]
    options = kind.options()[:CODES_SHOWN]
    if not kind.tags:
        return [(code, label, PALETTE[place % len(PALETTE)]) for place, (code, label) in enumerate(options)]
    seen: dict[str, int] = {}
    made = []
    for code, label in options:
        colour = TAGS.get(kind.tags.get(code, "muted"), OTHER)
        times = seen[colour] = seen.get(colour, 0) + 1
        if times > SHADES:  # a fourth shade could not be told from the third: a colour that nothing else has
            taken = {one for _, _, one in made}
            shown = next((one for one in PALETTE if one not in taken and one not in TAGS.values()), OTHER)
        else:
            shown = lighter(colour, 0.32 * (times - 1))
        made.append((code, label, shown))
    return made


def lighter(colour: str, share: float) -> str:
    """`colour` mixed with white; `share` 0 leaves it, 0.8 at most. Two states with one tag stay apart on the map."""
    share = min(share, 0.8)
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * share):02x}" for part in parts)


def flat(boards: Iterable[Board]) -> list[dict[str, Any]]:
    """All layers of a tree."""
    return [layer for board in boards for module in board.modules for layer in module.layers]


def first_shown(layers: list[dict[str, Any]]) -> list[str]:
    """Layers that are on when a person opens the map without choosing: those whose declaration says so."""
    return [layer["key"] for layer in layers if layer["at_first"]]
