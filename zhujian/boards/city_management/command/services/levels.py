"""City and district: whose centre does a step, handing a case down and up, and the clock a district sets its department."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, LevelClock
from zhujian.boards.city_management.command.rules import clock as clocks
from zhujian.boards.city_management.command.rules import levels as rules
from zhujian.boards.city_management.command.services import clock, record
from zhujian.boards.city_management.command.services.record import parameter
from zhujian.boards.city_management.digital_city.rules import limits
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotAllowed
from zhujian.foundation.messages import services as messages

RESET = {"pauses": [], "paused_at": None, "pause_kind": "", "extra": 0, "overdue_told": False}


def mode_of(region_code: str) -> str:
    """How the city of a place is commanded now (`rules.levels.MODES`)."""
    return str(parameter("mode", region_code))


def office_place(case: Case, node: str) -> str:
    """Where the office that does a step is looked for: a region code; empty for the nearest to the case."""
    level = rules.level_of(node, mode_of(case.region_code), handed_down=bool(case.level))
    if not level:
        return ""
    return rules.city_of(case.region_code) if level == rules.CITY else rules.district_of(case.region_code)


def supervision_centre(case: Case, node: str) -> Organisation | None:
    """The supervision centre whose inspectors do ``verify`` or ``check`` of the case."""
    return identity.organisation_for("UMS", office_place(case, node) or case.region_code)


def district_centre(case: Case) -> Organisation | None:
    """The command centre of the district of the case; None when the district has none of its own."""
    place = rules.district_of(case.region_code)
    found = identity.organisation_for("UMC", place)
    return found if found is not None and found.region_code == place else None


def require_accepting(who: scope.Scope, region_code: str) -> None:
    """Refuse a district's acceptor where the city accepts and registers for all its districts."""
    if who.is_system or not rules.two_levels(mode_of(region_code)):
        return
    city = rules.city_of(region_code)
    if who.region_code != city and city != rules.district_of(region_code):
        raise NotAllowed("level.city", "本市实行两级指挥，受理、立案、作废和结案由市监督中心统一办理，区级按下派办理。")


def require_city(who: scope.Scope, case: Case) -> None:
    """Refuse anybody but the city's people on what touches the total clock of a case that was handed down."""
    if case.level and not who.is_system and who.region_code != rules.city_of(case.region_code):
        raise NotAllowed("level.city", "案件由市指挥中心下派，总时限的调整由市级审批。")


# -- handing down and up -------------------------------------------------------------------------------------------------------------


def give(case: Case, code: str, now: datetime) -> None:
    """The case's clock for the body it is given to: begun, or begun anew when it is another body than before (§1.6, 4)."""
    before = case.recipient or case.org_code
    if case.clock_start is None:
        clock.start(case, now)
    elif before and before != code:
        record.change(case, extensions=0, **RESET)
        clock.start(case, now)
    record.change(case, recipient=code, dispatches=case.dispatches + 1)


def hand_down(case: Case, centre: Organisation, now: datetime) -> None:
    """The city gives the case to a district, which answers for it: the case's clock runs for the district from now."""
    give(case, centre.code, now)
    record.change(
        case, level="district", handed_org=centre.code, handed_name=centre.name, handed_at=now, org_code="", org_name="", assist=[],
        handler=None, handler_name="", dispatched_at=now, dispatched_by=scope.current().actor_id, stage_since=now,
    )  # fmt: skip


def hand_up(case: Case) -> None:
    """The district gives the case back to the city: one level up."""
    record.change(case, level="", org_code="", org_name="", assist=[], handler=None, handler_name="")


def to_department(case: Case, org: Organisation, now: datetime) -> None:
    """The district has sent the case to a department: its own clock begins, anew for another department; the case's clock just runs on."""
    row = clock_of(case)
    if row is None:
        row = LevelClock(case=case, region_code=case.region_code, created_by=scope.current().actor_id)
        row.org_code, row.org_name = case.handed_org, case.handed_name
        row.save(force_insert=True)
    fresh = row.clock_start is None or row.target != org.code or row.org_code != case.handed_org
    record.change(
        row, org_code=case.handed_org, org_name=case.handed_name, target=org.code, target_name=org.name, dispatches=row.dispatches + 1,
        parties=case.parties,
    )  # fmt: skip
    if fresh:
        _begin(row, case, now)
    record.save(row)


def _begin(row: LevelClock, case: Case, now: datetime) -> None:
    if not case.limit_text:
        return
    share = float(parameter("district_share", case.region_code))
    limit = rules.department_limit(limits.read(case.limit_text), share)
    text = f"{limit_amount(case.limit_text, limit.amount)}"
    record.change(row, limit_text=text, overdue_earlier_s=row.overdue_s, **RESET)
    clock.put(row, clocks.afresh(timezone.localtime(now), limits.read(text)), now)


def limit_amount(notation: str, amount: int) -> str:
    """The notation of a limit with another amount; a whole one as it was (紧急工作日 are read in hours)."""
    letters = notation.lstrip("0123456789")
    given = int(notation.removesuffix(letters))
    whole = limits.read(notation).amount
    return f"{max(1, amount * given // whole)}{letters}"


# -- the district's clock keeps step with where the case is ---------------------------------------------------------------------------


def clock_of(case: Case) -> LevelClock | None:
    """The district's clock; None for a case that never was with a district."""
    return LevelClock.objects.filter(case=case).first() if case.handed_at else None


def follow(case: Case, node: str, now: datetime) -> None:
    """Running while a department of the district has the case, standing still while it awaits its check or is back with a centre."""
    row = clock_of(case)
    if row is None:
        return
    if node in clock.NODES and case.level:
        clock.go_on(row, now)
    else:
        clock.stop(row, now, clocks.CHECK if node in ("send_check", "check", "close") else clocks.RETURNED)
    record.save(row)


def hold(case: Case, now: datetime, kind: str, *, ended: bool = False) -> None:
    """Stop the district's clock together with the case's: suspended, or at the end."""
    row = clock_of(case)
    if row is not None:
        clock.stop(row, now, kind)
        if ended:
            record.change(row, closed_at=now)
        record.save(row)


def carry_on(case: Case, now: datetime) -> None:
    """A suspension has ended."""
    row = clock_of(case)
    if row is not None and case.level:
        clock.go_on(row, now)
        record.save(row)


def extend(case: Case, amount: int, now: datetime) -> None:
    """What the case gains its department gains."""
    row = clock_of(case)
    found = clock.of(row) if row is not None else None
    if row is not None and found is not None:
        clock.put(row, clocks.extend(found, amount), now)
        record.change(row, overdue_told=False)
        record.save(row)


def next_stage(case: Case, now: datetime) -> None:
    """The next stage (围护 → 修复 → 恢复) has its own limit for the department too."""
    row = clock_of(case)
    if row is not None and case.level:
        _begin(row, case, now)
        record.save(row)


def again(case: Case, now: datetime) -> None:
    """Compute the district's clock anew with the calendar as it is."""
    row = clock_of(case)
    found = clock.of(row) if row is not None else None
    if row is not None and found is not None and row.closed_at is None:
        clock.put(row, found, now)
        record.save(row)


def mark_overdue(limit: int = 500) -> int:
    """District clocks that have just run out: the department and the district's centre are told once. How many. For the worker."""
    now = timezone.now()
    rows = LevelClock.objects.filter(due__lt=now, paused_at=None, closed_at=None, overdue_told=False).order_by("due")
    count = 0
    for pk in list(rows.values_list("case_id", flat=True)[:limit]):
        case = record.lock(pk)
        row: Any = clock_of(case)
        if row is None or row.overdue_told or row.paused_at or row.closed_at or row.due is None or row.due >= now:
            continue
        record.change(row, overdue_told=True)
        record.save(row)
        for key, roles in ((row.target, ("department_desk", "firm_agent")), (row.org_code, ("dispatcher", "superviser"))):
            messages.send(
                [f"org:{key}"], roles=roles, level="warn", title=f"区级时限已到：{case.number}",
                body=f"{case.class_name}，{case.address or case.grid_code}，{row.target_name}。请尽快处置，勿误市级总时限。",
                dedupe=f"command.level:{row.pk}:{row.due:%Y%m%d%H%M}:{key}",
            )  # fmt: skip
        record.step(case, "level_overdue", now=now, receiver=row.target_name)
        count += 1
    return count
