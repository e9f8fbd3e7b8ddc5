"""Suggest, and note what people made of it. A suggestion changes nothing by itself."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.advice.models import LearnedModel, Suggestion
from zhujian.boards.city_management.advice.rules import duplicates as rules
from zhujian.boards.city_management.advice.services import arrays, duplicates, samples, settings, upkeep
from zhujian.boards.city_management.command.models import Case, DuplicateProposal, Report
from zhujian.foundation.kernel import scope


@transaction.atomic
def do_suggest(report: Report) -> Suggestion | None:
    """Store what the models in use say of a report; None when they have nothing to say, or said it before."""
    if Suggestion.objects.filter(report=report).exists():
        return None
    model = upkeep.in_use(LearnedModel.Purpose.CLASS, report.region_code)
    classes, organisations = _classes(model, report) if model else ([], [])
    ranked = rank(list(DuplicateProposal.objects.filter(report=report, decision="").select_related("report", "case")))
    if not classes and not ranked:
        return None
    kind, code, share = classes[0] if classes else ("", "", None)
    return Suggestion.objects.create(
        report=report, model=model if classes else None, classes=classes, organisations=organisations, duplicates=ranked,
        first=f"{kind}:{code}" if code else "", share=share, made_at=timezone.now(), region_code=report.region_code,
    )  # fmt: skip


def _classes(model: LearnedModel, report: Report) -> tuple[list[tuple[str, str, float]], list[tuple[str, float]]]:
    most, least = settings.whole("offered", report.region_code), settings.share("least_share", report.region_code)
    asked = arrays.read_text(model)
    text = samples.words_of(report)
    named = asked.answer(text, "class", most)
    if not named or named[0][1] < least:
        return [], []
    return (
        [(*_kind(label), round(share, 4)) for label, share in named],
        [(code, round(share, 4)) for code, share in asked.answer(text, "organisation", most)],
    )


def _kind(label: str) -> tuple[str, str]:
    kind, _, code = label.partition(":")
    return kind, code


def rank(proposals: Sequence[DuplicateProposal]) -> dict[str, float]:
    """Share of each proposed case, by the weights in use in the city, or those of the parameters; most likely first."""
    if not proposals:
        return {}
    region = proposals[0].region_code
    model = upkeep.in_use(LearnedModel.Purpose.DUPLICATE, region)
    given = model.measures["weights"] if model else settings.raw("duplicate_weights", region)
    weights = {name: float(value) for name, value in given.items()}
    radius = upkeep.radius(region)
    found = {
        str(row.case_id): round(rules.share(duplicates.values_of(*samples.pair(row), radius_m=radius), weights), 4)
        for row in proposals
    }
    return dict(sorted(found.items(), key=lambda one: -one[1]))


@transaction.atomic
def do_note(report: Report, case: Case | None) -> Suggestion | None:
    """Write beside a suggestion what the person chose; noted once."""
    row = Suggestion.objects.select_for_update().filter(report=report, decision="").first()
    if row is None:
        return None
    row.chosen = f"{case.kind}:{case.class_code}" if case else ""
    listed = [f"{kind}:{code}" for kind, code, _ in row.classes]
    if case is None or not listed:
        row.decision = Suggestion.Decision.UNUSED
    elif row.chosen == row.first:
        row.decision = Suggestion.Decision.ACCEPTED
    else:
        row.decision = Suggestion.Decision.LISTED if row.chosen in listed else Suggestion.Decision.OVERRIDDEN
    row.case, row.decided_at = case, timezone.now()
    row.save_version(row.version, fields=["chosen", "decision", "case", "decided_at"])
    return row


def noted_by(number: str) -> int:
    """Note the choice for all reports of a case that was registered or that took reports in."""
    with scope.system("记录建议采纳情况"):
        case = Case.objects.filter(number=number).first()
        return sum(do_note(report, case) is not None for report in Report.objects.filter(case=case)) if case else 0
