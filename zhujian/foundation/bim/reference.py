"""Registers the rule packs that the platform brings: ``ids/packs.toml`` and the IDS files beside it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from zhujian.foundation.bim.models import RulePack
from zhujian.foundation.bim.services.packs import check_source
from zhujian.foundation.kernel.crypto import sm3_hex
from zhujian.foundation.kernel.errors import refuse_if

FOLDER = Path(__file__).parent / "ids"


def load() -> str:
    """Bring the register in line with the files; an edition that an official uploaded is never touched."""
    count = 0
    for raw in tomllib.loads((FOLDER / "packs.toml").read_text(encoding="utf-8"))["pack"]:
        source = (FOLDER / raw["file"]).read_text(encoding="utf-8")
        digest = sm3_hex(source.encode())
        key = {"key": raw["key"], "edition": raw["edition"], "region_code": raw["region_code"]}
        known = RulePack.objects.filter(**key).values_list("sm3", "official", "notes", "advisory").first()
        notes = {rule: {"basis": basis, "confidence": confidence} for rule, (basis, confidence) in raw["rules"].items()}
        if known and (known[1] or (known[0] == digest and known[2] == notes and known[3] == raw["advisory"])):
            continue
        reasons, rules = check_source(source)
        refuse_if(reasons)
        if missing := {rule for rule in rules if rule not in notes}:
            raise ValueError(f"{raw['file']}: 规则 {'、'.join(sorted(missing))} 没有写依据和信度")
        RulePack.objects.update_or_create(
            **key,
            defaults={
                "title": raw["title"], "purpose": raw["purpose"], "valid_from": raw["valid_from"], "source": source, "sm3": digest,
                "advisory": raw["advisory"], "notes": notes, "rules_count": len(rules),
            },
        )  # fmt: skip
        count += 1
    return f"{count} 个规则包有更新"
