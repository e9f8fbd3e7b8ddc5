"""施工许可证: issue, extension, change, suspension, resumption, revocation, lapse (建筑法 第七条至第十条)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.construction.project_management import rules, steps
from zhujian.boards.construction.project_management.models import Participation, Permit, PermitAct, Project, Timer
from zhujian.boards.construction.project_management.services import facts
from zhujian.boards.construction.project_management.services.sharing import live_reasons, owned, replace_firm
from zhujian.foundation.certificates import services as certificates
from zhujian.foundation.certificates.models import Certificate
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.workflow import subjects as workflow

CHANGEABLE = ("contractor_name", "contract_wan", "gfa_m2")


def _day(permit: Permit, on: date | None) -> date:
    """The day of an act: today unless said otherwise, never in the future and never before the permit."""
    today = timezone.localdate()
    day = on or today
    if day > today:
        raise Refusal("permit.date.future", f"日期不能晚于今天（{today}），请核对。", "on")
    if day < permit.issued_on:
        raise Refusal("permit.date.early", f"日期不能早于发证日期{permit.issued_on}，请核对。", "on")
    return day


def require_issuer(project: Project) -> None:
    """Refuse unless an official of the issuing authority acts."""
    who = scope.current()
    if not who.is_system and (who.kind != "official" or steps.step("C07", project.region_code).authority not in who.authorities):
        raise NotAllowed("permit.issuer", "这项操作由施工许可证的发证机关办理。如需办理，请向发证机关提出申请。")


def require_builder(project: Project) -> None:
    """Refuse unless the developer, the contractor or the issuing authority acts."""
    who = scope.current()
    if who.is_system:
        return
    if who.kind != "enterprise":
        require_issuer(project)
        return
    own = {key[4:] for key in who.keys if key.startswith("org:")}
    building = project.developer_code in own
    if (
        not building
        and not Participation.objects.filter(project=project, role="CON", org_code__in=own, valid_to__isnull=True).exists()
    ):
        raise NotAllowed("permit.party", "只有建设单位和施工总承包单位可以报告停工、复工。")


def locked(permit_id: int) -> Permit:
    """The permit, locked for this transaction, with its project."""
    found = Permit.objects.select_for_update(of=("self",)).select_related("project").filter(pk=permit_id).first()
    if found is None:
        raise NotFound("permit.not_found", "没有找到这张施工许可证，可能不在您的管辖范围内。")
    refuse_if(live_reasons(found.project))
    return found


def _note(
    permit: Permit, kind: str, on: date, reason: str, before: Mapping[str, Any], after: Mapping[str, Any], event: str
) -> PermitAct:
    project = permit.project
    act = PermitAct.objects.create(
        **owned(project), permit=permit, kind=kind, on=on, reason=reason, before=dict(before), after=dict(after),
        actor_name=scope.current().actor_name,
    )  # fmt: skip
    payload = {
        "projectCode": project.code,
        "permit": permit.number,
        "kind": kind,
        "on": on.isoformat(),
        "version": permit.version,
    }
    events.publish(event, subject=project.subject, region_code=project.region_code, parties=project.parties, payload=payload)
    evidence.record(
        f"permit.{kind}", object_id=project.subject, region_code=project.region_code, parties=project.parties,
        payload={**payload, "before": dict(before), "after": dict(after), "reason": reason},
    )  # fmt: skip
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
    """Register an issued permit and start its clock: works must begin within three months (建筑法 第九条).

    A later phase of works that already run has begun with its permit.
    """
    limit = rules.start_limit(on, first=facts.span("permit_start", on, project.region_code))
    running = project.status == Project.Status.BUILDING
    permit = Permit.objects.create(
        **owned(project), number=number, phase="" if phase == "W" else phase, issued_on=on, start_deadline=limit,
        certificate_id=certificate_id, contract_wan=contract_wan, gfa_m2=gfa_m2, contractor_name=contractor_name,
        started_on=on if running else None,
    )  # fmt: skip
    Timer.objects.create(
        **owned(project), kind=Timer.Kind.DUTY, code=f"start:{permit.pk}", title=f"开工（施工许可证 {number}）", starts_on=on,
        due_on=limit, basis="建筑法 第九条", done_on=on if running else None,
    )  # fmt: skip
    return permit


def check_extend(permit: Permit, months: int, *, on: date) -> list[Reason]:
    """Reasons against putting off the start of works by `months`."""
    region = permit.project.region_code
    first, longest = facts.span("permit_start", permit.issued_on, region), facts.span("permit_extension", on, region)
    wanted = rules.Span(months, "month")
    granted = [
        rules.Span(act.after["months"], "month") for act in PermitAct.objects.filter(permit=permit, kind="extend").order_by("id")
    ]
    return [
        *rules.permit_status_reasons(permit.status, "valid"),
        *rules.extension_reasons(
            permit.issued_on, on=on, wanted=wanted, first=first, granted=granted, longest=longest,
            most=int(facts.number("permit_extensions_max", on, region)), started=permit.started_on is not None,
        ),
    ]  # fmt: skip


@transaction.atomic
def do_extend(permit_id: int, *, months: int, reason: str, on: date | None = None) -> Permit:
    """延期开工: at most two extensions of at most three months, asked for (`on`) before the limit ends."""
    permit = locked(permit_id)
    require_issuer(permit.project)
    day = _day(permit, on)
    refuse_if(check_extend(permit, months, on=day))
    before = permit.start_deadline
    permit.start_deadline = rules.Span(months, "month").after(before)
    permit.extensions += 1
    permit.save_version(permit.version, fields=["start_deadline", "extensions"])
    Timer.objects.filter(project=permit.project, code=f"start:{permit.pk}").update(due_on=permit.start_deadline, warned=False)
    _note(permit, "extend", day, _reason(reason), {"start_deadline": before.isoformat()},
          {"start_deadline": permit.start_deadline.isoformat(), "months": months}, "permit.changed")  # fmt: skip
    return permit


def changed(permit: Permit, values: Mapping[str, Any]) -> dict[str, Any]:
    """What of `values` differs from the permit."""
    return {name: values[name] for name in CHANGEABLE if name in values and values[name] not in (None, "", getattr(permit, name))}


def check_change(permit: Permit, values: Mapping[str, Any]) -> list[Reason]:
    """Reasons against changing a permit to `values`."""
    found = []
    if permit.status != Permit.Status.VALID:
        found.append(Reason("permit.status", f"施工许可证目前是“{permit.get_status_display()}”，不能变更。"))
    if not changed(permit, values):
        found.append(Reason("permit.change.nothing", "没有任何变化，请修改后再提交。"))
    return found


@transaction.atomic
def do_change(permit_id: int, values: Mapping[str, Any], *, reason: str, on: date | None = None) -> Permit:
    """变更: contractor, price or area; the number stays, the certificate gets a new edition.

    `values` may name ``contractor_code`` beside ``contractor_name``: that firm then takes the other's place in the project.
    """
    permit = locked(permit_id)
    require_issuer(permit.project)
    day = _day(permit, on)
    refuse_if(check_change(permit, values))
    wanted = changed(permit, values)
    before = {name: str(getattr(permit, name)) for name in wanted}
    for name, value in wanted.items():
        setattr(permit, name, value)
    fields = list(wanted)
    if permit.certificate_id and (old := Certificate.objects.filter(pk=permit.certificate_id).first()):
        surface = dict(old.surface)
        surface |= {
            key: str(wanted[name])
            for name, key in (("contractor_name", "contractor"), ("contract_wan", "contract_price"))
            if name in wanted
        }
        permit.certificate_id = certificates.change(old, surface=surface).pk
        fields.append("certificate_id")
    if "contractor_name" in wanted and values.get("contractor_code"):
        replace_firm(permit.project, "CON", str(values["contractor_code"]), str(wanted["contractor_name"]), day)
    permit.save_version(permit.version, fields=fields)
    _note(permit, "change", day, _reason(reason), before, {k: str(v) for k, v in wanted.items()}, "permit.changed")
    return permit


def check_suspend(permit: Permit, *, on: date) -> list[Reason]:
    """Reasons against stopping works on a day."""
    found = rules.permit_status_reasons(permit.status, "suspended")
    if permit.started_on is None:
        found.append(Reason("permit.suspend.unstarted", "工程还没有开工，不需要办理中止施工；不能按期开工的请申请延期。"))
    elif on < permit.started_on:
        found.append(Reason("permit.suspend.order", f"中止日期不能早于开工日期{permit.started_on}。", "suspended_on"))
    return found


@transaction.atomic
def do_suspend(permit_id: int, *, reason: str, on: date | None = None) -> Permit:
    """中止施工: report within one month of the stop (建筑法 第十条)."""
    permit = locked(permit_id)
    project = permit.project
    require_builder(project)
    day = _day(permit, on)
    refuse_if(check_suspend(permit, on=day))
    permit.status, permit.stopped_on = Permit.Status.SUSPENDED, day
    permit.save_version(permit.version, fields=["status", "stopped_on"])
    due = rules.suspension_report_due(day, within=facts.span("suspension_report", day, project.region_code))
    Timer.objects.create(
        **owned(project),
        kind=Timer.Kind.DUTY,
        code=f"stop:{permit.pk}",
        title="报告中止施工",
        starts_on=day,
        due_on=due,
        basis="建筑法 第十条",
    )
    Project.objects.filter(pk=project.pk, status=Project.Status.BUILDING).update(status=Project.Status.SUSPENDED)
    _certificate(permit, "suspend", reason, day)
    _note(
        permit,
        "suspend",
        day,
        _reason(reason),
        {"status": "valid"},
        {"status": "suspended", "report_due": due.isoformat()},
        "permit.suspended",
    )
    return permit


@transaction.atomic
def do_report_stop(permit_id: int, *, on: date | None = None) -> None:
    """The report of a stop has come in."""
    permit = locked(permit_id)
    require_builder(permit.project)
    day = _day(permit, on)
    refuse_if(
        [] if permit.status == Permit.Status.SUSPENDED else [Reason("permit.report.state", "施工许可证没有中止，无需报告。")]
    )
    Timer.objects.filter(project=permit.project, code=f"stop:{permit.pk}", done_on__isnull=True).update(done_on=day)
    _note(permit, "report", day, "报告中止施工", {}, {"reported_on": day.isoformat()}, "permit.changed")


@transaction.atomic
def do_reverify(permit_id: int, *, reason: str, on: date | None = None) -> None:
    """核验施工许可证 before works resume after a year or more."""
    permit = locked(permit_id)
    require_issuer(permit.project)
    day = _day(permit, on)
    refuse_if(
        [] if permit.status == Permit.Status.SUSPENDED else [Reason("permit.reverify.state", "只有中止施工的许可证需要核验。")]
    )
    _note(permit, "reverify", day, _reason(reason), {}, {"reverified_on": day.isoformat()}, "permit.changed")


def check_resume(permit: Permit, *, on: date) -> list[Reason]:
    """Reasons against resuming works on a day."""
    if permit.status != Permit.Status.SUSPENDED or permit.stopped_on is None:
        return [Reason("permit.resume.state", "这张施工许可证没有中止施工，无需恢复。")]
    acts = PermitAct.objects.filter(permit=permit, on__gte=permit.stopped_on)
    reported = acts.filter(kind="report").order_by("-id").values_list("on", flat=True).first()
    verified = acts.filter(kind="reverify").order_by("-id").values_list("on", flat=True).first()
    return rules.resume_reasons(
        permit.stopped_on,
        on,
        after=facts.span("reverify_after", on, permit.project.region_code),
        reported_on=reported,
        reverified_on=verified,
    )


@transaction.atomic
def do_resume(permit_id: int, *, reason: str, on: date | None = None) -> Permit:
    """恢复施工; after a year or more only with a verified permit (建筑法 第十条)."""
    permit = locked(permit_id)
    require_builder(permit.project)
    day = _day(permit, on)
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
    permit = locked(permit_id)
    require_issuer(permit.project)
    return _end(permit, Permit.Status.REVOKED, "revoke", _reason(reason), _day(permit, on), "permit.revoked")


@transaction.atomic
def do_cancel(permit_id: int, *, reason: str, on: date | None = None) -> Permit:
    """注销: the licensed activity has ended (行政许可法 第七十条)."""
    permit = locked(permit_id)
    require_issuer(permit.project)
    return _end(permit, Permit.Status.CANCELLED, "cancel", _reason(reason), _day(permit, on), "permit.cancelled")


def _end(permit: Permit, status: Permit.Status, kind: str, reason: str, day: date, event: str) -> Permit:
    refuse_if(rules.permit_status_reasons(permit.status, status))
    before, permit.status = permit.status, status
    permit.save_version(permit.version, fields=["status"])
    Timer.objects.filter(project=permit.project, code=f"start:{permit.pk}", done_on__isnull=True).update(done_on=day)
    _certificate(permit, kind, reason, day)
    _note(permit, kind, day, reason, {"status": before}, {"status": str(status)}, event)
    return permit


def _certificate(permit: Permit, act: str, reason: str, on: date) -> None:
    """Let the electronic certificate follow its permit."""
    found = Certificate.objects.filter(pk=permit.certificate_id).first() if permit.certificate_id else None
    if found is None:
        return
    if act == "suspend":
        certificates.suspend(found, reason=reason, date_from=on, date_to=None)
    else:
        {"resume": certificates.resume, "revoke": certificates.revoke, "cancel": certificates.cancel, "lapse": certificates.void}[
            act
        ](found, reason=reason)


def lapse_due(on: date | None = None) -> int:
    """废止 of every permit whose start limit has passed without a start; enforcement is told by event. Returns how many."""
    day = on or timezone.localdate()
    due = Permit.objects.filter(status=Permit.Status.VALID, started_on__isnull=True, start_deadline__lt=day).order_by("id")
    done = 0
    for permit in due.exclude(project__status__in=("extinct", "withdrawn"))[:200]:
        # An extension asked for in time is decided first: the limit rests until then.
        asked = workflow.running("permit_request", permit.subject)
        if asked is None and rules.lapsed(permit.start_deadline, started_on=permit.started_on, on=day):
            why = f"截至{permit.start_deadline}未开工，施工许可证自行废止"
            _watch(_end(locked(permit.pk), Permit.Status.LAPSED, "lapse", why, day, "permit.expired"), day)
            done += 1
    return done


def _watch(permit: Permit, on: date) -> None:
    """Tell enforcement that works on this site would now be works without a permit."""
    project = permit.project
    events.publish(
        "enforcement.watch", subject=project.subject, region_code=project.region_code, parties=project.parties,
        payload={"projectCode": project.code, "permit": permit.number, "on": on.isoformat(), "reason": "施工许可证自行废止，现场施工即为未取得施工许可证施工"},
    )  # fmt: skip
