"""What pages and other modules may read of models and their versions."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet

from zhujian.foundation.bim import rules
from zhujian.foundation.bim.convert.words import label
from zhujian.foundation.bim.models import Element, Finding, Model, Quantity, Version
from zhujian.foundation.kernel.errors import NotFound

SOURCES = {"qto": "模型工程量", "mesh": "几何计算"}


def model(pk: int) -> Model:
    """A visible model; NotFound otherwise."""
    found = Model.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("bim.not_found", "没有找到这个模型，可能不在您的管辖范围内。")
    return found


def version(pk: int) -> Version:
    """A visible version with its model, file and job; NotFound otherwise."""
    found = Version.objects.select_related("model", "file", "job").filter(pk=pk).first()
    if found is None:
        raise NotFound("bim.version_not_found", "没有找到这个模型版本，可能不在您的管辖范围内。")
    return found


def versions(one: Model) -> QuerySet[Version]:
    """Versions of a model, newest first."""
    return Version.objects.filter(model=one).select_related("file", "job").order_by("-number")


def published(building_code: str) -> Version | None:
    """The newest version that stands on the city model for a building."""
    rows = Version.objects.filter(model__building_code=building_code, state=Version.State.PUBLISHED)
    return rows.select_related("model").order_by("-published_at").first()


def tree(one: Version) -> dict[str, Any]:
    """Storeys, classes and elements of a version, for a viewer: [feature_index, GlobalId, name, whether a rule applied to it] each."""
    by_storey: dict[int, dict[str, list[list[Any]]]] = {}
    rows = Element.objects.filter(version=one).order_by("feature_index")
    for index, code, ifc_class, name, storey, checked in rows.values_list(
        "feature_index", "global_id", "ifc_class", "name", "storey", "checked"
    ):
        by_storey.setdefault(storey, {}).setdefault(ifc_class, []).append([index, code, name, checked])
    storeys = [
        {
            "id": storey["id"] or f"storey-{storey['number']}", "number": storey["number"], "name": storey["name"], "elevation": storey["elevation"],
            "glb": f"/bim/versions/{one.pk}/{storey['glb']}" if storey["glb"] else None,
            "types": [
                {"ifc_class": ifc_class, "label": label(ifc_class), "elements": elements}
                for ifc_class, elements in sorted(by_storey.get(storey["number"], {}).items())
            ],
        }
        for storey in one.storeys
    ]  # fmt: skip
    return {"storeys": storeys, "origin": one.origin}


def element(one: Version, index: int) -> dict[str, Any]:
    """One element: what it says, its quantities, its failures."""
    found = Element.objects.filter(version=one, feature_index=index).first()
    if found is None:
        raise NotFound("bim.element_not_found", "没有找到这个构件。")
    storey = next((s["name"] for s in one.storeys if s["number"] == found.storey), "")
    return {
        "feature_index": found.feature_index, "global_id": found.global_id, "ifc_class": found.ifc_class, "label": label(found.ifc_class),
        "name": found.name, "storey": storey, "type_name": found.type_name, "properties": found.properties, "box": found.box,
        "quantities": amounts(found.amount),
        "findings": [finding_row(row) for row in Finding.objects.filter(element=found).order_by("id")],
    }  # fmt: skip


def amounts(amount: list[Any]) -> list[dict[str, Any]]:
    """Length, area and volume that are known, with unit and source."""
    if len(amount) != 6:
        return []
    return [
        {"name": name, "value": round(value, 3), "unit": unit, "source": SOURCES.get(source, "")}
        for name, unit, value, source in zip(("长度", "面积", "体积"), ("m", "㎡", "m³"), amount[:3], amount[3:], strict=True)
        if value is not None
    ]


def finding_row(row: Finding) -> dict[str, Any]:
    """One failure as programs read it."""
    return {
        "rule": row.rule, "severity": row.severity, "message": row.message, "demand": row.demand, "global_id": row.global_id,
        "feature_index": row.element.feature_index if row.element else None,
    }  # fmt: skip


def findings(one: Version) -> list[dict[str, Any]]:
    """All failures kept of a version, worst first."""
    rows = (
        Finding.objects.filter(version=one)
        .select_related("element")
        .defer("element__properties")
        .order_by("severity", "rule", "id")
    )
    return [finding_row(row) for row in rows]


def faults_of_rule(one: Version, rule: str, after: int, limit: int) -> list[Finding]:
    """Failures of one rule, by key paging."""
    rows = Finding.objects.filter(version=one, rule=rule, pk__gt=after).select_related("element").defer("element__properties")
    return list(rows.order_by("pk")[:limit])


def quantities(one: Version) -> list[Quantity]:
    """Sums by storey, class and type."""
    return list(Quantity.objects.filter(version=one).order_by("storey", "ifc_class", "type_name"))


def classes(one: Version) -> list[tuple[str, int]]:
    """How many elements of each class, most first."""
    rows = Element.objects.filter(version=one).values("ifc_class").annotate(n=Count("pk")).order_by("-n", "ifc_class")
    return [(label(row["ifc_class"]), row["n"]) for row in rows]


def marks(one: Version) -> dict[str, rules.Mark]:
    """Index and digests by GlobalId."""
    rows = Element.objects.filter(version=one).values_list("global_id", "feature_index", "digest").order_by("feature_index")
    return {code: rules.Mark(index, digest) for code, index, digest in rows.iterator(chunk_size=5000)}


def compare(old: Version, new: Version) -> rules.Comparison:
    """What changed from `old` to `new`."""
    return rules.compare(marks(old), marks(new))


def named(one: Version, codes: list[str]) -> dict[str, Element]:
    """Elements by GlobalId, without their properties."""
    rows = Element.objects.filter(version=one, global_id__in=codes).defer("properties", "digest", "amount")
    return {row.global_id: row for row in rows}
