"""What pages and other modules read: the models of one's cities, what was suggested for a report, how often people agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from zhujian.boards.city_management.advice.models import Forecast, LearnedModel, Suggestion
from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.command.selectors import advice as desk
from zhujian.foundation.classification import selectors as classification
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope


def models(purpose: str = "") -> QuerySet[LearnedModel]:
    """Models of the cities one's region lies in or covers, newest first."""
    who = scope.current()
    rows = LearnedModel.objects.filter(
        Q(region_code__gte=who.region_lo, region_code__lt=who.region_hi) | Q(region_code=scope.city_of(who.region_code) or "-")
    ).order_by("-id")
    return rows.filter(purpose=purpose) if purpose else rows


@dataclass(frozen=True)
class Agreement:
    """How often people followed: first proposal, another of the list, something else."""

    accepted: int
    listed: int
    overridden: int
    open: int

    @property
    def decided(self) -> int:
        """Suggestions that a person has answered with a class."""
        return self.accepted + self.listed + self.overridden

    @property
    def share(self) -> str:
        """Accepted ÷ decided in per cent; — without any."""
        return f"{100 * self.accepted / self.decided:.2f}%" if self.decided else "—"


def agreement(model: LearnedModel | None = None) -> Agreement:
    """Of suggestions one may see, those of one model or all."""
    rows = Suggestion.objects.exclude(first="")
    if model is not None:
        rows = rows.filter(model=model)
    found = dict(rows.order_by().values_list("decision").annotate(count=Count("id")))
    return Agreement(found.get("accepted", 0), found.get("listed", 0), found.get("overridden", 0), found.get("", 0))


def hot(week: date, most: int = 20) -> list[Forecast]:
    """The grids of a week with the most expected reports that one may see."""
    return list(Forecast.objects.filter(week=week).order_by("rank", "id")[:most])


def class_words(label: str) -> str:
    """``event:0110`` → 0110 暴露生活垃圾."""
    kind, _, code = label.partition(":")
    item = classification.item(kind, code) if kind else None
    return f"{code} {item.name}" if item else code or "—"


def advice_of(report: Report) -> desk.Advice | None:
    """What was stored for a report, for the acceptance desk."""
    row = Suggestion.objects.select_related("model").filter(report=report).first()
    if row is None:
        return None
    return desk.Advice(
        suggestion_id=row.pk,
        classes=[desk.Proposal(kind, code, class_words(f"{kind}:{code}").partition(" ")[2], share) for kind, code, share in row.classes],
        organisations=[(code, found.name, share) for code, share in row.organisations if (found := identity.organisation(code))],
        duplicates={int(case): share for case, share in row.duplicates.items()},
        model_title=str(row.model) if row.model else "",
        card_url=reverse("advice:model", args=[row.model_id]) if row.model_id else "",
    )  # fmt: skip


desk.register(advice_of)
