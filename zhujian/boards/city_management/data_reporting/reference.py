"""Loads the data sets of ``data/datasets.toml``; a version that is there already is brought in line with the file, never removed."""

from __future__ import annotations

import tomllib
from pathlib import Path

from zhujian.boards.city_management.data_reporting.models import Dataset
from zhujian.boards.city_management.data_reporting.rules.schema import item

FILE = Path(__file__).parent / "data" / "datasets.toml"


def load() -> str:
    """Bring the data sets in line with the file; ValueError when a field is declared wrongly."""
    file = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for raw in file["dataset"]:
        names = {item(field).name for field in raw["fields"]}
        region = raw.get("region_field", "regionCode")
        if missing := {*raw["keys"], region} - names:
            raise ValueError(f"data set {raw['code']}: no field {sorted(missing)}")
        Dataset.objects.update_or_create(
            code=raw["code"], schema_version=raw["version"],
            defaults={
                "title": raw["title"], "group": raw["group"], "frequency": raw["frequency"], "keys": raw["keys"], "fields": raw["fields"],
                "source": raw["source"], "region_field": region, "basis": file["basis"], "valid_from": raw.get("valid_from", file["valid_from"]),
            },
        )  # fmt: skip
    return f"{len(file['dataset'])} 个交换数据集"
