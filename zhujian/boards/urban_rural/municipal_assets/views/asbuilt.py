"""As-built surveys: the list of those that are overdue, and what the checker sees."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhujian.boards.urban_rural.municipal_assets.models import AsBuilt
from zhujian.boards.urban_rural.municipal_assets.rules.upkeep import overdue_days
from zhujian.boards.urban_rural.municipal_assets.services import asbuilt
from zhujian.boards.urban_rural.municipal_assets.services.values import label
from zhujian.foundation.kernel.access import access

SHOWN = 100


@require_GET
@access("municipal_assets.as_built", "view")
def overdue(request: HttpRequest) -> HttpResponse:
    """Surveys whose last day has passed, longest first, and those that are due next."""
    today = timezone.localdate()
    waiting = AsBuilt.objects.filter(state="due").order_by("due_on", "id")
    late = [(row, overdue_days(row.due_on, today)) for row in waiting.filter(due_on__lt=today)[:SHOWN] if row.due_on]
    context = {"late": late, "coming": list(waiting.filter(due_on__gte=today)[:SHOWN])}
    return render(request, "municipal_assets/asbuilt_overdue.html", context)


def asbuilt_panel(request: HttpRequest, task: object) -> dict[str, object]:
    """What was delivered."""
    row = asbuilt.row_of(task.subject)  # type: ignore[attr-defined]
    return {
        "template": "municipal_assets/parts/asbuilt_facts.html", "row": row, "files": list(row.files.all()),
        "kinds": "、".join(label("census_kind", kind) for kind in row.kinds),
    }  # fmt: skip
