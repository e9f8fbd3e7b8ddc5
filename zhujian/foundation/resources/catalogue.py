"""数据资源目录: what every declared resource holds, who shares it how, and where it is served."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zhujian.foundation.kernel.access import access
from zhujian.foundation.resources import registry
from zhujian.foundation.resources.declaration import Resource


@dataclass(frozen=True)
class Entry:
    """One catalogue entry."""

    key: str
    title: str
    module: str
    layer: str
    share: str
    condition: str
    update: str
    basis: str
    fields: int
    api: str
    has_map: bool
    page: str


def entries() -> list[Entry]:
    """Entries of all resources that declare one, in order of declaration."""
    return [_entry(resource) for resource in registry.resources() if resource.catalogue]


def _entry(resource: Resource) -> Entry:
    said = resource.catalogue
    assert said is not None
    return Entry(
        resource.key, resource.title, resource.module.title, resource.module.layer, said.share.value, said.condition, said.update.value,
        said.basis, len(resource.fields), f"/api/v1/{resource.path}" if resource.offers("view") else "", resource.shape is not None,
        registry.route(resource, "list") if resource.may("view") else "",
    )  # fmt: skip


@access("resources.catalogue", "view")
def catalogue_page(request: HttpRequest) -> HttpResponse:
    """The catalogue as a table."""
    return render(request, "resources/catalogue.html", {"entries": entries()})
