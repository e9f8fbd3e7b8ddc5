"""Template tags of the resource pages."""

from typing import Any

from django import template

from zhujian.foundation.resources import registry
from zhujian.foundation.resources.declaration import Resource

register = template.Library()


@register.simple_tag
def page(resource: Resource, operation: str, *args: Any) -> str:
    """Address of one generated page; empty when the resource does not offer it."""
    needed = {"list": "view", "detail": "view", "geojson": "view"}.get(operation, operation.split("_")[0])
    return registry.route(resource, operation, *args) if resource.offers(needed) else ""
