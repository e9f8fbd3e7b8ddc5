"""Rule packs: IDS 1.0 files, applied with ifctester's facets; every failure becomes a Chinese sentence.

The XML is read here and of ifctester only its facets are loaded: its schema library takes longer to load, and more memory, than a small
model to check. That a pack fits the schema is checked once, when it is registered.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

from zhujian.foundation.bim.convert.reading import Model, attribute, name_of
from zhujian.foundation.bim.convert.report import ERROR, WARNING, Check, Findings, text_of
from zhujian.foundation.bim.convert.words import described, label

SPACE = "{http://standards.buildingsmart.org/IDS}"
BOUNDS = {
    "minInclusive": "不小于 {}", "maxInclusive": "不大于 {}", "minExclusive": "大于 {}", "maxExclusive": "小于 {}", "pattern": "符合要求的写法",
    "length": "长度为 {}", "minLength": "不少于 {} 个字符", "maxLength": "不超过 {} 个字符",
}  # fmt: skip
ANYTHING = r".*\S.*"  # how a rule says that something must be there
EMPTY = {"NOVALUE", "NOPSET", "FALSEY"}


@dataclass(frozen=True)
class Pack:
    """A rule pack as the job names it. `advisory`: rules that warn only; `basis`, `confidence`: of each rule by its identifier."""

    key: str
    title: str
    edition: str
    path: Path
    advisory: frozenset[str] = frozenset()
    basis: dict[str, str] = field(default_factory=dict)
    confidence: dict[str, str] = field(default_factory=dict)


def decode(node: Any) -> Any:
    """An IDS element as ifctester's parser wants it: attributes with @, children by name, lists where they repeat."""
    found: dict[str, Any] = {f"@{name}": value for name, value in node.attrib.items() if not name.startswith("{")}
    for child in node:
        if not isinstance(child.tag, str):
            continue
        name = child.tag.rpartition("}")[2]
        value = decode(child) if len(child) or child.attrib else (child.text or "").strip()
        if name in found:
            found[name] = [*(found[name] if isinstance(found[name], list) else [found[name]]), value]
        else:
            found[name] = value
    for key, value in found.items():
        if key in ("minOccurs", "@minOccurs", "@maxOccurs") and isinstance(value, str) and value.isdigit():
            found[key] = int(value)
    return found


@cache
def facets() -> ModuleType:
    """ifctester's module of facets by itself, without its package."""
    name = "zhujian_ifctester_facet"
    package = importlib.util.find_spec("ifctester")
    if package is None or not package.submodule_search_locations:
        raise ImportError("ifctester is not installed")
    spec = importlib.util.spec_from_file_location(name, Path(package.submodule_search_locations[0]) / "facet.py")
    if spec is None or spec.loader is None:
        raise ImportError("ifctester has no facets")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Rule:
    """One specification of a pack, ready to be applied. `most` 0: what it applies to must not occur; `least` above 0: it must."""

    code: str
    name: str
    description: str
    instructions: str
    schemas: tuple[str, ...]
    least: Any
    most: Any
    applicability: list[Any]
    requirements: list[Any]


def read(path: Path) -> list[Rule]:
    """Every rule of a pack that was checked against the schema when it was registered."""
    specifications = ElementTree.parse(path).getroot().find(f"{SPACE}specifications")
    rules = []
    for node in specifications if specifications is not None else ():
        raw = decode(node)
        where = raw.get("applicability") or {}
        rules.append(
            Rule(
                raw.get("@identifier", ""), raw.get("@name", ""), raw.get("@description", ""), raw.get("@instructions", ""),
                tuple(raw.get("@ifcVersion", "").split()), where.get("@minOccurs", 0), where.get("@maxOccurs", "unbounded"),
                _clause(where), _clause(raw.get("requirements") or {}),
            )
        )  # fmt: skip
    return rules


def _clause(raw: dict[str, Any]) -> list[Any]:
    """Facets of an applicability or of requirements."""
    made = []
    for name in ("entity", "partOf", "classification", "attribute", "property", "material"):
        given = raw.get(name, [])
        for one in given if isinstance(given, list) else [given]:
            made.append(getattr(facets(), name[0].upper() + name[1:])().parse(one or {}))
    return made


def apply(model: Model, pack: Pack, findings: Findings) -> None:
    """Check every rule of a pack that is meant for the model's schema."""
    facets().get_pset.cache_clear()
    facets().get_psets.cache_clear()
    for rule in read(pack.path):
        if model.file.schema_identifier in rule.schemas:
            _apply(model, pack, rule, findings)


def _apply(model: Model, pack: Pack, rule: Rule, findings: Findings) -> None:
    identifier = rule.code or rule.name
    check = findings.open(
        Check(
            identifier, pack.title, rule.name, rule.instructions or rule.description or rule.name,
            WARNING if identifier in pack.advisory else ERROR,
            basis=pack.basis.get(identifier, ""), confidence=pack.confidence.get(identifier, ""),
        )
    )  # fmt: skip
    elements = None
    for facet in rule.applicability:
        elements = facet.filter(model.file, elements)
    for element in elements or ():
        check.checked += 1
        findings.touched.add(attribute(element, "GlobalId"))
        if rule.most == 0:
            findings.fault(check, f"{_who(element)}不应出现：{rule.name}。", attribute(element, "GlobalId"))
            continue
        wrong = [_sentence(facet, result) for facet in rule.requirements if not (result := facet(element))]
        if wrong:
            findings.fault(check, f"{_who(element)}：{'；'.join(wrong)}。", attribute(element, "GlobalId"))
    if rule.least != 0 and not check.checked:
        check.checked = 1
        findings.fault(check, f"模型里没有应有的对象：{rule.name}。")


def _who(element: Any) -> str:
    return described(element.is_a(), name_of(element))


def _sentence(facet: Any, result: Any) -> str:
    """What was demanded and what was found, by the kind of facet."""
    reason = result.reason or {}
    kind = reason.get("type", "")
    found = _shown(reason.get("actual"))
    subject = _subject(facet)
    if kind == "PROHIBITED":
        return f"{subject}不应填写"
    if kind in EMPTY:
        wanted = f"，应{demanded(facet.value)}" if getattr(facet, "value", None) else ""
        wanted = "" if wanted == "，应填写" else wanted
        return f"{subject} 没有填写{wanted}"
    if kind == "DATATYPE":
        return f"{subject}的数据类型是 {found}，应为 {reason.get('dataType')}"
    if kind == "PREDEFINEDTYPE":
        return f"预定义类型是“{found or '未填写'}”，应{demanded(facet.predefinedType)}"
    if kind in ("NAME", "ENTITY"):
        return f"{subject}是“{label(found) if found else '无'}”，不符合要求"
    if kind == "SYSTEM":
        return f"{subject}采用的体系是“{found}”，应{demanded(facet.system)}"
    return f"{subject} 是“{found}”，应{demanded(getattr(facet, 'value', None))}"


def _subject(facet: Any) -> str:
    kind = type(facet).__name__
    if kind == "Property":
        return f"属性 {demanded(facet.propertySet, bare=True)}.{demanded(facet.baseName, bare=True)}"
    if kind == "Attribute":
        return f"属性 {demanded(facet.name, bare=True)}"
    return {"Classification": "分类编码", "Material": "材料", "PartOf": "所属关系", "Entity": "构件类别"}.get(kind, "要求")


def demanded(value: Any, *, bare: bool = False) -> str:
    """What a rule wants, in words: 为“甲”, 不小于 0.9, 为“甲”“乙”之一."""
    if value is None:
        return "" if bare else "填写"
    options = getattr(value, "options", None)
    if options is None:
        return text_of(value, 80) if bare else f"为“{text_of(value, 80)}”"
    if "enumeration" in options:
        listed = options["enumeration"]
        listed = listed if isinstance(listed, list) else [listed]
        return (
            "/".join(map(str, listed))
            if bare
            else f"为{'、'.join(f'“{one}”' for one in listed[:12])}{'之一' if len(listed) > 1 else ''}"
        )
    if options.get("pattern") in (ANYTHING, [ANYTHING]) and len(options) == 1:
        return "填写"
    said = [words.format(_first(options[name])) for name, words in BOUNDS.items() if name in options]
    return "且".join(said) or "符合要求"


def _first(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple | set):
        return "、".join(_shown(one) for one in list(value)[:6])
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else text_of(value, 80)
