"""公众诉求: hotline orders, what the public reported itself, and reports taken by phone at the desk; nobody's name, phone or words go out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.data_reporting.rules.schema import Schema, business_key
from zhujian.boards.city_management.data_reporting.services import schemas
from zhujian.boards.city_management.data_reporting.services.sources import Row, kept, register
from zhujian.boards.city_management.public_service.selectors import feed
from zhujian.foundation.kernel.canonical import moment
from zhujian.foundation.parameters import selectors as parameters

CHUNK = 500


def _since(ids: list[int] | None) -> Any:
    return timezone.now() - timedelta(days=schemas.number("reconcile_days")) if ids is None else None


def _row(schema: Schema, payload: dict[str, Any], at: Any, pk: int) -> Row:
    found = kept(payload)
    return Row(business_key(schema, found), str(found.get("regionCode", "")), found, at, pk)


def orders(schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """Orders of 12345 and 12319. Of an order that was asked to be kept secret the place is left out."""
    for order, level in feed.orders(prefix, ids=ids, since=_since(ids)):
        yield _row(schema, {
            "number": order.order_no, "channel": order.source, "kind": order.kind, "classCode": order.submission.class_code if order.submission else "",
            "time": moment(order.called_at), "address": "" if order.secrecy else order.address, "unit": order.unit, "state": order.state,
            "reply": (order.reply or order.return_reason)[:1000], "satisfaction": level, "cases": [order.case_no] if order.case_no else [],
            "regionCode": order.region_code,
        }, None, order.pk)  # fmt: skip


def submissions(schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """What the public reported by web, WeChat or Open311; what came with a hotline's order is told with the order."""
    for one, level in feed.submissions(prefix, ids=ids, since=_since(ids)):
        yield _row(schema, {
            "number": one.number, "channel": one.source, "classCode": one.class_code, "time": moment(one.received_at), "address": one.address,
            "unit": one.unit, "state": one.stage, "reply": one.reason, "satisfaction": level, "cases": [one.case_no] if one.case_no else [],
            "regionCode": one.region_code,
        }, None, one.pk)  # fmt: skip


def desk(schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """Reports of the public that the desk took by phone: they stand in 指挥协调 only."""
    rows = Report.objects.filter(region_code__gte=prefix, region_code__lt=prefix + "~", source__in=_public()).select_related(
        "case"
    )
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    since = _since(ids)
    if since is not None:
        rows = rows.filter(updated_at__gte=since)
    for report in feed.without_submission(rows.order_by("pk").iterator(chunk_size=CHUNK)):
        case = report.case
        yield _row(schema, {
            "number": report.number, "channel": report.source, "classCode": case.class_code if case else report.class_code,
            "time": moment(report.received_at), "address": report.address, "unit": case.org_name if case else "", "state": case.state if case else report.state,
            "reply": (report.answer or report.reason)[:1000], "satisfaction": case.satisfaction if case else "", "cases": [case.number] if case else [],
            "regionCode": report.region_code,
        }, None, report.pk)  # fmt: skip


def _public() -> list[str]:
    return list(parameters.value("evaluation.public_sources", on=timezone.localdate()).value)


def _reports_of_cases(ids: list[int]) -> list[int]:
    return list(Report.objects.filter(case__in=ids, source__in=_public()).values_list("pk", flat=True))


register(
    "public_service.orders", orders, lasting=True,
    tables={"public_service_workorder": None, "public_service_submission": feed.orders_of_submissions, "public_service_callback": feed.orders_of_call_backs},
)  # fmt: skip
register(
    "public_service.submissions", submissions, lasting=True,
    tables={"public_service_submission": None, "public_service_callback": feed.submissions_of_call_backs},
)  # fmt: skip
register("command.public_reports", desk, lasting=True, tables={"command_report": None, "command_case": _reports_of_cases})
