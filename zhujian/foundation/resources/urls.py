"""Routes of every resource, one per resource and operation, each with its row of the access matrix; mounted at the root."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_http_methods

from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.middleware import reading
from zhujian.foundation.resources import (
    api,
    catalogue,
    detail,
    exporting,
    forms,
    geojson,
    importpages,
    listing,
    mappages,
    openapi,
    registry,
    revealing,
)
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.maps import grids, statistics, tiles

app_name = "resources"
View = Callable[..., HttpResponse]


def bound(resource: Resource, operation: str, view: View, *methods: str) -> View:
    """`view` for this resource, open to those who may do `operation`, by these HTTP methods."""

    @wraps(view)
    def serve(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, resource, *args, **kwargs)

    serve.__name__ = f"{resource.key}:{view.__name__}"
    return access(resource.key, operation)(require_http_methods(list(methods or ("GET", "HEAD")))(serve))


def pages(resource: Resource) -> Iterator[URLPattern]:
    """Pages for people."""
    base, key = f"r/{resource.path}/", resource.key
    if resource.offers("view"):
        yield path(base, bound(resource, "view", listing.list_page), name=f"{key}/list")
        yield path(base + "<int:pk>/", bound(resource, "view", detail.detail_page), name=f"{key}/detail")
    if resource.offers("create"):
        yield path(base + "new/", bound(resource, "create", forms.create_page, "GET", "HEAD", "POST"), name=f"{key}/create")
    if resource.offers("import"):
        way = bound(resource, "import", importpages.upload_page, "GET", "HEAD", "POST")
        yield path(base + "import/", way, name=f"{key}/import")
        yield path(
            base + "import/template.xlsx", bound(resource, "import", importpages.template_file), name=f"{key}/import_template"
        )
        report = bound(resource, "import", importpages.report_page, "GET", "HEAD", "POST")
        yield path(base + "import/<int:pk>/", report, name=f"{key}/import_report")
        yield path(
            base + "import/<int:pk>/faults.xlsx", bound(resource, "import", importpages.faults_file), name=f"{key}/import_faults"
        )
        part = bound(resource, "import", importpages.progress_part)
        yield path(base + "import/<int:pk>/progress/", part, name=f"{key}/import_progress")
        stop = bound(resource, "import", importpages.cancel, "POST")
        yield path(base + "import/<int:pk>/cancel/", stop, name=f"{key}/import_cancel")
        if resource.shape:
            choose = bound(resource, "import", mappages.mapping_page, "GET", "HEAD", "POST")
            yield path(base + "import/<int:pk>/mapping/", choose, name=f"{key}/import_mapping")
            preview = bound(resource, "import", mappages.preview)
            yield path(base + "import/<int:pk>/preview.geojson", preview, name=f"{key}/import_preview")
    if resource.offers("export"):
        yield path(base + "export/", bound(resource, "export", exporting.export), name=f"{key}/export")
    if resource.offers("reveal"):
        yield path(
            base + "<int:pk>/reveal/",
            bound(resource, "reveal", revealing.reveal_page, "GET", "HEAD", "POST"),
            name=f"{key}/reveal",
        )
    if resource.offers("change"):
        yield path(
            base + "<int:pk>/edit/", bound(resource, "change", forms.change_page, "GET", "HEAD", "POST"), name=f"{key}/change"
        )


def programs(resource: Resource) -> Iterator[URLPattern]:
    """Addresses for programs and maps. The fixed last parts stand before the id, because paths match in order."""
    base, key = f"api/v1/{resource.path}", resource.key
    if not resource.offers("view"):
        return
    many = {"GET": bound(resource, "view", api.list_items)}
    single = {"GET": bound(resource, "view", api.get_item)}
    if resource.offers("create"):
        many["POST"] = bound(resource, "create", api.create_item, "POST")
    if resource.offers("change"):
        single["PATCH"] = bound(resource, "change", api.change_item, "PATCH")
    yield path(base, api.by_method(many), name=f"{key}/api_list")
    if resource.offers("export"):
        yield path(base + "/export", bound(resource, "export", exporting.export), name=f"{key}/api_export")
    if resource.shape:
        yield path(base + "/items.geojson", reading(bound(resource, "view", geojson.items)), name=f"{key}/geojson")
        address = f"tiles/{resource.path}/<int:z>/<int:x>/<int:y>.mvt"
        yield path(address, reading(bound(resource, "view", tiles.tile)), name=f"{key}/tile")
        address = f"tiles/{resource.path}/{grids.CGCS2000.name}/<int:z>/<int:x>/<int:y>.mvt"
        yield path(address, reading(bound(resource, "view", tiles.tile_cgcs2000)), name=f"{key}/tile_cgcs2000")
    yield path(base + "/<int:pk>", api.by_method(single), name=f"{key}/api_item")


def routes() -> Iterator[URLPattern]:
    """Everything that follows from the declarations."""
    yield path("api/v1/openapi.json", openapi.document_view, name="openapi")
    yield path("r/catalogue/", catalogue.catalogue_page, name="catalogue")
    yield path("api/v1/docs", openapi.docs_page, name="api_docs")
    yield path("tiles/statistics", statistics.statistics, name="statistics")
    for resource in registry.resources():
        yield from pages(resource)
        yield from programs(resource)


def nested(found: Iterable[URLPattern]) -> list[URLPattern | URLResolver]:
    """The same routes under their first parts (``r/<module>/`` …), so that an address is compared with its module's only."""
    groups: dict[str, list[URLPattern]] = {}
    for one in found:
        route = str(one.pattern)
        head = re.match(r"(?:r|tiles|api/v1)/[a-z0-9_]+/", route)
        start = head[0] if head else ""
        groups.setdefault(start, []).append(path(route[len(start) :], one.callback, name=one.name) if start else one)
    return [*groups.pop("", []), *(path(start, include(group)) for start, group in groups.items())]


urlpatterns = nested(routes())
