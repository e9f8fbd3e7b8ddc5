"""The one place that turns a resource, a scope and a filter into SQL; lists, exports, APIs and maps all read through it.

Only declared fields reach the text of a statement; whatever a person typed is a bound parameter. Row-level security decides
what is visible; the scope's region is repeated here as an equality, so that a county's list is one index scan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db import connection

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.models import Guard
from zhujian.foundation.resources import releasing
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.links import Link, Shape

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

Condition = tuple[str, list[Any]]


def region_condition(resource: Resource, prefix: str) -> Condition:
    """Rows in the region whose significant digits are `prefix` ('' and a province of the only one: everything)."""
    if not resource.scoped or len(prefix) < 4:
        return 't."region_code" >= %s AND t."region_code" < %s', [prefix, prefix + "~"]
    if len(prefix) == 4:
        return 't."city_key" = %s', [prefix]
    county: Condition = ('t."county_key" = %s', [prefix[:6]])
    if len(prefix) == 6:
        return county
    return county[0] + ' AND t."region_code" >= %s AND t."region_code" < %s', [*county[1], prefix, prefix + "~"]


def scope_condition(resource: Resource) -> Condition | None:
    """The current scope as a condition the planner can use an index for; None when security alone must do."""
    who = scope.current()
    if not resource.scoped or who.is_system:
        return None
    guard = resource.model.guard  # type: ignore[attr-defined]
    if guard is Guard.PUBLISHED:
        return None
    if who.kind == "official" and guard not in (Guard.PARTY, Guard.COMMON):
        return region_condition(resource, who.region_lo) if len(who.region_lo) >= 4 else None
    if who.kind in ("enterprise", "resident") and guard not in (Guard.REGION, Guard.COMMON):
        return 't."parties" && %s::text[]', [list(who.keys)]
    return None


@dataclass(frozen=True)
class Order:
    """How a list is ordered: one declared field, then the id in the same direction."""

    field: Field | None
    descending: bool

    @property
    def name(self) -> str:
        """As it stands in the URL: ``-effective``."""
        return ("-" if self.descending else "") + (self.field.name if self.field else "id")


def order_of(resource: Resource, text: str) -> Order:
    """The order called `text`; refuses what the declaration does not offer."""
    text = text or resource.order
    name = text.removeprefix("-")
    if name != "id" and name not in {*resource.sorts, resource.order.removeprefix("-")}:
        raise Refusal("list.sort", "不能按这一列排序，请点击表头中带箭头的列名。", "sort")
    return Order(None if name == "id" else resource.field(name), text.startswith("-"))


@dataclass
class Query:
    """Conditions over one resource's table, and the reads that use them."""

    resource: Resource
    conditions: list[Condition] = field(default_factory=list)
    narrowed: bool = True  # False: everything security lets through, also rows of other regions one is a party to

    def __post_init__(self) -> None:
        if self.narrowed and (condition := scope_condition(self.resource)):
            self.conditions.append(condition)

    def where(self, extra: list[Condition] | None = None) -> Condition:
        """All conditions joined, with their parameters."""
        found = [*self.conditions, *(extra or [])]
        text = " AND ".join(f"({sql})" for sql, _ in found) or "true"
        return text, [value for _, values in found for value in values]

    def page(self, fields: list[Field], order: Order, *, token: str = "", back: bool = False, limit: int = 50) -> Page:
        """`limit` rows after (or, with `back`, before) the place `token` names."""
        place = read_token(self.resource, order, token) if token else None
        descending = order.descending != back
        extra = [after(order, descending, place)] if place else []
        where, params = self.where(extra)
        columns, joins = _select(fields)
        sorting = _sorting(order, descending, fenced=scope.current().kind in ("enterprise", "resident"))
        key = f"t.{order.field.column}" if order.field else "NULL"
        # Only declared columns stand in the text; everything typed is a parameter.
        sql = (
            f'SELECT t."id", {key}{columns} FROM {self.resource.table} t{joins} WHERE {where} ORDER BY {sorting} '  # noqa: S608
            f"LIMIT {limit + 1:d}"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows = cursor.fetchall()
        more = len(rows) > limit
        rows = rows[:limit][::-1] if back else rows[:limit]
        has_next, has_previous = (bool(place), more) if back else (more, bool(place))
        return Page(
            rows=[Row(row[0], _values(row, fields)) for row in rows],
            next=make_token(self.resource, order, rows[-1]) if rows and has_next else "",
            previous=make_token(self.resource, order, rows[0]) if rows and has_previous else "",
        )

    def count(self, cap: int = 1000, order: Order | None = None) -> int:
        """How many rows there are, never looking at more than `cap` + 1 of them.

        In the `order` of the list: what found the first page finds the others. Without one the planner may first gather a whole
        county's rows.
        """
        where, params = self.where()
        order = order or Order(None, True)
        sorting = _sorting(order, order.descending, fenced=scope.current().kind in ("enterprise", "resident"))
        found = f"SELECT 1 FROM {self.resource.table} t WHERE {where} ORDER BY {sorting} LIMIT {cap + 1:d}"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({found}) n", params)  # noqa: S608
            return cursor.fetchone()[0]

    def stream(self, fields: list[Field], *, limit: int, chunk: int = 2000):
        """Rows by id from a server-side cursor, at most `limit`; memory stays flat."""
        where, params = self.where()
        columns, joins = _select(fields)
        sql = (
            f'SELECT t."id", NULL{columns} FROM {self.resource.table} t{joins} WHERE {where} ORDER BY t."id" DESC LIMIT {limit:d}'  # noqa: S608
        )
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql, params)
            while rows := cursor.fetchmany(chunk):
                yield [Row(row[0], _values(row, fields)) for row in rows]


@dataclass(frozen=True)
class Row:
    """One row: its id and one value per asked field (a pair for links)."""

    id: int
    values: list[Any]


@dataclass(frozen=True)
class Page:
    """A page of rows with the tokens of its neighbours (empty: none)."""

    rows: list[Row]
    next: str
    previous: str


def _select(fields: list[Field]) -> tuple[str, str]:
    columns, joins = "", ""
    for number, item in enumerate(fields):
        if isinstance(item.kind, Link):
            alias, meta = f"j{number}", item.kind.target._meta
            label = meta.get_field(item.kind.label_field).column
            columns += f', t.{item.column}, {alias}."{label}"'
            joins += f' LEFT JOIN "{meta.db_table}" {alias} ON {alias}."{meta.pk.column}" = t.{item.column}'
        elif isinstance(item.kind, Shape):
            columns += f", ST_AsGeoJSON({releasing.column(f't.{item.column}')}, 6, 0)"
        else:
            columns += f", t.{item.column}"
    return columns, joins


def _values(row: tuple, fields: list[Field]) -> list[Any]:
    values, at = [], 2
    for item in fields:
        value = row[at] if item.kind.width == 1 else (row[at], row[at + 1])
        values.append(item.decode(value) if item.decode and value is not None else value)
        at += item.kind.width
    return values


def _sorting(order: Order, descending: bool, *, fenced: bool) -> str:
    way = "DESC" if descending else "ASC"
    # A firm sees few rows among very many: adding zero keeps the planner from walking the primary key to find them.
    last = f'(t."id" + 0) {way}' if fenced else f't."id" {way}'
    if order.field is None:
        return last
    # Empty values stand last going down and first going up: one index (`indexes.sort_indexes`) serves both ways.
    nulls = "" if not order.field.nullable else " NULLS LAST" if descending else " NULLS FIRST"
    return f"t.{order.field.column} {way}{nulls}, {last}"


def after(order: Order, descending: bool, place: list[Any]) -> Condition:
    """Condition for the rows behind `place` = [value, id] in the given direction."""
    value, pk = place
    sign = "<" if descending else ">"
    if order.field is None:
        return f't."id" {sign} %s', [pk]
    column = f"t.{order.field.column}"
    if not order.field.nullable:
        return f'({column}, t."id") {sign} (%s, %s)', [value, pk]
    if value is None:
        rest = f'{column} IS NULL AND t."id" {sign} %s'
        return (rest if descending else f"({rest}) OR {column} IS NOT NULL"), [pk]
    text = f'({column}, t."id") {sign} (%s, %s)'
    return (f"{text} OR {column} IS NULL" if descending else text), [value, pk]


def make_token(resource: Resource, order: Order, row: tuple) -> str:
    """Signed place of `row` in a list, good for this resource and order only."""
    value = order.field.kind.json(row[1]) if order.field else None
    return signing.dumps([order.name, value, row[0]], salt=f"resources.{resource.key}")


def read_token(resource: Resource, order: Order, token: str) -> list[Any]:
    """[value, id] of a token; refuses a forged one, or one of another list or order."""
    try:
        name, value, pk = signing.loads(token, salt=f"resources.{resource.key}")
    except (signing.BadSignature, ValueError, TypeError):
        name, value, pk = "", None, 0
    if name != order.name:
        raise Refusal("list.page", "翻页位置已失效，请回到第一页重新查看。", "after")
    if order.field and value is not None:
        value = order.field.kind.parse(value)
    return [value, pk]
