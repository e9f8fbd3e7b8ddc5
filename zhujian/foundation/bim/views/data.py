"""What viewers and programs read of a version: tileset, storeys, tree, elements, failures, comparison."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_GET

from zhujian.foundation.bim import selectors
from zhujian.foundation.bim.convert import tiles
from zhujian.foundation.bim.intake.lane import folder_of
from zhujian.foundation.bim.models import Version
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound


def answer(data: Any) -> HttpResponse:
    """JSON that browsers ask for anew each time: what one may see changes with one's post."""
    return HttpResponse(orjson.dumps(data), content_type="application/json", headers={"Cache-Control": "private, no-cache"})


def _drawn(version: Version, name: str) -> Path:
    path = folder_of(version.pk) / name
    if not path.is_file():
        raise NotFound("bim.no_tiles", "这个版本没有三维成果：自动检查还没有完成，或者文件无法读取。")
    return path


@require_GET
@access("bim.version", "view")
def tileset(request: HttpRequest, pk: int) -> HttpResponse:
    """``tileset.json`` (3D Tiles 1.1); its transform is the version's position."""
    version = selectors.version(pk)
    found = json.loads(_drawn(version, "tileset.json").read_text(encoding="utf-8"))
    if origin := version.origin:
        found["root"]["transform"] = tiles.transform(**origin)
    return answer(found)


@require_GET
@access("bim.version", "view")
def storey(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One storey as binary glTF."""
    version = selectors.version(pk)
    tag = f'"{version.result_sm3[:32]}-{number}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    response = FileResponse(_drawn(version, f"storeys/{number}.glb").open("rb"), content_type="model/gltf-binary")
    response["ETag"] = tag
    response["Cache-Control"] = "private, max-age=0, must-revalidate"
    return response


@require_GET
@access("bim.version", "view")
def tree(request: HttpRequest, pk: int) -> HttpResponse:
    """Storeys, classes, elements."""
    return answer(selectors.tree(selectors.version(pk)))


@require_GET
@access("bim.version", "view")
def element(request: HttpRequest, pk: int, index: int) -> HttpResponse:
    """One element."""
    return answer(selectors.element(selectors.version(pk), index))


@require_GET
@access("bim.version", "view")
def findings(request: HttpRequest, pk: int) -> HttpResponse:
    """All failures."""
    return answer(selectors.findings(selectors.version(pk)))


@require_GET
@access("bim.version", "view")
def compare(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """What changed from version `pk` to version `other`, by GlobalId."""
    old, new = selectors.version(pk), selectors.version(other)
    found = selectors.compare(old, new)
    marks_old, marks_new = selectors.marks(old), selectors.marks(new)
    return answer(
        {
            "added": [{"global_id": code, "index_b": marks_new[code].index} for code in found.added],
            "removed": [{"global_id": code, "index_a": marks_old[code].index} for code in found.removed],
            "changed": [
                {"global_id": one.global_id, "index_a": one.index_a, "index_b": one.index_b, "fields": list(one.fields)}
                for one in found.changed
            ],
            "same": found.same,
        }
    )
