"""Where the water comes from, where it goes, and which valves cut a burst off. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from zhujian.boards.urban_rural.municipal_assets.rules.network import Network

Neighbours = Mapping[int, list[tuple[int, int]]]


@dataclass(frozen=True)
class Trace:
    """What a walk met: nodes in the order they were reached, lines walked, ends (nodes it could not leave), and whether it was cut
    short by the allowed number of lines."""

    nodes: tuple[int, ...]
    lines: tuple[int, ...]
    ends: tuple[int, ...]
    limited: bool = False


def walk(start: Iterable[int], neighbours: Neighbours, *, most: int, shut: Collection[int] = ()) -> Trace:
    """Everything reachable from `start`, nearest first; no node and no line twice. Nodes in `shut` are reached but not passed.

    At most `most` lines are walked; the result says so then.
    """
    queue = deque(dict.fromkeys(start))
    seen = dict.fromkeys(queue)
    lines: dict[int, None] = {}
    ends: list[int] = []
    while queue:
        node = queue.popleft()
        if node in shut:
            continue
        further = False
        for line, after in neighbours.get(node, ()):
            if line in lines:
                continue
            if len(lines) >= most:
                return Trace(tuple(seen), tuple(lines), tuple(ends), limited=True)
            lines[line] = None
            further = True
            if after not in seen:
                seen[after] = None
                queue.append(after)
        if not further:
            ends.append(node)
    return Trace(tuple(seen), tuple(lines), tuple(ends))


def downstream(network: Network, start: Iterable[int], *, most: int) -> Trace:
    """Where water from `start` runs to, by the registered direction of flow."""
    return walk(start, network.leaving, most=most)


def upstream(network: Network, start: Iterable[int], *, most: int) -> Trace:
    """What drains to `start`."""
    return walk(start, network.entering, most=most)


def connected(network: Network, start: Iterable[int], *, most: int) -> Trace:
    """Everything joined to `start`, for networks under pressure."""
    return walk(start, network.beside, most=most)


@dataclass(frozen=True)
class Isolation:
    """What shutting off a burst takes.

    `valves`: nodes to shut; `segment`: lines that lose pressure at once; `cut_off`: further lines that then have no way to a source
    (empty when the network has no known source: `sources_known` is False); `nodes`: every node without supply; `open_ends`: nodes
    where the search ended at no valve at all, so that the segment drains past them.
    """

    valves: tuple[int, ...]
    segment: tuple[int, ...]
    cut_off: tuple[int, ...]
    nodes: tuple[int, ...]
    sources_known: bool
    limited: bool = False
    hits_source: tuple[int, ...] = ()


def isolation(
    network: Network, burst: int, *, valves: Collection[int], sources: Collection[int], stuck: Collection[int] = (), most: int
) -> Isolation:
    """Valves to shut for a burst in line `burst`, and what loses its supply.

    `stuck` valves do not close: the search passes them and takes the next ones. A source inside the segment must itself be shut
    down and stands in `hits_source`. Lines behind the valves that no source feeds any more count as cut off.
    """
    line = network.lines[burst]
    usable = set(valves) - set(stuck)
    first = walk(network.ends_of(line), network.beside, most=most, shut=usable)
    shut = tuple(node for node in first.nodes if node in usable)
    segment = dict.fromkeys((burst, *first.lines))
    dry = {node for node in first.nodes if node not in usable}
    known = [node for node in sources if node in network.nodes]
    fed_lines: set[int] = set()
    fed_nodes: set[int] = set()
    if known:
        fed = walk(
            [node for node in known if node not in dry], _without(network, segment), most=len(network.lines) + 1, shut=shut
        )
        fed_lines, fed_nodes = set(fed.lines), set(fed.nodes)
    reach = walk(network.ends_of(line), network.beside, most=most) if known else None
    cut = tuple(x for x in reach.lines if x not in segment and x not in fed_lines) if reach else ()
    cut_nodes = {node for item in cut for node in network.ends_of(network.lines[item])} - fed_nodes - set(shut)
    nodes = tuple(dict.fromkeys((*(n for n in first.nodes if n in dry), *sorted(cut_nodes - dry))))
    hits = tuple(node for node in known if node in dry)
    limited = first.limited or bool(reach and reach.limited)
    return Isolation(shut, tuple(segment), cut, nodes, bool(known), limited, hits)


def _without(network: Network, lines: Collection[int]) -> Neighbours:
    """Neighbours without the lines that are drained; only nodes at those lines are copied."""
    changed = {node for item in lines for node in network.ends_of(network.lines[item])}
    found = dict(network.beside)
    for node in changed:
        found[node] = [(item, other) for item, other in network.beside.get(node, ()) if item not in lines]
    return found
