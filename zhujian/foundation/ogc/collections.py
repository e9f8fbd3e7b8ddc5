"""Collections: every resource that declares a layer and that the current actor may see; nothing is written per resource."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from zhujian.foundation.kernel.errors import NotFound
from zhujian.foundation.ogc import crs
from zhujian.foundation.ogc.answers import link
from zhujian.foundation.resources import periods, registry
from zhujian.foundation.resources.declaration import Resource

QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
VECTOR = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
SCHEMES = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
CONFORMANCE = "http://www.opengis.net/def/rel/ogc/1.0/conformance"
DATA = "http://www.opengis.net/def/rel/ogc/1.0/data"


def visible() -> list[Resource]:
    """Resources with a layer that the actor may see."""
    return [one for one in registry.resources() if one.layer and one.may("view")]


def get(key: str) -> Resource:
    """The collection `key`; NotFound when there is none or it is not the actor's to see, without telling which."""
    found = next((one for one in registry.resources() if one.key == key and one.layer), None)
    if found is None or not found.may("view"):
        raise NotFound("ogc.collection", f"没有图层“{key[:60]}”，或您的岗位不能查看它。可用图层见 /ogc/collections。")
    return found


def title(resource: Resource) -> str:
    """The layer's name for people."""
    return resource.layer.title if resource.layer and resource.layer.title else resource.title


def document(request: HttpRequest, resource: Resource) -> dict[str, Any]:
    """The description of one collection."""
    base, box = f"/ogc/collections/{resource.key}", crs.extent()
    extent: dict[str, Any] = {"spatial": {"bbox": [list(box)], "crs": crs.CRS84}}
    if periods.timed(resource):
        extent["temporal"] = {"interval": [[None, None]], "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"}
    words = f"{resource.module.title} · {resource.title}。CGCS2000（EPSG:4490）存储，可见范围与登录人一致。"
    if periods.timed(resource):
        words += "要素有版本：不带 datetime 时为现状，stage=history|planned|all 可取历史、规划和全部。"
    return {
        "id": resource.key, "title": title(resource), "description": words, "itemType": "feature", "extent": extent,
        "crs": [one.uri for one in crs.offered(box)], "storageCrs": crs.STORED,
        "links": [
            link(request, base, "self", title=title(resource)), link(request, base + "?f=html", "alternate", "html", "网页"),
            link(request, base + "/items?f=json", "items", "geojson", "要素（GeoJSON）"),
            link(request, base + "/items?f=html", "items", "html", "要素（网页）"),
            link(request, base + "/queryables?f=json", QUERYABLES, "schema", "可查询的属性"),
            link(request, base + "/tiles?f=json", VECTOR, title="矢量瓦片集"),
        ],
    }  # fmt: skip
