"""Loads the class tables of ``schedule/``; idempotent, and never over what an official has added."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from zhujian.foundation.classification import rules
from zhujian.foundation.classification.models import ClassItem, Mapping, Scheme
from zhujian.foundation.classification.selectors import NEWEST
from zhujian.foundation.kernel import memory

SCHEDULE = Path(__file__).parent / "schedule"


def load() -> str:
    """Bring schemes, classes and mappings in line with the file."""
    file = tomllib.loads((SCHEDULE / "classes.toml").read_text(encoding="utf-8"))
    for raw in file["scheme"]:
        _scheme(raw)
    for raw in file["scheme"]:
        _mappings(raw)
    memory.forget()
    return f"{ClassItem.objects.count()} 个部件事件小类"


def _scheme(raw: dict[str, Any]) -> None:
    scheme, _ = Scheme.objects.update_or_create(
        code=raw["code"],
        defaults={key: raw.get(key) for key in ("title", "segments", "valid_from", "valid_to", "basis")},
    )
    for kind in ("component", "event"):
        known = set(scheme.items.filter(kind=kind, region_code="").values_list("code", flat=True))
        rows = []
        for line in raw.get(kind, ()):
            code, name, *mark = line.split(" ")
            if rules.check_class(code, scheme.minor_digits):
                raise ValueError(f"{scheme.code}: {line}")
            if code not in known:
                rows.append(ClassItem(scheme=scheme, kind=kind, code=code, name=name, major=raw["majors"][kind][code[:2]],
                                      confidence=mark[0] if mark else "A"))  # fmt: skip
        ClassItem.objects.bulk_create(rows)


def _mappings(raw: dict[str, Any]) -> None:
    for kind, lines in raw.get("mapping", {}).items():
        old = {item.code: item for item in ClassItem.objects.filter(scheme__code=raw["code"], kind=kind, region_code="")}
        new = {item.code: item for item in ClassItem.objects.filter(scheme__code=NEWEST, kind=kind, region_code="")}
        for line in lines:
            first, second, *mark = line.split(" ")
            Mapping.objects.get_or_create(old=old[first], new=new[second], defaults={"exact": not mark})
