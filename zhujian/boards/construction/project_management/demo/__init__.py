"""A believable province of projects: some walked through the real process, many imported as history."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Point
from django.db.models import F
from django.utils import timezone

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.demo import mapped, names
from zhujian.boards.construction.project_management.demo.shows import SHOWS, Show
from zhujian.boards.construction.project_management.demo.walk import Walker
from zhujian.boards.construction.project_management.forms.steps import stage_of
from zhujian.boards.construction.project_management.models import Project, StepRecord
from zhujian.boards.construction.project_management.services.imports import complete
from zhujian.boards.construction.project_management.services.registration import do_register
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Organisation, Post
from zhujian.foundation.kernel import scope
from zhujian.foundation.regions.models import Region, RegionBoundary
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.models import Part, Task
from zhujian.foundation.workflow.services.clocks import recompute

HISTORY = 600
MOST = 400  # tasks of one project; more means that the walk goes in circles


def load() -> str:
    """Load both kinds; returns what there is."""
    firms = {firm.name: firm for firm in Organisation.objects.filter(kind="enterprise")}
    mapped.load([stage(show, firms) for show in SHOWS])
    history = _history([(f.code, f.name) for f in firms.values() if "DEV" in f.trades])
    return f"{len(SHOWS)} 个在办项目，{history} 个历史项目"


def team(region: str) -> dict[str, Organisation]:
    """Firms of the city for the fields of the steps' forms."""
    rows = list(Organisation.objects.filter(kind="enterprise").order_by("id"))

    def one(trade: str) -> Organisation:
        near = [f for f in rows if trade in f.trades and f.region_code[:4] == region[:4]]
        return (near or [f for f in rows if trade in f.trades])[0]

    return {
        "contractor": one("CON"), "winner": one("CON"), "supervisor": one("SUP"), "designer": one("DES"), "surveyor": one("SUR"),
        "lab": one("LAB"), "property_company": one("PMC"), "other": one("LAB"),
    }  # fmt: skip


def stage(show: Show, firms: dict[str, Organisation]) -> Project:
    """Register one project, walk it to where it stands, and set its clocks."""
    developer = firms[show.developer]
    post = Post.objects.filter(organisation=developer).select_related("account", "organisation").order_by("id")[0]
    values = {
        **show.values, "name": show.name, "region_code": show.region, "developer_code": developer.code,
        "developer_name": developer.name, "gfa_m2": Decimal(show.gfa) or None, "total_investment_wan": Decimal(show.invest),
        "length_m": None if show.gfa else Decimal(3_600), "address": show.address, "conditions": list(show.conditions),
        "location": Point(*show.at, srid=4490),
    }  # fmt: skip
    with scope.acting(identity.scope_for(post.account, post)):
        project = do_register(values)
    walker = Walker(project, team(show.region))
    _walk(walker, show)
    for step, days in show.aged.items():
        _age(project, step, days)
    paused: set[str] = set()  # a step in the hands of several offices has one clock
    for task in walker.open():
        place = f"{task.step}:{task.node}"
        if place in show.paused and place not in paused:
            paused.add(place)
            kind, reason = show.paused[place]
            with scope.acting(walker.person_for(task)):
                workflow.do_pause_clock(task.pk, kind, reason=reason, start=timezone.now() - timedelta(hours=2))
        if place in show.urged:
            with scope.acting(_supervisor(task.region_code)):
                workflow.do_urge(task.pk, message=show.urged[place])
    return project


def _walk(walker: Walker, show: Show) -> None:
    """Do open tasks, oldest first, until only those are left that the show wants open."""
    order = list(steps.STAGES)
    last = order.index(show.stop) if show.stop else len(order)
    chosen: set[str] = set()

    def held(task: Task) -> bool:
        place = f"{task.step}:{task.node}" if task.step else task.node
        return place in show.hold or (place not in STARTS and order.index(stage_of(task)) > last)

    for _ in range(MOST):
        todo = [task for task in walker.open() if not held(task)]
        if not todo:
            return
        task = min(todo, key=lambda one: (one.asked_by_id is None, one.pk))  # opinions first: a review waits for them
        place = f"{task.step}:{task.node}"
        if task.asked_by_id is None and place in show.choose and place not in chosen:
            chosen.add(place)
            walker.do(task, *show.choose[place])
        else:
            walker.do(task)
    raise RuntimeError(f"{show.name}: not where it should be after {MOST} tasks")


STARTS = frozenset({"A02:step_A02"})  # the code comes before the first stage


def _age(project: Project, step: str, days: int) -> None:
    """Set what happened in the running round of a step back by `days` and compute its clocks anew: demonstration only."""
    back = timedelta(days=days)
    part = Part.objects.filter(instance=project.process_id, step=step, status="running").order_by("-id").first()
    if part is None:
        raise LookupError(f"{project.name}: step {step} is not running")
    part.started_at -= back
    part.clock_start = part.clock_start and part.clock_start - back
    part.save(update_fields=["started_at", "clock_start"])
    tasks = Task.objects.filter(part=part)
    tasks.update(created_at=F("created_at") - back, clock_start=F("clock_start") - back)
    tasks.filter(completed_at__isnull=False).update(completed_at=F("completed_at") - back)
    record = StepRecord.objects.filter(project=project, step=step).order_by("-round")[0]
    for name in ("applied_at", "accepted_at", "supplemented_at"):
        if getattr(record, name):
            setattr(record, name, getattr(record, name) - back)
    record.save(update_fields=["applied_at", "accepted_at", "supplemented_at"])
    recompute(part, timezone.now())


def _supervisor(region: str) -> scope.Scope:
    """Scope of somebody who supervises the housing department's work nearest to `region`."""
    office = identity.organisation_for("HUD", region)
    post = Post.objects.filter(organisation=office.pk if office else None, roles__contains=["supervisor"]).select_related(
        "account"
    )[0]
    return identity.scope_for(post.account, post)


def _history(developers: list[tuple[str, str]]) -> int:
    """Projects of earlier years, spread over the province, as a data administrator would import them."""
    today = timezone.localdate()
    counties = list(Region.objects.filter(level="county", valid_to__isnull=True).values_list("code", "name"))
    places = _places(counties)
    rows = []
    for values in names.projects(counties, developers, HISTORY, today):
        age = (today - values["planned_start"]).days
        status, at = _state(age, (values["planned_end"] - values["planned_start"]).days)
        location = next(places[values["region_code"]], None)
        rows.append(
            Project(
                **values, type_code="T3", status=status, stage=at, location=location, parties=[f"org:{values['developer_code']}"]
            )
        )  # fmt: skip
    complete(Project.objects.bulk_create(rows))
    return len(rows)


def _places(counties: list[tuple[str, str]]) -> dict[str, Iterator[Point]]:
    """Points inside each county's boundary; none where no boundary is known."""
    known: dict[str, Any] = dict(
        RegionBoundary.objects.filter(code__in=[code for code, _ in counties]).values_list("code", "boundary")
    )
    return {code: points(known[code], int(code[:6])) if code in known else iter(()) for code, _ in counties}


def points(area: MultiPolygon, seed: int) -> Iterator[Point]:
    """Endless points inside `area`, denser towards a point on its surface, the same for the same seed."""
    draw = random.Random(seed)
    west, south, east, north = area.extent
    middle, ready = area.point_on_surface, area.prepared
    while True:
        found = middle
        for _ in range(12):
            lon, lat = middle.x + draw.gauss(0, (east - west) / 6), middle.y + draw.gauss(0, (north - south) / 6)
            if ready.contains(spot := Point(lon, lat, srid=4490)):
                found = spot
                break
        yield found


def _state(age: int, length: int) -> tuple[str, str]:
    """State and stage of a project `age` days after its planned start, with `length` days planned."""
    if age < -120:
        return "approval", "P1"
    if age < -40:
        return "approval", "P2"
    if age < 0:
        return "approval", "P3"
    if age < length:
        return "building", "P4"
    return ("accepted", "P5") if age < length + 120 else ("in_use", "P6")
