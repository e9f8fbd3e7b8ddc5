"""CityJSON into the register: every building judged first, then those without a fault registered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely
from django.db import transaction
from django.utils import timezone
from shapely.geometry import mapping

from zhujian.foundation.cim import services
from zhujian.foundation.cim.formats import cityjson_read
from zhujian.foundation.cim.formats.cityjson_check import Problem, number, whole
from zhujian.foundation.cim.rules import codes
from zhujian.foundation.kernel import geo, scope
from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.resources import registry
from zhujian.foundation.resources.kinds import Bad


@dataclass
class Line:
    """One building of the file: its id, what would be registered, what stands against it, and the house code once it is."""

    id: str
    name: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    code: str = ""


def check(data: bytes) -> list[Line]:
    """Every building of a CityJSON file with its reasons. Refusal when the file as a whole cannot be used."""
    document = cityjson_read.parse(data)
    frame = cityjson_read.epsg(document)
    geo.transform(frame, geo.CGCS2000, *_any_point(document))  # a frame without known accuracy refuses the file, not each row
    most = int(parameters.value("cim.cityjson_most", on=timezone.localdate()).value)
    lines: list[Line] = []
    seen: set[str] = set()
    for found in cityjson_read.buildings(document):
        if len(lines) >= most:
            raise Refusal("cityjson.many", f"一次最多导入 {most} 幢房屋，请分片后导入。", "file")
        line = (
            Line(found.where, reasons=[Reason("cityjson.geometry", f"{found.message}。")])
            if isinstance(found, Problem)
            else judge(found, frame)
        )
        if (code := line.values.get("code")) and code in seen:
            line.reasons.append(Reason("house_code.twice", "同一文件中房屋代码重复。", "code"))
        seen.add(line.values.get("code", ""))
        lines.append(line)
    if not lines:
        raise Refusal("cityjson.empty", "文件中没有建筑物（Building），请核对。", "file")
    return lines


def _any_point(document: dict[str, Any]) -> tuple[float, float]:
    if not document["vertices"]:
        raise Refusal("cityjson.empty", "文件中没有顶点，请核对。", "file")
    scale, move = document["transform"]["scale"], document["transform"]["translate"]
    x, y = (document["vertices"][0][n] * scale[n] + move[n] for n in (0, 1))
    return x, y


def judge(found: cityjson_read.Found, frame: int) -> Line:
    """What a building of the file would be registered as, and why not."""
    facts = found.attributes
    line = Line(found.id, str(facts.get("name") or found.id)[:100])
    try:
        shape = shapely.transform(found.footprint, lambda points: _degrees(points, frame))
        outline = registry.get("cim.building").field("outline").kind.parse(dict(mapping(shape)))
    except Refusal as refusal:
        line.reasons += refusal.reasons
        return line
    except Bad as bad:
        line.reasons.append(Reason(f"field.{bad.code}", bad.message, "outline"))
        return line
    code = codes.tidy(str(facts.get("house_code") or (found.id if len(found.id) == codes.LENGTH else "")))
    region = _region(code, outline)
    use = cityjson_read.use_of(facts)
    line.values = {
        "code": code, "name": line.name, "region_code": region, "outline": outline, "use": use, "source": "import",
        "base_m": round(found.base_m, 2) if -160 <= found.base_m <= 8900 else None, "height_m": _within(found.height_m, 1000),
        "floors_above": _count(facts.get("storeysAboveGround"), 200), "floors_below": _count(facts.get("storeysBelowGround"), 15) or 0,
        "built_on": _year(facts.get("yearOfConstruction")), "address": str(facts.get("postalAddress") or "")[:200], "cim_level": 3,
    }  # fmt: skip
    line.reasons += parameters.code_check("cim.building_use", use, timezone.localdate(), field="use")
    if not region:
        line.reasons.append(Reason("cityjson.region", "不在任何区县的边界内，请核对坐标系。", "region_code"))
    who = scope.current()
    if region and who.kind == "official" and not who.region_lo <= region < who.region_hi:
        line.reasons.append(Reason("cityjson.scope", "不在您的管辖范围内，请相应地区的同事导入。", "region_code"))
    elif code:
        line.reasons += services.check_building(code=code, region_code=region)
    return line


def _degrees(points: Any, frame: int) -> Any:
    moved = points.copy()
    for row in moved:
        row[0], row[1] = geo.transform(frame, geo.CGCS2000, row[0], row[1])
    return moved


def _region(code: str, outline: Any) -> str:
    """The county by the code when it is one, else by the place."""
    if not codes.code_reasons(code) and regions.exists(code[:6] + "000000"):
        return code[:9] + "000" if regions.exists(code[:9] + "000") else code[:6] + "000000"
    place = regions.at(outline.centroid.x, outline.centroid.y)
    return place.code if place else ""


def _within(value: float | None, most: float) -> float | None:
    return round(value, 2) if value is not None and 0 < value <= most else None


def _count(value: Any, most: int) -> int | None:
    return value if whole(value) and 0 <= value <= most else None


def _year(value: Any) -> date | None:
    return date(int(value), 1, 1) if number(value) and 1500 <= value <= timezone.localdate().year else None


@transaction.atomic
def save(lines: list[Line], on: date | None = None) -> int:
    """Register every line without a reason; what is refused only now keeps its reason. How many were registered."""
    done = 0
    for line in lines:
        if line.reasons:
            continue
        try:
            with transaction.atomic():
                day = on or line.values["built_on"] or timezone.localdate()
                line.code = services.register_building(on=day, **line.values).code
            done += 1
        except Refusal as refusal:
            line.reasons += refusal.reasons
    return done


__all__ = ["Line", "check", "judge", "save"]
