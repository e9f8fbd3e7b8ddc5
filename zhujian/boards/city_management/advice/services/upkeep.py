"""Models come and go: asked for, trained in the background, put in use and retired by a person with a reason."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from zhujian.boards.city_management.advice.models import LearnedModel
from zhujian.boards.city_management.advice.services import arrays, classes, duplicates, hotspots, samples, settings
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.worktime.rules import add_months

log = logging.getLogger("zhujian.advice")
Purpose, State = LearnedModel.Purpose, LearnedModel.State
TOO_FEW = {
    Purpose.CLASS: "已结案的上报只有{have}条，至少要{need}条才训练。",
    Purpose.DUPLICATE: "人工判断过的重复建议只有{have}次，至少要{need}次才训练。",
}


@transaction.atomic
def do_ask(purpose: str, region_code: str) -> LearnedModel:
    """Ask for a training in a city; the worker does it. Conflict when one is waiting already."""
    if purpose not in Purpose.values:
        raise Refusal("advice.purpose", "请选择要训练的用途。", "purpose")
    city = scope.city_of(region_code)
    if not city:
        raise Refusal("advice.city", "请由市级或区县的人员提出训练：每个城市有自己的模型。")
    if LearnedModel.objects.filter(purpose=purpose, region_code=city, state=State.WANTED).exists():
        raise Conflict("advice.waiting", "已经有一次训练在等待，完成后再提出新的。", "purpose")
    last = LearnedModel.objects.filter(purpose=purpose, region_code=city).aggregate(last=Max("number"))["last"] or 0
    return LearnedModel.objects.create(
        purpose=purpose, region_code=city, number=last + 1, state=State.WANTED, asked_by_name=scope.current().actor_name
    )


def train_next() -> bool:
    """Train the oldest one that waits; False when none does. What goes wrong is said in the row, never hidden."""
    with transaction.atomic(), scope.system("训练模型"):
        row = LearnedModel.objects.select_for_update(skip_locked=True).filter(state=State.WANTED).order_by("id").first()
        if row is None:
            return False
        began = time.monotonic()
        try:
            with transaction.atomic():
                _TRAIN[Purpose(row.purpose)](row)
        except Refusal as refusal:
            row.state, row.note = State.REFUSED, refusal.reasons[0].message
        except ValueError as error:
            log.warning("model %s could not be trained: %s", row.pk, error)
            row.state, row.note = State.REFUSED, "数据不足以训练：有效的类别、周数或网格太少。"
        row.trained_at, row.seconds = timezone.now(), round(time.monotonic() - began, 2)
        row.save()
    return True


def _months_before(months: int) -> datetime:
    return hotspots.midnight(add_months(timezone.localdate(), -months))


def _enough(row: LearnedModel, have: int, need: int) -> None:
    if have < need:
        raise Refusal("advice.too_few", TOO_FEW[Purpose(row.purpose)].format(have=have, need=need))


def _train_class(row: LearnedModel) -> None:
    region = row.region_code
    row.window_to = timezone.now()
    row.window_from = _months_before(settings.whole("window_months", region))
    found = samples.reports(region, row.window_from, row.window_to, settings.whole("most_rows", region))
    _enough(row, len(found), settings.whole("least_rows", region))
    row.settings = {
        "test_share": settings.share("test_share", region), "least_per_class": settings.whole("least_per_class", region),
        "most_features": settings.whole("most_features", region), "offered": settings.whole("offered", region),
    }  # fmt: skip
    peer = in_use(row.purpose, region)
    learned = classes.learn(found, **row.settings, peer=arrays.read_text(peer) if peer else None)
    _trained(row, learned.train_rows, learned.test_rows, learned.measures, learned.measures["class"]["accuracy"])
    arrays.keep(row, arrays.pack_text(learned.model))


def _train_duplicates(row: LearnedModel) -> None:
    region = row.region_code
    row.window_to = timezone.now()
    row.window_from = _months_before(settings.whole("window_months", region))
    found = list(samples.decided(region, row.window_from, row.window_to, settings.whole("most_rows", region)))
    _enough(row, len(found), settings.whole("least_decided", region))
    row.settings = {"radius_m": radius(region), "test_share": settings.share("test_share", region)}
    given = {name: float(value) for name, value in settings.raw("duplicate_weights", region).items()}
    weights, measures = duplicates.learn(found, **row.settings, given=given)
    rows = measures["rows"]
    _trained(row, len(found) - rows, rows, {**measures, "weights": weights}, measures["learned"] / rows if rows else None)


def _train_hotspots(row: LearnedModel) -> None:
    region = row.region_code
    weeks, today = settings.whole("hotspot_weeks", region), timezone.localdate()
    found = hotspots.counts(region, today, weeks)
    row.settings = {
        "weeks": weeks,
        "test_weeks": settings.whole("hotspot_test_weeks", region),
        "share": settings.share("hotspot_share", region),
    }
    learned = hotspots.learn(found, test_weeks=row.settings["test_weeks"], share=row.settings["share"])
    row.window_from, row.window_to = (hotspots.midnight(day) for day in (found.weeks[0], hotspots.monday(today)))
    told, all_of = learned.measures["captured"], learned.measures["reports"]
    _trained(row, learned.train_rows, learned.test_rows, learned.measures, told / all_of if all_of else None)
    arrays.keep(row, arrays.pack({"coef": learned.coef, "intercept": np.array([learned.intercept])}))


_TRAIN = {Purpose.CLASS: _train_class, Purpose.DUPLICATE: _train_duplicates, Purpose.HOTSPOT: _train_hotspots}


def _trained(row: LearnedModel, learned: int, judged: int, measures: dict[str, Any], accuracy: float | None) -> None:
    row.state, row.train_rows, row.test_rows, row.measures, row.accuracy = State.TRAINED, learned, judged, measures, accuracy
    row.save()


def radius(region_code: str) -> float:
    """Metres within which two events may be the same."""
    return float(parameters.value("command.duplicate_radius", on=timezone.localdate(), region=region_code).value)


def in_use(purpose: str, region_code: str) -> LearnedModel | None:
    """The model in use in the city of a region."""
    return LearnedModel.objects.filter(purpose=purpose, region_code=scope.city_of(region_code), state=State.IN_USE).first()


@transaction.atomic
def do_put_in_use(model_id: int, *, reason: str) -> LearnedModel:
    """A person puts a trained model in use; the one before is retired."""
    row = _locked(model_id)
    if row.state not in (State.TRAINED, State.RETIRED):
        raise Conflict("advice.state", "只有训练完成的模型可以启用。")
    had = in_use(row.purpose, row.region_code)
    if had is not None:
        had.state = State.RETIRED
        had.save(update_fields=["state"])
    return _decide(row, State.IN_USE, reason, "advice.put_in_use")


@transaction.atomic
def do_retire(model_id: int, *, reason: str) -> LearnedModel:
    """A person takes a model out of use: nothing is suggested until another is put in use."""
    row = _locked(model_id)
    if row.state != State.IN_USE:
        raise Conflict("advice.state", "这个模型不在使用中。")
    return _decide(row, State.RETIRED, reason, "advice.retired")


def _locked(model_id: int) -> LearnedModel:
    row = LearnedModel.objects.select_for_update().filter(pk=model_id).first()
    low, high = scope.current().region_lo, scope.current().region_hi
    if row is None or not low <= row.region_code < high:
        raise NotFound("advice.model", "没有找到这个模型，或它不属于您管辖的城市。")
    return row


def _decide(row: LearnedModel, state: str, reason: str, event: str) -> LearnedModel:
    if len(reason.strip()) < 4:
        raise Refusal("advice.reason", "请写明理由（至少4个字），例如“留出准确率高于上一版”。", "reason")
    row.state, row.reason, row.decided_at = state, reason.strip(), timezone.now()
    row.decided_by_name = scope.current().actor_name
    row.save()
    subject = f"advice.learned_model:{row.pk}"
    said = {"purpose": row.purpose, "number": row.number, "accuracy": row.accuracy, "reason": row.reason}
    evidence.record(event, object_id=subject, region_code=row.region_code, payload=said)
    events.publish(event, subject=subject, region_code=row.region_code, payload=said)
    return row


def ask_where_due() -> int:
    """Ask for a new training where the one in use has grown old. The first training of a city is asked for by a person."""
    asked = 0
    for row in LearnedModel.objects.filter(state=State.IN_USE):
        newest = LearnedModel.objects.filter(purpose=row.purpose, region_code=row.region_code).order_by("-number")[0]
        old = newest.asked_at < timezone.now() - timedelta(days=settings.whole("retrain_days", row.region_code))
        if old and newest.state != State.WANTED:
            do_ask(row.purpose, row.region_code)
            asked += 1
    return asked
