"""Circulars: the platform drafts one when a limit has passed, people draft the others, the head publishes."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from zhujian.boards.city_management.supervision.models import Circular, UnitTask
from zhujian.boards.city_management.supervision.rules import tasks as rules
from zhujian.boards.city_management.supervision.services import records
from zhujian.boards.city_management.supervision.services.tasks import note
from zhujian.foundation.documents import services as documents
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Reason, refuse_if

PER_RUN = 500


def mark_overdue() -> int:
    """Find what should have been signed for or answered; mark it once and draft a circular for the issuer. For the worker."""
    now, count = timezone.now(), 0
    late = Q(state="issued", receipt_late=False, receipt_due__lt=now) | Q(
        state__in=rules.WITH_UNIT, feedback_late=False, due__lt=now
    )
    for unit in UnitTask.objects.select_for_update(skip_locked=True, of=("self",)).filter(late).order_by("id")[:PER_RUN]:
        kind = rules.late(unit.state, now, None if unit.receipt_late else unit.receipt_due, unit.due)
        if not kind:
            continue
        setattr(unit, f"{kind}_late", True)
        unit.save_version(unit.version, fields=[f"{kind}_late"])
        _draft_overdue(unit, kind)
        count += 1
    return count


def _draft_overdue(unit: UnitTask, kind: str) -> None:
    issuer = identity.organisation(unit.issuer_code)
    at = unit.receipt_due if kind == "receipt" else unit.due
    words = "未在规定时限内签收" if kind == "receipt" else "未在规定时限内反馈"
    stamp = timezone.localtime(at).strftime("%Y年%m月%d日%H时%M分") if at else ""
    _, made = Circular.objects.get_or_create(
        unit=unit, kind=kind,
        defaults={
            "title": f"关于{unit.org_name}{words}监督任务的通报"[:120],
            "body": f"{unit.org_name}对监督任务《{unit.title}》（{unit.number}）{words}，应于{stamp}前办理。请立即办理，并将逾期原因书面说明。",
            "named": [unit.org_code], "issuer_code": unit.issuer_code, "issuer_name": unit.issuer_name,
            "region_code": issuer.region_code if issuer else unit.region_code, "parties": [f"org:{unit.issuer_code}"],
        },
    )  # fmt: skip
    note(unit, f"超时{'签收' if kind == 'receipt' else '反馈'}", unit.state, "系统按工作日历判定，已拟通报。")
    records.prove("supervision.overdue", unit, {"number": unit.number, "kind": kind}, event=True)
    if made:
        records.tell([unit.issuer_code], title=f"已拟通报：{unit.org_name}{words}", body=unit.title, link="/r/supervision/circular/?state=draft",
                     roles=("superviser", "supervisor", "leader", "approver"))  # fmt: skip
    records.tell(
        [unit.org_code],
        title=f"监督任务已逾期：{unit.title}",
        body=f"{words}，请立即办理。",
        link=f"/supervision/units/{unit.pk}/",
        level="urgent",
    )


@transaction.atomic
def do_draft(*, kind: str, title: str, body: str, named: Iterable[str]) -> Circular:
    """Draft a circular by hand."""
    records.demand("circular", "draft")
    office, codes = records.own_office(), list(dict.fromkeys(named))
    found = []
    if kind not in (Circular.Kind.PRAISE, Circular.Kind.GENERAL):
        found.append(Reason("circular.kind", "请选择通报类别。", "kind"))
    found += [
        Reason("circular.unit", f"没有单位 {code}，请重新选择。", "named")
        for code in codes
        if identity.organisation(code) is None
    ]
    if not codes:
        found.append(Reason("circular.named", "请选择通报单位。", "named"))
    refuse_if(found)
    return Circular.objects.create(
        kind=kind, title=records.needed(title, "title", "请填写标题。")[:120], body=records.needed(body, "body", "请填写通报内容。")[:8000], named=codes,
        issuer_code=office.code, issuer_name=office.name, region_code=office.region_code, parties=[f"org:{office.code}"],
        created_by=scope.current().actor_id,
    )  # fmt: skip


@transaction.atomic
def do_publish(circular_id: int, *, title: str = "", body: str = "") -> Circular:
    """签发: number it, set it as a document, let the named units see it and tell them."""
    records.demand("circular", "publish")
    row = records.locked(Circular, circular_id, "份通报")
    records.require_issuer(row.issuer_code)
    if row.state != Circular.State.DRAFT:
        raise Conflict("circular.done", "这份通报已经处理过，请刷新页面。")
    row.title, row.body = (title.strip() or row.title)[:120], (body.strip() or row.body)[:8000]
    row.parties = [f"org:{row.issuer_code}", *(f"org:{code}" for code in row.named)]
    names = [org.name for code in row.named if (org := identity.organisation(code))]
    paper = documents.issue(
        "supervision/circular", region_code=row.region_code, parties=row.parties, subject=f"supervision.circular:{row.pk}", title=row.title,
        fields={"body": [line for line in row.body.splitlines() if line.strip()]}, numbering="城管督", addressee="、".join(names)[:200],
        issuer=identity.organisation(row.issuer_code),
    )  # fmt: skip
    row.number, row.state, row.published_at = paper.number, Circular.State.PUBLISHED, timezone.now()
    row.save_version(row.version, fields=["title", "body", "parties", "number", "state", "published_at"])
    records.prove("supervision.circular", row, {"number": row.number, "kind": row.kind, "named": row.named}, event=True)
    records.tell(
        row.named, title=f"通报：{row.title}", body=row.body[:200], link=f"/supervision/circulars/{row.pk}/", level="warn"
    )
    return row


@transaction.atomic
def do_drop(circular_id: int, *, reason: str) -> Circular:
    """不予通报: the draft stays with its reason; the lateness stays marked."""
    records.demand("circular", "publish")
    row = records.locked(Circular, circular_id, "份通报")
    records.require_issuer(row.issuer_code)
    if row.state != Circular.State.DRAFT:
        raise Conflict("circular.done", "这份通报已经处理过，请刷新页面。")
    reason = records.needed(reason, "reason", "请写明不予通报的理由。")
    row.state, row.body = Circular.State.DROPPED, f"{row.body}\n\n不予通报：{reason}"[:8000]
    row.save_version(row.version, fields=["state", "body"])
    records.prove("supervision.circular_dropped", row, {"title": row.title, "reason": reason})
    return row
