"""One search box over all resources: a few hits of each, as far as the actor may see them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from zhujian.foundation.resources import periods, registry
from zhujian.foundation.resources.filtering import LONGEST_SEARCH, search_condition
from zhujian.foundation.resources.kinds import Bad, plain
from zhujian.foundation.resources.query import Query, order_of


@dataclass(frozen=True)
class Hit:
    """One record found: resource title, its label, a second line, its address; the resource's key and the record's id."""

    kind: str
    label: str
    detail: str
    url: str
    key: str = ""
    id: int = 0


@dataclass(frozen=True)
class Hits:
    """Hits in one resource; `more` leads to its list with the same search, or is empty."""

    title: str
    hits: list[Hit]
    more: str


def search_all(text: str, *, each: int = 5, keys: tuple[str, ...] = ()) -> list[Hits]:
    """Up to `each` hits per resource that has a search (only `keys`, when given), those with hits only; [] for unusable text.

    One query per resource, none of which counts anything.
    """
    try:
        text = plain(text)
    except Bad:
        return []
    if not 2 <= len(text) <= LONGEST_SEARCH:
        return []
    found = []
    for resource in registry.resources():
        if not resource.search or (keys and resource.key not in keys) or not resource.may("view"):
            continue
        # A register whose rows have no name of their own is found by its first column.
        label = resource.field(resource.label_name if resource.label_name in resource.fields else resource.columns[0])
        second = next((resource.field(name) for name in resource.columns if name != label.name), label)
        query = Query(
            resource, [part for part in (search_condition(resource, text), periods.present_condition(resource)) if part]
        )
        page = query.page([label, second], order_of(resource, ""), limit=each)
        hits = [
            Hit(
                resource.title,
                label.shown(row.values[0]),
                second.shown(row.values[1]),
                registry.route(resource, "detail", row.id),
                resource.key,
                row.id,
            )
            for row in page.rows
        ]
        if hits:
            more = registry.route(resource, "list") + "?" + urlencode({"q": text}) if page.next else ""
            found.append(Hits(resource.title, hits, more))
    return found
