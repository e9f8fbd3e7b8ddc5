"""Export of the current filter as CSV or Excel: shown columns and groups, masked, capped, audited."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import filtering, registry, releasing, sheets
from zhujian.foundation.resources.downloads import CSV, XLSX, attachment
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.query import Query
from zhujian.foundation.resources.releasing import Stamp

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource


@dataclass(frozen=True)
class Format:
    """A further format of export: `write(resource, query, most)` gives the file's bytes; `fits` says for which resources."""

    name: str
    title: str
    suffix: str
    content_type: str
    write: Callable[[Resource, Query, int], bytes]
    fits: Callable[[Resource], bool]


_formats: dict[str, Format] = {}


def add_format(made: Format) -> None:
    """Offer a further format; the same name again replaces it."""
    _formats[made.name] = made


def formats(resource: Resource) -> list[Format]:
    """Further formats the resource can be exported in."""
    return [made for made in _formats.values() if made.fits(resource)]


def export(request: HttpRequest, resource: Resource) -> HttpResponseBase:
    """The rows that the list's address shows, newest first; ``format`` is xlsx (default), csv or one of `formats`.

    More rows than the parameter allows are refused, not cut: a list that silently ends is worse than none.
    """
    made = filtering.read(resource, request.GET)
    if made.reasons:
        raise Refusal(reasons=made.reasons)
    kind = request.GET.get("format") or "xlsx"
    other = next((made for made in formats(resource) if made.name == kind), None)
    if kind not in ("xlsx", "csv") and other is None:
        names = "、".join(["xlsx", "csv", *(one.name for one in formats(resource))])
        raise Refusal("export.format", f"导出格式只有 {names}。", "format")
    today = timezone.localdate()
    most = int(parameters.value("resources.export_max_rows", on=today, region=scope.current().region_code).value)
    if made.query.count(most) > most:
        raise Refusal(
            "export.too_many", f"符合条件的记录超过 {most:,} 条，一次导不完。请缩小筛选范围（例如按地区或日期）后分批导出。"
        )
    with releasing.let_out(resource, "export", query=made.query, limit=most, form=kind) as stamp:
        return releasing.marked(_file(request, resource, made.query, kind, other, most, stamp))


def _file(
    request: HttpRequest, resource: Resource, query: Query, kind: str, other: Format | None, most: int, stamp: Stamp | None
) -> HttpResponseBase:
    today = timezone.localdate()
    fields = columns(resource)
    registry.audit(
        "export", resource.key, filter=request.GET.urlencode()[:500], format=kind, release=stamp.number if stamp else ""
    )
    if other is not None:
        return attachment(
            other.write(resource, query, most), f"{resource.title}{today:%Y%m%d}.{other.suffix}", other.content_type
        )
    heads = [*(item.heading for item in fields), *(["资料标记"] if stamp else [])]
    name = f"{resource.title}{today:%Y%m%d}.{kind}"
    # Written now, inside the request's transaction and scope: a lazy body would run after both have ended.
    with closing(query.stream(fields, limit=most)) as chunks:
        rows = values(chunks, fields, native=kind == "xlsx")
        if stamp:
            rows = ([*row, stamp.mark] for row in rows)
        if kind == "csv":
            return attachment(b"".join(sheets.csv_lines(heads, rows)), name, CSV)
        return attachment(sheets.workbook(resource.title, heads, rows, widths=[16] * len(heads)), name, XLSX)


def columns(resource: Resource) -> list[Field]:
    """Exported fields: the list's columns, then what else the groups show."""
    names = [*resource.columns, *(name for group in resource.sections for name in group.fields)]
    return resource.pick(dict.fromkeys(names))


def values(chunks: Iterator[list[Any]], fields: list[Field], *, native: bool) -> Iterator[list[Any]]:
    """Cell values of each row: numbers and dates as such for a spreadsheet, words otherwise; masked fields stay masked."""
    for rows in chunks:
        for row in rows:
            yield [
                item.kind.sheet(value) if native and item.mask is None else item.shown(value)
                for item, value in zip(fields, row.values, strict=True)
            ]
