"""Loads default transfer rules and questions; idempotent, and never over what an official has entered."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from zhujian.boards.city_management.public_service.models import ServiceAttribute, TransferRule

DATA = Path(__file__).parent / "data"


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def load() -> str:
    """Write what is not there yet: rules once, afterwards they belong to the officials who keep them."""
    rules = _file("transfer.toml")
    if not TransferRule.objects.exists():
        TransferRule.objects.bulk_create(
            [TransferRule(**row, valid_from=rules["valid_from"], basis=rules["basis"]) for row in rules["rule"]]
        )
    have = set(ServiceAttribute.objects.values_list("kind", "class_code", "code"))
    rows = [ServiceAttribute(**row) for row in _file("attributes.toml")["attribute"]]
    if not have:
        ServiceAttribute.objects.bulk_create(rows)
    return f"{TransferRule.objects.count()} 条转办规则、{ServiceAttribute.objects.count()} 个上报属性"
