"""Definitions and bundles: which version serves a region, frozen together, compiled once per process and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from threading import Lock

from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.workflow.compiled import Compiled
from zhujian.foundation.workflow.diagram import Unreadable, cached_decision, cached_process, is_decision, safe_root
from zhujian.foundation.workflow.models import Bundle, Definition
from zhujian.foundation.workflow.specs import parse

_compiled: dict[str, Compiled] = {}
_lock = Lock()
KEPT = 200


def covering(region_code: str) -> list[str]:
    """Region codes whose variants serve `region_code`, nearest first, then the default ''."""
    found = []
    for size in (12, 9, 6, 4, 2):
        code = region_code[:size].ljust(12, "0")
        if region_code and code not in found:
            found.append(code)
    return [*found, ""]


def published(key: str, region_code: str = "") -> Definition:
    """The definition of `key` that serves `region_code`; NotFound when nothing is published."""
    codes = covering(region_code)
    found = Definition.objects.filter(key=key, region_code__in=codes, status="published")
    nearest = min(found, key=lambda d: codes.index(d.region_code), default=None)
    if nearest is None:
        raise NotFound("workflow.definition.missing", f"流程 {key} 没有已发布的版本，请联系流程管理员。")
    return nearest


def closure(key: str, region_code: str, *, instead: Iterable[Definition] = ()) -> list[Definition]:
    """`key` with every process and decision it reaches, each in its nearest version; `instead` is tried first (lint)."""
    codes = covering(region_code)
    best: dict[str, Definition] = {}
    rows = Definition.objects.filter(status="published", region_code__in=codes).defer("xml", "note")
    for row in sorted(rows, key=lambda d: codes.index(d.region_code)):
        best.setdefault(row.key, row)
    best.update({d.key: d for d in instead})
    found: dict[str, Definition] = {}
    waiting = [key]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        if name not in best:
            raise NotFound("workflow.definition.missing", f"流程或决策 {name} 没有已发布的版本，请联系流程管理员。")
        found[name] = best[name]
        waiting += [*best[name].calls, *best[name].decisions]
    return [found[name] for name in sorted(found)]


def bundle_for(key: str, region_code: str) -> Bundle:
    """The frozen set that a new instance of `key` in `region_code` runs on."""
    rows = closure(key, region_code)
    sha = hashlib.sha256("\n".join([key, *(f"{d.pk}:{d.sha}" for d in rows)]).encode()).hexdigest()
    found = Bundle.objects.filter(sha=sha).first()
    return found or Bundle.objects.get_or_create(sha=sha, defaults={"key": key, "definitions": [d.pk for d in rows]})[0]


def compiled(bundle: Bundle) -> Compiled:
    """The bundle ready to run, from memory when this process has had it before."""
    found = _compiled.get(bundle.sha)
    if found is None:
        rows = list(Definition.objects.filter(pk__in=bundle.definitions))
        found = compile_definitions(bundle.key, rows)
        with _lock:
            while len(_compiled) >= KEPT:
                _compiled.pop(next(iter(_compiled)))
            _compiled[bundle.sha] = found
    return found


def compile_definitions(root: str, rows: Iterable[Definition]) -> Compiled:
    """Parse definitions that belong together."""
    processes = [d for d in rows if d.kind == "bpmn"]
    diagrams = {}
    for row in processes:
        process = cached_process(row.xml)
        diagrams[process.id] = process
        for item in process.items.values():
            if item.kind == "subProcess":
                diagrams[item.id] = process
    decisions = {d.key: cached_decision(d.xml) for d in rows if d.kind == "dmn"}
    with _lock:
        specs = parse([d.xml for d in processes])
    module = next((d.module for d in processes if d.key == root), "")
    return Compiled(root, specs, diagrams, decisions, {d.key: d.name for d in rows}, module)


def read(xml: str) -> tuple[str, str, str, list[str], list[str]]:
    """(kind, key, name, calls, decisions) of a file; Refusal when it cannot be read."""
    try:
        root = safe_root(xml)
        if is_decision(root):
            decision = cached_decision(xml)
            return "dmn", decision.id, decision.name, [], []
        process = cached_process(xml)
    except Unreadable as error:
        raise Refusal("workflow.definition.unreadable", f"{error}。", "xml") from None
    return "bpmn", process.id, process.name, list(process.calls), list(process.decisions)


def sha_of(xml: str) -> str:
    """Digest by which a file is known to be the same."""
    return hashlib.sha256(xml.encode()).hexdigest()
