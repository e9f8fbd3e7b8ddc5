"""What stands along the streets and what the networks lead to: lamps, covers, plants, footbridges, tunnels, galleries."""

from __future__ import annotations

from math import hypot

from zhujian.foundation.cim.generator.pipes import Network, Sewer
from zhujian.foundation.cim.generator.plan import WIDTH, Layout
from zhujian.foundation.cim.generator.records import Cover, Deck, Lamp, Plant, Position, Tube

STEP = 30.0  # metres between lamps of one row


def lamps(layout: Layout) -> list[Lamp]:
    """Both sides of main and secondary streets, one side of branches; none nearer than 12 m to a junction."""
    made: list[Lamp] = []
    prefix, frame = layout.plan.prefix, layout.frame
    for number, edge in enumerate(layout.edges(), 1):
        east, i, j = edge
        grade = layout.grade(east, j if east else i)
        (x1, y1), (x2, y2) = layout.ends(edge)
        length = hypot(x2 - x1, y2 - y1)
        ux, uy = (x2 - x1) / length, (y2 - y1) / length
        out = WIDTH[grade] / 2 + 1.0
        day = layout.built(edge)
        count = max(1, round((length - 24) / STEP))
        for side in (1, -1) if grade != "branch" else (1,):
            for n in range(count + 1):
                at = 12 + (length - 24) * n / count
                x, y = x1 + ux * at - uy * out * side, y1 + uy * at + ux * out * side
                pole, watts = {"main": (12.0, 250), "secondary": (10.0, 150), "branch": (8.0, 100)}[grade]
                code = f"LD{prefix}{len(made) + 1:06d}"
                circuit = f"{prefix}-LX{(number - 1) // 6 + 1:03d}"
                made.append(Lamp(code, frame.degrees(x, y), round(layout.ground(x, y), 2), pole, watts, circuit, day))
    return made


def covers(layout: Layout, nets: list[Network]) -> list[Cover]:
    """A cover over every well."""
    made: list[Cover] = []
    for net in nets:
        ends = {line.end: line.built_on for line in net.lines} | {line.start: line.built_on for line in net.lines}
        for point in net.points.values():
            if point.cover:
                square = point.attachment in ("雨水口", "水表井")
                material = "复合材料" if ends[point.code].year >= 2012 else "球墨铸铁"
                code = f"JG{layout.plan.prefix}{len(made) + 1:06d}"
                made.append(
                    Cover(code, point.kind, point.at, point.code, "square" if square else "round", material, ends[point.code])
                )
    return made


def plants(layout: Layout, nets: list[Network]) -> list[Plant]:
    """Where each network begins or ends."""
    made = []
    kinds = {
        "WS": ("sewage_works", "污水处理厂"), "YS": ("outfall", "雨水排放口"), "JS": ("water_works", "自来水加压站"), "TR": ("gas_station", "燃气调压站"),
        "RS": ("heat_station", "供热首站"), "GD": ("substation", "开闭所"), "DX": ("telecom_room", "通信机房"),
    }  # fmt: skip
    for net in nets:
        if not net.points:
            continue
        kind, name = kinds[net.kind]
        code = net.outlet if isinstance(net, Sewer) else next(iter(net.points))
        day = next(line.built_on for line in net.lines if code in (line.start, line.end))
        made.append(
            Plant(f"{net.kind}F{layout.plan.prefix}{1:03d}", kind, f"{layout.plan.name}{name}", net.points[code].at, code, day)
        )
    return made


def bridges(layout: Layout) -> list[Deck]:
    """Footbridges across the main streets that run east, in the middle of every second section."""
    made: list[Deck] = []
    frame = layout.frame
    for edge in layout.edges():
        east, i, j = edge
        if not east or layout.grade(True, j) != "main" or (i + j) % 3:
            continue
        (x1, y1), (x2, y2) = layout.ends(edge)
        x, y, half, wide = (x1 + x2) / 2, (y1 + y2) / 2, WIDTH["main"] / 2 + 4, 2.0
        ring = [(x - wide, y - half), (x + wide, y - half), (x + wide, y + half), (x - wide, y + half)]
        outline: tuple[Position, ...] = tuple(frame.degrees(*one) for one in (*ring, ring[0]))
        name = f"{layout.plan.name}{j + 1}路{i + 1}号人行天桥"
        code = f"QL{layout.plan.prefix}{len(made) + 1:03d}"
        made.append(Deck(code, name, outline, round(2 * half, 2), 2 * wide, round(half, 2), layout.built(edge)))
    return made


def tubes(layout: Layout) -> list[Tube]:
    """One road tunnel under the first main street that runs east, one gallery under the second."""
    made = []
    rows = [j for j in range(layout.plan.rows) if layout.grade(True, j) == "main"]
    middle = (layout.plan.columns - 1) // 2
    kinds = (("tunnel", "SD", "下穿隧道", 24.0, 5.5, 2.0), ("gallery", "GL", "综合管廊", 6.2, 3.6, 2.5))
    for (kind, short, name, width, height, depth), j in zip(kinds, rows, strict=False):
        path = [layout.nodes[i][j] for i in range(max(0, middle - 1), middle + 2 if kind == "tunnel" else layout.plan.columns)]
        path = [(x, y - (0 if kind == "tunnel" else 13.5)) for x, y in path]  # the gallery lies beside the kerb
        length = sum(hypot(b[0] - a[0], b[1] - a[1]) for a, b in zip(path, path[1:], strict=False))
        line = tuple(layout.frame.degrees(*one) for one in path)
        day = layout.built((True, middle, j))
        made.append(
            Tube(
                f"{short}{layout.plan.prefix}001",
                kind,
                f"{layout.plan.name}{name}",
                line,
                round(length, 2),
                width,
                height,
                depth,
                day,
            )
        )
    return made


__all__ = ["bridges", "covers", "lamps", "plants", "tubes"]
