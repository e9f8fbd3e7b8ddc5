"""Features of a collection: parameters to conditions, rows to GeoJSON in SQL, pages by key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest

from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.ogc import crs, queryables
from zhujian.foundation.ogc.answers import BadRequest
from zhujian.foundation.ogc.cql2 import spatial, translate
from zhujian.foundation.ogc.queryables import Queryable
from zhujian.foundation.resources import periods, releasing
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.query import Condition, Query

LIMIT_USUAL, LIMIT_MOST = 100, 10_000
SECONDS = 15  # a condition over a column without index may look at every row; longer than this it is refused
OWN = ("bbox", "bbox-crs", "crs", "datetime", "limit", "after", "filter", "filter-lang", "filter-crs")
_NUMBER = r"[+-]?(?:\d{1,12}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,2})?"
_BOX = re.compile(rf"\s*{_NUMBER}\s*(?:,\s*{_NUMBER}\s*){{3}}(?:(?:,\s*{_NUMBER}\s*){{2}})?", re.ASCII)

__all__ = ["LIMIT_MOST", "LIMIT_USUAL", "Asked", "Found", "feature", "names", "now", "page", "read"]


@dataclass
class Asked:
    """What a request wants: conditions, the system of the answer, the page. `costly`: conditions that no index need serve."""

    conditions: list[Condition] = field(default_factory=list)
    frame: crs.Frame = crs.FRAME84
    limit: int = LIMIT_USUAL
    after: int = 0
    costly: bool = False


def names(resource: Resource) -> set[str]:
    """Every query parameter that the items of `resource` understand."""
    own = set(OWN) | ({"stage"} if periods.timed(resource) else set())
    return own | {name for name, one in queryables.of(resource).items() if one.kind != "geometry"}


def read(request: HttpRequest, resource: Resource) -> Asked:
    """The parameters of a request for items; Refusal for the first that cannot be understood."""
    given, known = request.GET, queryables.of(resource)
    asked = Asked()
    asked.frame = crs.read(given.get("crs"), "crs")
    asked.limit = _limit(given.get("limit", ""))
    if text := given.get("after"):
        asked.after = _whole(text, "after", "after 应为上一页 next 链接给出的整数。")
    box_frame = crs.read(given.get("bbox-crs"), "bbox-crs")
    if text := given.get("bbox"):
        asked.conditions.append(_bbox(resource, text, box_frame))
    if "datetime" in given:
        periods.parse_interval(given["datetime"])  # a collection without times understands it and leaves nothing out
    if condition := periods.valid_time_condition(resource, given):
        asked.conditions.append(condition)
    for name, one in known.items():
        if name in given and name not in OWN and name != "stage" and one.kind != "geometry":
            asked.conditions.append(_equal(one, given[name]))
            asked.costly = True
    language = given.get("filter-lang", "cql2-text")
    if language not in ("cql2-text", "cql2-json"):
        raise BadRequest("filter.lang", "filter-lang 可以是 cql2-text 或 cql2-json。", "filter-lang")
    frame = crs.read(given.get("filter-crs"), "filter-crs")
    if text := given.get("filter"):
        asked.conditions.append(translate.condition(text, language, known, frame))
        asked.costly = True
    return asked


def _limit(text: str) -> int:
    """A page size; more than the most is the most (OGC 17-069r4, 7.15.2)."""
    return min(_whole(text, "limit", f"limit 应为 1 到 {LIMIT_MOST} 之间的整数。"), LIMIT_MOST) if text else LIMIT_USUAL


def _whole(text: str, name: str, message: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text.strip(), re.ASCII) or int(text) < 1:
        raise BadRequest(f"api.{name}", message, name)
    return int(text)


def _bbox(resource: Resource, text: str, frame: crs.Frame) -> Condition:
    assert resource.shape is not None, "collections have a layer"
    if not _BOX.fullmatch(text):
        raise BadRequest("ogc.bbox", "bbox 应为 4 个（或带高程的 6 个）数，用逗号隔开，例如 114.2,30.4,114.5,30.7。", "bbox")
    numbers = [float(part) for part in text.split(",")]
    if len(numbers) == 6:
        if numbers[2] > numbers[5]:
            raise BadRequest("ogc.bbox", "bbox 的高程下限大于上限，请对调。", "bbox")
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]  # features are flat: every height meets them
    column = f"t.{resource.shape.column}"
    # Under row-level security only the plain operator may use the index.
    found = [spatial.ewkb(one) for one in crs.boxes(numbers, frame)]
    one = f"{column} && %s::geometry AND ST_Intersects({column}, %s::geometry)"
    return " OR ".join([f"({one})"] * len(found)), [shape for shape in found for _ in range(2)]


def _equal(one: Queryable, text: str) -> Condition:
    """Rows whose property is what the text says, by the rules of CQL2."""
    value: Any = text
    if one.kind in ("integer", "number"):
        if not re.fullmatch(_NUMBER, text.strip(), re.ASCII):
            raise BadRequest("ogc.value", f"{one.name} 应为数字。", one.name)
        value = float(text) if re.search(r"[.eE]", text) else int(text)
    elif one.kind == "boolean":
        if text not in ("true", "false"):
            raise BadRequest("ogc.value", f"{one.name} 应为 true 或 false。", one.name)
        value = text == "true"
    elif one.kind in ("date", "timestamp"):
        value = {"date": text} if one.kind == "date" else {"timestamp": text}
    tree = {"op": "=", "args": [{"property": one.name}, value]}
    return translate.condition(orjson.dumps(tree).decode(), "cql2-json", {one.name: one})


@dataclass(frozen=True)
class Found:
    """A page of features as JSON texts; `next` is the key to go on after, 0 at the end."""

    features: list[str]
    next: int


def _statement(resource: Resource, frame: crs.Frame, where: str, limit: int) -> str:
    assert resource.shape is not None, "collections have a layer"
    shape = frame.column(releasing.column(f"t.{resource.shape.column}"))
    # Only declared columns stand in the text; everything typed is a parameter.
    return (
        f"SELECT t.\"id\", json_build_object('type', 'Feature', 'id', t.\"id\", 'geometry', ST_AsGeoJSON({shape}, {frame.places:d}, 0)::json, "  # noqa: S608
        f"'properties', (SELECT row_to_json(p) FROM (SELECT {queryables.columns(resource)}) p))::text "
        f'FROM {resource.table} t WHERE {where} ORDER BY t."id" LIMIT {limit:d}'
    )


def page(resource: Resource, asked: Asked) -> Found:
    """The features that `asked` describes, by key."""
    extra: list[Condition] = [('t."id" > %s', [asked.after])] if asked.after else []
    query = Query(resource, list(asked.conditions))
    where, params = query.where(extra)
    if releasing.gated(resource):
        sql = f'SELECT t."id" FROM {resource.table} t WHERE {where} ORDER BY t."id" LIMIT {asked.limit:d}'  # noqa: S608
        found = _run(sql, params, costly=asked.costly)
        chosen: list[Condition] = [('t."id" = ANY(%s)', [[row[0] for row in found]])]
        with releasing.let_out(resource, "ogc", query=Query(resource, chosen, narrowed=False), limit=asked.limit):
            return _page(resource, asked, where, params)
    return _page(resource, asked, where, params)


def _page(resource: Resource, asked: Asked, where: str, params: list[Any]) -> Found:
    rows = _run(_statement(resource, asked.frame, where, asked.limit + 1), params, costly=asked.costly)
    more = len(rows) > asked.limit
    rows = rows[: asked.limit]
    return Found([row[1] for row in rows], rows[-1][0] if more else 0)


def feature(resource: Resource, pk: int, frame: crs.Frame) -> str:
    """One feature as JSON text, of whatever time; NotFound when it is not there or not visible."""
    query = Query(resource, [('t."id" = %s', [min(pk, 2**63 - 1)])], narrowed=False)
    if releasing.gated(resource) and releasing.program():
        with releasing.let_out(resource, "ogc", query=query, limit=1):
            return _feature(resource, query, frame)
    return _feature(resource, query, frame)


def _feature(resource: Resource, query: Query, frame: crs.Frame) -> str:
    where, params = query.where()
    rows = _run(_statement(resource, frame, where, 1), params)
    if not rows:
        raise NotFound("resource.not_found", "没有找到这个要素，可能已被移走，或不在您的管辖范围内。")
    return rows[0][1]


def _run(sql: str, params: list[Any], *, costly: bool = False) -> list[tuple]:
    if not costly:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)", [f"{SECONDS}s"]
            )
            before = cursor.fetchone()[0]
            cursor.execute(sql, params)
            rows = cursor.fetchall()
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
            return rows
    except DatabaseError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise BadRequest(
                "filter.slow",
                f"查询条件太宽，{SECONDS} 秒内没有完成。请加上 bbox，或使用有索引的属性（编码、类别、区划）。",
                "filter",
            ) from error
        if isinstance(error.__cause__, (psycopg.errors.DataError, psycopg.errors.InternalError)):
            raise Refusal(
                "filter.value", "过滤条件对部分数据无法计算（如数字过大，或图形不适用这种空间关系），请修改条件。", "filter"
            ) from error
        raise


def now() -> str:
    """The time stamp of an answer."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
