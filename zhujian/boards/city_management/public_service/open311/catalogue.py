"""The classes of the standard as Open311 services, and a service for whoever cannot tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhujian.boards.city_management.public_service import selectors
from zhujian.boards.city_management.public_service.rules.georeport import Attribute
from zhujian.foundation.classification import selectors as classification

GENERAL = "general"
KINDS = {"event": "事件", "component": "部件"}


@dataclass(frozen=True)
class Service:
    """One service: `kind` and `class_code` are empty for the general one."""

    code: str
    name: str
    group: str
    kind: str = ""
    class_code: str = ""
    metadata: bool = False

    def tree(self, type_: str) -> dict[str, Any]:
        """As the service list shows it."""
        what = f"{KINDS[self.kind]}：{self.group}，{self.name}" if self.kind else "不知道属于哪一类时选这一项，由受理员分类。"
        keywords = ", ".join(word for word in (self.name, self.group, KINDS.get(self.kind, "")) if word)
        return {
            "service_code": self.code, "service_name": self.name, "description": what, "metadata": self.metadata, "type": type_,
            "keywords": keywords, "group": self.group,
        }  # fmt: skip


def service_code(kind: str, class_code: str) -> str:
    """Code of the service for a class; component and event codes overlap, hence the kind in front."""
    return f"{kind}-{class_code}" if kind and class_code else GENERAL


def services(region_code: str = "") -> list[Service]:
    """All services of a place: events first, then components, then the general one."""
    asked = selectors.with_attributes()
    found = [
        Service(
            service_code(kind, item.code), item.name, item.major, kind, item.code,
            bool({(kind, ""), (kind, item.code[:2]), (kind, item.code)} & asked),
        )
        for kind in KINDS
        for item in classification.items(kind, region_code)
    ]  # fmt: skip
    return [*found, Service(GENERAL, "其他问题", "其他")]


def find(code: str, region_code: str = "") -> Service | None:
    """The service of a code; None when there is none."""
    return next((one for one in services(region_code) if one.code == code), None)


def definition(service: Service) -> list[Attribute]:
    """Its further questions."""
    return selectors.attributes(service.kind, service.class_code) if service.kind else []


def attribute_tree(one: Attribute) -> dict[str, Any]:
    """One attribute as the definition shows it."""
    tree: dict[str, Any] = {
        "variable": one.variable, "code": one.code, "datatype": one.datatype, "required": one.required,
        "datatype_description": one.datatype_description or None, "order": one.order, "description": one.description,
    }  # fmt: skip
    if one.values:
        tree["values"] = [{"key": key, "name": name} for key, name in one.values]
    return tree


__all__ = ["GENERAL", "Service", "attribute_tree", "definition", "find", "service_code", "services"]
