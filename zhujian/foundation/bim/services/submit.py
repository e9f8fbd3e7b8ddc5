"""Handing in: a model with its first version, a further version after a return or later, a fresh check by today's rules."""

from __future__ import annotations

from typing import Any

from django.core.files.base import File as DjangoFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from zhujian.foundation.bim import rules
from zhujian.foundation.bim.models import Job, Model, Version
from zhujian.foundation.cim import selectors as cim
from zhujian.foundation.documents import content
from zhujian.foundation.documents import services as documents
from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.codes import region_code_check
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, refuse_if
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow import subjects

PROCESS = "bim_intake"
KINDS = ("ifc", "ifczip")
SEEN = ("failed_check", "review")


def _number(name: str, region_code: str = "") -> int:
    return int(parameters.value(f"bim.{name}", on=timezone.localdate(), region=region_code).value)


def max_bytes(region_code: str = "") -> int:
    """Most bytes an upload may have."""
    return _number("max_file_mb", region_code) << 20


def store(upload: DjangoFile, *, region_code: str, parties: list[str]) -> StoredFile:
    """Keep an IFC file; refused when its content is neither IFC text nor a zipped one, or too large."""
    bounds = content.Limits(
        size=max_bytes(region_code), pixels=0, pages=0, unpacked=_number("max_unpacked_mb", region_code) << 20,
        ratio=_number("max_unpacked_ratio", region_code), entries=100,
    )  # fmt: skip
    return documents.store(upload, allowed=KINDS, region_code=region_code, parties=parties, bounds=bounds)


def check_submit(values: dict[str, Any]) -> list[Reason]:
    """Reasons against handing in a model with these values (`name`, `discipline`, `region_code`, `building_code`, `project_code`, `hand`)."""
    who = scope.current()
    reasons: list[Reason] = []
    name = (values.get("name") or "").strip()
    if not name:
        reasons.append(Reason("bim.name", "请填写模型名称，例如“某某小区3号楼建筑模型”。", "name"))
    elif len(name) > 120:
        reasons.append(Reason("bim.name_long", "模型名称不超过120个字。", "name"))
    if values.get("discipline") not in dict(parameters.code_list("bim.discipline", timezone.localdate())):
        reasons.append(Reason("bim.discipline", "请选择专业。", "discipline"))
    region = values.get("region_code") or ""
    wrong = region_code_check(region, field="region_code")
    if not wrong and (regions.region(region) is None or len(scope.region_prefix(region)) <= 4):
        wrong = [Reason("bim.region", "请选择工程所在的县（市、区）。", "region_code")]
    if not wrong and who.kind == "official" and not who.region_lo <= region < who.region_hi:
        wrong = [Reason("bim.region_outside", "工程所在地不在您的管辖范围内。", "region_code")]
    reasons += wrong
    if (code := values.get("building_code")) and not _known(code):
        reasons.append(
            Reason("bim.building", f"没有登记房屋代码 {code[:40]}，请核对；房屋尚未登记的可以先不填。", "building_code")
        )
    return reasons + check_hand(values.get("hand") or {})


def _known(building_code: str) -> bool:
    """Whether a building has this code, also where the firm that hands in may not see it."""
    with scope.system("房屋代码核对"):
        return cim.building(building_code) is not None


def check_hand(hand: dict[str, Any]) -> list[Reason]:
    """Reasons against a position given by a person."""
    return rules.check_position(
        hand.get("lon"), hand.get("lat"), hand.get("height"), hand.get("rotation"), hand.get("reason") or ""
    )


def kept_hand(hand: dict[str, Any]) -> dict[str, Any]:
    """The position as it is kept; empty when none was given."""
    if hand.get("lon") is None:
        return {}
    return {
        "lon": hand["lon"], "lat": hand["lat"], "height": hand.get("height") or 0.0, "rotation": hand.get("rotation") or 0.0,
        "reason": hand["reason"].strip()[:300],
    }  # fmt: skip


def _parties() -> list[str]:
    """Who sees the model beside the officials of its place: the firm that hands it in."""
    who = scope.current()
    return sorted(key for key in who.keys if key.startswith("org:")) if who.kind == "enterprise" else []


@transaction.atomic
def do_submit(values: dict[str, Any], upload: DjangoFile) -> Version:
    """Hand in a new model with its first version and start its process. Refusals: `check_submit`, ``documents.*`` for the file."""
    refuse_if(check_submit(values))
    who = scope.current()
    parties = _parties()
    file = store(upload, region_code=values["region_code"], parties=parties)
    model = Model.objects.create(
        name=values["name"].strip(), discipline=values["discipline"], building_code=values.get("building_code") or "",
        project_code=values.get("project_code") or "", region_code=values["region_code"], parties=parties,
        submitter=who.org_name or who.actor_name, created_by=who.actor_id,
    )  # fmt: skip
    version = _version(model, file, values.get("note") or "", kept_hand(values.get("hand") or {}))
    _start(model, version)
    return version


def _start(model: Model, version: Version) -> None:
    workflow.start(
        PROCESS, subject=model.subject, region_code=model.region_code, title=model.name, parties=model.parties,
        facts={"version": version.pk, "party_SUB": model.parties, "submitter": scope.current().actor_id},
    )  # fmt: skip


def _version(model: Model, file: StoredFile, note: str, hand: dict[str, Any]) -> Version:
    """The next version with its job, event and evidence."""
    number = (Version.objects.filter(model=model).aggregate(last=Max("number"))["last"] or 0) + 1
    version = Version.objects.create(
        model=model, number=number, file=file, note=note.strip()[:300], hand=hand, region_code=model.region_code, parties=model.parties,
        created_by=scope.current().actor_id,
    )  # fmt: skip
    Job.objects.create(version=version, region_code=model.region_code, parties=model.parties)
    facts = {"model": model.pk, "name": model.name, "number": number, "sm3": file.sm3, "size": file.size}
    if hand:
        facts["hand"] = {name: str(value) for name, value in hand.items()}
    common = {"region_code": model.region_code, "parties": model.parties, "payload": facts}
    events.publish("bim.submitted", subject=version.subject, **common)
    evidence.record("bim.submitted", object_id=version.subject, object_hash=file.sm3, **common)
    return version


def do_new_version(model: Model, upload: DjangoFile, *, note: str = "", hand: dict[str, Any] | None = None) -> Version:
    """Hand in a further version: answers the open task 补正 when there is one, else starts the process anew.

    Refusals: ``bim.running`` while a version is being worked on, ``documents.*`` for the file.
    """
    from zhujian.foundation.bim.services.process import resubmit_task

    with transaction.atomic():
        locked = lock(model)
        refuse_if(check_hand(hand or {}))
        task = resubmit_task(locked)
        if task is not None:
            workflow.do_complete(task.pk, outcome="submit", data={"file": upload, "note": note, "hand": hand or {}})
            return Version.objects.filter(model=locked).latest("number")
        if subjects.running(PROCESS, locked.subject):
            raise Conflict("bim.running", "这个模型有一个版本正在办理，办结或退回后才能提交新版本。")
        file = store(upload, region_code=locked.region_code, parties=locked.parties)
        version = _version(locked, file, note, kept_hand(hand or {}))
        _start(locked, version)
        return version


def lock(model: Model) -> Model:
    """The model, locked, as far as the actor sees it."""
    found = Model.objects.select_for_update().filter(pk=model.pk).first()
    if found is None:
        raise NotFound("bim.not_found", "没有找到这个模型，可能不在您的管辖范围内。")
    return found


@transaction.atomic
def do_recheck(version: Version, *, reason: str) -> Version:
    """Check a version in review again, by the rule packs in force today. Its review goes on when the check is done."""
    found = Version.objects.select_for_update(of=("self",)).select_related("model").filter(pk=version.pk).first()
    if found is None:
        raise NotFound("bim.not_found", "没有找到这个版本，可能不在您的管辖范围内。")
    if found.state != Version.State.REVIEW:
        raise Conflict("bim.recheck_state", "只有正在人工审查的版本可以重新检查。")
    if not reason.strip():
        refuse_if([Reason("bim.recheck_reason", "请写明重新检查的原因，例如规则包已更新。", "reason")])
    job = Job.objects.select_for_update().get(version=found)
    if job.waiting:
        raise Conflict("bim.recheck_running", "正在重新检查，请稍候。")
    job.waiting, job.progress, job.stage_text, job.attempts = True, 0, "等待处理", 0
    job.save()
    evidence.record(
        "bim.recheck",
        object_id=found.subject,
        region_code=found.region_code,
        parties=found.parties,
        payload={"reason": reason.strip()[:300]},
    )
    return found
