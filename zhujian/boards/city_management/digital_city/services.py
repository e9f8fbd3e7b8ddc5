"""Unit grids come, are split and merged, and are retired; a code is never given twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.contrib.gis.geos import GEOSGeometry, LineString, MultiPolygon, Polygon
from django.db import connection, transaction

from zhujian.boards.city_management.digital_city import selectors
from zhujian.boards.city_management.digital_city.models import CompositeGrid, Grid, ManagedArea
from zhujian.boards.city_management.digital_city.rules import areas
from zhujian.boards.city_management.digital_city.rules import grids as rules
from zhujian.foundation.events.services import publish
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel.errors import Conflict, Reason, Refusal, refuse_if
from zhujian.foundation.kernel.valid_time import present
from zhujian.foundation.regions import selectors as regions

# One number at a time in a community, whoever draws the grid.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 30428))"
AREA = "SELECT ST_Area(ST_SetSRID(%s::geometry, 4490)::geography)"


CUT = "SELECT ST_AsEWKB((ST_Dump(ST_Split(ST_SetSRID(%s::geometry, 4490), ST_SetSRID(%s::geometry, 4490)))).geom)"


def cut(boundary: Polygon, line: LineString) -> list[Polygon]:
    """Faces of a grid on the sides of a line, from west to east, then from north to south, as they will be numbered (GB/T 30428.1).

    Refusal ``grid.line.across`` when the line does not cross the grid.
    """
    with connection.cursor() as cursor:
        cursor.execute(CUT, [bytes(boundary.wkb), bytes(line.wkb)])
        parts = [GEOSGeometry(memoryview(row[0])) for row in cursor.fetchall()]
    found = [part for part in parts if isinstance(part, Polygon)]
    if len(found) < 2:
        raise Refusal("grid.line.across", "分割线没有穿过网格：两端都要画到网格边界以外。", "line")
    return sorted(found, key=lambda part: (round(part.centroid.x, 5), -part.centroid.y))


def area_of(shape: GEOSGeometry) -> int:
    """Area in whole square metres on the ellipsoid."""
    with connection.cursor() as cursor:
        cursor.execute(AREA, [bytes(shape.wkb)])
        return round(cursor.fetchone()[0])


def check_boundary(shape: Polygon, *, besides: Sequence[str] = (), on: date) -> list[Reason]:
    """Reasons against a new grid's boundary: not a simple face, or over present grids other than `besides`."""
    if not shape.valid or shape.empty:
        return [Reason("grid.boundary", "网格边界不是有效的面（可能自相交），请重新绘制。", "boundary")]
    over = [
        (code, size) for code, size in selectors.overlaps(shape, on) if code not in besides and size > selectors.tolerance(on)
    ]
    return [
        Reason("grid.overlap", f"与网格{code}重叠约{size:.0f}平方米，网格之间不能重叠，请调整边界。", "boundary")
        for code, size in over[:5]
    ]


@transaction.atomic
def do_register(
    community: str, boundary: Polygon, on: date, *, code: str = "", besides: Sequence[str] = (), **values: object
) -> Grid:
    """A new grid of a community (12 digits), with the next code or, from a census, the one given (14 digits become 15).

    Refusal with every reason; Conflict when the code was ever given before.
    """
    parsed = rules.parse(code) if code else None
    if parsed is not None and parsed.region_code != community:
        raise Refusal("grid.code.region", f"网格编码的前12位应为所在社区{community}。", "code")
    refuse_if(check_boundary(boundary, besides=besides, on=on))
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [community])
    used = selectors.codes_ever(community)
    given = str(parsed) if parsed else rules.next_code(community, used)
    if given in used:
        raise Conflict("grid.code.used", f"网格编码{given}已经使用过（包括已停用的），不能再用。", "code")
    return Grid.objects.create(
        code=given, alias=parsed.alias if parsed else "", community=community, region_code=community, boundary=boundary,
        area_m2=area_of(boundary), valid_from=on, **values,
    )  # fmt: skip


@transaction.atomic
def do_set_area(
    kind: str, region_code: str, boundary: GEOSGeometry, on: date, *, name: str, basis: str, note: str = ""
) -> ManagedArea:
    """The managed area of a county (12 digits ending in 000000), or the outline of a community, as it is from the day `on`.

    A version that is there already ends on that day; it is kept. Refusal with every reason.
    """
    shape = MultiPolygon(boundary, srid=4490) if isinstance(boundary, Polygon) else boundary
    shape.srid = 4490
    former = (
        ManagedArea.objects.select_for_update().filter(kind=kind, region_code=region_code, valid_to=None, planned=False).first()
    )
    found = areas.check(kind, region_code, basis, shape.valid and not shape.empty, former.valid_from if former else None, on)
    if not found and kind == "community" and regions.region(region_code) is None:
        found.append(Reason("area.region", "没有这个社区（村），请核对行政区划代码。", "region_code"))
    refuse_if(found)
    if former is not None:
        former.valid_to = on
        former.save_version(former.version, fields=["valid_to"])
    made = ManagedArea(
        kind=kind,
        region_code=region_code,
        boundary=shape,
        area_m2=area_of(shape),
        valid_from=on,
        name=name,
        basis=basis.strip(),
        note=note,
    )
    if former is not None:
        made.feature_id = former.feature_id
    made.save(force_insert=True)
    evidence.record(
        "area.set", object_id=f"digital_city.managed_area:{made.pk}", region_code=region_code,
        payload={"kind": kind, "basis": made.basis, "on": str(on), "area_m2": made.area_m2, "before": former.pk if former else None},
    )  # fmt: skip
    return made


@transaction.atomic
def do_split(grid: Grid, parts: Sequence[Polygon], on: date, expected: int) -> list[Grid]:
    """Retire a grid and put `parts` in its place, each with a new code. The parts must fill it without gap or overlap."""
    refuse_if(_check_present(grid, on))
    if len(parts) < 2:
        raise Refusal("grid.split.one", "拆分后至少要有两个网格。", "parts")
    refuse_if(_check_parts(grid, parts, on))
    _retire(grid, on, expected)
    made = [
        do_register(grid.community, part, on, besides=[grid.code], land_use=grid.land_use, level=grid.level) for part in parts
    ]
    _succeed([grid], made)
    return made


@transaction.atomic
def do_merge(grids: Sequence[Grid], on: date) -> Grid:
    """Retire adjacent grids of one community and put one new grid in their place."""
    if len(grids) < 2:
        raise Refusal("grid.merge.one", "请至少选择两个网格。", "grids")
    for grid in grids:
        refuse_if(_check_present(grid, on))
    union: GEOSGeometry = grids[0].boundary
    for grid in grids[1:]:
        union = union.union(grid.boundary)
    refuse_if(rules.check_union([g.community for g in grids], isinstance(union, Polygon)) + _check_composites(grids, on))
    for grid in grids:
        _retire(grid, on, grid.version)
    made = do_register(
        grids[0].community, union, on, besides=[g.code for g in grids], land_use=grids[0].land_use, level=grids[0].level
    )
    _succeed(grids, [made])
    return made


@transaction.atomic
def do_compose(
    kind: str, code: str, name: str, grid_codes: Sequence[str], on: date, *, holders: Sequence[int] = (), region_code: str = ""
) -> CompositeGrid:
    """A composite grid of present, adjacent unit grids. `holders`: accounts of the inspectors whose beat it is.

    Of one kind a unit grid belongs to at most one composite grid. `region_code`: the town or county it belongs to, by default the
    county of its grids. Refusal with every reason.
    """
    wanted = sorted(set(grid_codes))
    grids = list(Grid.objects.filter(present(on), code__in=wanted))
    if not wanted or len(grids) != len(wanted):
        missing = sorted(set(wanted) - {grid.code for grid in grids})
        raise Refusal("composite.grids", f"没有找到在用的单元网格：{'、'.join(missing[:5]) or '（未选择）'}。", "grids")
    taken = CompositeGrid.objects.filter(present(on), kind=kind, grids__overlap=wanted).first()
    if taken is not None:
        raise Conflict("composite.taken", f"所选网格有的已属于“{taken.name}”，同类复合网格不能重叠。", "grids")
    union = MultiPolygon(*(grid.boundary for grid in grids), srid=4490).unary_union
    if not isinstance(union, Polygon):
        raise Refusal("composite.apart", "所选网格不相邻，复合网格应连成一片，请补上中间的网格。", "grids")
    return CompositeGrid.objects.create(
        kind=kind, code=code, name=name, grids=wanted, boundary=union, holders=list(holders), valid_from=on,
        region_code=region_code or f"{wanted[0][:6]}000000",
    )  # fmt: skip


@transaction.atomic
def do_end_composite(composite: CompositeGrid, on: date, expected: int) -> None:
    """End a composite grid on a day; its unit grids are then free for another of its kind."""
    if composite.valid_to is not None:
        raise Refusal("composite.ended", f"“{composite.name}”已于{composite.valid_to}停用。")
    if on <= composite.valid_from:
        raise Refusal("composite.date", f"停用日期应晚于启用日期{composite.valid_from}。", "on")
    composite.valid_to = on
    composite.save_version(expected, fields=["valid_to"])


@transaction.atomic
def do_staff(composite: CompositeGrid, holders: Sequence[int], expected: int) -> None:
    """Name the inspectors whose beat a duty grid is (accounts of the supervision centre nearest to it)."""
    if composite.kind != CompositeGrid.Kind.DUTY or composite.valid_to is not None:
        raise Refusal("composite.staff", "只有在用的责任网格可以安排监督员。", "holders")
    if set(holders) - {account.pk for account in selectors.inspectors(composite.region_code)}:
        raise Refusal("composite.holders", "请选择本监督中心的在岗监督员。", "holders")
    composite.holders = list(dict.fromkeys(holders))
    composite.save_version(expected, fields=["holders"])


def _composites(codes: Sequence[str], on: date) -> list[CompositeGrid]:
    return list(CompositeGrid.objects.filter(present(on), grids__overlap=list(codes)).order_by("id"))


def _check_composites(grids: Sequence[Grid], on: date) -> list[Reason]:
    """A merged grid belongs to one composite grid of each kind, or to none."""
    codes = {grid.code for grid in grids}
    return [
        Reason(
            "grid.merge.composite", f"这些网格不都属于“{one.name}”，合并后归属不清，请先调整{one.get_kind_display()}。", "codes"
        )
        for one in _composites(sorted(codes), on)
        if not codes <= set(one.grids)
    ]


def _check_present(grid: Grid, on: date) -> list[Reason]:
    if grid.valid_to is not None:
        return [Reason("grid.retired", f"网格{grid.code}已于{grid.valid_to}停用，不能再拆分或合并。")]
    if on <= grid.valid_from:
        return [Reason("grid.date", f"日期应晚于网格{grid.code}的启用日期{grid.valid_from}。", "on")]
    return []


def _check_parts(grid: Grid, parts: Sequence[Polygon], on: date) -> list[Reason]:
    limit = selectors.tolerance(on)
    if any(not part.valid or part.empty for part in parts):
        return [Reason("grid.boundary", "拆分出的网格边界不是有效的面，请重新绘制。", "parts")]
    union = MultiPolygon(*parts, srid=4490).unary_union
    gap, outside = (_size(grid.boundary.difference(union)), _size(union.difference(grid.boundary)))
    shared = sum(area_of(p) for p in parts) - _size(union)
    found = (
        (gap, "grid.split.gap", "拆分后的网格没有铺满原网格，缺口约{:.0f}平方米。"),
        (outside, "grid.split.outside", "拆分后的网格超出原网格约{:.0f}平方米。"),
        (shared, "grid.split.overlap", "拆分后的网格互相重叠约{:.0f}平方米。"),
    )
    return [Reason(code, text.format(size), "parts") for size, code, text in found if size > limit + len(parts)]


def _size(shape: GEOSGeometry) -> float:
    return 0 if shape.empty else area_of(shape)


def _retire(grid: Grid, on: date, expected: int) -> None:
    grid.valid_to = on
    grid.save_version(expected, fields=["valid_to"])


def _succeed(old: Sequence[Grid], new: Sequence[Grid]) -> None:
    gone, made = [grid.code for grid in old], [one.code for one in new]
    for composite in _composites(gone, new[0].valid_from):  # what was made of the old grids is made of the new ones now
        composite.grids = sorted({*composite.grids} - {*gone} | {*made})
        composite.save_version(composite.version, fields=["grids"])
    for grid in old:
        grid.replaced_by = [one.code for one in new]
        grid.save_version(grid.version, fields=["replaced_by"])
        payload = {"code": grid.code, "replaced_by": grid.replaced_by, "on": str(grid.valid_to)}
        subject = f"digital_city.grid:{grid.pk}"
        evidence.record("grid.retired", object_id=subject, region_code=grid.region_code, payload=payload)
        publish("grid.retired", subject=subject, region_code=grid.region_code, payload=payload)
