"""Classes of one coding scheme as they are called in another."""

from __future__ import annotations

from zhujian.boards.urban_rural.municipal_assets.models import ClassMapping
from zhujian.boards.urban_rural.municipal_assets.rules import codes


def mapped(class_code: str, source: str, target: str) -> list[str]:
    """Classes of the scheme `target` that a class of `source` becomes (keys as in 编码方案), exact ones first."""
    rows = ClassMapping.objects.filter(source__key=source, target__key=target, source_code=class_code).order_by("-exact", "id")
    return codes.mapped(class_code, list(rows.values_list("source_code", "target_code")))


def component_classes_of_kinds() -> dict[str, str]:
    """Pipe kind (CJJ 61) → class of its covers (GB/T 30428.2): the exact one, else the first."""
    rows = ClassMapping.objects.filter(source__key="cjj61", target__key="gbt30428").order_by("source_code", "-exact", "id")
    found: dict[str, str] = {}
    for kind, class_code in rows.values_list("source_code", "target_code"):
        found.setdefault(kind, class_code)
    return found
