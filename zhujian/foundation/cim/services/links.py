"""Ties of a building to other registers."""

from __future__ import annotations

from django.db import transaction

from zhujian.foundation.cim.models import Building, Link
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel.errors import Refusal


@transaction.atomic
def link(building: Building, kind: str, target: str, *, label: str = "", found: bool = False) -> Link:
    """Tie `building` to `target` of another register (see `Link.Kind`); doing it again renews the label and what is known of it.

    Refusals: ``link.kind``, ``link.target``.
    """
    target = target.strip()
    if kind not in Link.Kind.values:
        raise Refusal("link.kind", "请选择关联类别：项目、IFC 构件、感知设备或市政设施。", "kind")
    if not target or len(target) > 100:
        raise Refusal("link.target", "请填写对象编码，最长100个字符。", "target")
    kept, fresh = Link.objects.update_or_create(
        building=building, kind=kind, target=target, defaults={"label": label, "found": found},
        create_defaults={"label": label, "found": found, "region_code": building.region_code, "parties": building.parties},
    )  # fmt: skip
    if fresh:
        evidence.record(
            "cim.linked", object_id=building.subject, region_code=building.region_code, parties=building.parties,
            payload={"code": building.code, "kind": kind, "target": target},
        )  # fmt: skip
    return kept


__all__ = ["link"]
