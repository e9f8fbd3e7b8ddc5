"""Checks on site: answers by a checklist, rectification by the unit, verification by somebody who checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.supervision.models import Checklist, Finding, SiteCheck
from zhujian.boards.city_management.supervision.rules import checks as rules
from zhujian.boards.city_management.supervision.services import records
from zhujian.boards.city_management.supervision.services.tasks import due_of
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, NotFound, Reason, refuse_if


def editions() -> list[Checklist]:
    """Checklists in force today, the newest edition of each."""
    rows = Checklist.objects.filter(valid_from__lte=timezone.localdate()).order_by("code", "-valid_from", "-id")
    found: dict[str, Checklist] = {}
    for row in rows:
        found.setdefault(row.code, row)
    return list(found.values())


def _as_rule(item: str, answer: Mapping[str, Any], photos: int) -> rules.Finding:
    return rules.Finding(item, str(answer.get("result") or ""), str(answer.get("text") or ""), photos)


@transaction.atomic
def do_check(
    values: Mapping[str, Any], answers: Mapping[str, Mapping[str, Any]], photos: Mapping[str, Sequence[Any]] | None = None
) -> SiteCheck:
    """Record a check: `answers` by item code ({result, text}), `photos` by item code (uploads). All items are answered, or nothing is kept."""
    records.demand("site_check", "check")
    photos = photos or {}
    sheet = Checklist.objects.filter(pk=values.get("checklist")).first()
    if sheet is None:
        raise NotFound("check.list", "没有这份检查清单，请重新选择。")
    org = identity.organisation(str(values.get("org_code") or ""))
    found = [
        r
        for item in sheet.items
        for r in rules.finding_reasons(_as_rule(item["code"], answers.get(item["code"], {}), len(photos.get(item["code"], ()))))
    ]
    if org is None:
        found.append(Reason("check.org", "请选择责任单位。", "org_code"))
    for name, words in (("object_name", "检查对象"), ("address", "地点")):
        if not str(values.get(name) or "").strip():
            found.append(Reason(f"check.{name}", f"请填写{words}。", name))
    refuse_if(found)
    assert org is not None
    office, now = records.own_office(), timezone.now()
    judged = [_as_rule(item["code"], answers[item["code"]], len(photos.get(item["code"], ()))) for item in sheet.items]
    points, possible = rules.score({item["code"]: int(item.get("weight", 1)) for item in sheet.items}, judged)
    state = rules.state_of(judged)
    # The row stands where the checked unit is, so that it and those above it see it; the checking office is a party.
    region = org.region_code if org.is_public_body else office.region_code
    check = SiteCheck.objects.create(
        number=records.next_number("检", office.region_code), checklist=sheet, object_name=str(values["object_name"]).strip()[:120],
        address=str(values["address"]).strip()[:200], location=records.point(values, region), org_code=org.code, org_name=org.name, checked_at=now,
        checkers=(str(values.get("checkers") or "").strip() or scope.current().actor_name)[:120], state=state, points=points, possible=possible,
        faults=sum(one.result == rules.FAULT for one in judged), closed_at=now if state == "closed" else None, region_code=region,
        parties=[f"org:{office.code}", f"org:{org.code}"], created_by=scope.current().actor_id,
    )  # fmt: skip
    for item, one in zip(sheet.items, judged, strict=True):
        kept = records.keep(photos.get(one.item, ()), region_code=region, parties=check.parties, pictures=True)
        days = int(item.get("days") or records.number("rectify_days", region))
        due = due_of(now, days, region)[0] if one.result == rules.FAULT else None
        Finding.objects.create(check_record=check, item=one.item, result=one.result, text=one.text.strip()[:1000], photos=kept, due=due,
                               region_code=region, parties=check.parties, created_by=scope.current().actor_id)  # fmt: skip
    records.prove(
        "supervision.checked", check, {"number": check.number, "faults": check.faults, "points": points, "possible": possible}
    )
    if check.faults:
        records.tell([org.code], title=f"现场检查：{check.object_name}有{check.faults}项不合格", body="请在期限内整改并上传整改后照片。",
                     link=f"/supervision/checks/{check.pk}/", level="warn")  # fmt: skip
    return check


def _finding(finding_id: int) -> Finding:
    found = records.locked(Finding, finding_id, "项检查结果")
    if found.result != Finding.Result.FAULT:
        raise Conflict("check.no_fault", "这一项没有问题，无需整改。")
    return found


@transaction.atomic
def do_rectify(finding_id: int, *, text: str, photos: Sequence[Any]) -> Finding:
    """The unit reports a fault rectified, with after-photos taken after the check."""
    records.demand("site_check", "rectify")
    row = _finding(finding_id)
    if records.own_office().code != row.check_record.org_code:
        raise NotAllowed("check.not_unit", "整改情况由责任单位报告。")
    if row.verified:
        raise Conflict("check.verified", "这一项已经复核通过。")
    # A stored picture carries no capture time of its own yet: the time it came counts, which is after the check.
    refuse_if(rules.rectification_reasons(row.check_record.checked_at, [None for _ in photos], text))
    row.after_photos = records.keep(photos, region_code=row.region_code, parties=row.parties, pictures=True)
    old = set(row.photos) & set(row.after_photos)
    if old:
        refuse_if([Reason("check.photo_same", "整改后的照片与检查时的照片相同，请重新拍摄。", "files")])
    row.rectification, row.rectified_at, row.rectified_by = text.strip()[:1000], timezone.now(), scope.current().actor_id
    row.verified = None
    row.save_version(row.version, fields=["rectification", "rectified_at", "rectified_by", "after_photos", "verified"])
    office = row.check_record.parties[0].removeprefix("org:")
    records.tell(
        [office],
        title=f"待复核：{row.check_record.object_name}",
        body=row.rectification[:200],
        link=f"/supervision/checks/{row.check_record_id}/",
    )
    return row


@transaction.atomic
def do_verify(finding_id: int, *, passed: bool, opinion: str = "") -> Finding:
    """Somebody who checks, never who rectified, says whether it is right now; the last verified fault closes the check."""
    records.demand("site_check", "check")
    row = _finding(finding_id)
    who = scope.current()
    if row.rectified_at is None:
        raise Conflict("check.not_rectified", "责任单位还没有报告整改情况。")
    if row.verified:
        raise Conflict("check.verified", "这一项已经复核通过。")
    if row.rectified_by == who.actor_id or records.own_office().code == row.check_record.org_code:
        raise NotAllowed("check.own", "不能复核本单位报告的整改，请由检查单位复核。")
    if not passed:
        opinion = records.needed(opinion, "opinion", "复核不通过的，请写明意见。")
    row.verified, row.verified_at, row.verified_by, row.opinion = passed, timezone.now(), who.actor_name, opinion.strip()[:500]
    fields = ["verified", "verified_at", "verified_by", "opinion"]
    if not passed:
        row.rectified_at = None
        fields.append("rectified_at")
    row.save_version(row.version, fields=fields)
    check = SiteCheck.objects.select_for_update().get(pk=row.check_record_id)
    rest = [rules.Finding(f.item, f.result, verified=f.verified) for f in check.findings.all()]
    if rules.state_of(rest) == "closed":
        check.state, check.closed_at = SiteCheck.State.CLOSED, timezone.now()
        check.save_version(check.version, fields=["state", "closed_at"])
        records.prove("supervision.check_closed", check, {"number": check.number})
    return row
