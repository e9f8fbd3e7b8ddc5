"""After a case is closed: it is never opened again. What turns out badly becomes a new report, linked to it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, Report
from zhujian.boards.city_management.command.services import record
from zhujian.boards.city_management.command.services.intake import do_report
from zhujian.boards.city_management.command.services.photos import PhotoIn
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal, refuse_if
from zhujian.foundation.parameters import selectors as parameters

DISSATISFIED = "4"


@transaction.atomic
def do_recur(case_id: int, description: str, files: Sequence[PhotoIn | File] = ()) -> Report:
    """A closed case turns out not to be mended (复查不合格, 反复发生): a new report linked to it; the closed case stays as it is."""
    record.visible_case(case_id)
    case = Case.objects.get(pk=case_id)
    if case.is_open:
        raise Conflict("recur.open", "案件还没有结束，请在办理中返工，不要另行上报。")
    if "inspector" in scope.current().roles:  # who stands there and sees it reports it
        return _follow(case, "patrol", description, files)
    return _for_reporter(case, description, files)


def _follow(case: Case, source: str, description: str, files: Sequence[PhotoIn | File] = (), **values: object) -> Report:
    return do_report(
        source=source, lon=case.location.x, lat=case.location.y, description=description, kind=case.kind, class_code=case.class_code,
        component_code=case.component_code, address=case.address, region_code=case.region_code, previous_id=case.pk, files=files, **values,  # type: ignore[arg-type]
    )  # fmt: skip


def _for_reporter(case: Case, description: str, files: Sequence[PhotoIn | File] = (), client_key: UUID | None = None) -> Report:
    """A follow-up in the name of whoever first reported the case: the office writes it down, the reporter gets the answers."""
    first = Report.objects.filter(case=case).order_by("id").first()
    if first is None:
        return _follow(case, case.source, description, files, client_key=client_key)
    return _follow(
        case, first.source, description, files, client_key=client_key, behalf_of=first, external_no=first.external_no,
        reporter_name=first.reporter_name, reporter_phone=first.reporter_phone, anonymous=first.anonymous,
    )  # fmt: skip


@transaction.atomic
def do_resolve_call_back(case_id: int, satisfaction: str, note: str = "") -> Case:
    """Keep what the reporter said of a closed case (code of ``command.satisfaction``).

    Who is not satisfied gets a linked follow-up, once: a case that is itself such a follow-up is not followed again. The call is made by
    the hotline's or the centre's people, or by the reporter's own answer (module ``public_service``, in a system scope).
    """
    who, now = scope.current(), timezone.now()
    with scope.system("满意度回访"):
        case = record.lock(case_id)
        record.require_role(who, case, "acceptor", "shift_leader", "assessor")
        refuse_if(parameters.code_check("command.satisfaction", satisfaction, timezone.localdate(now), field="satisfaction"))
        if case.state not in ("closed", "forced"):
            raise Conflict("call_back.open", "案件结案后才能回访。")
        if case.satisfaction:
            raise Conflict("call_back.done", "这件案件已经回访过。")
        if satisfaction == DISSATISFIED and not note.strip():
            raise Refusal("call_back.note", "不满意的请记下原因，作为再次办理的依据。", "note")
        record.change(case, satisfaction=satisfaction, called_back_at=now)
        record.step(case, "call_back", now=now, opinion=note, satisfaction=satisfaction)
        record.save(case)
        if satisfaction == DISSATISFIED and case.previous_id is None:
            first = Report.objects.filter(case=case).order_by("id").values_list("client_key", flat=True).first()
            key = uuid5(first, "call_back") if first else None
            _for_reporter(case, f"回访不满意：{note.strip()}"[:500], client_key=key)
    return case
