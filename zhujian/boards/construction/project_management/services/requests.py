"""What a developer asks of the issuing authority about its permit: extension, change, verification, a new permit after a lapse.

A request is a process of its own (``permit_request``) about the permit; the permit stays as it is until the authority decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.models import Permit, StepRecord
from zhujian.boards.construction.project_management.services import acts, participants, permits, records
from zhujian.boards.construction.project_management.services.permit_gate import permit_gate
from zhujian.boards.construction.project_management.services.sharing import live_reasons
from zhujian.foundation.kernel.errors import Reason, refuse_if
from zhujian.foundation.messages import services as messages
from zhujian.foundation.workflow import ProcessHandler, subjects
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.handlers_api import Assignment, Node

KEY = "permit_request"
KINDS = {"extend": "延期开工", "change": "变更施工许可证", "reverify": "核验施工许可证", "reissue": "重新申领施工许可证"}
ENDED = (Permit.Status.LAPSED, Permit.Status.CANCELLED)


def check_request(permit: Permit, kind: str, values: Mapping[str, Any], *, on: date) -> list[Reason]:
    """Reasons against asking for `kind` with `values` (``months``; or the fields of a change; always ``reason``)."""
    found = list(live_reasons(permit.project))
    if kind not in KINDS:
        found.append(Reason("permit.request.kind", "请选择申请事项。", "kind"))
    if not str(values.get("reason") or "").strip():
        found.append(Reason("permit.reason", "请写明理由。", "reason"))
    if found:
        return found
    return CHECKS[kind](permit, values, on)


def _check_extend(permit: Permit, values: Mapping[str, Any], on: date) -> list[Reason]:
    return permits.check_extend(permit, int(values.get("months") or 0), on=on)


def _check_change(permit: Permit, values: Mapping[str, Any], on: date) -> list[Reason]:
    return permits.check_change(permit, values)


def _check_reverify(permit: Permit, values: Mapping[str, Any], on: date) -> list[Reason]:
    if permit.status != Permit.Status.SUSPENDED:
        return [Reason("permit.reverify.state", "只有中止施工的许可证需要核验。")]
    return []


def _check_reissue(permit: Permit, values: Mapping[str, Any], on: date) -> list[Reason]:
    if permit.status not in ENDED:
        return [Reason("permit.reissue.state", "施工许可证没有废止或者注销，不需要重新申领。")]
    again = Permit.objects.filter(project=permit.project, phase=permit.phase, status__in=("valid", "suspended"))
    if again.exists():
        return [Reason("permit.reissue.done", "已经重新核发过施工许可证，请勿重复申请。")]
    return permit_gate(permit.project, _last_form(permit))


CHECKS = {"extend": _check_extend, "change": _check_change, "reverify": _check_reverify, "reissue": _check_reissue}


@transaction.atomic
def do_request(permit_id: int, kind: str, values: Mapping[str, Any]) -> Any:
    """Ask for `kind`; returns the instance. Only the developer or contractor may ask; one request at a time per permit."""
    permit = permits.locked(permit_id)
    permits.require_builder(permit.project)
    today = timezone.localdate()
    refuse_if(check_request(permit, kind, values, on=today))
    asked = {key: _plain(value) for key, value in values.items() if value not in (None, "")}
    return workflow.start(
        KEY, subject=permit.subject, region_code=permit.region_code, parties=permit.parties,
        title=f"{KINDS[kind]}：{permit.project.name}", facts={"kind": kind, "asked_on": today.isoformat(), "asked": asked},
    )  # fmt: skip


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | date) else value


def request_rows(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A request as (label, text), for reading."""
    asked = facts.get("asked", {})
    labels = {"months": "延期月数", "contractor_name": "变更后的施工单位", "contract_wan": "变更后的合同价（万元）",
              "gfa_m2": "变更后的建筑面积（㎡）", "reason": "理由"}  # fmt: skip
    rows = [("申请事项", KINDS.get(str(facts.get("kind")), "")), ("申请日期", str(facts.get("asked_on", "")))]
    return rows + [(label, str(asked[key])) for key, label in labels.items() if asked.get(key)]


class PermitRequestHandler(ProcessHandler):
    """Serves ``permit_request``: the issuing authority of the place reviews and decides, the decision changes the permit."""

    key = KEY

    def assign(self, node: Node, instance: Any) -> Assignment:
        """The authority that issues permits in this city."""
        authority = steps.step("C07", instance.region_code).authority
        return Assignment(
            role=node.role, authority=authority, title=f"{KINDS.get(instance.facts.get('kind', ''), '')}：{node.name}"
        )

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """What was true when it was asked must still be true when it is granted; a refusal says why."""
        if outcome in ("reject", "return") and not data.get("comment"):
            return [Reason("opinion.required", "请在“办理意见”中写明理由。", "comment")]
        facts = task.instance.facts
        if task.node == "decide" and outcome == "pass":
            return check_request(permit_of(task.subject), facts["kind"], facts["asked"], on=date.fromisoformat(facts["asked_on"]))
        return []

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """A granted request takes effect."""
        if task.node == "decide" and outcome == "pass":
            facts = task.instance.facts
            GRANTS[facts["kind"]](permit_of(task.subject), facts)
        if task.node == "decide":
            return {"opinion": str(data.get("comment") or "")[:500]}
        return {}

    def finished(self, instance: Any) -> None:
        """Tell the firms of the decision."""
        permit = permit_of(instance.subject)
        granted = instance.result == "pass"
        title = f"{KINDS[instance.facts['kind']]}申请{'已同意' if granted else '未获同意'}：{permit.project.name}"
        body = instance.facts.get("opinion") or ("申请已经同意，许可证信息已更新。" if granted else "请查看办理意见。")
        messages.send(
            permit.parties,
            title=title,
            body=body,
            link=f"/project-management/permits/{permit.pk}/",
            level="info" if granted else "warn",
        )


def permit_of(subject: str) -> Permit:
    """The permit behind a subject key."""
    return Permit.objects.select_related("project").get(pk=int(subject.rpartition(":")[2]))


def _grant_extend(permit: Permit, facts: Mapping[str, Any]) -> None:
    asked = facts["asked"]
    permits.do_extend(permit.pk, months=int(asked["months"]), reason=asked["reason"], on=date.fromisoformat(facts["asked_on"]))


def _grant_change(permit: Permit, facts: Mapping[str, Any]) -> None:
    asked = dict(facts["asked"])
    for name in ("contract_wan", "gfa_m2"):
        if asked.get(name):
            asked[name] = Decimal(asked[name])
    permits.do_change(permit.pk, asked, reason=asked["reason"])


def _grant_reverify(permit: Permit, facts: Mapping[str, Any]) -> None:
    permits.do_reverify(permit.pk, reason=facts["asked"]["reason"])


def _grant_reissue(permit: Permit, facts: Mapping[str, Any]) -> None:
    """A new permit by the same form; the old one and its number stay as they ended."""
    project = permit.project
    record = records.current(project, "C07")
    records.write(record, form=_last_form(permit), applied_at=timezone.now(), accepted_at=timezone.now())
    step = steps.step("C07", project.region_code)
    office = participants.office_code(step, project)
    acts.decided(project, "C07", status=StepRecord.Status.PASSED, opinion=facts["asked"]["reason"], office_code=office)


GRANTS = {"extend": _grant_extend, "change": _grant_change, "reverify": _grant_reverify, "reissue": _grant_reissue}


def _last_form(permit: Permit) -> dict[str, Any]:
    """What was filled in for this permit, without the numbers and days its old paper got."""
    rows = StepRecord.objects.filter(project=permit.project, step="C07").order_by("-round")
    form = next((dict(row.form) for row in rows if row.form.get("permit_number") == permit.number), {})
    return {k: v for k, v in form.items() if k not in ("permit_number", "output_number", "output_date")} or {
        "phase": permit.phase or "W"
    }


def open_request(permit: Permit) -> Any | None:
    """The request about a permit that is being decided, if any."""
    return subjects.running(KEY, permit.subject)
