"""Template tags and filters available on every page."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from zhujian.foundation.kernel import access

register = template.Library()
MANIFEST = "islands/.vite/manifest.json"


@register.simple_tag
def may(resource: str, action: str) -> bool:
    """Whether the current actor may do `action` on `resource`."""
    return access.allowed(resource, action)


@cache
def _stamp(name: str) -> str:
    path = finders.find(name)
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10] if path else ""


@register.simple_tag
@cache
def asset(name: str) -> str:
    """Address of a hand-written static file, with a mark that changes with its content."""
    stamp = _stamp(name)
    return static(name) + (f"?v={stamp}" if stamp else "")


@cache
def icons() -> frozenset[str]:
    """Names of the icons in ``brand/icons.svg``."""
    path = finders.find("brand/icons.svg")
    return frozenset(re.findall(r'id="([\w-]+)"', Path(path).read_text(encoding="utf-8"))) if path else frozenset()


@register.simple_tag
@cache
def icon(name: str, label: str = "") -> SafeString:
    """One icon of ``brand/icons.svg`` (a sheet of paper for an unknown name); decorative unless it gets a `label`."""
    href = asset("brand/icons.svg") + "#" + (name if name in icons() else "document")
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"/></svg>', href)


@cache
def _manifest() -> dict[str, dict]:
    path = finders.find(MANIFEST)
    return json.loads(Path(path).read_text(encoding="utf-8")) if path else {}


def _files(name: str) -> tuple[str, list[str]]:
    """Script and style sheets of an island as built, or ("", []) when the islands are not built."""
    by_name = {chunk.get("name"): key for key, chunk in _manifest().items() if chunk.get("isEntry")}
    key = by_name.get(name)
    if key is None:
        return "", []
    styles: list[str] = []
    seen: set[str] = set()

    def gather(part: str) -> None:
        if part in seen:
            return
        seen.add(part)
        chunk = _manifest()[part]
        for needed in chunk.get("imports", ()):
            gather(needed)
        styles.extend(style for style in chunk.get("css", ()) if style not in styles)

    gather(key)
    return _manifest()[key]["file"], styles


def island_files(name: str) -> tuple[str, list[str], list[str]]:
    """Addresses of a built island's script, of its style sheets, and of the scripts it imports at once; all empty when not built."""
    script, styles = _files(name)
    if not script:
        return "", [], []
    parts: list[str] = []
    waiting = [next(key for key, chunk in _manifest().items() if chunk["file"] == script)]
    while waiting:
        for needed in _manifest()[waiting.pop()].get("imports", ()):
            if (file := _manifest()[needed]["file"]) not in parts:
                parts.append(file)
                waiting.append(needed)
    return static("islands/" + script), [static("islands/" + one) for one in styles], [static("islands/" + one) for one in parts]


@register.simple_tag(takes_context=True)
def island(context: template.Context, name: str) -> SafeString:
    """Load a built island (``map``, ``chart``, ``bpmn``, ``bpmn-editor``, ``dmn`` …) once per page; nothing when not built."""
    loaded: set[str] = context.render_context.setdefault("islands", set())  # type: ignore[arg-type,assignment]
    if name in loaded:
        return SafeString("")
    loaded.add(name)
    script, styles = _files(name)
    if not script:
        return SafeString("")
    links = format_html_join("", '<link rel="stylesheet" href="{}">', ((static("islands/" + style),) for style in styles))
    return links + format_html('<script type="module" src="{}"></script>', static("islands/" + script))


@register.simple_tag
def htmx_script() -> SafeString:
    """The htmx script, when it is built."""
    script, _ = _files("htmx")
    return format_html('<script type="module" src="{}"></script>', static("islands/" + script)) if script else SafeString("")


@register.filter
def widget_type_is(field: object, kind: str) -> bool:
    """Whether a bound field is drawn by the widget `kind` (``checkbox``, ``select`` …)."""
    return getattr(field, "widget_type", "") == kind
