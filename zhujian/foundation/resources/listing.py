"""The list page: one read of the shown columns, one capped count; rows are written to HTML in one pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from zhujian.foundation.kernel import access
from zhujian.foundation.resources import exporting, filtering, registry
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.kinds import Choice, Truth
from zhujian.foundation.resources.links import Place
from zhujian.foundation.resources.measures import Day, Moment
from zhujian.foundation.resources.query import Order, Row, order_of

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

COUNT_CAP = 1000
PLACE_OF_ID = 9_007_199_254_740_993  # stands for the id while a page's addresses are made, once for all rows
REPEATING = (Choice, Truth, Place)
PART = "X-Part"  # header by which the page's own script asks for the results only


def list_page(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Filters, table and pager; with the header ``X-Part: results`` only table and pager."""
    made = filtering.read(resource, request.GET)
    order = order_of(resource, request.GET.get("sort", ""))
    back = "before" in request.GET
    token = request.GET.get("before") or request.GET.get("after") or ""
    columns = resource.pick(resource.columns)
    page = made.query.page(columns, order, token=token, back=back, limit=resource.page_size)
    total = None if token else made.query.count(COUNT_CAP, order) if page.next else len(page.rows)
    part = request.headers.get(PART) == "results"
    context = {
        "resource": resource, "made": made, "columns": _heads(resource, columns, order, request.GET), "total": total,
        "body": body(resource, columns, page.rows), "rows": page.rows, "capped": total is not None and total > COUNT_CAP, "cap": COUNT_CAP,
        "next": _link(request.GET, after=page.next) if page.next else "", "previous": _link(request.GET, before=page.previous) if page.previous else "",
        "first": _link(request.GET) if token else "", "export_query": _link(request.GET, sort=request.GET.get("sort")),
        "here": registry.route(resource, "list"), "sort": request.GET.get("sort", ""),
    }  # fmt: skip
    if not part:
        context["search_hint"] = "、".join(field.label for field in resource.pick(resource.search))
        context["controls"] = filtering.controls(resource, made)
        context["formats"] = exporting.formats(resource)
        context["begins"] = beginnings(resource)
        context["may"] = {name: resource.may(name) for name in ("create", "import", "export")}
    response = render(request, "resources/results.html" if part else "resources/list.html", context)
    if part:  # the address shown to the person has no empty filters
        response["HX-Push-Url"] = registry.route(resource, "list") + _link(request.GET)
    response["Vary"] = PART
    return response


def beginnings(resource: Resource) -> list[dict[str, str]]:
    """The module's own ways to begin a record, as far as the actor may."""
    allowed = (one for one in resource.begins if access.allowed(*one.access))
    return [{"title": one.title, "url": reverse(one.url), "style": one.style} for one in allowed]


def _link(params: QueryDict, **changes: str | None) -> str:
    """Query string with the filters kept and the place in the list replaced."""
    kept = params.copy()
    for name in ("after", "before"):
        kept.pop(name, None)
    for name, value in changes.items():
        kept.pop(name, None)
        if value:
            kept[name] = value
    for name in [name for name, values in kept.lists() if not any(values)]:
        del kept[name]
    return "?" + kept.urlencode()


def _heads(resource: Resource, columns: list[Field], order: Order, params: QueryDict) -> list[dict[str, Any]]:
    heads = []
    for item in columns:
        way = ("descending" if order.descending else "ascending") if order.field is item else ""
        target = ("" if way == "descending" else "-") + item.name if item.name in resource.sorts else ""
        heads.append(
            {
                "label": item.heading,
                "number": item.kind.numeric,
                "sorted": way,
                "link": _link(params, sort=target) if target else "",
            }
        )
    return heads


def body(resource: Resource, columns: list[Field], rows: list[Row]) -> SafeString:
    """Table rows as HTML. The first column leads to the record; every value is escaped here and nowhere else."""
    linked = resource.offers("view")
    before, after = registry.route(resource, "detail", PLACE_OF_ID).split(str(PLACE_OF_ID)) if linked else ("", "")
    heads = [(writer(item), escape(item.heading), look(item)) for item in columns]
    lines = []
    for row in rows:
        cells = []
        for place, ((write, label, extra), value) in enumerate(zip(heads, row.values, strict=True)):
            shown = write(value)
            if place == 0 and linked:
                shown = f'<a href="{before}{row.id}{after}">{shown or row.id}</a>'
            cells.append(f'<td data-label="{label}"{extra}>{shown}</td>')
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return mark_safe("\n".join(lines))  # noqa: S308 (escaped above)


def look(item: Field) -> str:
    """Class of a column's cells: numbers stand right, days and moments in one line."""
    if item.kind.numeric:
        return ' class="num"'
    return ' class="day"' if isinstance(item.kind, Day | Moment) else ""


def writer(item: Field) -> Callable[[Any], str]:
    """`cell` for one column of one page; values that repeat (codes, regions) are written once."""
    if not isinstance(item.kind, REPEATING):
        return lambda value: cell(item, value)
    written: dict[Any, str] = {}

    def write(value: Any) -> str:
        if value not in written:
            written[value] = cell(item, value)
        return written[value]

    return write


def cell(item: Field, value: Any) -> str:
    """One value as HTML: a coloured tag for coded states, escaped text otherwise."""
    text = escape(item.shown(value))
    if text and isinstance(item.kind, Choice) and item.kind.tags:
        return f'<span class="tag tag-{item.kind.tags.get(str(value), "muted")}">{text}</span>'
    return text
