"""What anybody may open: the questionnaire of a city, results during and after their publicity."""

from __future__ import annotations

import secrets
import time

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.city_management.evaluation.models import Campaign, IndicatorResult
from zhujian.boards.city_management.evaluation.rules import periods
from zhujian.boards.city_management.evaluation.rules import surveys as rules
from zhujian.boards.city_management.evaluation.services import surveys as services
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal

SALT, COOKIE = "zhujian.evaluation.begun", "zj_survey"
YEAR = 365 * 86_400


@require_http_methods(["GET", "HEAD", "POST"])
@access("evaluation.survey", "answer")
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """The questionnaire on a phone: no account, one page, thanks at the end."""
    found = services.public(token)
    device = request.COOKIES.get(COOKIE, "")[:64] or secrets.token_urlsafe(18)
    answers = {one["code"]: request.POST.get(one["code"], "") for one in found.questions} if request.method == "POST" else {}
    begun = _begun(request.POST.get("begun", "")) if request.method == "POST" else time.time()
    context = {
        "survey": found, "open": services.open_now(found), "begun": signing.dumps(int(begun), salt=SALT), "reasons": (),
        "questions": [(one, rules.options(one), answers.get(one["code"], "")) for one in found.questions], "done": False,
    }  # fmt: skip
    status = 200
    if request.method == "POST":
        try:
            services.do_answer(
                token, answers, seconds=time.time() - begun, device=device, address=request.META.get("REMOTE_ADDR", "")
            )
        except Refusal as refusal:
            context["reasons"], status = refusal.reasons, refusal.status
        else:
            context["done"] = True
    answer = render(request, "evaluation/survey.html", context, status=status)
    answer.set_cookie(COOKIE, device, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure())
    return answer


def _begun(text: str) -> float:
    """When the page was opened, as it was signed then; now for anything else, so that the answer counts as too fast."""
    try:
        return float(signing.loads(text, salt=SALT, max_age=86_400))
    except signing.BadSignature:
        return time.time()


@require_GET
@access("evaluation.published", "view")
def published(request: HttpRequest, number: str) -> HttpResponse:
    """Scores and places of a task that is or was published; nothing before."""
    with scope.system("综合评价结果公示"):
        found = Campaign.objects.filter(number=number, state__in=(Campaign.State.PUBLISHED, Campaign.State.ARCHIVED)).first()
        if found is None:
            raise NotFound("published.missing", "没有找到这项公示，可能还没有开始公示。")
        tasks = list(found.tasks.order_by("rank", "region_code"))
        last: dict[tuple[int, str], IndicatorResult] = {}
        for row in IndicatorResult.objects.filter(task__campaign=found).select_related("indicator").order_by("number"):
            last[row.task_id, row.indicator.code] = row
    order = [row["code"] for row in found.indicators]
    names = {row.indicator.code: row.indicator for row in last.values()}
    context = {
        "campaign": found, "period": periods.parse(found.period), "heads": [names[code] for code in order if code in names],
        "rows": [(task, [last.get((task.pk, code)) for code in order if code in names]) for task in tasks],
    }  # fmt: skip
    return render(request, "evaluation/published.html", context)
