"""A bundle ready to run: specs for the engine and readable diagrams side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from zhujian.foundation.workflow import dmn
from zhujian.foundation.workflow.diagram import Process
from zhujian.foundation.workflow.handlers_api import Node


@dataclass(frozen=True)
class Compiled:
    """A bundle ready to run: Spiff specs and readable diagrams by spec name, decisions by key."""

    root: str
    specs: dict[str, Any]
    diagrams: dict[str, Process]
    decisions: dict[str, dmn.Decision]
    titles: dict[str, str] = field(default_factory=dict)
    module: str = ""

    def chain(self, spec: str, path: tuple[str, ...]) -> tuple[str, ...]:
        """Process keys from `spec` outwards to the root: where a handler is looked for."""
        found, at = [self.root], self.root
        for call in path:
            item = self.diagrams[at].items[call]
            at = item.called or item.id
            found.append(at)
        return tuple(reversed(found)) if found[-1] == spec else (spec, *reversed(found))

    def call_of(self, path: tuple[str, ...]) -> Node | None:
        """The innermost call activity of `path` as a node; None for the root."""
        if not path:
            return None
        at = self.root
        for call in path[:-1]:
            item = self.diagrams[at].items[call]
            at = item.called or item.id
        return self.node(at, path[-1], path[:-1])

    def node(self, spec: str, node_id: str, path: tuple[str, ...], index: int | None = None) -> Node:
        """The node `node_id` of `spec`, reached through the call activities `path`."""
        inherited: dict[str, str] = {}
        at = self.root
        for call in path:
            item = self.diagrams[at].items[call]
            inherited.update(item.zj)
            at = item.called or item.id
        item = self.diagrams[spec].items[node_id]
        return Node(item.id, item.name, item.kind, spec, item.zj, inherited, path, item.documentation, index)
