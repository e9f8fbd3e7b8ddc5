"""Loads the default conditions of ``schedule/``; idempotent, and never over what an official has entered."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from zhujian.boards.city_management.digital_city.models import Condition
from zhujian.boards.city_management.digital_city.rules import limits
from zhujian.foundation.classification.models import ClassItem

SCHEDULE = Path(__file__).parent / "schedule"


def load() -> str:
    """Bring the default conditions in line with the file."""
    made = _conditions(tomllib.loads((SCHEDULE / "conditions.toml").read_text(encoding="utf-8")))
    return f"{made} 条默认立案条件"


def lines_of(lines: list[str]) -> Iterator[tuple[str, str, str, str]]:
    """(class code, condition, limit, closing) of every line; codes apart, further conditions of a line after ``;``."""
    for line in lines:
        codes, _, rest = line.partition("|")
        for said in rest.split(";"):
            text, limit, closing = (part.strip() for part in said.split("|"))
            limits.read(limit)
            for code in codes.split(","):
                yield code.strip(), text, limit, closing


def _conditions(file: dict[str, Any]) -> int:
    """Default conditions, once: afterwards they belong to the officials who keep them."""
    start: date = file["valid_from"]
    rows: list[Condition] = []
    for kind in ("component", "event"):
        items = {i.code: i for i in ClassItem.objects.filter(scheme__code=file["scheme"], kind=kind, region_code="")}
        have = set(Condition.objects.filter(item__in=items.values(), region_code="").values_list("item_id", flat=True))
        numbers: dict[str, int] = {}
        for code, text, limit, closing in lines_of(file[kind]):
            numbers[code] = numbers.get(code, 0) + 1
            if items[code].pk not in have:
                rows.append(Condition(item=items[code], number=numbers[code], text=text, limit=limit, closing=closing, valid_from=start,
                                      basis=file["basis"]))  # fmt: skip
    Condition.objects.bulk_create(rows)
    return Condition.objects.filter(region_code="").count()
