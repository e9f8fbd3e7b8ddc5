"""Topology checks of a pipe network (urban-rural-construction.md §2), each a pure function from a network to its findings.

Gravity rules look at storm, sewage and combined pipes without pressure only. What cannot be judged because a value is missing is
counted in `Checked.unknown` and never passes for good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import hypot

from zhujian.boards.urban_rural.municipal_assets.rules.network import Line, Network, Node, cycles

ERROR, WARN = "error", "warn"


@dataclass(frozen=True)
class Settings:
    """Values the checks go by; all of them come from dated parameters.

    `tolerance_m`: how far a line's end may lie from its point; `same_m`: points nearer than this are one; `fall_m`: smallest fall that
    counts; `max_depth_m`: deepest believable cover; `shrink_mm`: differences of size up to this are ignored; `outlets`, `terminals`,
    `interceptors`: codes of a point's feature or attachment that end a drainage path, end a pressure pipe, or may divert combined
    water into a sewer; `mixing`: kind → kinds it may run into, `diverted`: the same at an interceptor only.
    """

    tolerance_m: float
    same_m: float
    fall_m: float
    max_depth_m: float
    shrink_mm: float
    outlets: frozenset[str]
    terminals: frozenset[str]
    interceptors: frozenset[str]
    mixing: Mapping[str, tuple[str, ...]]
    diverted: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Finding:
    """One fault: the rule's code, `error` or `warn`, a sentence for people, the line and node it is about, numbers behind it.

    `affected`: how many nodes suffer from it. `key` tells whether a later run finds the same fault.
    """

    rule: str
    severity: str
    message: str
    line: int | None = None
    node: int | None = None
    other: int | None = None
    facts: Mapping[str, float | int | str] = field(default_factory=dict)
    affected: int = 1

    @property
    def key(self) -> str:
        """The fault's identity across runs: what it is about, not how large it is."""
        return f"{self.rule}:{self.line or 0}:{self.node or 0}:{self.other or 0}"


@dataclass
class Checked:
    """Findings of one rule, how many objects it looked at and how many it could not judge for want of values."""

    findings: list[Finding]
    looked: int = 0
    unknown: int = 0


def marked(node: Node, codes: frozenset[str]) -> bool:
    """Whether a point's feature or attachment is one of `codes`."""
    return node.feature in codes or node.attachment in codes


def label(thing: Line | Node) -> str:
    """What people call a line or point."""
    return thing.name or str(thing.id)


def dangling_lines(network: Network, settings: Settings) -> Checked:
    """悬挂线: an end without a point, a line joined to nothing, or a pressure pipe that ends in the ground."""
    found: list[Finding] = []
    for line in network.lines.values():
        missing = [
            which for which, node in (("起点", line.start), ("终点", line.end)) if node is None or node not in network.nodes
        ]
        if missing:
            text = f"管线{label(line)}的{'和'.join(missing)}没有对应的管点，请补测管点或改正管点编号。"
            found.append(Finding("dangling_line", ERROR, text, line=line.id))
            continue
        free = [node for node in dict.fromkeys((line.start, line.end)) if node is not None and len(network.touching[node]) == 1]
        if len(free) == 2 and len(network.lines) > 1 and not any(_ends_well(network.nodes[n], settings) for n in free):
            text = f"管线{label(line)}的两端都不与其他管线相接，请核对管点编号或补测相接管线。"
            found.append(Finding("dangling_line", ERROR, text, line=line.id))
        elif not line.gravity:
            for node in free:
                if not _ends_well(network.nodes[node], settings):
                    text = f"管线{label(line)}在管点{label(network.nodes[node])}处中断，既不相接也没有管帽、阀门或用户，请核对是否漏测。"
                    found.append(Finding("dangling_line", WARN, text, line=line.id, node=node))
    return Checked(found, len(network.lines))


def _ends_well(node: Node, settings: Settings) -> bool:
    return node.edge or node.sink or node.station or marked(node, settings.terminals) or marked(node, settings.outlets)


def points_off_lines(network: Network, settings: Settings) -> Checked:
    """点不在线上: a point that no line uses, or a line's end drawn away from its point."""
    found: list[Finding] = []
    for node in network.nodes.values():
        if node.id not in network.touching and not node.edge:
            text = f"管点{label(node)}没有任何管线通过，请核对是孤立点还是漏测了管线。"
            found.append(Finding("point_off_line", WARN, text, node=node.id))
    for line in network.lines.values():
        if line.ends is None:
            continue
        for which, node_id, (x, y) in (("起点", line.start, line.ends[0]), ("终点", line.end, line.ends[1])):
            node_at = network.nodes.get(node_id) if node_id is not None else None
            if node_at is None:
                continue
            away = hypot(x - node_at.x, y - node_at.y)
            if away > settings.tolerance_m:
                text = f"管线{label(line)}的{which}离管点{label(node_at)} {away:.2f} 米，超过允许的 {settings.tolerance_m:.2f} 米，请改正坐标。"
                found.append(
                    Finding("point_off_line", ERROR, text, line=line.id, node=node_at.id, facts={"away_m": round(away, 3)})
                )
    return Checked(found, len(network.nodes))


def duplicates(network: Network, settings: Settings) -> Checked:
    """重复: two lines of one kind between the same points, or two points of one kind in one place."""
    found: list[Finding] = []
    first: dict[tuple[str, int, int], Line] = {}
    for line in sorted(network.lines.values(), key=lambda x: x.id):
        if line.start is None or line.end is None:
            continue
        pair = (line.kind, min(line.start, line.end), max(line.start, line.end))
        known = first.setdefault(pair, line)
        if known is not line:
            text = f"管线{label(line)}与{label(known)}的管类和两端管点都相同，请确认后作废其中一条。"
            found.append(Finding("duplicate", ERROR, text, line=line.id, other=known.id))
    for node, twin in _twins(network, settings.same_m):
        text = f"管点{label(node)}与{label(twin)}的管类相同、位置相距不到 {settings.same_m:.2f} 米，请确认后合并。"
        found.append(Finding("duplicate", ERROR, text, node=node.id, other=twin.id))
    return Checked(found, len(network.lines) + len(network.nodes))


def _twins(network: Network, same_m: float) -> Iterator[tuple[Node, Node]]:
    """Points with an earlier point of their kind nearer than `same_m`; by a grid of cells of that width."""
    cells: dict[tuple[str, int, int], list[Node]] = {}
    for node in sorted(network.nodes.values(), key=lambda n: n.id):
        column, row = int(node.x // same_m), int(node.y // same_m)
        near = (
            other
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for other in cells.get((node.kind, column + dx, row + dy), ())
            if hypot(node.x - other.x, node.y - other.y) < same_m
        )
        if (twin := next(near, None)) is not None:
            yield node, twin
        cells.setdefault((node.kind, column, row), []).append(node)


def reverse_slopes(network: Network, settings: Settings) -> Checked:
    """倒坡: the registered flow runs from the lower invert to the higher one."""
    done = Checked([])
    for line in network.lines.values():
        if not line.gravity:
            continue
        done.looked += 1
        if not line.flow or line.start_invert is None or line.end_invert is None:
            done.unknown += 1
            continue
        rise = (line.end_invert - line.start_invert) * line.flow
        if rise > settings.fall_m:
            text = f"管线{label(line)}的流向由低到高，下游管底比上游高 {rise:.2f} 米，请复测管底高程或改正流向。"
            done.findings.append(Finding("reverse_slope", ERROR, text, line=line.id, facts={"rise_m": round(rise, 3)}))
    return done


def shrinking_diameters(network: Network, settings: Settings) -> Checked:
    """大管接小管: no pipe that leaves a node is as large as the largest that enters it."""
    done = Checked([])
    for node, leaving in network.leaving.items():
        inner = [network.lines[line] for line, _ in network.entering.get(node, ()) if network.lines[line].gravity]
        outer = [network.lines[line] for line, _ in leaving if network.lines[line].gravity]
        if not inner or not outer:
            continue
        done.looked += 1
        if any(line.size_mm is None for line in (*inner, *outer)):
            done.unknown += 1
            continue
        large, small = max(inner, key=lambda x: (x.size_mm or 0, -x.id)), max(outer, key=lambda x: (x.size_mm or 0, -x.id))
        if (large.size_mm or 0) - (small.size_mm or 0) > settings.shrink_mm:
            where = network.nodes.get(node)
            text = (
                f"在管点{label(where) if where else node}，上游管线{label(large)}管径 {large.size_mm:.0f} 毫米，"
                f"下游管线{label(small)}只有 {small.size_mm:.0f} 毫米，请核对管径或安排改造。"
            )
            facts = {"upstream_mm": round(large.size_mm or 0), "downstream_mm": round(small.size_mm or 0)}
            done.findings.append(Finding("shrinking_diameter", WARN, text, line=small.id, node=node, other=large.id, facts=facts))
    return done


def depths_out_of_range(network: Network, settings: Settings) -> Checked:
    """埋深: depth to the invert below 0 or beyond the deepest believable; the same for a measured well."""
    done = Checked([])
    for line in network.lines.values():
        for which, node_id, invert in (("起点", line.start, line.start_invert), ("终点", line.end, line.end_invert)):
            done.looked += 1
            node = network.nodes.get(node_id) if node_id is not None else None
            if node is None or node.ground is None or invert is None:
                done.unknown += 1
                continue
            depth = node.ground - invert
            if not 0 <= depth <= settings.max_depth_m:
                text = f"管线{label(line)}{which}的埋深为 {depth:.2f} 米，不在 0～{settings.max_depth_m:g} 米之内，请核对地面高程和管底高程。"
                done.findings.append(
                    Finding("depth_range", ERROR, text, line=line.id, node=node.id, facts={"depth_m": round(depth, 3)})
                )
    for node in network.nodes.values():
        if node.depth is not None and not 0 <= node.depth <= settings.max_depth_m:
            text = f"管点{label(node)}的井深为 {node.depth:.2f} 米，不在 0～{settings.max_depth_m:g} 米之内，请复测。"
            done.findings.append(Finding("depth_range", ERROR, text, node=node.id, facts={"depth_m": round(node.depth, 3)}))
    return done


def cross_connections(network: Network, settings: Settings) -> Checked:
    """雨污混接: water of one kind runs into a pipe that must not take it.

    Where a direction is unknown, two kinds count as mixed only if neither may run into the other.
    """
    done = Checked([])
    for node, lines in network.touching.items():
        wet = sorted((line for line in lines if line.kind in settings.mixing), key=lambda line: line.id)
        if len({line.kind for line in wet}) < 2:
            continue
        done.looked += 1
        where = network.nodes.get(node)
        divert = where is not None and marked(where, settings.interceptors)
        for at, one in enumerate(wet):
            for two in wet[at + 1 :]:
                if (pair := _mixed(network, settings, node, one, two, divert)) is not None:
                    into, taker = pair
                    text = (
                        f"{NAMES.get(into.kind, into.kind)}管线{label(into)}在管点{label(where) if where else node}接入"
                        f"{NAMES.get(taker.kind, taker.kind)}管线{label(taker)}，属于雨污混接，请现场核实并安排改造。"
                    )
                    done.findings.append(Finding("cross_connection", ERROR, text, line=into.id, node=node, other=taker.id))
    return done


def _mixed(network: Network, settings: Settings, node: int, one: Line, two: Line, divert: bool) -> tuple[Line, Line] | None:
    """(the line that runs into the other, the other) when the two must not meet at `node`."""
    if one.kind == two.kind:
        return None

    def may(line: Line, other: Line) -> bool:
        return other.kind in (*settings.mixing[line.kind], *(settings.diverted.get(line.kind, ()) if divert else ()))

    def enters(line: Line) -> bool | None:
        ends = network.direction.get(line.id)
        return None if ends is None else ends[1] == node

    first, second = enters(one), enters(two)
    if first is None or second is None:
        return None if may(one, two) or may(two, one) else (one, two)
    if first == second:
        return None  # both come in or both go out: judged against what leaves or enters
    into, taker = (one, two) if first else (two, one)
    return None if may(into, taker) else (into, taker)


NAMES = {"YS": "雨水", "WS": "污水", "HS": "合流", "PS": "排水"}


def missing_outlets(network: Network, settings: Settings) -> Checked:
    """缺少出路: following the flow from a node ends at no outlet, plant or pump; circles of flow are said as such.

    One finding for each place where the water stops, with the number of nodes that drain to nowhere else.
    """
    wet = {node for line in network.lines.values() if line.gravity for node in network.ends_of(line)}
    leaving = {node: [(x, to) for x, to in network.leaving.get(node, ()) if network.lines[x].gravity] for node in wet}
    entering: dict[int, list[int]] = {}
    for node, steps in leaving.items():
        for _, to in steps:
            entering.setdefault(to, []).append(node)
    places = [network.nodes[node] for node in wet if node in network.nodes]
    outlets = [node.id for node in places if node.edge or node.sink or marked(node, settings.outlets)]
    good = _against(outlets, entering)
    done = Checked([], len(wet))
    knots = [knot for knot in cycles(leaving) if not good.issuperset(knot)]
    held = {node for knot in knots for node in knot}
    for knot in knots:
        names = "、".join(label(network.nodes[node]) for node in knot[:5] if node in network.nodes)
        more = f"等 {len(knot)} 个管点" if len(knot) > 5 else ""
        text = f"水流在管点{names}{more}之间成环，到不了排口，请核对这些管线的流向。"
        affected = len(_against(knot, entering) - good)
        done.findings.append(Finding("flow_cycle", ERROR, text, node=knot[0], affected=affected, facts={"nodes": len(knot)}))
    for node in sorted(wet - good - held):
        if leaving.get(node):
            continue
        if any(network.direction.get(line.id) is None for line in network.touching[node] if line.gravity):
            done.unknown += 1
            continue
        affected = len(_against([node], entering) - good)
        name = label(network.nodes[node]) if node in network.nodes else str(node)
        text = f"水流到管点{name}就没有下游了，而这里不是排口、泵站或处理厂，影响上游 {affected} 个管点，请补测下游管线。"
        done.findings.append(Finding("no_outlet", ERROR, text, node=node, affected=affected, facts={"affected": affected}))
    return done


def _against(start: list[int], entering: Mapping[int, list[int]]) -> set[int]:
    """`start` and all that drains to it."""
    seen = set(start)
    stack = list(start)
    while stack:
        for node in entering.get(stack.pop(), ()):
            if node not in seen:
                seen.add(node)
                stack.append(node)
    return seen


CHECKS: dict[str, Callable[[Network, Settings], Checked]] = {
    "dangling_line": dangling_lines,
    "point_off_line": points_off_lines,
    "duplicate": duplicates,
    "reverse_slope": reverse_slopes,
    "shrinking_diameter": shrinking_diameters,
    "depth_range": depths_out_of_range,
    "cross_connection": cross_connections,
    "no_outlet": missing_outlets,
}


def check(network: Network, settings: Settings) -> dict[str, Checked]:
    """Every check of one network by the rule's code."""
    return {rule: test(network, settings) for rule, test in CHECKS.items()}
