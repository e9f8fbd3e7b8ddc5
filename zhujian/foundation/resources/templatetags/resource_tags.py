"""Template tags of the resource pages."""

import re
from typing import Any

from django import template
from django.db.models import Model
from django.urls import NoReverseMatch, reverse

from zhujian.foundation.kernel import access
from zhujian.foundation.resources import registry
from zhujian.foundation.resources.declaration import Resource

register = template.Library()


@register.simple_tag
def page(resource: Resource, operation: str, *args: Any) -> str:
    """Address of one generated page; empty when the resource does not offer it."""
    needed = {"list": "view", "detail": "view", "geojson": "view"}.get(operation, operation.split("_")[0])
    return registry.route(resource, operation, *args) if resource.offers(needed) else ""


PLACE = re.compile(r"[A-Za-z0-9_=&,.:;~%-]{0,4000}", re.ASCII)  # what the one map writes into its address, and nothing else


def _map() -> str:
    try:
        return reverse("cim:map") if access.allowed("cim.map", "view") else ""
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def map_back(context: template.Context) -> str:
    """Address of the one map as the person left it, when they came from there (``?from=map&back=…``); else empty."""
    asked = context["request"].GET if "request" in context else {}
    back = asked.get("back", "")
    home = _map() if asked.get("from") == "map" else ""
    return home and f"{home}?{back if PLACE.fullmatch(back) else ''}"


@register.simple_tag
def map_show(record: Model) -> str:
    """Address of the one map with `record` on it; empty where there is no such map or layer."""
    resource = registry.of_model(type(record))
    home = _map() if resource and resource.layer and resource.may("view") else ""
    return home and resource and f"{home}?show={resource.key}:{record.pk}" or ""
