"""Covers without an owner: found → published → claimed within the period, or entrusted (urban-rural-construction.md §10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import Manhole, OwnerlessCase
from zhujian.boards.urban_rural.municipal_assets.rules import census as rules
from zhujian.boards.urban_rural.municipal_assets.services.census import parameter
from zhujian.boards.urban_rural.municipal_assets.services.numbering import module_codes
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.codes import clean, uscc_check
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, Refusal
from zhujian.foundation.workflow import ProcessHandler
from zhujian.foundation.workflow import services as workflow

PROCESS = "asset_ownerless"


def subject(case: OwnerlessCase) -> str:
    """Subject key of a case."""
    return f"municipal_assets.ownerless_case:{case.pk}"


def case_of(key: str) -> OwnerlessCase:
    """The case a subject key names."""
    found = OwnerlessCase.objects.select_related("manhole").filter(pk=int(key.rpartition(":")[2])).first()
    if found is None:
        raise NotFound("ownerless.not_found", "没有找到这个无主井盖案件，可能不在您的管辖范围内。")
    return found


@transaction.atomic
def open_case(manhole_id: int, *, found_on: date, found_by: str) -> OwnerlessCase:
    """Open a case about a cover and start its process.

    Refusals: ``ownerless.owned`` (its owner is known), ``ownerless.open`` (a case runs), ``ownerless.found_on``, ``ownerless.found_by``.
    """
    cover = Manhole.objects.select_for_update().filter(pk=manhole_id).first()
    if cover is None or cover.valid_to is not None:
        raise NotFound("ownerless.cover", "没有找到这处井盖，可能已停用，或不在您的管辖范围内。")
    if cover.ownership in ("owned", "entrusted") or cover.owner_name:
        raise Conflict("ownerless.owned", "这处井盖已确权或已有代管单位，不需要按无主办理。")
    if not found_by.strip():
        raise Refusal("ownerless.found_by", "请填写发现人或发现单位。", "found_by")
    if found_on > timezone.localdate():
        raise Refusal("ownerless.found_on", "发现日期不能晚于今天。", "found_on")
    if OwnerlessCase.objects.filter(manhole=cover).exclude(state__in=("claimed", "entrusted", "dropped")).exists():
        raise Conflict("ownerless.open", "这处井盖已有正在办理的无主案件。")
    case = OwnerlessCase.objects.create(
        manhole=cover, number=module_codes(cover.region_code, "WZ", 1)[0], found_on=found_on, found_by=found_by.strip()[:120],
        region_code=cover.region_code, parties=cover.parties, created_by=scope.current().actor_id,
    )  # fmt: skip
    cover.ownership = "ownerless"
    cover.save_version(cover.version, fields=["ownership"])
    workflow.start(
        PROCESS,
        subject=subject(case),
        region_code=case.region_code,
        title=f"无主井盖 {cover.code or cover.pk}",
        parties=case.parties,
    )
    return case


class OwnerlessHandler(ProcessHandler):
    """Publish, claim, entrust. Nobody becomes owner by default, and nobody is entrusted before the period is over."""

    key = PROCESS

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """What each outcome needs."""
        case = case_of(task.subject)
        if outcome == "drop" and not str(data.get("comment") or "").strip():
            return [Reason("ownerless.comment", "请在“办理意见”中写明查明的权属情况。", "comment")]
        if task.node == "claim" and outcome == "none":
            return rules.entrust_reasons(timezone.localdate(), case.claim_until)
        if outcome == "claimed" or task.node == "entrust":
            word = "认领" if outcome == "claimed" else "代管"
            found = (
                []
                if str(data.get("body_name") or "").strip()
                else [Reason("ownerless.body", f"请填写{word}单位名称。", "body_name")]
            )
            code = clean(str(data.get("body_org") or ""))
            found += [Reason(one.code, one.message, "body_org") for one in (uscc_check(code) if code else [])]
            if not str(data.get("basis") or "").strip():
                found.append(Reason("ownerless.basis", f"请写明{word}的依据（权属证明、会议纪要、文件号）。", "basis"))
            return found
        return []

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """The case and the cover follow the decision."""
        case, today = case_of(task.subject), timezone.localdate()
        body = clean(str(data.get("body_org") or "")), str(data.get("body_name") or "").strip()[:120]
        basis = str(data.get("basis") or data.get("comment") or "").strip()[:200]
        if task.node == "publish" and outcome == "pass":
            days = int(parameter("ownerless_claim_days", case.region_code).value)
            case.published_on, case.claim_until = today, rules.claim_until(today, days)
            self._move(case, "published", ["published_on", "claim_until"], {"until": case.claim_until.isoformat()})
        elif outcome == "drop":
            case.closed_on, case.basis = today, basis
            self._cover(case, {"ownership": "unknown"})
            self._move(case, "dropped", ["closed_on", "basis"], {"basis": basis})
        elif outcome == "claimed":
            case.claimant_org, case.claimant_name, case.basis, case.closed_on = *body, basis, today
            self._cover(case, {"owner_org": body[0], "owner_name": body[1], "ownership": "owned"}, body[0])
            self._move(
                case, "claimed", ["claimant_org", "claimant_name", "basis", "closed_on"], {"owner": body[1], "basis": basis}
            )
        elif task.node == "entrust":
            case.entrusted_org, case.entrusted_name, case.basis, case.closed_on = *body, basis, today
            # Who looks after it is not who owns it: the owner stays empty.
            self._cover(case, {"maintainer_org": body[0], "maintainer_name": body[1], "ownership": "entrusted"}, body[0])
            self._move(
                case,
                "entrusted",
                ["entrusted_org", "entrusted_name", "basis", "closed_on"],
                {"maintainer": body[1], "basis": basis},
            )
        return {}

    @staticmethod
    def _cover(case: OwnerlessCase, values: dict[str, str], org: str = "") -> None:
        cover = Manhole.objects.select_for_update().get(pk=case.manhole_id)
        for name, value in values.items():
            setattr(cover, name, value)
        names = list(values)
        if org and f"org:{org}" not in cover.parties:
            cover.parties = [*cover.parties, f"org:{org}"]
            names.append("parties")
        cover.save_version(cover.version, fields=names)

    @staticmethod
    def _move(case: OwnerlessCase, state: str, names: list[str], more: dict[str, Any]) -> None:
        case.state = state
        case.save_version(case.version, fields=["state", *names])
        payload = {"number": case.number, "manhole": case.manhole_id, **more}
        common = {"region_code": case.region_code, "parties": case.parties}
        if state != "dropped":
            events.publish(f"ownerless.{state}", subject=subject(case), payload=payload, **common)
        evidence.record(f"municipal_assets.ownerless_{state}", object_id=subject(case), payload=payload, **common)
