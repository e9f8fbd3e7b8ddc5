"""Coding schemes and the mapping between them, from ``data/schemes.toml``; what an official changed stays."""

from __future__ import annotations

import tomllib
from pathlib import Path

from zhujian.boards.urban_rural.municipal_assets.models import ClassMapping, CodeScheme


def load() -> str:
    """Create or bring up to date the schemes of the file, and add mappings that are missing."""
    raw = tomllib.loads((Path(__file__).parent / "data" / "schemes.toml").read_text(encoding="utf-8"))
    schemes = {}
    for row in raw["scheme"]:
        values = {name: value for name, value in row.items() if name not in ("key", "edition")}
        schemes[row["key"]] = CodeScheme.objects.update_or_create(key=row["key"], edition=row["edition"], defaults=values)[0]
    count = 0
    for group in raw["mapping"]:
        source, target = schemes[group["source"]], schemes[group["target"]]
        for source_code, target_code, exact, note in group["pairs"]:
            _, made = ClassMapping.objects.get_or_create(
                source=source,
                source_code=source_code,
                target=target,
                target_code=target_code,
                defaults={"exact": exact, "note": note},
            )
            count += made
    return f"{len(schemes)} 个编码方案，新增 {count} 条分类对照"
