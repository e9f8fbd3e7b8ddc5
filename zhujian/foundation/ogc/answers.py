"""How answers leave: JSON or a simple page as asked for (``f`` or Accept), refusals as RFC 9457 problems with the status OGC names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.kernel.middleware import problem_document

View = Callable[..., HttpResponse]
MEDIA = {"json": "application/json", "geojson": "application/geo+json", "schema": "application/schema+json", "html": "text/html",
         "mvt": "application/vnd.mapbox-vector-tile", "openapi": "application/vnd.oai.openapi+json;version=3.0"}  # fmt: skip


class BadRequest(Refusal):
    """A parameter that cannot be understood: OGC API wants HTTP 400."""

    status = 400


@dataclass
class Page:
    """What the HTML form of a document shows: paragraphs, facts (label, value), links (href, text, note) and one table."""

    title: str
    words: list[str] = field(default_factory=list)
    facts: list[tuple[str, Any]] = field(default_factory=list)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    rows: list[list[tuple[str, str]]] = field(default_factory=list)  # cells as (text, href)
    crumbs: list[tuple[str, str]] = field(default_factory=list)
    more: str = ""  # address of the next page

    @property
    def lines(self) -> list[list[tuple[str, str, str]]]:
        """Cells as (heading, text, href)."""
        return [[(head, *cell) for head, cell in zip(self.heads, row, strict=True)] for row in self.rows]


def wants_html(request: HttpRequest) -> bool:
    """Whether the page form is asked for: ``f`` decides, else Accept; programs that name nothing get JSON."""
    wanted = request.GET.get("f", "")
    if wanted:
        return wanted == "html"
    kinds = [part.split(";")[0].strip() for part in request.headers.get("Accept", "").split(",")]
    page = next((n for n, kind in enumerate(kinds) if kind in ("text/html", "application/xhtml+xml")), None)
    data = next((n for n, kind in enumerate(kinds) if kind.endswith("json")), None)
    return page is not None and (data is None or page < data)


def service(view: View) -> View:
    """A view of the OGC interface: read-only, open as ``ogc.service`` says; refusals become problems with the status OGC names."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            if refusal.code == "access.denied":
                raise
            return refused(request, refusal)

    return access("ogc.service", "view")(require_http_methods(["GET", "HEAD"])(answer))


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal: what elsewhere is 422 is a wrong parameter here, 400."""
    status = 400 if refusal.status == 422 else refusal.status
    if wants_html(request):
        return render(request, "problem.html", {"refusal": refusal, "status": status}, status=status)
    return problem_document(refusal, status)


def check(request: HttpRequest, known: set[str], formats: tuple[str, ...] = ("json", "html")) -> None:
    """Refuse parameters that are unknown, empty or given twice, and a form that is not offered."""
    reasons = [
        Reason("api.parameter", f"没有名为“{name[:40]}”的查询参数，可用的见 /ogc/api。", name[:40])
        for name in request.GET
        if name not in known | {"f"}
    ]
    for name, values in request.GET.lists():
        if len(values) > 1:
            reasons.append(Reason("api.twice", f"查询参数“{name[:40]}”只能写一次。", name[:40]))
        elif not values[0].strip():
            reasons.append(Reason("api.empty", f"查询参数“{name[:40]}”没有值，请填写或去掉。", name[:40]))
        elif "\x00" in values[0] or not values[0].isprintable() and any(ord(c) < 32 and c not in "\n\r\t" for c in values[0]):
            reasons.append(Reason("api.control", f"查询参数“{name[:40]}”含有不可见的字符。", name[:40]))
    wanted = request.GET.get("f", formats[0])
    if wanted not in formats:
        reasons.append(Reason("ogc.format", f"f 可以是 {'、'.join(formats)}。", "f"))
    if reasons:
        raise BadRequest(reasons=reasons)


def document(request: HttpRequest, body: Any, page: Page, media: str = "json") -> HttpResponse:
    """`body` as JSON, or `page`."""
    if wants_html(request):
        return render(request, "ogc/document.html", {"page": page, "json": other(request, "json")})
    return HttpResponse(orjson.dumps(body), content_type=MEDIA[media])


def link(request: HttpRequest, path: str, rel: str, media: str = "json", title: str = "") -> dict[str, Any]:
    """One link object with an absolute address."""
    made = {"href": request.build_absolute_uri(path), "rel": rel, "type": MEDIA[media]}
    return {**made, "title": title} if title else made


def other(request: HttpRequest, form: str) -> str:
    """This address in another form."""
    asked = request.GET.copy()
    asked["f"] = form
    return request.path + "?" + asked.urlencode()


def both(request: HttpRequest, media: str = "json", forms: tuple[str, ...] = ("json", "html")) -> list[dict[str, Any]]:
    """Links to this document and to its other form."""
    html = wants_html(request)
    own, another = (forms[1], forms[0]) if html else forms
    return [
        link(request, request.get_full_path(), "self", "html" if html else media, "本文档"),
        link(request, other(request, another), "alternate", media if html else "html", "同一内容的另一种形式"),
    ] if own else []  # fmt: skip
