"""What Open311 GeoReport v2 says about arguments: times, the window of a search, attributes of a service.

Source: wiki.open311.org/GeoReport_v2 (frozen); times per W3C NOTE-datetime.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from zhujian.foundation.kernel.errors import Reason

CHINA = ZoneInfo("Asia/Shanghai")
DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")
LONGEST = 4000  # characters of a description
SHORT, LONG = 500, LONGEST  # most characters of an attribute
_W3C = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?(Z|[+ -]\d{2}:\d{2}))?)?)?", re.ASCII
)
_ATTRIBUTE = re.compile(r"attribute\[([\w.-]{1,64})\](\[\d{0,3}\])?")


def moment(text: str, *, end: bool = False) -> datetime | None:
    """An instant of the W3C's profile of ISO 8601; None when it is none. A year, month or day alone is its beginning in China,
    with `end` its end. A time needs its zone; a ``+`` that became a blank in an address is understood.
    """
    found = _W3C.fullmatch(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        if hour is None:
            last = calendar.monthrange(int(year), int(month or 12))[1]
            if not end:
                return datetime(int(year), int(month or 1), int(day or 1), tzinfo=CHINA)
            return datetime(int(year), int(month or 12), int(day or last), 23, 59, 59, 999999, tzinfo=CHINA)
        shift = timedelta()
        if zone != "Z":
            shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6])) * (-1 if zone[0] == "-" else 1)
        micro = round(float(fraction or 0) * 1_000_000) % 1_000_000
        when = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro, timezone(shift))
        when.astimezone(UTC)  # the edge of the calendar has no other side
    except (ValueError, OverflowError):
        return None
    return when


@dataclass(frozen=True)
class Window:
    """Requests asked for, both ends included."""

    start: datetime
    end: datetime


def window(start: str, end: str, now: datetime, most_days: int) -> Window | Reason:
    """The span of a search: the last `most_days` when neither end is given; with one given, as far as allowed; a Reason otherwise."""
    most = timedelta(days=most_days)
    first = moment(start) if start else None
    last = moment(end, end=True) if end else None
    for name, text, found in (("start_date", start, first), ("end_date", end, last)):
        if text and found is None:
            return Reason("open311.date", f"{name} must be a w3 date-time such as 2010-01-01T00:00:00Z", name)
    try:
        if first is None and last is None:
            first, last = now - most, now
        elif first is None and last is not None:
            first = last - most
        elif last is None and first is not None:
            last = min(first + most, max(now, first))
    except OverflowError:
        return Reason("open311.date", "start_date or end_date is out of range")
    assert first is not None and last is not None
    if last < first:
        return Reason("open311.order", "end_date must not be before start_date", "end_date")
    if last - first > most + timedelta(days=1):
        return Reason("open311.span", f"start_date and end_date may not span more than {most_days} days", "end_date")
    return Window(first, last)


@dataclass(frozen=True)
class Attribute:
    """One field of a service definition. `values`: (key, name) of a list."""

    code: str
    datatype: str
    required: bool
    description: str
    order: int = 1
    variable: bool = True
    datatype_description: str = ""
    values: tuple[tuple[str, str], ...] = field(default=())


def attributes(
    posted: Mapping[str, Sequence[str]], definition: Sequence[Attribute]
) -> tuple[dict[str, str | list[str]], list[Reason]]:
    """Answers to a definition from ``attribute[code]`` and ``attribute[code][]``: what was said, and what is wrong with it.

    Empty answers count as not given. An attribute that the service does not define is refused, so that nothing is lost silently.
    """
    said: dict[str, list[str]] = {}
    reasons: list[Reason] = []
    for name, given in posted.items():
        if not name.startswith("attribute["):
            continue
        found = _ATTRIBUTE.fullmatch(name)
        if found is None:
            reasons.append(Reason("open311.attribute", "attribute must be given as attribute[code]=value"))
            continue
        said.setdefault(found.group(1), []).extend(value.strip() for value in given if value.strip())
    known = {one.code: one for one in definition if one.variable}
    reasons += [
        Reason("open311.attribute", f"attribute {code} is not defined for this service_code", code)
        for code in said
        if code not in known
    ]
    answers: dict[str, str | list[str]] = {}
    for code, one in known.items():
        given = said.get(code, [])
        if not given:
            if one.required:
                reasons.append(Reason("open311.attribute", f"attribute {code} is required", code))
            continue
        wrong = _wrong(one, given)
        if wrong:
            reasons.append(Reason("open311.attribute", f"attribute {code} {wrong}", code))
        else:
            answers[code] = list(dict.fromkeys(given)) if one.datatype == "multivaluelist" else given[0]
    return answers, reasons


def _wrong(one: Attribute, given: list[str]) -> str:
    """What is wrong with the values given for an attribute, or nothing."""
    if one.datatype != "multivaluelist" and len(given) > 1:
        return "takes one value"
    if one.datatype in ("singlevaluelist", "multivaluelist"):
        keys = {key for key, _ in one.values}
        return "" if set(given) <= keys else "must be one of " + ", ".join(sorted(keys))
    value = given[0]
    if one.datatype == "number":
        try:
            return "" if len(value) <= 30 and Decimal(value).is_finite() else "must be a number"
        except InvalidOperation:
            return "must be a number"
    if one.datatype == "datetime":
        return "" if moment(value) else "must be a w3 date-time such as 2010-01-01T00:00:00Z"
    most = LONG if one.datatype == "text" else SHORT
    if one.datatype == "string" and len(value.splitlines()) > 1:
        return "must not contain line breaks"
    return "" if len(value) <= most else f"must not be longer than {most} characters"


__all__ = ["DATATYPES", "LONGEST", "Attribute", "Window", "attributes", "moment", "window"]
