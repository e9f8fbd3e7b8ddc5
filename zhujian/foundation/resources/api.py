"""JSON API of every resource: list, one, create, change. The same fields, filters, checks and refusals as the pages.

Decimals are strings, days ISO 8601, regions 12-digit codes, links ids. A list gives ``{"items": […], "next": token}``; pass the token
as ``after``. A change names the version it was made from, as ``If-Match: "3"`` or ``"version": 3``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.kernel.middleware import problem
from zhujian.foundation.resources import filtering, registry, releasing, writing
from zhujian.foundation.resources.fields import Field, bind
from zhujian.foundation.resources.kinds import Kind
from zhujian.foundation.resources.links import Link
from zhujian.foundation.resources.measures import Day
from zhujian.foundation.resources.query import Condition, Query, Row, order_of

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

View = Callable[..., HttpResponse]
LIMIT_MOST, LIMIT_USUAL = 200, 50
SYSTEM_FIELDS = ("version", "created_at", "updated_at")


class WrongType(Refusal):
    """The body is not JSON (HTTP 415)."""

    status = 415


class Malformed(Refusal):
    """The body or an address cannot be understood at all (HTTP 400)."""

    status = 400


class NoVersion(Refusal):
    """A change that does not say which version it was made from (HTTP 428)."""

    status = 428


def by_method(views: dict[str, View]) -> View:
    """One route whose HTTP methods are different operations, each with its own row of the access matrix."""

    def serve(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        method = "GET" if request.method == "HEAD" else request.method or ""
        view = views.get(method)
        if view is None:
            answer = problem(request, Refusal("api.method", f"这个地址不支持 {method} 方法。"), 405)
            answer["Allow"] = ", ".join(views)
            return answer
        if method not in ("GET", "HEAD"):
            check_csrf(request)
        return view(request, *args, **kwargs)

    serve.csrf_exempt = True  # type: ignore[attr-defined]  # checked above, with a problem document as the answer
    serve.access_row = next(iter(views.values())).access_row  # type: ignore[attr-defined]
    serve.access_rows = {method: view.access_row for method, view in views.items()}  # type: ignore[attr-defined]
    return serve


def check_csrf(request: HttpRequest) -> None:
    """Whoever comes with a browser's session must also bring its token; programs with their own credentials need none."""
    from django.conf import settings

    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    check = CsrfViewMiddleware(lambda _: HttpResponse())
    check.process_request(request)
    if check.process_view(request, lambda: None, (), {}) is not None:
        raise NotAllowed("api.csrf", "请求缺少 X-CSRFToken 校验头，或已过期，请刷新页面后重试。")


def item_fields(resource: Resource) -> list[Field]:
    """Fields of one item, in order: what the declaration names, then version and times."""
    extra = [bind(resource, name) for name in SYSTEM_FIELDS if resource.scoped and name not in resource.fields]
    return [*resource.fields.values(), *extra]


def as_items(fields: list[Field], rows: list[Row]) -> list[dict[str, Any]]:
    """Rows as JSON objects. What needs no rewriting (orjson writes days and instants itself) is passed through."""
    plain = [item.mask is None and type(item.kind).json in (Kind.json, Day.json) for item in fields]
    plan = list(zip(fields, [item.name for item in fields], plain, [isinstance(item.kind, Link) for item in fields], strict=True))
    found = []
    for row in rows:
        made: dict[str, Any] = {"id": row.id}
        for (item, name, as_is, link), value in zip(plan, row.values, strict=True):
            made[name] = value if as_is else item.in_json(value)
            if link:
                made[name + "_label"] = value[1]
        found.append(made)
    return found


def _answer(body: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), content_type="application/json", status=status)


def list_items(request: HttpRequest, resource: Resource) -> HttpResponse:
    """A page of items."""
    check_parameters(request, filtering.names(resource) | {"sort", "after", "limit"})
    made = filtering.read(resource, request.GET)
    refuse_if(made.reasons)
    order = order_of(resource, request.GET.get("sort", ""))
    limit = read_limit(request.GET.get("limit", ""), LIMIT_USUAL, LIMIT_MOST)
    fields = item_fields(resource)
    if not releasing.gated(resource):
        page = made.query.page(fields, order, token=request.GET.get("after", ""), limit=limit)
        return _answer({"items": as_items(fields, page.rows), "next": page.next or None})
    page = made.query.page(fields[:0], order, token=request.GET.get("after", ""), limit=limit)
    chosen: list[Condition] = [('t."id" = ANY(%s)', [[row.id for row in page.rows]])]
    with releasing.let_out(resource, "api", query=Query(resource, chosen, narrowed=False), limit=limit):
        page = made.query.page(fields, order, token=request.GET.get("after", ""), limit=limit)
        return releasing.marked(_answer({"items": as_items(fields, page.rows), "next": page.next or None}))


def check_parameters(request: HttpRequest, known: set[str]) -> None:
    """Refuse query parameters that are unknown or empty: a misspelt filter must not silently give everything."""
    reasons = [
        Reason("api.parameter", f"没有名为“{name[:40]}”的查询参数。", name[:40]) for name in request.GET if name not in known
    ]
    for name, values in request.GET.lists():
        if name in known and not all(value.strip() for value in values):
            reasons.append(Reason("api.empty", f"查询参数“{name}”没有值，请填写或去掉。", name))
    refuse_if(reasons)


def read_limit(text: str, usual: int, most: int) -> int:
    """A page size between 1 and `most`."""
    if not text:
        return usual
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not 1 <= int(text) <= most:
        raise Refusal("api.limit", f"limit 应为 1 到 {most} 之间的整数。", "limit")
    return int(text)


def one(resource: Resource, pk: int) -> dict[str, Any]:
    """The item `pk`; NotFound when it is not there or not visible."""
    if releasing.gated(resource) and releasing.program():
        query = Query(resource, [('t."id" = %s', [min(pk, 2**63 - 1)])], narrowed=False)
        with releasing.let_out(resource, "api", query=query, limit=1):
            return _one(resource, pk)
    return _one(resource, pk)


def _one(resource: Resource, pk: int) -> dict[str, Any]:
    fields = item_fields(resource)
    rows = (
        Query(resource, [('t."id" = %s', [min(pk, 2**63 - 1)])], narrowed=False)
        .page(fields, order_of(resource, "-id"), limit=1)
        .rows
    )
    if not rows:
        raise NotFound("resource.not_found", "没有找到这条记录，可能已被移走，或不在您的管辖范围内。")
    return as_items(fields, rows)[0]


def get_item(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """One item with its version as ETag."""
    return _with_tag(_answer(one(resource, pk)), resource)


def _with_tag(answer: HttpResponse, resource: Resource) -> HttpResponse:
    if resource.scoped:
        answer["ETag"] = f'"{orjson.loads(answer.content)["version"]}"'
    return answer


def _body(request: HttpRequest, allowed: set[str]) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise WrongType("api.content_type", "请求体应为 JSON，请设置 Content-Type: application/json。")
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise Malformed("api.json", "请求体不是有效的 JSON，请核对格式。") from error
    if not isinstance(body, dict):
        raise Refusal("api.object", "请求体应为 JSON 对象。")
    refuse_if(
        Reason("api.unknown_field", f"没有名为“{name[:40]}”的可写字段。", name[:40]) for name in body if name not in allowed
    )
    return body


def create_item(request: HttpRequest, resource: Resource) -> HttpResponse:
    """A new item; 201 with its address."""
    body = _body(request, set(resource.form_names))
    values, reasons = writing.read(resource, body, resource.form_names, json=True)
    refuse_if(reasons)
    refuse_if(writing.judge(resource, values))
    record = resource.create(values)
    answer = _with_tag(_answer(one(resource, record.pk), 201), resource)
    answer["Location"] = registry.route(resource, "api_item", record.pk)
    return answer


def change_item(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """The changed item. Only the fields in the body change; null empties a field."""
    record: models.Model = registry.find(resource.key, pk)
    body = _body(request, {*resource.form_names, "version"})
    expected = _expected(request, resource, body.pop("version", None))
    values, reasons = writing.read(resource, body, [name for name in resource.form_names if name in body], json=True)
    refuse_if(reasons)
    refuse_if(writing.judge(resource, values, record))
    if values:
        resource.change(record, values, expected)
    return _with_tag(_answer(one(resource, pk)), resource)


def _expected(request: HttpRequest, resource: Resource, version: Any) -> int | None:
    if not resource.scoped:
        return None
    tag = request.headers.get("If-Match", "")
    if tag:
        found = re.fullmatch(r'"(\d{1,9})"', tag, re.ASCII)
        if not found:
            raise Refusal("api.if_match", 'If-Match 应为读取时得到的 ETag，例如 "3"。', "If-Match")
        return int(found.group(1))
    if version is None:
        raise NoVersion("api.version", "请用 If-Match 头或 version 字段写明修改所依据的版本号。", "version")
    if not isinstance(version, int) or isinstance(version, bool) or not 0 < version < 2**31:
        raise Refusal("api.version", "version 应为正整数。", "version")
    return version
