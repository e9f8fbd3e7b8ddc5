"""The rows behind a number, ready for a page: frozen ids for a frozen number, the same conditions for a running one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, CaseStep, Errand, Report
from zhujian.boards.city_management.evaluation.models import Deviation, FrozenRows, Standing
from zhujian.boards.city_management.evaluation.selectors import names, tallies
from zhujian.boards.city_management.evaluation.selectors.boards import Asked
from zhujian.boards.city_management.evaluation.selectors.counts import Count
from zhujian.foundation.resources import url_for

PAGE = 50
MODELS: dict[str, type[Model]] = {"case": Case, "report": Report, "step": CaseStep, "errand": Errand, "deviation": Deviation}


@dataclass(frozen=True)
class Entry:
    """One row on the page: what it is, where it leads, the moments that decide."""

    number: str
    link: str
    text: str
    place: str
    org: str
    moments: tuple[tuple[str, datetime | None], ...]
    state: str


@dataclass(frozen=True)
class Listing:
    """A page of rows. `number`: how many the frozen count says; `gone`: how many of them cannot be shown any more."""

    entries: list[Entry]
    following: int | None
    number: int | None = None
    gone: int = 0


def name_of(asked: Asked, code: str) -> str:
    """Name of a target."""
    return names.of(asked.target, [code]).get(code, code)


def listing(asked: Asked, count: Count, code: str, *, before: int | None = None) -> Listing:
    """A page of the rows of a count of one target, newest first."""
    where = tallies.window(asked.region_code, asked.period, now=asked.run.complete_until if asked.run else timezone.now())
    if asked.run is None:
        found = tallies.rows(where, count.code, asked.target, code, before=before, most=PAGE)
        return Listing(entries(found.source, found.ids), found.following)
    kept = FrozenRows.objects.filter(run=asked.run, count=count.code).first()
    ids = tallies.frozen_rows(count.source, kept.ids if kept else [], where, asked.target, code)
    standing = Standing.objects.filter(run=asked.run, target=asked.target, code=code).first()
    number = standing.counts.get(count.code, 0) if standing else None
    shown = [one for one in reversed(ids) if before is None or one < before]
    following = shown[PAGE - 1] if len(shown) > PAGE else None
    return Listing(entries(count.source, shown[:PAGE]), following, number, max(0, (number or 0) - len(ids)))


def entries(source: str, ids: Sequence[int]) -> list[Entry]:
    """The rows, in the order of `ids`; a row the actor may not see is left out."""
    model = MODELS[source]
    related = ("case",) if source in ("report", "step", "errand") else ()
    found = model._default_manager.select_related(*related).in_bulk(list(ids))
    return [_entry(source, found[pk]) for pk in ids if pk in found]


def _entry(source: str, row: Model) -> Entry:
    if isinstance(row, Report):
        return Entry(
            row.number,
            url_for(row),
            row.description,
            row.address or row.grid_code,
            "",
            (("接收", row.received_at),),
            row.get_state_display(),
        )
    if isinstance(row, Deviation):
        return Entry(
            str(row.pk), url_for(row), row.description, row.grid_code, row.org_code, (("发现", None),), str(row.found_on)
        )
    case: Case = row if isinstance(row, Case) else row.case  # type: ignore[attr-defined]
    link, place = url_for(case), case.address or case.grid_code
    if isinstance(row, CaseStep):
        text = f"{case.class_name or case.class_code} {row.opinion}".strip()
        return Entry(case.number, link, text, place, row.org_name or case.org_name, (("时间", row.at),), row.actor_name)
    if isinstance(row, Errand):
        return Entry(case.number, link, f"{row.get_kind_display()} {row.opinion}".strip(), place, row.inspector_name,
                     (("时限", row.due), ("完成", row.done_at)), "")  # fmt: skip
    moments = (("立案", case.registered_at), ("截止", case.due), ("处置", case.handled_at), ("结案", case.closed_at))
    state = "挂账" if case.suspended else case.get_state_display()
    return Entry(case.number, link, case.class_name or case.class_code, place, case.org_name, moments, state)
