"""How one file is read into one register: columns, values for the whole file, frame, height datum; then a table like any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from django.contrib.gis.db.models import GeometryField
from django.utils import timezone

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.kernel.geo import CGCS2000
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources.kinds import plain
from zhujian.foundation.resources.links import ByCounty, pieces
from zhujian.foundation.resources.sheets import Table
from zhujian.foundation.resources.sources import Source, mapping, shaping

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource
    from zhujian.foundation.resources.importing import Line

BY_PLACE = "@place"  # instead of a region: the county in whose outline the feature lies
NATIONAL = "1985"


@dataclass
class Plan:
    """What is the same for every row, and what is done to rows once they are read."""

    fixed: dict[str, Any] = field(default_factory=dict)
    by_place: bool = False
    datum: str = ""  # height datum of the whole file, empty when a column says it

    def complete(self, resource: Resource, lines: list[Line]) -> Iterator[tuple[Line, Reason]]:
        """Region by place and heights into the 1985 datum; yields what is wrong with a row."""
        if self.by_place:
            yield from self._places(resource, lines)
        if resource.elevations:
            yield from self._heights(resource, lines)

    def _places(self, resource: Resource, lines: list[Line]) -> Iterator[tuple[Line, Reason]]:
        name = resource.shape.name  # type: ignore[union-attr]
        shapes = shapely.from_wkb(np.array([bytes(line.values[name].wkb) for line in lines], dtype=object))
        for line, code in zip(lines, counties_of(shapes), strict=True):
            if code:
                line.values["region_code"] = code
            else:
                yield line, Reason("import.place", "位置不在已知的县（市、区）边界内，请改为指定行政区划。", "region_code")

    def _heights(self, resource: Resource, lines: list[Line]) -> Iterator[tuple[Line, Reason]]:
        shifts: dict[tuple[str, str], Decimal] = {}
        for line in lines:
            given = [name for name in resource.elevations if line.values.get(name) is not None]
            if not given:
                continue
            datum = self.datum or line.values.get(resource.datum) or ""
            if not datum:
                yield line, Reason("import.datum", "填写了高程，但没有说明高程基准，请在读取方式中指明。", resource.datum)
                continue
            line.values[resource.datum] = datum
            where = datum, line.values.get("region_code") or scope.current().region_code
            try:
                if where not in shifts:
                    shifts[where] = height_offset(*where)
                shift = shifts[where]
            except Refusal as refusal:
                yield line, Reason(refusal.code, refusal.reasons[0].message, resource.datum)
                continue
            if shift:
                for name in given:
                    line.values[name] += shift


def height_offset(datum: str, region: str) -> Decimal:
    """Metres to add to a height in `datum` to have it in the 1985 datum. Refusal when the region publishes none."""
    if datum == NATIONAL:
        return Decimal(0)
    try:
        return Decimal(str(parameters.value(f"resources.height_offset_{datum}", on=timezone.localdate(), region=region).value))
    except (KeyError, Refusal):
        message = "高程基准：本地没有公布该高程系到1985国家高程基准的改正数，请先换算，或请参数管理员补充。"
        raise Refusal("import.height_offset", message) from None


def _counties() -> tuple[list[str], shapely.STRtree]:
    from zhujian.foundation.regions.models import RegionBoundary

    rows = [(code, bytes(outline.wkb)) for code, outline in RegionBoundary.objects.values_list("code", "boundary")
            if len(scope.region_prefix(code)) == 6]  # fmt: skip
    return [code for code, _ in rows], shapely.STRtree(shapely.from_wkb([wkb for _, wkb in rows]))


def counties_of(shapes: np.ndarray) -> list[str]:
    """Code of the county each shape lies in by its middle; empty where none has it. Bundled outlines are illustrations."""
    codes, tree = _counties()
    found = [""] * len(shapes)
    lines = shapely.get_type_id(shapes) == 1
    points = shapely.point_on_surface(shapes)
    if lines.any():
        points[lines] = shapely.line_interpolate_point(shapes[lines], 0.5, normalized=True)
    for shape, county in zip(*tree.query(points, predicate="intersects"), strict=True):
        if not found[shape] or codes[county] < found[shape]:
            found[shape] = codes[county]
    return found


def between_points(resource: Resource, source: Source, columns: dict[str, str], region: str = "") -> np.ndarray | None:
    """Lines between registered points, in CGCS2000, when a table names the ends of each line but has no geometry; else None.

    What most pipe surveys deliver: one table of points, one of lines. An end that is not registered gives no line (told by its row).
    Points are counted by county: of several with one code that of the county of `region` is meant, without it none.
    """
    place = {target: source.heads.index(head) for head, target in columns.items() if head in source.heads}
    if (
        source.shapes is not None
        or not resource.ends
        or not set(resource.ends) <= place.keys()
        or {mapping.X, mapping.WKT} & place.keys()
    ):
        return None
    start, end = (place[name] for name in resource.ends)
    link = resource.field(resource.ends[0]).kind
    texts = {plain(cells[at]) for _, cells in source.rows for at in (start, end)}
    keys = {text: pk for text, named in link.resolve(texts, by_county=True).items() if (pk := _only(named, region))}  # type: ignore[attr-defined]
    shape = next(f.name for f in link.target._meta.concrete_fields if isinstance(f, GeometryField))  # type: ignore[attr-defined]
    at_point: dict[int, tuple[float, float]] = {}
    for some in pieces(sorted(set(keys.values()))):
        placed = link.target._default_manager.filter(pk__in=some).values_list("pk", shape)  # type: ignore[attr-defined]
        at_point |= {pk: (p.x, p.y) for pk, p in placed}
    made = np.empty(len(source.rows), dtype=object)
    for number, (_, cells) in enumerate(source.rows):
        both = [at_point.get(keys.get(plain(cells[at]), 0)) for at in (start, end)]
        made[number] = shapely.LineString(both) if None not in both else None
    return made


def _only(named: Any, region: str) -> int:
    """The id a code means, 0 when that cannot be told."""
    if isinstance(named, ByCounty):
        return named.get(region[:6], 0) or (next(iter(named.values())) if len(named) == 1 and not region else 0)
    return named if isinstance(named, int) else 0


def shapes_of(source: Source, columns: dict[str, str]) -> np.ndarray:
    """The file's own shapes, or those its coordinate columns give. Refusal when it has neither."""
    if source.shapes is not None:
        return source.shapes
    place = {target: source.heads.index(head) for head, target in columns.items() if head in source.heads}
    if mapping.WKT in place:
        texts = [str(cells[place[mapping.WKT]] or "").strip() for _, cells in source.rows]
        made = shapely.from_wkt(
            np.array([None if t.startswith("{") else t or None for t in texts], dtype=object), on_invalid="ignore"
        )
        other = shapely.from_geojson(
            np.array([t if t.startswith("{") else None for t in texts], dtype=object), on_invalid="ignore"
        )
        return shapely.force_2d(np.where(shapely.is_missing(made), other, made))
    if mapping.X in place and mapping.Y in place:
        x, y = (np.array([_number(cells[place[axis]]) for _, cells in source.rows]) for axis in (mapping.X, mapping.Y))
        points = shapely.points(np.where(np.isfinite(x), x, 0), np.where(np.isfinite(y), y, 0))
        return np.where(np.isfinite(x) & np.isfinite(y), points, None)
    raise Refusal("import.no_position", "请指明哪两列是东坐标（经度）和北坐标（纬度），或哪一列是 WKT 图形。", "columns")


def _number(raw: Any) -> float:
    try:
        return float(str(raw).strip().replace(",", ""))
    except ValueError:
        return np.nan


def table_of(resource: Resource, source: Source, options: dict[str, Any]) -> tuple[Table, Plan]:
    """The file as a table of the register's fields, with its plan. Refusals: frame, position, a fixed value that cannot be read."""
    columns: dict[str, str] = {head: target for head, target in options.get("columns", {}).items() if head in source.heads}
    shape = resource.shape
    if shape is None:
        raise Refusal("import.no_shape", f"{resource.title}没有位置，不能从图层导入。", "file")
    said = str(options.get("fixed", {}).get("region_code", "")) if "region_code" not in columns.values() else ""
    known = between_points(resource, source, columns, "" if said == BY_PLACE else said)
    shapes, frame = (known, str(CGCS2000)) if known is not None else (shapes_of(source, columns), str(options.get("frame", "")))
    fitted: list[Any] = list(shaping.fit(shapes, frame, shape.kind.geometry))  # type: ignore[attr-defined]
    taken = [(source.heads.index(head), target) for head, target in columns.items() if target in resource.fields]
    level = next((target for target in [options.get("level", "")] if target in resource.elevations), "")
    heads = [target for _, target in taken] + ([level] if level else []) + [shape.name]
    levels = source.levels if level and source.levels is not None else np.full(len(source.rows), np.nan)
    rows = []
    for at, (number, cells) in enumerate(source.rows):
        row = [cells[place] for place, _ in taken]
        if level:
            row.append(None if np.isnan(levels[at]) else round(float(levels[at]), 3))
        rows.append((number, [*row, fitted[at]]))
    return Table(heads, rows), plan_of(resource, options, heads)


def plan_of(resource: Resource, options: dict[str, Any], heads: list[str]) -> Plan:
    """The plan from the person's choices; values for the whole file are read like typed ones."""
    plan = Plan(datum=options.get("datum", ""))
    reasons: list[Reason] = []
    for name, raw in options.get("fixed", {}).items():
        if name not in resource.form_names or name in heads or raw in ("", None, []):
            continue
        if raw == BY_PLACE:
            plan.by_place = True
            continue
        value, found = resource.field(name).read(raw)
        reasons += [Reason(one.code, one.message, f"fixed-{name}") for one in found]
        plan.fixed[name] = value
    if plan.by_place:
        plan.fixed.setdefault("region_code", None)
    if reasons:
        raise Refusal(reasons=reasons)
    return plan
