"""Rule packs: which are in force, and how a new edition comes in."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from lxml import etree

from zhujian.foundation.bim.models import RulePack
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto import sm3_hex
from zhujian.foundation.kernel.errors import Reason, refuse_if
from zhujian.foundation.kernel.scope import region_prefix

SPACE = "{http://standards.buildingsmart.org/IDS}"
MOST = 2_000_000  # characters of a pack
COSTLY = re.compile(
    r"\([^()]*(?:[+*]|\{\d+,\d*\})[^()]*\)(?:[+*]|\{)"
)  # a varying repeat inside a repeated group: time without end


def packs_in_force(region_code: str, on: date | None = None) -> list[RulePack]:
    """The packs a model of this place is checked by: of each key the narrowest region's, then the newest edition in force."""
    day = on or timezone.localdate()
    with scope.system("取现行规则包"):  # the province's packs are above a county's scope
        rows = [
            pack
            for pack in RulePack.objects.filter(valid_from__lte=day).order_by("key", "valid_from", "id")
            if (pack.valid_to is None or day < pack.valid_to) and region_code.startswith(region_prefix(pack.region_code))
        ]
    chosen: dict[str, RulePack] = {}
    for pack in rows:
        known = chosen.get(pack.key)
        if known is None or len(region_prefix(pack.region_code)) >= len(region_prefix(known.region_code)):
            chosen[pack.key] = pack
    return list(chosen.values())


def check_source(source: str) -> tuple[list[Reason], list[str]]:
    """(reasons against an IDS text, identifiers of its rules): it must fit the IDS 1.0 schema, and every rule speaks Chinese."""
    if len(source) > MOST:
        return [Reason("bim.pack_size", f"规则包超过 {MOST // 1_000_000} MB，请拆分。", "file")], []
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root = etree.fromstring(source.encode(), parser)
        if root.getroottree().docinfo.doctype:
            return [Reason("bim.pack_xml", "规则包不能含有 DTD 声明。", "file")], []
    except etree.XMLSyntaxError as error:
        return [Reason("bim.pack_xml", f"不是有效的 XML（第 {error.lineno} 行）。请用 IDS 编辑工具检查后重新上传。", "file")], []
    from ifctester import ids

    try:
        ids.get_schema().validate(io.BytesIO(source.encode()))
    except Exception as error:  # the schema library raises several kinds; each says where
        where = getattr(error, "path", "") or ""
        return [Reason("bim.pack_schema", f"不符合 IDS 1.0 格式（{where}）。请用 IDS 编辑工具检查后重新上传。", "file")], []
    reasons, seen = [], []
    for rule in root.iter(f"{SPACE}specification"):
        code, name = rule.get("identifier", ""), rule.get("name", "")
        if not code or code in seen:
            reasons.append(Reason("bim.pack_rule", f"规则“{name[:40]}”没有编号（identifier）或编号重复。", "file"))
        if not re.search(r"[\u4e00-\u9fff]", name) or not rule.get("instructions"):
            reasons.append(
                Reason("bim.pack_words", f"规则 {code or name[:40]} 应有中文名称和说明（name、instructions）。", "file")
            )
        seen.append(code)
    for pattern in root.iter("{http://www.w3.org/2001/XMLSchema}pattern"):
        if COSTLY.search(pattern.get("value", "")):
            reasons.append(
                Reason(
                    "bim.pack_pattern",
                    f"格式“{pattern.get('value', '')[:60]}”含有嵌套的重复，可能使检查停不下来，请改写。",
                    "file",
                )
            )
    return reasons, seen


def check_pack(values: dict[str, Any]) -> list[Reason]:
    """Reasons against registering an edition (`key`, `edition`, `region_code`, `valid_from`, `source`, `title`)."""
    reasons, rules = check_source(values["source"])
    unknown = [code for code in values.get("advisory") or [] if code not in rules]
    if unknown and not reasons:
        reasons.append(Reason("bim.pack_advisory", f"规则包里没有编号 {'、'.join(unknown)}。", "advisory"))
    same = {name: values[name] for name in ("key", "edition", "region_code")}
    if RulePack.objects.filter(**same).exists():
        reasons.append(Reason("bim.pack_twice", "这个规则包的这一版次已经登记过了，请换一个版次。", "edition"))
    return reasons


@transaction.atomic
def do_register_pack(values: dict[str, Any]) -> RulePack:
    """Register a new edition; models submitted from its first day on are checked by it. Refusals: `check_pack`."""
    refuse_if(check_pack(values))
    rules = check_source(values["source"])[1]
    basis = values.pop("basis", "")
    notes = {code: {"basis": basis, "confidence": values.get("confidence", "C")} for code in rules}
    values.pop("confidence", None)
    pack = RulePack.objects.create(
        **values,
        sm3=sm3_hex(values["source"].encode()),
        notes=notes,
        rules_count=len(rules),
        official=True,
        created_by=scope.current().actor_id,
    )
    facts = {
        "key": pack.key,
        "edition": pack.edition,
        "valid_from": pack.valid_from.isoformat(),
        "sm3": pack.sm3,
        "rules": len(rules),
    }
    common: dict[str, Any] = {"region_code": pack.region_code, "payload": facts}
    events.publish("bim.rule_pack_registered", subject=f"bim.rule_pack:{pack.pk}", **common)
    evidence.record("bim.rule_pack_registered", object_id=f"bim.rule_pack:{pack.pk}", **common)
    return pack
