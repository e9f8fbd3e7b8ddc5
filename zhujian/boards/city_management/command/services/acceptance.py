"""受理: the common pool, refusing, merging, and turning a report into a case."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, DuplicateProposal, Photo, Report
from zhujian.boards.city_management.command.rules import reports as rules
from zhujian.boards.city_management.command.selectors import matching
from zhujian.boards.city_management.command.services import clock, levels, photos, record
from zhujian.boards.city_management.digital_city import selectors as city
from zhujian.boards.city_management.digital_city.models import Condition
from zhujian.foundation.classification import selectors as classification
from zhujian.foundation.events.services import publish
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.messages import services as messages
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow import services as workflow

DESK = ("acceptor", "shift_leader")


def _locked(report_id: int, who: scope.Scope, states: tuple[str, ...]) -> Report:
    """The report, locked; refused unless the actor is the centre's and the report in one of `states`."""
    found = Report.objects.select_for_update().filter(pk=report_id).first()
    if found is None:
        raise NotFound("report.absent", "没有找到这条上报，可能不在您的管辖范围内。")
    record.require_role(who, found, *DESK, authority="UMS")
    levels.require_accepting(who, found.region_code)
    if found.state == Report.State.TAKEN and found.taken_by not in (None, who.actor_id) and "shift_leader" not in who.roles:
        raise Conflict("report.taken", f"这条上报已由{found.taken_by_name}领取，请与其联系，或办理其他上报。")
    if found.state not in states:
        raise Conflict("report.state", f"这条上报{found.get_state_display()}，不能再办理这一步，请刷新页面。")
    return found


def _save(report: Report, **values: Any) -> None:
    for name, value in values.items():
        setattr(report, name, value)
    report.save_version(report.version, fields=list(values))


@transaction.atomic
def do_take(report_id: int) -> Report:
    """Take a waiting report out of the common pool; the first owns it. Likely duplicates are put before the acceptor."""
    who = scope.current()
    with scope.system("受理上报"):
        report = _locked(report_id, who, (Report.State.WAITING,))
        _save(report, state=Report.State.TAKEN, taken_by=who.actor_id, taken_by_name=who.actor_name, taken_at=timezone.now())
        propose(report)
    return report


@transaction.atomic
def do_release(report_id: int) -> Report:
    """Give a taken report back to the pool."""
    who = scope.current()
    with scope.system("退回公共池"):
        report = _locked(report_id, who, (Report.State.TAKEN,))
        _save(report, state=Report.State.WAITING, taken_by=None, taken_by_name="", taken_at=None)
    return report


def propose(report: Report, kind: str = "", class_code: str = "") -> list[DuplicateProposal]:
    """Write down which open cases the report may be about; a person decides."""
    found = matching.candidates(report, kind=kind, class_code=class_code)
    rows = [
        DuplicateProposal(
            report=report, case_id=one.case_id, distance_m=one.distance_m, score=one.score, region_code=report.region_code
        )
        for one in found
    ]
    DuplicateProposal.objects.bulk_create(rows, ignore_conflicts=True)
    return list(DuplicateProposal.objects.filter(report=report, decision="").select_related("case").order_by("-score"))


@transaction.atomic
def do_refuse(report_id: int, reason_code: str, text: str) -> Report:
    """Turn a report down with a reason; whoever reported is answered."""
    who, now = scope.current(), timezone.now()
    with scope.system("不予受理"):
        report = _locked(report_id, who, (Report.State.WAITING, Report.State.TAKEN))
        found = parameters.code_check("command.refuse_reason", reason_code, timezone.localdate(now), field="reason_code")
        if not text.strip():
            found.append(Reason("report.refuse_text", "请写明不予受理的理由，理由将答复上报人。", "text"))
        refuse_if(found)
        _save(report, state=Report.State.REFUSED, reason_code=reason_code, reason=text.strip()[:300], taken_by=who.actor_id,
              taken_by_name=who.actor_name)  # fmt: skip
        answer([report], f"您上报的问题不予受理：{text.strip()}"[:300])
        _tell("refused", report, reason_code=reason_code)
    return report


@transaction.atomic
def do_merge(report_id: int, case_id: int) -> Report:
    """Confirm that a report is about an open case: it counts as a report, the case stays one, and both reporters will be answered."""
    from zhujian.boards.city_management.command.services.oversight import by_rule

    who, now = scope.current(), timezone.now()
    with scope.system("并入案件"):
        report = _locked(report_id, who, (Report.State.WAITING, Report.State.TAKEN))
        case = record.lock(case_id)
        record.require_role(who, case, *DESK, authority="UMS")
        if not case.is_open:
            raise Conflict("merge.closed", "这件案件已经结束，不能并入。请为这条上报另立案件，并关联前案。")
        _save(report, state=Report.State.MERGED, case=case, taken_by=who.actor_id, taken_by_name=who.actor_name)
        _decide(report, case, who, now)
        record.change(case, report_count=case.report_count + 1, reporters=_with(case.reporters, report))
        record.step(case, "merge", now=now, role="acceptor", receiver=report.number, report=report.number)
        if case.org_code:  # a department has it: reported again and again, it is supervised
            by_rule(case, now)
        record.save(case)
        if case.parties:
            photos.share(case)
        _tell("merged", report, case=case.number)
    return report


def _with(reporters: list[int], report: Report) -> list[int]:
    return reporters if report.reporter is None or report.reporter in reporters else [*reporters, report.reporter]


def _decide(report: Report, case: Case | None, who: scope.Scope, now: Any) -> None:
    """Keep what the acceptor decided about every proposal."""
    rows = DuplicateProposal.objects.filter(report=report, decision="")
    if case is not None:
        DuplicateProposal.objects.get_or_create(
            report=report, case=case, defaults={"distance_m": matching.metres(report, case), "score": 0, "region_code": report.region_code}
        )  # fmt: skip
        rows.filter(case=case).update(decision="merge", decided_by=who.actor_id, decided_at=now)
    DuplicateProposal.objects.filter(report=report, decision="").update(decision="apart", decided_by=who.actor_id, decided_at=now)


def answer(reports: list[Report], text: str) -> None:
    """Answer everybody who reported: kept with the report, and a message to those with an account."""
    now = timezone.now()
    for report in reports:
        _save(report, answered_at=now, answer=text[:300])
        if report.reporter:
            messages.send(
                [f"person:{report.reporter}"], title=f"上报{report.number}的答复", body=text[:300], dedupe=f"command.answer:{report.pk}:{text[:40]}"
            )  # fmt: skip


def _tell(name: str, report: Report, **more: Any) -> None:
    now = timezone.now()
    publish(
        f"report.{name}", subject=report.subject, region_code=report.region_code, parties=report.parties,
        payload={"number": report.number, "region_code": report.region_code, "state": report.state, "report_numbers": [report.number],
                 "at": now.isoformat(), "answer": report.answer, "external_no": report.external_no, **more},
    )  # fmt: skip
    evidence.record(
        f"report.{name}", object_id=report.subject, region_code=report.region_code, payload={"number": report.number, **more},
        parties=report.parties,
    )  # fmt: skip


# -- a report becomes a case -------------------------------------------------------------------------------------------------------


def verification(source: str, region_code: str, on: date) -> str:
    """Whether a report of this source is looked at on site before it is filed: ``must``, ``may`` or ``no`` (`rules.reports.verification`)."""
    machine = parameters.value("command.machine_verify", on=on, region=region_code).value
    return rules.verification(source, dict(parameters.code_list("command.direct_source", on)), str(machine))


def check_filing(
    *, kind: str, class_code: str, condition_id: int | None, grid_code: str, region_code: str, component_code: str, on: date
) -> tuple[list[Reason], Any, Condition | None]:
    """(reasons, class, condition): whether something may be filed as a case (立案条件, general part)."""
    reasons: list[Reason] = []
    if not grid_code:
        reasons.append(Reason("case.outside", "位置不在任何单元网格内，不属于管理区域，不能立案。请核对位置。", "location"))
    item = classification.item(kind, class_code, region_code, on) if kind in ("component", "event") else None
    if item is None:
        return [*reasons, Reason("case.class", "请选择部件或事件的小类。", "class_code")], None, None
    known = city.conditions(item, region_code, on)
    condition = next((one for one in known if one.pk == condition_id), None)
    if known and condition is None:
        reasons.append(Reason("case.condition", "请选择立案条件，时限和结案条件由它确定。", "condition_id"))
    if component_code and kind == "component":
        reasons += [
            Reason(r.code, r.message, "component_code") for r in classification.check_component(component_code, region_code, on)
        ]
    return reasons, item, condition


def stages_of(condition: Condition | None) -> list[Condition]:
    """The condition with the stages that follow it (围护 → 修复 → 恢复), in order."""
    if condition is None:
        return []
    rows = Condition.objects.filter(
        item_id=condition.item_id, number=condition.number, region_code=condition.region_code, valid_from=condition.valid_from,
        stage__gte=condition.stage,
    ).order_by("stage")  # fmt: skip
    return list(rows)


@transaction.atomic
def do_accept(
    report_id: int, kind: str, class_code: str, condition_id: int | None = None, urgent: bool = False, *, verify: bool | None = None,
    description: str = "", address: str = "", component_code: str | None = None, previous_id: int | None = None, opinion: str = "",
) -> Case:  # fmt: skip
    """Accept a report as a case and start its process: to be verified on site, or filed at once.

    `verify` None: as the source asks for it. An inspector's own find and a superior's order may be filed directly; everything else is
    verified first (a True for those is allowed, a False for others refused), but a camera's or a sensor's find may be filed on a person's
    judgement where the city allows that. Open proposals of duplicates are thereby decided as something else. `previous_id`: the closed case
    that this one happens again after.
    """
    who, now = scope.current(), timezone.now()
    today = timezone.localdate(now)
    with scope.system("受理立案"):
        report = _locked(report_id, who, (Report.State.WAITING, Report.State.TAKEN))
        code = report.component_code if component_code is None else component_code.strip()
        found, item, condition = check_filing(
            kind=kind, class_code=class_code, condition_id=condition_id, grid_code=report.grid_code, region_code=report.region_code,
            component_code=code, on=today,
        )  # fmt: skip
        need = verification(report.source, report.region_code, today)
        wanted = need != "no"
        if verify is False and need == "must":
            found.append(Reason("case.verify", "公众举报等须先派监督员核实，不能直接立案。", "verify"))
        if verify is False and need == "may":
            found += rules.check_judgement(Photo.objects.filter(report=report).count(), opinion)
        if not wanted and verify is not True and report.reporter == who.actor_id:
            found.append(Reason("case.own_report", "这条上报由您上报，不能由您自己立案，请由其他受理员办理。"))
        previous = _previous(previous_id or report.previous_id, found)
        refuse_if(found)
        case = _new(report, item, condition, code, urgent or report.urgent, who, now, previous)
        case.description = (description or report.description).strip()[:500]
        case.address = (address or report.address).strip()[:200]
        verifying = wanted if verify is None else verify
        if not verifying:
            case.registered_at, case.registered_by = now, who.actor_id
        case.number = record.next_number(report.region_code, today)
        case.save(force_insert=True)
        _save(
            report, state=Report.State.VERIFYING if verifying else Report.State.REGISTERED, case=case, kind=kind, class_code=class_code,
            taken_by=who.actor_id, taken_by_name=who.actor_name, taken_at=report.taken_at or now,
        )  # fmt: skip
        _decide(report, None, who, now)
        return _begin(case, report, verifying, who, now, opinion)


def _previous(case_id: int | None, found: list[Reason]) -> Case | None:
    if case_id is None:
        return None
    previous = Case.objects.filter(pk=case_id).first()
    if previous is None or previous.is_open:
        found.append(Reason("case.previous", "前案应是已经结束的案件；还没有结束的，请把上报并入它。", "previous_id"))
    return previous


def _new(
    report: Report, item: Any, condition: Condition | None, component_code: str, urgent: bool, who: scope.Scope, now: Any, previous: Case | None
) -> Case:  # fmt: skip
    stages = stages_of(condition)
    return Case(
        kind=item.kind, class_code=item.code, class_name=item.name, condition=condition, stages=max(len(stages), 1),
        limit_text=condition.limit if condition else "", location=report.location, grid_code=report.grid_code,
        community=report.community, component_code=component_code, source=report.source, urgent=urgent, reported_at=report.received_at,
        accepted_at=now, accepted_by=who.actor_id, register_due=clock.until("limit_register", report, report.received_at), previous=previous,
        reporters=_with([], report), supervision_side=[who.actor_id] if who.actor_id else [], region_code=report.region_code,
        parties=[], created_by=who.actor_id,
    )  # fmt: skip


def _begin(case: Case, report: Report, verifying: bool, who: scope.Scope, now: Any, opinion: str) -> Case:
    """Start the process; the log's first lines; the event."""
    workflow.start(
        record.PROCESS, subject=case.subject, region_code=case.region_code, title=f"{case.class_name} {case.number}",
        facts={"entry": "verify" if verifying else "direct", "kind": case.kind, "class_code": case.class_code, "urgent": int(case.urgent)},
    )  # fmt: skip
    case = Case.objects.get(pk=case.pk)
    record.step(
        case, "accept" if verifying else "register", now=now, before=report.State.WAITING, role="acceptor", opinion=opinion,
        stage_due=case.register_due, source=report.source, report=report.number,
    )  # fmt: skip
    record.prove("accepted", case, report=report.number, verify=verifying)
    if not verifying:
        record.prove("registered", case, class_code=case.class_code, limit=case.limit_text)
        record.tell("registered", case, now)
    if case.previous_id:
        record.tell("recurred", case, now, previous=case.previous.number if case.previous else "")
    return case


@transaction.atomic
def do_mark_duplicate(case_id: int, master_id: int, opinion: str) -> Case:
    """An accepted case turns out to be one that is open already (X2): it ends as duplicate, its reports move to the master."""
    from zhujian.boards.city_management.command.services.ending import end_early

    who, now = scope.current(), timezone.now()
    record.visible_case(case_id)
    with scope.system("并案"):
        if case_id == master_id:
            raise Refusal("merge.self", "不能并入自己，请选择另一件案件。", "master")
        first, second = (record.lock(pk) for pk in sorted((case_id, master_id)))
        case, master = (first, second) if first.pk == case_id else (second, first)
        for one in (case, master):
            record.require_role(who, one, *DESK, authority="UMS")
            levels.require_accepting(who, one.region_code)
        if case.state not in ("verifying", "to_register", "to_dispatch") or not master.is_open:
            raise Conflict("merge.state", "只能把还没有派遣的案件并入一件未结束的案件。")
        moved = Report.objects.filter(case=case).update(
            case=master, state=Report.State.MERGED, version=F("version") + 1, updated_at=now
        )
        record.change(master, report_count=master.report_count + moved, reporters=sorted({*master.reporters, *case.reporters}))
        record.step(master, "merge", now=now, role="acceptor", receiver=case.number, case=case.number)
        record.save(master)
        record.change(case, master=master, report_count=0)
        return end_early(case, "duplicate", "merged_into", opinion or f"与案件{master.number}为同一问题", now, role="acceptor")
