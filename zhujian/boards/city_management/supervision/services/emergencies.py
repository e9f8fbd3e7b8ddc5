"""Emergencies: first report, response level, reports every day, final report, closing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.supervision.models import Emergency, EmergencyReport
from zhujian.boards.city_management.supervision.rules import emergencies as rules
from zhujian.boards.city_management.supervision.services import records
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Reason, Refusal, refuse_if
from zhujian.foundation.parameters import selectors as parameters


def check_report(values: Mapping[str, Any]) -> list[Reason]:
    """Reasons against a first report."""
    today = timezone.localdate()
    found = parameters.code_check("supervision.emergency_kind", values.get("kind"), today, field="kind")
    found += parameters.code_check("supervision.emergency_level", values.get("level"), today, field="level")
    for name, words in (("title", "事件名称"), ("address", "地点"), ("text", "基本情况")):
        if not str(values.get(name) or "").strip():
            found.append(Reason(f"emergency.{name}", f"请填写{words}。", name))
    if values.get("occurred_at") is None or values["occurred_at"] > timezone.now():
        found.append(Reason("emergency.occurred", "发生时间应早于现在。", "occurred_at"))
    return found


@transaction.atomic
def do_report(values: Mapping[str, Any]) -> Emergency:
    """首报: register an emergency; the offices above are told at once."""
    records.demand("emergency", "report")
    office = records.own_office()
    refuse_if(check_report(values))
    now = timezone.now()
    limit = timedelta(minutes=records.number("first_report", office.region_code))
    row = Emergency.objects.create(
        number=records.next_number("急", office.region_code), title=values["title"].strip()[:120], kind=values["kind"], level=values["level"],
        occurred_at=values["occurred_at"], address=values["address"].strip()[:200], location=records.point(values, office.region_code), region_code=office.region_code,
        first_late=rules.first_report_late(values["occurred_at"], now, limit), parties=[f"org:{office.code}"], created_by=scope.current().actor_id,
    )  # fmt: skip
    _add(row, "first", values, office)
    above = {org.code for code in identity.covering_codes(row.region_code) for org in Organisation.objects.filter(
        region_code=code, authorities__overlap=list(records.RECEIVING), is_active=True)}  # fmt: skip
    label = parameters.code_label("supervision.emergency_level", row.level)
    records.prove("supervision.emergency", row, {"number": row.number, "kind": row.kind, "level": row.level}, event=True)
    records.tell(above, title=f"突发事件首报：{row.title}", body=f"{label}，{row.address}", link=f"/supervision/emergencies/{row.pk}/", level="urgent",
                 roles=("superviser", "supervisor", "dispatcher", "leader", "approver"))  # fmt: skip
    return row


def _add(row: Emergency, kind: str, values: Mapping[str, Any], office: Any) -> EmergencyReport:
    return EmergencyReport.objects.create(
        emergency=row, kind=kind, at=timezone.now(), text=str(values["text"]).strip()[:4000], measures=str(values.get("measures") or "").strip()[:4000],
        deaths=values.get("deaths") or 0, injuries=values.get("injuries") or 0, reporter=scope.current().actor_name, org_name=office.name,
        region_code=row.region_code, parties=row.parties, created_by=scope.current().actor_id,
    )  # fmt: skip


@transaction.atomic
def do_follow_up(emergency_id: int, kind: str, values: Mapping[str, Any]) -> EmergencyReport:
    """续报、日报、终报. Nothing after the final report."""
    records.demand("emergency", "report")
    row = records.locked(Emergency, emergency_id, "起突发事件")
    if row.state == Emergency.State.CLOSED:
        raise Conflict("emergency.closed", "事件已经办结，不能再报告。")
    if kind not in ("continued", "daily", "final"):
        raise Refusal("emergency.report_kind", "请选择续报、日报或终报。", "kind")
    if EmergencyReport.objects.filter(emergency=row, kind="final").exists():
        raise Conflict("emergency.final_done", "终报已经提交，不能再报告。")
    if not str(values.get("text") or "").strip():
        raise Refusal("emergency.text", "请填写最新情况。", "text")
    made = _add(row, kind, values, records.own_office())
    records.prove(
        "supervision.emergency_report",
        row,
        {"number": row.number, "kind": kind, "deaths": made.deaths, "injuries": made.injuries},
    )
    return made


@transaction.atomic
def do_respond(emergency_id: int, *, level: str, commander: str) -> Emergency:
    """Start the response, or change its level."""
    records.demand("emergency", "respond")
    row = records.locked(Emergency, emergency_id, "起突发事件")
    if row.state not in (Emergency.State.REPORTED, Emergency.State.RESPONDING):
        raise Conflict("emergency.ended", "应急响应已经终止，不能再启动。")
    refuse_if(rules.level_reasons(row.response, level))
    before, row.response, row.state = row.response, level, Emergency.State.RESPONDING
    row.commander = commander.strip()[:64] or row.commander
    row.response_from = row.response_from or timezone.now()
    row.save_version(row.version, fields=["response", "state", "commander", "response_from"])
    records.prove(
        "supervision.response", row, {"number": row.number, "from": before, "to": level, "commander": row.commander}, event=True
    )
    return row


@transaction.atomic
def do_end_response(emergency_id: int, *, reason: str) -> Emergency:
    """End the response."""
    records.demand("emergency", "respond")
    row = records.locked(Emergency, emergency_id, "起突发事件")
    if row.state != Emergency.State.RESPONDING:
        raise Conflict("emergency.no_response", "当前没有正在进行的应急响应。")
    reason = records.needed(reason, "reason", "请写明终止响应的理由。")
    row.state, row.response_to = Emergency.State.ENDED, timezone.now()
    row.save_version(row.version, fields=["state", "response_to"])
    records.prove("supervision.response_ended", row, {"number": row.number, "reason": reason}, event=True)
    return row


@transaction.atomic
def do_close(emergency_id: int, *, conclusion: str) -> Emergency:
    """Close after the response has ended and the final report is in."""
    records.demand("emergency", "respond")
    row = records.locked(Emergency, emergency_id, "起突发事件")
    kinds = list(EmergencyReport.objects.filter(emergency=row).values_list("kind", flat=True))
    refuse_if(rules.close_reasons(row.state, kinds, response_on=row.state == Emergency.State.RESPONDING))
    row.conclusion = records.needed(conclusion, "conclusion", "请填写结论。")[:4000]
    row.state, row.closed_at = Emergency.State.CLOSED, timezone.now()
    row.save_version(row.version, fields=["conclusion", "state", "closed_at"])
    records.prove("supervision.emergency_closed", row, {"number": row.number}, event=True)
    return row


def missing_reports(row: Emergency, today: date | None = None) -> list[date]:
    """Days of the response without a report; today counts once the hour for it has passed."""
    if row.response_from is None:
        return []
    now = timezone.localtime()
    end = timezone.localtime(row.response_to).date() if row.response_to else today or now.date()
    if row.response_to is None and today is None and now.hour < records.number("daily_report_by", row.region_code):
        end -= timedelta(days=1)
    start = timezone.localtime(row.response_from).date()
    reported = {timezone.localtime(at).date() for at in row.reports.values_list("at", flat=True)}  # type: ignore[attr-defined]
    return rules.missing_days(start, end, reported)


def daily_words(row: Emergency, now: datetime | None = None) -> str:
    """What is due of an emergency under way: today's report with its hour, missing days, the final report; empty when nothing is."""
    kinds = set(row.reports.values_list("kind", flat=True))  # type: ignore[attr-defined]
    if row.state == Emergency.State.RESPONDING:
        if missing := missing_reports(row):
            return f"缺 {len(missing)} 日的日报，请尽快补报"
        now = timezone.localtime(now)
        if rules.missing_days(
            now.date(), now.date(), {timezone.localtime(at).date() for at in row.reports.values_list("at", flat=True)}
        ):  # type: ignore[attr-defined]
            return f"今日 {records.number('daily_report_by', row.region_code)} 时前提交日报"
        return "今日已报告"
    if row.state == Emergency.State.REPORTED:
        return "待研判是否启动响应"
    return "可以办结" if "final" in kinds else "待提交终报"


def remind_daily() -> int:
    """Ask for today's report where it is missing after the hour; once a day. For the worker."""
    today, count = timezone.localdate(), 0
    for row in Emergency.objects.filter(state="responding").order_by("id")[:200]:
        if today in missing_reports(row):
            codes = [key[4:] for key in row.parties]
            records.tell(codes, title=f"请提交今日日报：{row.title}", body="应急响应期间每日报告一次。", link=f"/supervision/emergencies/{row.pk}/",
                         level="warn", dedupe=f"supervision.daily:{row.pk}:{today}")  # fmt: skip
            count += 1
    return count
