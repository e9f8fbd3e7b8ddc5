"""The detail page: fields in groups, map, related records, documents, evidence, history, and panels others add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from zhujian.foundation.kernel import access
from zhujian.foundation.kernel.errors import NotFound
from zhujian.foundation.resources import changes, listing, periods, registry
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.kinds import Lines
from zhujian.foundation.resources.links import Link, Shape
from zhujian.foundation.resources.query import Query, order_of

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

RELATED_ROWS = 5
OFFERED = ("documents/panel.html", "evidence/panel.html")  # panels of other rooms, shown where those rooms have them


@dataclass(frozen=True)
class Related:
    """Records of another resource that refer to this one."""

    resource: Resource
    title: str
    heads: list[Field]
    body: SafeString
    count: int
    more: bool
    link: str
    create: str


def load(resource: Resource, pk: int) -> models.Model:
    """The visible record with its links, in one query; NotFound otherwise."""
    links = [field.name for field in resource.fields.values() if isinstance(field.kind, Link)]
    record = resource.model._default_manager.select_related(*links).filter(pk=pk).first()
    if record is None:
        raise NotFound("resource.not_found", "没有找到这条记录，可能已被移走，或不在您的管辖范围内。")
    return record


def detail_page(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """Everything about one record."""
    record = load(resource, pk)
    subject = registry.subject_of(record)
    added = [(panel, html) for panel in registry.panels(resource.key) if (html := panel.fill(request, record))]
    context = {
        "resource": resource, "record": record, "subject": subject, "label": getattr(record, resource.label_name) or pk,
        "groups": [(group.title, facts(resource, record, group.fields)) for group in resource.sections],
        "entries": changes.of_record(resource, record), "related": related(resource, record),
        "actions": actions(resource, record), "point": _place(resource, record), "may_change": resource.may("change"),
        "panels": [pair for pair in added if not pair[0].aside], "aside": [pair for pair in added if pair[0].aside],
        "offered": [name for name in OFFERED if _exists(name)], "versions": periods.versions(record), "reveal": sorted(resource.masked) if resource.may("reveal") else [],
    }  # fmt: skip
    return render(request, "resources/detail.html", context)


def facts(resource: Resource, record: models.Model, names: tuple[str, ...]) -> list[tuple[Field, SafeString, bool]]:
    """(field, HTML, whole row?) for the fields `names`; links lead to their record where it has a page."""
    found = []
    for field in resource.pick(names):
        value = getattr(record, field.name)
        shown = listing.cell(field, value)
        if isinstance(field.kind, Link) and value is not None and (link := registry.url_for(value)):
            shown = f'<a href="{link}">{shown}</a>'
        found.append((field, mark_safe(shown)))  # noqa: S308 (escaped by cell)
    return _laid_out(found)


def _laid_out(pairs: list[tuple[Field, SafeString]]) -> list[tuple[Field, SafeString, bool]]:
    """Two pairs stand in a row; long texts, and what would be left alone in its row, take a whole one."""
    made: list[tuple[Field, SafeString, bool]] = []
    left = True
    for field, shown in pairs:
        wide = isinstance(field.kind, (Lines, Shape)) or len(shown) > 120
        if wide and not left:
            made[-1] = (*made[-1][:2], True)
            left = True
        made.append((field, shown, wide))
        left = left if wide else not left
    if made and not left:
        made[-1] = (*made[-1][:2], True)
    return made


def related(resource: Resource, record: models.Model) -> list[Related]:
    """The first few records of each resource that refers to this one and that the actor may see."""
    found = []
    for other in registry.resources():
        if resource.related is not None and other.key not in resource.related:
            continue
        field = next((f for f in other.fields.values() if isinstance(f.kind, Link) and f.kind.target is resource.model), None)
        if field is None or not other.may("view"):
            continue
        query = Query(other, [(f"t.{field.column} = %s", [record.pk])])
        if now := periods.present_condition(other):
            query.conditions.append(now)
        columns = [column for column in other.pick(other.columns) if column is not field]
        page = query.page(columns, order_of(other, ""), limit=RELATED_ROWS)
        itself = other is resource
        create = f"{registry.route(other, 'create')}?{field.name}={record.pk}" if other.may("create") and not itself else ""
        title = f"以此为“{field.label}”的{other.title}" if itself else other.title
        if page.rows or create:
            link = f"{registry.route(other, 'list')}?{field.name}={record.pk}"
            body = listing.body(other, columns, page.rows)
            found.append(Related(other, title, columns, body, len(page.rows), bool(page.next), link, create))
    return found


def actions(resource: Resource, record: models.Model) -> list[dict[str, Any]]:
    """Declared buttons that fit the record and the actor."""
    return [
        {"title": action.title, "url": reverse(action.url, args=[record.pk]), "style": action.style}
        for action in resource.actions
        if access.allowed(*action.access) and (action.when is None or action.when(record))
    ]


def _place(resource: Resource, record: models.Model) -> dict[str, Any] | None:
    field = resource.shape
    value = getattr(record, field.name) if field else None
    if value is None or not isinstance(field.kind, Shape):  # type: ignore[union-attr]
        return None
    point = value if value.geom_type == "Point" else None
    return {"text": field.kind.show(value), "lon": point.x if point else None, "lat": point.y if point else None}  # type: ignore[union-attr]


def _exists(name: str) -> bool:
    try:
        get_template(name)
    except TemplateDoesNotExist:
        return False
    return True
