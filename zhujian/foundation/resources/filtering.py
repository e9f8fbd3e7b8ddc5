"""Filters of a list: from the URL to conditions, and back to the form above the table.

Codes, links and booleans: ``?status=valid&status=draft``; numbers and dates: ``?effective_from=…&effective_to=…`` (both ends
included); regions: ``?region_code=420106000000`` (with everything below); text: exact. ``q`` searches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.http import QueryDict

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto import keyed_hash
from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.resources import periods, places, registry
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.kinds import Bad, Choice, Kind, Labels, Truth, plain
from zhujian.foundation.resources.links import Link, Place
from zhujian.foundation.resources.maps import drawn
from zhujian.foundation.resources.query import Condition, Query, region_condition

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

LONGEST_SEARCH, VALUES_MOST = 100, 50


@dataclass
class Filtered:
    """A query with what was asked for, and reasons for what could not be understood (those are left out)."""

    query: Query
    text: str = ""
    chosen: dict[str, list[str]] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.text or self.chosen)


def names(resource: Resource) -> set[str]:
    """Every parameter a list of `resource` understands as a filter."""
    found = {"q"} if resource.search else set()
    if periods.timed(resource):
        found |= set(periods.PARAMETERS)
    if resource.shape:
        found.add(drawn.PARAMETER)
    for item in filter_fields(resource):
        found |= {f"{item.name}_from", f"{item.name}_to"} if item.kind.ranged else {item.name}
    return found


def filter_fields(resource: Resource, *, shown: bool = False) -> list[Field]:
    """Declared filters; unless only the `shown` ones are asked for, every link too (related records lead there)."""
    wanted = [resource.field(name) for name in resource.filters]
    if not shown:
        wanted += [f for f in resource.fields.values() if isinstance(f.kind, Link) and f.name not in resource.filters]
    return wanted


def read(resource: Resource, params: QueryDict, *, narrowed: bool = True) -> Filtered:
    """The query that `params` asks for; not `narrowed`, the caller repeats the scope itself (see `Query`)."""
    made = Filtered(Query(resource, narrowed=narrowed))
    for item in filter_fields(resource):
        if item.kind.ranged:
            _range(made, item, params)
        elif raw := [text for text in params.getlist(item.name) if text.strip()]:
            _equal(made, item, raw)
    if resource.search and (text := params.get("q", "").strip()):
        _search(made, resource, text)
    if periods.timed(resource):
        _period(made, params)
    if resource.shape and (token := params.get(drawn.PARAMETER, "").strip()):
        _within(made, token)
    return made


def _within(made: Filtered, token: str) -> None:
    """Rows that meet a shape the actor drew."""
    made.chosen[drawn.PARAMETER] = [token]
    try:
        made.query.conditions.append(drawn.condition(made.query.resource, token))
    except Refusal as refusal:
        made.reasons += refusal.reasons


def _period(made: Filtered, params: QueryDict) -> None:
    """Versions of the asked time; the present when nothing is asked for or the question cannot be understood."""
    for name in periods.PARAMETERS:
        if raw := params.get(name, "").strip():
            made.chosen[name] = [raw]
    try:
        condition = periods.valid_time_condition(made.query.resource, params)
    except Refusal as refusal:
        made.reasons += refusal.reasons
        condition = periods.present_condition(made.query.resource)
    if condition:
        made.query.conditions.append(condition)


def _range(made: Filtered, item: Field, params: QueryDict) -> None:
    for suffix, sign in (("_from", ">="), ("_to", "<=")):
        name = item.name + suffix
        raw = params.get(name, "").strip()
        if not raw:
            continue
        made.chosen[name] = [raw]
        value, reason = _value(item, item.kind, raw, name)
        if reason:
            made.reasons.append(reason)
        elif item.kind.name == "moment" and suffix == "_to" and len(raw) <= 10:
            made.query.conditions.append((f"t.{item.column} < %s::timestamptz + interval '1 day'", [value]))
        else:
            made.query.conditions.append((f"t.{item.column} {sign} %s", [value]))


def _equal(made: Filtered, item: Field, raw: list[str]) -> None:
    made.chosen[item.name] = raw
    if len(raw) > VALUES_MOST:
        made.reasons.append(Reason("filter.many", f"筛选条件“{item.label}”最多选 {VALUES_MOST} 项。", item.name))
    values = []
    for text in raw[:VALUES_MOST]:
        if isinstance(item.kind, Place):
            value, reason = _region(item, text)
        elif isinstance(item.kind, Link) and text.isascii() and text.isdigit() and len(text) < 19:
            value, reason = int(text), None
        else:
            value, reason = _value(item, item.kind.one if isinstance(item.kind, Labels) else item.kind, text, item.name)
        if reason:
            made.reasons.append(reason)
        elif value is not None:
            values.append(value)
    if values:
        made.query.conditions.append(_match(made.query.resource, item, values))


def _match(resource: Resource, item: Field, values: list[Any]) -> Condition:
    column = f"t.{item.column}"
    if isinstance(item.kind, Place) and item.name == "region_code":
        parts = [region_condition(resource, scope.region_prefix(value)) for value in values]
        return " OR ".join(f"({sql})" for sql, _ in parts), [p for _, params in parts for p in params]
    if isinstance(resource.model._meta.get_field(item.name), ArrayField):
        return f"{column} && %s::text[]", [values]
    if len(values) == 1:
        return f"{column} = %s", values
    return f"{column} IN ({', '.join(['%s'] * len(values))})", values


def _value(item: Field, kind: Kind, raw: str, name: str) -> tuple[Any, Reason | None]:
    try:
        return kind.parse(raw), None
    except Bad as bad:
        return None, Reason(f"filter.{bad.code}", f"筛选条件“{item.label}”没有生效：{bad.message}", name)


def _region(item: Field, raw: str) -> tuple[Any, Reason | None]:
    # A filter may name a region outside the actor's range: row-level security then shows nothing, which is right.
    if raw.isascii() and raw.isdigit() and len(raw) in (2, 4, 6, 9, 12):
        return raw.ljust(12, "0"), None
    return _value(item, item.kind, raw, item.name)


def _search(made: Filtered, resource: Resource, text: str) -> None:
    made.text = text
    try:
        text = plain(text)
    except Bad as bad:
        made.reasons.append(Reason(f"filter.{bad.code}", bad.message, "q"))
        return
    if len(text) > LONGEST_SEARCH:
        made.reasons.append(Reason("filter.long", f"搜索词最多 {LONGEST_SEARCH} 个字，请缩短。", "q"))
        return
    made.query.conditions.append(search_condition(resource, text))


def search_condition(resource: Resource, text: str) -> Condition:
    """Rows that `text` finds: codes by their beginning, other texts anywhere, encrypted fields by their keyed hash."""
    parts: list[str] = []
    params: list[Any] = []
    for name in resource.search:
        column = f"t.{resource.field(name).column}"
        if hashed := resource.hashed.get(name):
            parts.append(f't."{hashed[0]}" = %s')
            params.append(keyed_hash(hashed[1], text))
        elif is_code(resource, name):
            # The pattern operators compare byte by byte in any collation, and Django's index for a unique text serves them.
            upper = text.upper()
            parts.append(f"({column} ~>=~ %s AND {column} ~<~ %s)")
            params += [upper, upper + "\U0010ffff"]
        else:
            parts.append(f"{column} ILIKE %s")
            escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            params.append(f"%{escaped}%")
    return " OR ".join(parts), params


def is_code(resource: Resource, name: str) -> bool:
    """Whether a field is a code (unique or part of the natural key): searched by its beginning, in capitals."""
    field = resource.model._meta.get_field(name)
    return bool(field.unique) or name in resource.natural_key


@dataclass(frozen=True)
class Control:
    """One control of the filter form: `kind` is select, range or text; `options` are (value, label, chosen)."""

    name: str
    label: str
    kind: str
    input: str = "text"
    options: list[tuple[str, str, bool]] = field(default_factory=list)
    blank: bool = True  # whether the select begins with an empty 全部
    low: str = ""
    high: str = ""
    value: str = ""


def controls(resource: Resource, made: Filtered) -> list[Control]:
    """The filter form with what is chosen now."""
    found = [*(_period_controls(made) if periods.timed(resource) else []), *_shape_controls(made)]
    for item in filter_fields(resource):
        shown = item.name in resource.filters
        chosen = made.chosen.get(item.name, [])
        if not shown and not chosen:
            continue
        label = item.heading
        if item.kind.ranged:
            low, high = (next(iter(made.chosen.get(item.name + end, [])), "") for end in ("_from", "_to"))
            found.append(
                Control(item.name, label, "range", "date" if item.kind.name in ("day", "moment") else "text", low=low, high=high)
            )
            continue
        options = _options(item, chosen)
        if options is None:
            found.append(Control(item.name, label, "text", value=chosen[0] if chosen else ""))
        else:
            found.append(Control(item.name, label, "select", options=[(v, name, v in chosen) for v, name in options]))
    return found


def _period_controls(made: Filtered) -> list[Control]:
    """时态, and the time asked for when there is one."""
    moment = made.chosen.get("datetime", [""])[0]
    stage = made.chosen.get("stage", ["all" if moment else "present"])[0]
    options = [(value, label, value == stage) for value, label in periods.STAGES.items()]
    found = [Control("stage", "时态", "select", options=options, blank=False)]
    return [*found, Control("datetime", "时间", "text", value=moment)] if moment else found


def _shape_controls(made: Filtered) -> list[Control]:
    """The drawn shape, while there is one: choosing 全部 lets go of it."""
    token = made.chosen.get(drawn.PARAMETER, [""])[0]
    return [Control(drawn.PARAMETER, "范围", "select", options=[(token, "地图上画的范围", True)])] if token else []


def _options(item: Field, chosen: list[str]) -> list[tuple[str, str]] | None:
    kind = item.kind.one if isinstance(item.kind, Labels) else item.kind
    if isinstance(kind, (Choice, Truth)):
        return kind.options()
    if isinstance(kind, Place):
        return places.options(chosen[0] if chosen else "")
    if isinstance(kind, Link):
        return link_options(kind, chosen)
    return None


def link_options(kind: Link, chosen: list[str], most: int = 200) -> list[tuple[str, str]] | None:
    """(id, label) of a small table, for a select; None when it has more than `most` rows and none is chosen."""
    target = registry.of_model(kind.target)
    if target is not None and not target.may("view"):
        return []
    rows = list(kind.candidates().order_by(kind.label_field).values_list("pk", kind.label_field)[: most + 1])
    if len(rows) <= most:
        return [(str(pk), str(label)) for pk, label in rows]
    if not chosen:
        return None
    named = kind.target._default_manager.filter(pk__in=[c for c in chosen if c.isdigit()]).values_list("pk", kind.label_field)
    return [(str(pk), str(label)) for pk, label in named]
