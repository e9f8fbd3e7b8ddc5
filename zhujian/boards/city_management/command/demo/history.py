"""A year of closed cases in the demonstration's county, poured in at once: what lists, evaluation and learning need to have something to show.

The rows are those that the services leave behind for a case on its usual way (some overdue, some reworked, some sent to a wrong department
first); clocks are counted with the county's calendar. Days and people follow from one seed: every machine has the same year before its first start.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.utils import timezone

from zhujian.boards.city_management.command.demo import sentences
from zhujian.boards.city_management.command.models import Case, CaseStep, DayNumber, Errand, Report
from zhujian.boards.city_management.command.rules import clock, decisions
from zhujian.boards.city_management.digital_city import selectors as city
from zhujian.boards.city_management.digital_city.models import Condition, Grid
from zhujian.boards.city_management.digital_city.rules import limits
from zhujian.boards.city_management.digital_city.selectors.duties import Body, responsible
from zhujian.foundation.cim import generator
from zhujian.foundation.classification import selectors as classification
from zhujian.foundation.classification.models import ClassItem
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Account, Organisation
from zhujian.foundation.worktime import selectors as worktime
from zhujian.foundation.worktime.rules import Calendar, CalendarMissing

DAYS, A_DAY, SEED = 365, 8, 20260701
SOURCES = (("patrol", 60), ("public_web", 18), ("hotline_12345", 12), ("wechat", 6), ("video", 4))
MINUTES = {"accept": (2, 14), "dispatch": (2, 16), "assign": (5, 50), "feed_back": (5, 40), "send_check": (2, 14), "check": (8, 38), "close": (2, 14)}  # fmt: skip


@dataclass
class People:
    """Who works in the two centres, and who disposes in each organisation."""

    inspectors: list[Account]
    acceptors: list[Account]
    dispatchers: list[Account]
    centre: Organisation
    command: Organisation
    desks: dict[str, list[Account]] = field(default_factory=dict)


@dataclass
class Made:
    """One case with what belongs to it."""

    case: Case
    report: Report
    steps: list[CaseStep] = field(default_factory=list)
    errands: list[Errand] = field(default_factory=list)


def load(today: date | None = None, county: str = generator.DEMO.region_code) -> int:
    """Pour the year before `today` in; how many cases. None where the county's two centres or grids are not there."""
    people = _people(county)
    grids = list(Grid.objects.filter(region_code__startswith=county[:6], valid_to=None).order_by("code"))
    if people is None or not grids:
        return 0
    made = list(_year(county, people, grids, today or timezone.localdate()))
    cases = Case.objects.bulk_create([one.case for one in made], batch_size=500)
    for one, case in zip(made, cases, strict=True):
        one.report.case = case
        for step in one.steps:
            step.case = case
        for errand in one.errands:
            errand.case = case
    reports = Report.objects.bulk_create([one.report for one in made], batch_size=500)
    for one, report in zip(made, reports, strict=True):
        for errand in one.errands:
            errand.report = report
    CaseStep.objects.bulk_create([step for one in made for step in one.steps], batch_size=1000)
    Errand.objects.bulk_create([errand for one in made for errand in one.errands], batch_size=1000)
    last: dict[tuple[str, date], int] = {}
    for one in made:
        number = one.case.number
        day = (number[:6], date(int(number[6:10]), int(number[10:12]), int(number[12:14])))
        last[day] = max(last.get(day, 0), int(number[14:]))
    DayNumber.objects.bulk_create([DayNumber(county=county, day=day, last=serial) for (county, day), serial in last.items()])
    return len(cases)


def _people(county: str) -> People | None:
    centre, command = (identity.organisation_for(code, county) for code in ("UMS", "UMC"))
    if centre is None or command is None:
        return None
    inspectors, acceptors = (identity.people_with(role, centre.pk) for role in ("inspector", "acceptor"))
    dispatchers = identity.people_with("dispatcher", command.pk)
    return People(inspectors, acceptors, dispatchers, centre, command) if inspectors and acceptors and dispatchers else None


def _year(county: str, people: People, grids: list[Grid], today: date) -> Iterator[Made]:
    pick = random.Random(SEED)
    calendar = worktime.calendar(county)
    weights = [1 / (1 + place) for place in range(len(grids))]  # a few places make much of the work
    pick.shuffle(grids)
    keys, shares = sentences.classes()
    known = Known(county)
    for back in range(DAYS, 2, -1):
        day = today - timedelta(days=back)
        busy = A_DAY * (0.6 if day.weekday() >= 5 else 1.1) * (1.3 if day.month in (6, 7, 8) else 0.95)
        for serial in range(1, max(1, round(pick.gauss(busy, 1.5))) + 1):
            key = pick.choices(keys, shares)[0]
            grid = pick.choices(grids, weights)[0]
            found = known.condition(key, pick.random())
            body = known.body(key, grid.code)
            if found is None or body is None:
                continue
            number = decisions.number_of(county[:6], day, serial)
            try:
                yield _case(pick, people, calendar, number, _at(pick, day), key, grid, *found, body)
            except CalendarMissing:
                continue


def _at(pick: random.Random, day: date) -> datetime:
    hour = min(21.5, max(6.5, pick.gauss(11 if pick.random() < 0.6 else 16, 2)))
    return timezone.make_aware(datetime.combine(day, time.min)) + timedelta(seconds=round(hour * 3600) + pick.randrange(60))


@dataclass
class Known:
    """What is looked up once: classes with their conditions, who is responsible where."""

    county: str
    classes: dict[tuple[str, str], tuple[ClassItem | None, list[Condition]]] = field(default_factory=dict)
    bodies: dict[tuple[str, str, str], Body | None] = field(default_factory=dict)

    def condition(self, key: tuple[str, str], share: float) -> tuple[ClassItem, Condition] | None:
        """The class with one of its conditions."""
        if key not in self.classes:
            item = classification.item(*key, self.county)
            self.classes[key] = item, [one for one in city.conditions(item, self.county) if one.stage == 1] if item else []
        item, known = self.classes[key]
        return (item, known[int(share * len(known))]) if item and known else None

    def body(self, key: tuple[str, str], grid_code: str) -> Body | None:
        """The responsible body."""
        asked = (*key, grid_code)
        if asked not in self.bodies:
            self.bodies[asked] = responsible(*asked)
        return self.bodies[asked]


def _case(
    pick: random.Random, people: People, calendar: Calendar, number: str, at: datetime, key: tuple[str, str], grid: Grid, item: ClassItem,
    condition: Condition, body: Body,
) -> Made:  # fmt: skip
    source = pick.choices([code for code, _ in SOURCES], [share for _, share in SOURCES])[0]
    inspector = pick.choice(people.inspectors)
    checker = pick.choice([one for one in people.inspectors if one.pk != inspector.pk] or people.inspectors)
    acceptor, dispatcher = pick.choice(people.acceptors), pick.choice(people.dispatchers)
    desk = _desk(people, body.org_code)
    x, y = grid.boundary.centroid.coords
    spot = Point(x + pick.uniform(-4e-4, 4e-4), y + pick.uniform(-4e-4, 4e-4), srid=4490)
    common: dict[str, Any] = {"region_code": grid.region_code}
    made = Made(
        Case(
            number=number, kind=key[0], class_code=key[1], class_name=item.name, condition=condition, description=sentences.say(pick, key),
            address=f"{grid.code[6:12]}网格区{grid.code[12:]}附近", location=spot, grid_code=grid.code, community=grid.code[:12], source=source,
            urgent=condition.limit.endswith("U"), reported_at=at, org_code=body.org_code, org_name=body.org_name, limit_text=condition.limit,
            parties=[f"org:{body.org_code}"], **common,
        ),
        Report(
            number=f"{number[:6]}{number[8:14]}9{number[14:]:0>7}", source=source, kind=key[0], class_code=key[1], description="",
            location=spot, grid_code=grid.code, community=grid.code[:12], captured_at=at, received_at=at, state="registered",
            reporter=inspector.pk if source == "patrol" else None, reporter_name=inspector.name if source == "patrol" else "", **common,
        ),
    )  # fmt: skip
    case, report = made.case, made.report
    report.description = case.description
    walk = _Walk(made, at, pick)
    register_due = at + timedelta(minutes=15)
    walk.on("accept")
    walk.step(
        "register",
        "",
        "waiting",
        "to_dispatch",
        acceptor,
        "acceptor",
        people.centre,
        register_due,
        {"source": source, "report": report.number},
    )
    case.accepted_at = case.registered_at = walk.now
    case.accepted_by = case.registered_by = acceptor.pk
    case.register_due, report.taken_by, report.taken_by_name = register_due, acceptor.pk, acceptor.name
    if pick.random() < 0.04 and (wrong := _other(people, body.org_code)):  # sent to a wrong department first, and back
        walk.on("dispatch")
        walk.step("dispatch", "dispatch", "to_dispatch", "dispatched", dispatcher, "dispatcher", people.command, None, {})
        walk.on("assign")
        walk.step(
            "return",
            "department",
            "dispatched",
            "to_dispatch",
            wrong,
            "department_desk",
            people.command,
            None,
            {"reason_code": "not_mine"},
        )
        case.returns, case.wrong_dispatches, case.dispatches = 1, 1, 1
    walk.on("dispatch")
    case.dispatched_at, case.dispatched_by, case.dispatches = walk.now, dispatcher.pk, case.dispatches + 1
    walk.step("dispatch", "dispatch", "to_dispatch", "dispatched", dispatcher, "dispatcher", people.command, walk.due(15), {})
    _dispose(walk, calendar, people, body, desk)
    for last in (False, True):
        walk.on("send_check")
        case.check_sent_at = sent = walk.now
        walk.step("send_check", "send_check", "to_check", "checking", acceptor, "acceptor", people.centre, walk.due(15), {})
        walk.on("check")
        fine = last or pick.random() > 0.06
        case.checked_at, case.checked_by, case.checked_ok = walk.now, checker.pk, True
        made.errands.append(
            Errand(kind="check", inspector=checker.pk, inspector_name=checker.name, chosen_by="beat", sent_at=sent, due=sent + timedelta(minutes=30),
                   done_at=walk.now, result="pass" if fine else "fail", location=spot, **common)
        )  # fmt: skip
        walk.step(
            "check:pass" if fine else "check:fail", "check", "checking", "to_close" if fine else "dispatched", checker, "inspector", people.centre,
            sent + timedelta(minutes=30), {},
        )  # fmt: skip
        if fine:
            break
        case.reworks += 1
        walk.leap(timedelta(minutes=pick.randint(40, 180)))
        walk.step("handle", "handle", "handling", "dept_confirm", desk, "crew", None, None, {})
        walk.step("feed_back", "confirm", "dept_confirm", "to_check", desk, "department_desk", None, None, {})
        case.handled_at = case.fed_back_at = walk.now
    walk.on("close")
    walk.step("close", "close", "to_close", "closed", acceptor, "acceptor", people.centre, walk.due(15), {})
    case.state, case.close_kind, case.closed_at, case.closed_by = "closed", "normal", walk.now, acceptor.pk
    report.answered_at, report.answer = (
        walk.now,
        f"您上报的问题（案件{number}）已处置完毕，经现场核查通过，现已结案。感谢您的支持。",
    )
    case.supervision_side, case.command_side, case.disposing_side = (
        [acceptor.pk, checker.pk],
        [dispatcher.pk],
        [desk.pk] if desk else [],
    )
    if source not in ("patrol", "video") and pick.random() < 0.6:
        case.satisfaction = pick.choices("12345", (40, 33, 11, 9, 7))[0]
        case.called_back_at = walk.now + timedelta(days=1)
    return made


def _dispose(walk: _Walk, calendar: Calendar, people: People, body: Body, desk: Account | None) -> None:
    """From receiving to feeding back, within the limit mostly; the clock as the services would have counted it."""
    case, pick = walk.made.case, walk.pick
    running = clock.afresh(timezone.localtime(walk.now), limits.read(case.limit_text))
    due = clock.due(running, calendar)
    span = due - walk.now
    share = pick.betavariate(2, 2.4) * 0.95 if pick.random() > 0.11 else pick.uniform(1.02, 1.6)
    walk.on("assign", most=span * 0.1)
    case.received_at, case.handler, case.handler_name = walk.now, desk.pk if desk else None, desk.name if desk else ""
    walk.step("assign", "department", "dispatched", "handling", desk, "department_desk", None, due, {})
    walk.now = max(walk.now + timedelta(minutes=3), running.start + span * share)
    case.handled_at = walk.now
    walk.step("handle", "handle", "handling", "dept_confirm", desk, "crew", None, due, {})
    walk.on("feed_back", most=span * 0.04)
    case.fed_back_at = walk.now
    ended = clock.pause(running, timezone.localtime(walk.now), "closed")
    case.clock_start, case.due, case.paused_at, case.pause_kind, case.calendar_version = (
        running.start,
        due,
        walk.now,
        "closed",
        calendar.version,
    )
    case.yellow_at = running.start + span * 0.75
    case.used_s = int(clock.used(ended, calendar, walk.now).total_seconds())
    case.overdue_s = int(clock.overdue(ended, calendar, walk.now).total_seconds())
    walk.step("feed_back", "confirm", "dept_confirm", "to_check", desk, "department_desk", None, due, {})


@dataclass
class _Walk:
    """The moving present of one case, and its log."""

    made: Made
    now: datetime
    pick: random.Random

    def on(self, what: str, most: timedelta | None = None) -> None:
        """Let the usual time for something pass, at most `most`."""
        wait = timedelta(minutes=self.pick.uniform(*MINUTES[what]))
        self.leap(min(wait, most) if most is not None else wait)

    def leap(self, wait: timedelta) -> None:
        """Let time pass, in whole seconds."""
        self.now += timedelta(seconds=max(1, round(wait.total_seconds())))

    def due(self, minutes: int) -> datetime:
        """A process limit that mostly was kept."""
        return self.now + timedelta(minutes=minutes * self.pick.uniform(-0.1, 0.9))

    def step(
        self, action: str, node: str, before: str, after: str, who: Account | None, role: str, office: Organisation | None, due: datetime | None,
        detail: dict[str, Any],
    ) -> None:  # fmt: skip
        """One line of the log."""
        case = self.made.case
        self.made.steps.append(
            CaseStep(
                from_state=before, to_state=after, node=node, action=action, actor=who.pk if who else None, actor_name=who.name if who else "系统",
                role=role, org_code=office.code if office else case.org_code, org_name=office.name if office else case.org_name, at=self.now,
                stage_due=due, detail=detail, region_code=case.region_code, parties=case.parties,
            )
        )  # fmt: skip


def _desk(people: People, org_code: str) -> Account | None:
    if org_code not in people.desks:
        office = identity.organisation(org_code)
        roles = ("department_desk", "crew", "firm_agent")
        people.desks[org_code] = [one for role in roles for one in identity.people_with(role, office.pk)] if office else []
    known = people.desks[org_code]
    return known[0] if known else None


def _other(people: People, org_code: str) -> Account | None:
    return next((known[0] for code, known in sorted(people.desks.items()) if code != org_code and known), None)
