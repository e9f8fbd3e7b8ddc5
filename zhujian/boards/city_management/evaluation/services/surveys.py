"""Asking people: a questionnaire opens for a city, answers come without an account, only valid ones count."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from zhujian.boards.city_management.evaluation.models import CityTask, Survey, SurveyAnswer
from zhujian.boards.city_management.evaluation.rules import surveys as rules
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.parameters import selectors as parameters


class TooMany(Refusal):
    """Answered too often from one place (HTTP 429)."""

    status = 429


def _value(name: str, region_code: str) -> Any:
    return parameters.value(f"evaluation.{name}", on=timezone.localdate(), region=region_code).value


@transaction.atomic
def do_open(task_id: int, *, days: int | None = None) -> Survey:
    """Open the questionnaire of a city: its questions and rules are those in force now, and stay."""
    task = CityTask.objects.select_for_update(of=("self",)).get(pk=task_id)
    if task.state != CityTask.State.SURVEY:
        raise Conflict("survey.state", "现在不在问卷调查环节，不能发布问卷。")
    if Survey.objects.filter(task=task).exists():
        raise Conflict("survey.open", "问卷已经发布。")
    region, now = task.region_code, timezone.now()
    questions = _value("survey_questions", region)
    refuse_if(rules.check(questions))
    kept = {
        "seconds": int(_value("survey_seconds", region)), "straight_from": int(_value("survey_straight", region)),
        "least": int(_value("survey_least", region)), "overall": str(_value("survey_overall", region)), "per_hour": int(_value("survey_per_hour", region)),
    }  # fmt: skip
    survey = Survey.objects.create(
        task=task, token=secrets.token_urlsafe(12), title=f"{task.city_name}城市管理满意度调查", questions=questions, rules=kept, opens_at=now,
        closes_at=now + timedelta(days=days or int(_value("survey_days", region))), region_code=region, created_by=scope.current().actor_id,
    )  # fmt: skip
    payload = {"questions": questions, "rules": kept, "closes_at": survey.closes_at.isoformat()}
    evidence.record("evaluation.asked", object_id=f"evaluation.survey:{survey.pk}", region_code=region, payload=payload)
    return survey


def public(token: str) -> Survey:
    """The questionnaire at an address, whoever asks; NotFound when there is none."""
    with scope.system("公众问卷"):
        found = Survey.objects.select_related("task").filter(token=token).first()
    if found is None:
        raise NotFound("survey.missing", "没有找到这份问卷，请核对网址或二维码。")
    return found


def open_now(survey: Survey, now: datetime | None = None) -> bool:
    """Whether answers are taken."""
    now = now or timezone.now()
    return survey.opens_at <= now < survey.closes_at and survey.task.state == CityTask.State.SURVEY


@transaction.atomic
def do_answer(token: str, answers: Mapping[str, str], *, seconds: float, device: str, address: str) -> SurveyAnswer:
    """Keep one answer, with why it does not count if it does not. `device` and `address` are kept as keyed hashes only.

    Refusal with the questions that are missing: a person may still answer them. Everything else is told by no message, because
    whoever knew why an answer does not count could make one that does.
    """
    survey = public(token)
    if not open_now(survey):
        raise Conflict("survey.closed", "调查已经结束，感谢您的关注。")
    now = timezone.now()
    hashed = salted_hmac("zhujian.evaluation.device", f"{survey.pk} {device}", algorithm="sha256").hexdigest()
    origin = salted_hmac("zhujian.evaluation.address", f"{now:%Y%m%d%H} {address}", algorithm="sha256").hexdigest()
    codes = {one["code"] for one in survey.questions}
    kept = {code: str(said)[: rules.MOST_TEXT] for code, said in answers.items() if code in codes and said}
    with scope.system("公众答卷"):
        if SurveyAnswer.objects.filter(origin=origin).count() >= survey.rules["per_hour"]:
            raise TooMany("survey.too_many", "提交过于频繁，请一小时后再试。")
        again = SurveyAnswer.objects.filter(survey=survey, device=hashed).exists()
        validity = rules.Validity(survey.rules["seconds"], survey.rules["straight_from"])
        invalid = rules.judge(survey.questions, kept, seconds=seconds, repeated=again, rules=validity)
        if "missing" in invalid or "unknown" in invalid:
            left = [one for one in survey.questions if one.get("required", one["kind"] != "text") and one["code"] not in kept]
            refuse_if(Reason("survey.missing", f"请回答：{one['text']}", one["code"]) for one in left)
            raise Refusal("survey.unknown", "请在给出的选项中选择。")
        return SurveyAnswer.objects.create(
            survey=survey, answers=kept, seconds=max(0, min(int(seconds), 86_400)), device=hashed, origin=origin, invalid=invalid,
            region_code=survey.region_code,
        )  # fmt: skip


def tally(survey: Survey) -> tuple[Counter[str], Counter[str]]:
    """(answers to the deciding question among valid answers, reasons of invalid ones)."""
    said: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for answers, invalid in survey.answers.values_list("answers", "invalid").iterator():
        if invalid:
            wrong.update(invalid)
        else:
            said[answers.get(survey.rules["overall"], rules.UNRATED)] += 1
    return said, wrong


def overall(task: CityTask) -> tuple[int, int]:
    """(satisfied, rated) of a city's valid answers; (0, 0) without a questionnaire."""
    survey = Survey.objects.filter(task=task).first()
    return rules.satisfaction(tally(survey)[0]) if survey else (0, 0)


def missing(task: CityTask) -> list[Reason]:
    """Reasons against ending the survey: none opened, too few valid answers."""
    survey = Survey.objects.filter(task=task).first()
    if survey is None:
        return [Reason("survey.none", "请先发布问卷。")]
    valid = sum(tally(survey)[0].values())
    if valid < survey.rules["least"]:
        return [Reason("survey.few", f"有效答卷{valid}份，未达到最低{survey.rules['least']}份，请继续调查。")]
    return []
