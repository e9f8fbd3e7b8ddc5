"""Going to look: the sample is drawn once from a seed that is kept, each point is looked at and written down."""

from __future__ import annotations

import secrets

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.evaluation.models import CityTask, Sample, SamplePoint
from zhujian.boards.city_management.evaluation.rules import sampling
from zhujian.boards.city_management.evaluation.selectors import populations
from zhujian.boards.city_management.evaluation.services.campaigns import tell
from zhujian.foundation.documents import services as documents
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Reason, refuse_if
from zhujian.foundation.parameters import selectors as parameters

PHOTOS = ("jpeg", "png")


@transaction.atomic
def do_draw(task_id: int, kind: str, *, seed: str = "", size: int | None = None) -> Sample:
    """Draw the points of one kind for a city, once: the seed and the population's fingerprint are kept as evidence.

    `seed` is given in tests and demonstrations only; otherwise it comes from the system's random source at this moment, so that
    nobody knows the points before.
    """
    task = CityTask.objects.select_for_update(of=("self",)).get(pk=task_id)
    if task.state != CityTask.State.FIELD:
        raise Conflict("sample.state", "现在不在实地抽查环节，不能抽取点位。")
    if Sample.objects.filter(task=task, kind=kind).exists():
        raise Conflict("sample.drawn", "这类点位已经抽取，不能重抽。")
    found = populations.candidates(kind, task.region_code)
    strata = populations.strata(found)
    wanted = size or int(parameters.value("evaluation.sample_size", on=timezone.localdate(), region=task.region_code).value)
    seed = seed or secrets.token_hex(16)
    drawn = sampling.draw(strata, wanted, seed)
    sample = Sample.objects.create(
        task=task, kind=kind, size=len(drawn), population=len(found), strata={name: len(codes) for name, codes in strata.items()}, seed=seed,
        fingerprint=sampling.fingerprint(strata), region_code=task.region_code, created_by=scope.current().actor_id,
    )  # fmt: skip
    SamplePoint.objects.bulk_create(
        SamplePoint(sample=sample, order=order, code=code, name=found[code].name, stratum=stratum, location=found[code].location,
                    region_code=task.region_code)
        for order, (stratum, code) in enumerate(drawn, 1)
    )  # fmt: skip
    tell("evaluation.drawn", f"evaluation.sample:{sample.pk}", task.region_code, {
        "kind": kind, "seed": seed, "size": sample.size, "population": sample.population, "fingerprint": sample.fingerprint,
    })  # fmt: skip
    return sample


def repeated(sample: Sample) -> bool:
    """Whether the kept seed gives the kept points again, from the population as it is today (None of it changed since)."""
    strata = populations.strata(populations.candidates(sample.kind, sample.region_code))
    drawn = list(sample.points.order_by("order").values_list("stratum", "code"))
    return sampling.fingerprint(strata) == sample.fingerprint and sampling.verify(strata, sample.size, sample.seed, drawn)


@transaction.atomic
def do_check(point_id: int, result: str, *, remark: str = "", photo: File | None = None) -> SamplePoint:
    """Write down what was found at a point; what is not up to standard is described and photographed."""
    point = SamplePoint.objects.select_for_update(of=("self",)).select_related("sample__task").get(pk=point_id)
    if point.sample.task.state != CityTask.State.FIELD:
        raise Conflict("point.state", "实地抽查已经结束，不能再登记。")
    reasons = parameters.code_check("evaluation.point_result", result, timezone.localdate(), field="result")
    if result == "fail" and not remark.strip():
        reasons.append(Reason("point.remark", "不达标的请写明问题。", "remark"))
    if result == "fail" and photo is None and point.photo_id is None:
        reasons.append(Reason("point.photo", "不达标的请上传现场照片。", "photo"))
    refuse_if(reasons)
    if photo is not None:
        point.photo = documents.store(photo, allowed=PHOTOS, region_code=point.region_code, parties=())
    point.result, point.remark = result, remark.strip()[:400]
    point.checked_at, point.checked_name = timezone.now(), scope.current().actor_name
    point.save_version(point.version, fields=["result", "remark", "photo", "checked_at", "checked_name"])
    return point


def missing(task: CityTask) -> list[Reason]:
    """Reasons against ending the field work: nothing drawn, points nobody looked at."""
    if not task.samples.exists():
        return [Reason("field.sample", "请先抽取点位。")]
    left = SamplePoint.objects.filter(sample__task=task, result="").count()
    return [Reason("field.points", f"还有{left}个点位没有检查。")] if left else []
