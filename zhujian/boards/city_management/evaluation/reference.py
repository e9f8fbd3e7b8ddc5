"""Loads the default indicators and composites of ``data/``; idempotent, and never over what an official has entered."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from zhujian.boards.city_management.evaluation.models import Composite, CompositePart, Indicator

FILE = Path(__file__).parent / "data" / "indicators.toml"


def load() -> str:
    """Register what is not there yet."""
    file = tomllib.loads(FILE.read_text(encoding="utf-8"))
    start: date = file["valid_from"]
    have = set(Indicator.objects.filter(region_code="").values_list("code", flat=True))
    rows = [row for row in (*_cases(file), *_comprehensive(file)) if row["code"] not in have]
    Indicator.objects.bulk_create(Indicator(valid_from=start, **row) for row in rows)
    made = sum(_composite(one, start) for one in file["composites"])
    return f"{Indicator.objects.count()} 项指标，新增 {made} 种评分办法"


def _cases(file: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for group in file["cases"]:
        for order, (code, name, formula, direction, confidence) in enumerate(group["rows"], 1):
            found.append({
                "code": code, "name": name, "formula": formula, "direction": direction, "confidence": confidence, "family": "cases",
                "source": "platform", "cycle": "month", "basis": group["basis"], "order": order * 10,
            })  # fmt: skip
    return found


def _comprehensive(file: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    common = {"family": "comprehensive", "cycle": "year"}
    heads = [(code, name) for group in file["comprehensive"] for code, name in group.get("headings", ())]
    places = {code: place * 100 for place, (code, _) in enumerate(heads, 1)}
    for code, name in heads:
        basis = "住房和城乡建设部城市综合管理服务评价指标（2020年试行）：干净、整洁、有序、安全、群众满意"
        found.append(
            {
                **common,
                "code": code,
                "name": name,
                "source": "heading",
                "unit": "",
                "order": places[code],
                "basis": basis,
                "confidence": "A",
            }
        )
    for group in file["comprehensive"]:
        for row in group.get("rows", ()):
            places[row["parent"]] += 1
            found.append({**common, **row, "source": group["source"], "basis": group["basis"], "order": places[row["parent"]]})
    return found


def _composite(said: dict[str, Any], start: date) -> int:
    made = 0
    for target in said["targets"]:
        code = said["code"] if target == said["targets"][0] else f"{said['code']}_{target}"
        if Composite.objects.filter(code=code, region_code="").exists():
            continue
        composite = Composite.objects.create(
            code=code, name=said["name"], target=target, valid_from=start, basis=said["basis"], confidence=said["confidence"]
        )
        CompositePart.objects.bulk_create(
            CompositePart(composite=composite, order=order * 10, **part) for order, part in enumerate(said["parts"], 1)
        )
        made += 1
    return made
