"""Loads the checklists of ``data/checklists.toml``; editions that exist are brought in line, never removed."""

from __future__ import annotations

import tomllib
from pathlib import Path

from zhujian.boards.city_management.supervision.models import Checklist

FILE = Path(__file__).parent / "data" / "checklists.toml"


def load() -> str:
    """Bring the checklists in line with the file."""
    file = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for raw in file["checklist"]:
        Checklist.objects.update_or_create(
            code=raw["code"], edition=raw["edition"],
            defaults={"title": raw["title"], "items": raw["items"], "basis": file["basis"], "valid_from": file["valid_from"]},
        )  # fmt: skip
    return f"{len(file['checklist'])} 份检查清单"
