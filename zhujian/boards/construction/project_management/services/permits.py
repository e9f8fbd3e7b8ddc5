"""施工许可证: issue, extension, change, suspension, resumption, revocation, lapse (建筑法 第七条至第十条)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.construction.project_management import rules
from zhujian.boards.construction.project_management.models import Permit, PermitAct, Project, Timer
from zhujian.boards.construction.project_management.services import facts
from zhujian.boards.construction.project_management.services import ledger as evidence
from zhujian.boards.construction.project_management.services.sharing import owned
from zhujian.foundation.certificates import services as certificates
from zhujian.foundation.certificates.models import Certificate
from zhujian.foundation.events import services as events
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason, Refusal, refuse_if

CHANGEABLE = ("contractor_name", "contract_wan", "gfa_m2")


def _today(on: date | None) -> date:
    return on or timezone.localdate()


def locked(permit_id: int) -> Permit:
    """The permit, locked for this transaction, with its project."""
    found = Permit.objects.select_for_update(of=("self",)).select_related("project").filter(pk=permit_id).first()
    if found is None:
        raise Refusal("permit.not_found", "没有找到这张施工许可证，可能不在您的管辖范围内。")
    return found


def _note(permit: Permit, kind: str, on: date, reason: str, before: Mapping[str, Any], after: Mapping[str, Any], event: str) -> PermitAct:
    project = permit.project
    act = PermitAct.objects.create(
        **owned(project), permit=permit, kind=kind, on=on, reason=reason, before=dict(before), after=dict(after),
        actor_name=scope.current().actor_name,
    )  # fmt: skip
    payload = {"projectCode": project.code, "permit": permit.number, "kind": kind, "on": on.isoformat(), "version": permit.version}
    events.publish(event, subject=project.subject, region_code=project.region_code, parties=project.parties, payload=payload)
    evidence.record(
        event, object_id=project.code, region_code=project.region_code, parties=project.parties, payload={**payload, "after": dict(after)}
    )
    return act


def _reason(text: str) -> str:
    if not text.strip():
        raise Refusal("permit.reason", "请写明理由。", "reason")
    return text.strip()


@transaction.atomic
def do_issue(
    project: Project, number: str, *, phase: str, on: date, certificate_id: int | None, contract_wan: Decimal | None,
    gfa_m2: Decimal | None, contractor_name: str,
) -> Permit:  # fmt: skip
    """Register an issued permit and start its clock: works must begin within three months (建筑法 第九条)."""
    limit = rules.start_limit(on, first=facts.span("permit_start", on, project.region_code))
    permit = Permit.objects.create(
        **owned(project), number=number, phase="" if phase == "W" else phase, issued_on=on, start_deadline=limit,
        certificate_id=certificate_id, contract_wan=contract_wan, gfa_m2=gfa_m2, contractor_name=contractor_name,
    )  # fmt: skip
    Timer.objects.create(
        **owned(project), kind=Timer.Kind.DUTY, code=f"start:{permit.pk}", title=f"开工（施工许可证 {number}）", starts_on=on,
        due_on=limit, basis="建筑法 第九条",
    )  # fmt: skip
    return permit


def check_extend(permit: Permit, months: int, *, on: date) -> list[Reason]:
    """Reasons against putting off the start of works by `months`."""
    region = permit.project.region_code
    first, longest = facts.span("permit_start", permit.issued_on, region), facts.span("permit_extension", on, region)
    wanted = rules.Span(months, "month")
    granted = [rules.Span(act.after["months"], "month") for act in PermitAct.objects.filter(permit=permit, kind="extend").order_by("id")]
    return [
        *rules.permit_status_reasons(permit.status, "valid"),
        *rules.extension_reasons(
            permit.issued_on, on=on, wanted=wanted, first=first, granted=granted, longest=longest,
            most=int(facts.number("permit_extensions_max", on, region)), started=permit.started_on is not None,
        ),
    ]  # fmt: skip


@transaction.atomic
def do_extend(permit_id: int, *, months: int, reason: str, on: date | None = None) -> Permit:
    """延期开工: at most two extensions of at most three months, asked for before the limit ends."""
    permit, day = locked(permit_id), _today(on)
    refuse_if(check_extend(permit, months, on=day))
    before = permit.start_deadline
    permit.start_deadline = rules.Span(months, "month").after(before)
    permit.extensions += 1
    permit.save_version(permit.version, fields=["start_deadline", "extensions"])
    Timer.objects.filter(project=permit.project, code=f"start:{permit.pk}").update(due_on=permit.start_deadline, warned=False)
    _note(permit, "extend", day, _reason(reason), {"start_deadline": before.isoformat()},
          {"start_deadline": permit.start_deadline.isoformat(), "months": months}, "permit.changed")  # fmt: skip
    return permit


@transaction.atomic
def do_change(permit_id: int, values: Mapping[str, Any], *, reason: str, on: date | None = None) -> Permit:
    """变更: contractor, price or area; the number stays, the certificate gets a new edition."""
    permit, day = locked(permit_id), _today(on)
    refuse_if(rules.permit_status_reasons(permit.status, "valid"))
    wanted = {name: values[name] for name in CHANGEABLE if name in values and values[name] not in (None, "", getattr(permit, name))}
    if not wanted:
        raise Refusal("permit.change.nothing", "没有任何变化，请修改后再提交。")
    before = {name: str(getattr(permit, name)) for name in wanted}
    for name, value in wanted.items():
        setattr(permit, name, value)
    fields = list(wanted)
    if permit.certificate_id and (old := Certificate.objects.filter(pk=permit.certificate_id).first()):
        surface = dict(old.surface)
        surface |= {key: str(wanted[name]) for name, key in (("contractor_name", "contractor"), ("contract_wan", "contract_price")) if name in wanted}
        permit.certificate_id = certificates.change(old, surface=surface).pk
        fields.append("certificate_id")
    permit.save_version(permit.version, fields=fields)
    _note(permit, "change", day, _reason(reason), before, {k: str(v) for k, v in wanted.items()}, "permit.changed")
    return permit


@transaction.atomic
def do_suspend(permit_id: int, *, reason: str, on: date | None = None) -> Permit:
    """中止施工: report within one month of the stop (建筑法 第十条)."""
    permit, day = locked(permit_id), _today(on)
    refuse_if(rules.permit_status_reasons(permit.status, "suspended"))
    if permit.started_on and day < permit.started_on:
        raise Refusal("permit.suspend.order", f"中止日期不能早于开工日期{permit.started_on}。", "on")
    project = permit.project
    permit.status, permit.stopped_on = Permit.Status.SUSPENDED, day
    permit.save_version(permit.version, fields=["status", "stopped_on"])
    due = rules.suspension_report_due(day, within=facts.span("suspension_report", day, project.region_code))
    Timer.objects.create(
        **owned(project), kind=Timer.Kind.DUTY, code=f"stop:{permit.pk}", title="报告中止施工", starts_on=day, due_on=due, basis="建筑法 第十条"
    )
    Project.objects.filter(pk=project.pk, status=Project.Status.BUILDING).update(status=Project.Status.SUSPENDED)
    _certificate(permit, "suspend", reason, day)
    _note(permit, "suspend", day, _reason(reason), {"status": "valid"}, {"status": "suspended", "report_due": due.isoformat()}, "permit.suspended")
    return permit


@transaction.atomic
def do_report_stop(permit_id: int, *, on: date | None = None) -> None:
    """The report of a stop has come in."""
    permit, day = locked(permit_id), _today(on)
    Timer.objects.filter(project=permit.project, code=f"stop:{permit.pk}", done_on__isnull=True).update(done_on=day)
    _note(permit, "report", day, "报告中止施工", {}, {"reported_on": day.isoformat()}, "permit.changed")


@transaction.atomic
def do_reverify(permit_id: int, *, reason: str, on: date | None = None) -> None:
    """核验施工许可证 before works resume after a year or more."""
    permit, day = locked(permit_id), _today(on)
    refuse_if([] if permit.status == Permit.Status.SUSPENDED else [Reason("permit.reverify.state", "只有中止施工的许可证需要核验。")])
    _note(permit, "reverify", day, _reason(reason), {}, {"reverified_on": day.isoformat()}, "permit.changed")


def check_resume(permit: Permit, *, on: date) -> list[Reason]:
    """Reasons against resuming works on a day."""
    if permit.status != Permit.Status.SUSPENDED or permit.stopped_on is None:
        return [Reason("permit.resume.state", "这张施工许可证没有中止施工，无需恢复。")]
    acts = PermitAct.objects.filter(permit=permit, on__gte=permit.stopped_on)
    reported = acts.filter(kind="report").order_by("-id").values_list("on", flat=True).first()
    verified = acts.filter(kind="reverify").order_by("-id").values_list("on", flat=True).first()
    return rules.resume_reasons(
        permit.stopped_on, on, after=facts.span("reverify_after", on, permit.project.region_code), reported_on=reported, reverified_on=verified
    )


@transaction.atomic
def do_resume(permit_id: int, *, reason: str, on: date | None = None) -> Permit:
    """恢复施工; after a year or more only with a verified permit (建筑法 第十条)."""
    permit, day = locked(permit_id), _today(on)
    refuse_if(check_resume(permit, on=day))
    stopped = permit.stopped_on
    permit.status, permit.stopped_on = Permit.Status.VALID, None
    permit.save_version(permit.version, fields=["status", "stopped_on"])
    Project.objects.filter(pk=permit.project_id, status=Project.Status.SUSPENDED).update(status=Project.Status.BUILDING)
    _certificate(permit, "resume", reason, day)
    _note(permit, "resume", day, _reason(reason), {"stopped_on": str(stopped)}, {"status": "valid"}, "permit.resumed")
    return permit


@transaction.atomic
def do_revoke(permit_id: int, *, reason: str, on: date | None = None) -> Permit:
    """撤销: the permit was obtained unlawfully (行政许可法 第六十九条)."""
    return _end(permit_id, Permit.Status.REVOKED, "revoke", reason, on, "permit.revoked")


@transaction.atomic
def do_cancel(permit_id: int, *, reason: str, on: date | None = None) -> Permit:
    """注销: the licensed activity has ended (行政许可法 第七十条)."""
    return _end(permit_id, Permit.Status.CANCELLED, "cancel", reason, on, "permit.revoked")


def _end(permit_id: int, status: Permit.Status, kind: str, reason: str, on: date | None, event: str) -> Permit:
    permit, day = locked(permit_id), _today(on)
    refuse_if(rules.permit_status_reasons(permit.status, status))
    before, permit.status = permit.status, status
    permit.save_version(permit.version, fields=["status"])
    Timer.objects.filter(project=permit.project, code=f"start:{permit.pk}", done_on__isnull=True).update(done_on=day)
    _certificate(permit, kind, reason, day)
    _note(permit, kind, day, _reason(reason), {"status": before}, {"status": str(status)}, event)
    return permit


def _certificate(permit: Permit, act: str, reason: str, on: date) -> None:
    """Let the electronic certificate follow its permit."""
    found = Certificate.objects.filter(pk=permit.certificate_id).first() if permit.certificate_id else None
    if found is None:
        return
    if act == "suspend":
        certificates.suspend(found, reason=reason, date_from=on, date_to=None)
    else:
        {"resume": certificates.resume, "revoke": certificates.revoke, "cancel": certificates.cancel, "lapse": certificates.void}[act](
            found, reason=reason
        )


def lapse_due(on: date | None = None) -> int:
    """废止 of every permit whose start limit has passed without a start; enforcement is told by event. Returns how many."""
    day = _today(on)
    due = Permit.objects.filter(status=Permit.Status.VALID, started_on__isnull=True, start_deadline__lt=day).order_by("id")[:200]
    done = 0
    for permit in due:
        if rules.lapsed(permit.start_deadline, started_on=permit.started_on, on=day):
            _end(permit.pk, Permit.Status.LAPSED, "lapse", f"截至{permit.start_deadline}未开工，施工许可证自行废止", day, "permit.expired")
            done += 1
    return done
