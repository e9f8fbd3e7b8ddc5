"""The app's shell: the same for everybody and without any data, so that it may lie on the device."""

from __future__ import annotations

import hashlib
import json

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.templatetags.zj import asset, island_files

ICONS = (("192", "collection/icon-192.png"), ("512", "collection/icon-512.png"))
MASKABLE = "collection/icon-maskable-512.png"


def shell_files() -> list[str]:
    """Addresses of everything the app needs to start without a network."""
    script, styles, parts = island_files("field")
    built = [name for name in (script, *styles, *parts) if name]
    return [reverse("collection:app"), reverse("collection:manifest"), asset("collection/icon.svg"), asset(ICONS[0][1]), *built]


@require_GET
@access("collection.shell", "open")
def shell(request: HttpRequest) -> HttpResponse:
    """The page of the app; what it shows comes from the device's store and the JSON addresses."""
    script, styles, _ = island_files("field")
    return render(request, "collection/app.html", {"script": script, "styles": styles})


@require_GET
@access("collection.shell", "open")
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker with the list of files it keeps; its version is the hash of that list and of itself."""
    path = finders.find("collection/sw.js")
    with open(path, encoding="utf-8") as stream:  # type: ignore[arg-type]
        source = stream.read()
    files = shell_files()
    version = hashlib.sha256(json.dumps([files, source]).encode()).hexdigest()[:12]
    head = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(files)};\nconst SHELL = {json.dumps(files[0])};\n"
    response = HttpResponse(head + source, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = reverse("collection:app")
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
@access("collection.shell", "open")
def manifest(request: HttpRequest) -> HttpResponse:
    """What makes the page installable."""
    start = reverse("collection:app")
    icons = [{"src": asset(name), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any"} for size, name in ICONS]
    icons.append({"src": asset(MASKABLE), "sizes": "512x512", "type": "image/png", "purpose": "maskable"})
    icons.append({"src": asset("collection/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"})
    body = {
        "id": start, "name": "城管采集终端", "short_name": "城管采集", "lang": "zh-CN", "start_url": start, "scope": start, "display": "standalone",
        "orientation": "portrait", "background_color": "#ffffff", "theme_color": "#0b3a86", "icons": icons,
    }  # fmt: skip
    response = JsonResponse(body, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-cache"
    return response
