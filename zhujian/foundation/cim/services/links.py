"""Ties of a building to other registers."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from zhujian.foundation.cim import sources
from zhujian.foundation.cim.models import Building, Link
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel.errors import Refusal

BATCH = 2_000


@transaction.atomic
def link(building: Building, kind: str, target: str, *, label: str = "", found: bool | None = None) -> Link:
    """Tie `building` to `target` of another register (see `Link.Kind`); doing it again renews the label and what is known of it.

    `found`: whether it exists there; left out, the registers of the kind are asked (`sources`). Refusals: ``link.kind``, ``link.target``.
    """
    target = target.strip()
    if kind not in Link.Kind.values:
        raise Refusal("link.kind", "请选择关联类别：项目、IFC 构件、感知设备或市政设施。", "kind")
    if not target or len(target) > 100:
        raise Refusal("link.target", "请填写对象编码，最长100个字符。", "target")
    if found is None:
        known = sources.find(kind, [target])
        found, label = target in known, label or known.get(target, "")
    facts = {"label": label[:200], "found": found, "checked_at": timezone.now()}
    kept, fresh = Link.objects.update_or_create(
        building=building, kind=kind, target=target, defaults=facts,
        create_defaults={**facts, "region_code": building.region_code, "parties": building.parties},
    )  # fmt: skip
    if fresh:
        evidence.record(
            "cim.linked", object_id=building.subject, region_code=building.region_code, parties=building.parties,
            payload={"code": building.code, "kind": kind, "target": target},
        )  # fmt: skip
    return kept


@transaction.atomic
def link_many(building: Building, kind: str, targets: Mapping[str, str]) -> int:
    """Tie `building` to many targets (target → label) of which the caller knows that they exist, with one piece of evidence; how many are new.

    Targets that are tied already stay as they are. Refusals: ``link.kind``.
    """
    if kind not in Link.Kind.values:
        raise Refusal("link.kind", "请选择关联类别：项目、IFC 构件、感知设备或市政设施。", "kind")
    known = set(Link.objects.filter(building=building, kind=kind).values_list("target", flat=True))
    now = timezone.now()
    rows = [
        Link(
            building=building, kind=kind, target=target, label=label[:200], found=True, checked_at=now, region_code=building.region_code,
            parties=building.parties,
        )
        for target, label in targets.items()
        if target and len(target) <= 100 and target not in known
    ]  # fmt: skip
    Link.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    if rows:
        evidence.record(
            "cim.linked", object_id=building.subject, region_code=building.region_code, parties=building.parties,
            payload={"code": building.code, "kind": kind, "count": len(rows), "first": rows[0].target, "last": rows[-1].target},
        )  # fmt: skip
    return len(rows)


def check_all() -> int:
    """Look up the target of every link again; how many have come or gone. Only what is news is written."""
    changed = last = 0
    while True:
        rows = list(Link.objects.filter(pk__gt=last).order_by("pk")[:BATCH])
        if not rows:
            return changed
        last = rows[-1].pk
        for kind in {row.kind for row in rows}:
            same = [row for row in rows if row.kind == kind]
            known = sources.find(kind, [row.target for row in same])
            for row in same:
                there = row.target in known
                if row.found != there:
                    Link.objects.filter(pk=row.pk).update(found=there, checked_at=timezone.now(), version=F("version") + 1)
                    changed += 1


__all__ = ["check_all", "link", "link_many"]
