"""All declared resources, and what other modules add to their pages; readable in a minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.urls import reverse

from zhujian.foundation.kernel.errors import NotFound

if TYPE_CHECKING:
    from django.http import HttpRequest

    from zhujian.foundation.resources.declaration import Resource

Fill = Callable[["HttpRequest", Model], str]


@dataclass(frozen=True)
class Panel:
    """A panel on the detail page: `fill(request, record)` gives safe HTML, or nothing to leave it out."""

    title: str
    fill: Fill
    order: int
    aside: bool


_resources: dict[str, Resource] = {}
_panels: dict[str, list[Panel]] = {}


def add(resource: Resource) -> None:
    """Register a declaration; the class statement calls this. Raises ImproperlyConfigured when it is wrong."""
    resource.verify()
    _resources[resource.key] = resource


def resources() -> list[Resource]:
    """Every resource, in order of declaration."""
    return list(_resources.values())


def get(key: str) -> Resource:
    """The resource called ``<module>.<resource>``; KeyError when there is none."""
    return _resources[key]


def of_model(model: type[Model]) -> Resource | None:
    """The first resource declared for `model`."""
    return next((resource for resource in _resources.values() if resource.model is model), None)


def label_field(model: type[Model]) -> str:
    """The field by which people know a record of `model`."""
    from zhujian.foundation.resources.declaration import label_of

    resource = of_model(model)
    return resource.label_name if resource else label_of(model)


def add_panel(key: str, fill: Fill, *, title: str = "", order: int = 100, aside: bool = False) -> None:
    """Add a panel to the detail page of the resource `key`. Call it in a module's ``resources.py``."""
    panels = _panels.setdefault(key, [])
    if all(panel.fill is not fill for panel in panels):
        panels.append(Panel(title, fill, order, aside))
        panels.sort(key=lambda panel: panel.order)


def panels(key: str) -> list[Panel]:
    """Panels added to `key`, in order."""
    return list(_panels.get(key, ()))


def route(resource: Resource, operation: str, *args: Any) -> str:
    """URL of one page: operation is list, detail, history, create, change, import, export, reveal …

    A resource with a page of its own (`own_page`) leads there instead of to the generated detail page.
    """
    if operation == "detail" and resource.own_page:
        return reverse(resource.own_page, args=args)
    return reverse(f"resources:{resource.key}/{operation}", args=args)


def url_for(record: Model) -> str:
    """Address of a record's detail page; empty when its model is no resource or has no page."""
    resource = of_model(type(record))
    return route(resource, "detail", record.pk) if resource and resource.offers("view") else ""


def subject_of(record: Model) -> str:
    """The subject key of a record: ``<module>.<model>:<id>``."""
    resource = of_model(type(record))
    home = resource.key if resource else f"{record._meta.app_label}.{record._meta.model_name}"
    return f"{home}:{record.pk}"


def find(key: str, pk: Any) -> Model:
    """The visible record `pk` of resource `key`; NotFound otherwise."""
    record = get(key).model._default_manager.filter(pk=pk).first()
    if record is None:
        raise NotFound("resource.not_found", "没有找到这条记录，可能已被移走，或不在您的管辖范围内。")
    return record


def audit(act: str, target: str, **detail: Any) -> None:
    """Enter an export, import or reveal into the audit log."""
    from zhujian.foundation.audit import services

    services.record(f"resources.{act}", target, **detail)
