"""XML and JSON of GeoReport v2 from one tree: the JSON form follows the XML by the Spark convention."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from django.http import HttpResponse

TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
# What the members of a list are called in XML.
MEMBERS = {
    "services": "service", "service_requests": "request", "attributes": "attribute", "values": "value", "errors": "error",
    "endpoints": "endpoint", "formats": "format",
}  # fmt: skip
# Characters that XML 1.0 cannot hold.
_IMPOSSIBLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, value: Any) -> ElementTree.Element:
    """A tree: dicts by their keys, lists by `MEMBERS`, None empty, booleans in small letters."""
    made = ElementTree.Element(name)
    if isinstance(value, dict):
        made.extend([element(key, part) for key, part in value.items()])
    elif isinstance(value, list):
        made.extend([element(MEMBERS[name], part) for part in value])
    elif isinstance(value, bool):
        made.text = "true" if value else "false"
    elif value is not None:
        made.text = _IMPOSSIBLE.sub("", str(value))
    return made


def document(root: str, value: Any) -> str:
    """The XML document with its declaration."""
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(element(root, value), encoding="unicode")


def answer(format_: str, root: str, value: Any, status: int = 200) -> HttpResponse:
    """`value` in the format asked for; `root` names the XML document."""
    text = json.dumps(value, ensure_ascii=False) if format_ == "json" else document(root, value)
    return HttpResponse(text.encode("utf-8", "replace"), status=status, content_type=TYPES[format_])


def errors(format_: str, status: int, descriptions: Iterable[str]) -> HttpResponse:
    """The specification's error document; `code` is the HTTP status."""
    return answer(format_, "errors", [{"code": status, "description": text} for text in descriptions], status)


__all__ = ["TYPES", "answer", "element", "errors"]
