"""A small city for the tests: two centres, a department, a firm, one grid, and verbs to move a case."""

from __future__ import annotations

import io
from datetime import date, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.gis.geos import Polygon
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone
from PIL import Image

from zhujian.boards.city_management.command import services
from zhujian.boards.city_management.command.models import Case, Report
from zhujian.boards.city_management.command.services import PhotoIn
from zhujian.boards.city_management.digital_city import selectors as city
from zhujian.boards.city_management.digital_city.models import Condition, Grid, Responsibility
from zhujian.foundation.classification import selectors as classes
from zhujian.foundation.identity.models import Account, Organisation
from zhujian.foundation.identity.testing import make_enterprise, make_official, make_organisation, make_resident, scope_of
from zhujian.foundation.kernel import memory, scope
from zhujian.foundation.parameters.models import ParameterVersion
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.models import Task
from zhujian.foundation.worktime.models import OfficeHours

CHINA = ZoneInfo("Asia/Shanghai")
CITY, COUNTY, COMMUNITY = "420100000000", "420106000000", "420106001001"
WEST, SOUTH = 114.3, 30.5
HERE = (114.3005, 30.5005)


def at(text: str) -> datetime:
    """``2025-11-07 17:00`` in China."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@cache
def png(colour: int = 0) -> bytes:
    """A tiny picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (colour % 256, 90, 120)).save(out, "PNG")
    return out.getvalue()


def photo(role: str, taken: datetime | None = None, colour: int = 0) -> PhotoIn:
    """A photo taken now unless said otherwise."""
    return PhotoIn(ContentFile(png(colour), name=f"{role}{colour}.png"), role, taken or timezone.now(), *HERE)


def set_parameter(key: str, value: Any, region: str = CITY, kind: str = "text") -> None:
    """Give a city its own value of a parameter from long ago; in a system scope."""
    with connection.cursor() as cursor:  # as the loader of reference data does: the past is otherwise closed
        cursor.execute("SELECT set_config('zj.parameters_load', 'on', true)")
        ParameterVersion.objects.create(
            key=key, region_code=region, kind=kind, value=value, title=key, basis="测试", valid_from=date(2021, 1, 1), confidence="C",
            module="command",
        )  # fmt: skip
        cursor.execute("SELECT set_config('zj.parameters_load', 'off', true)")
    memory.forget()


def add_city(mode: str) -> dict[str, Any]:
    """The city's own two centres above the district's, and the mode in which they work; in a system scope."""
    set_parameter("command.mode", mode)
    for authority in ("UMS", "UMC"):
        make_organisation(CITY, authority, name=f"测试市{authority}", kind="institution")
    roles = {
        "city_inspector": "UMS", "city_acceptor": "UMS", "city_dispatcher": "UMC", "city_superviser": "UMC", "city_leader": "UMC",
    }  # fmt: skip
    people = {name: make_official(CITY, office, [name.removeprefix("city_")], name=name) for name, office in roles.items()}
    people["city_shift_leader"] = make_official(CITY, "UMS", ["acceptor", "shift_leader"], name="city_shift_leader")
    return people


def build(mode: str = "") -> SimpleNamespace:
    """Offices, people, the grid and its duties; with a `mode` of two levels the city's centres too. Call it in a system scope."""
    OfficeHours.objects.create(
        region_code=COUNTY,
        weekdays=[0, 1, 2, 3, 4],
        segments=[["09:00", "12:00"], ["14:00", "18:00"]],
        basis="测试",
        valid_from=date(2000, 1, 1),
    )
    roles = {
        "inspector": "UMS", "other_inspector": "UMS", "acceptor": "UMS", "other_acceptor": "UMS", "shift_leader": "UMS", "assessor": "UMS",
        "other_assessor": "UMS", "dispatcher": "UMC", "superviser": "UMC", "leader": "UMC", "department_desk": "UMB", "crew": "UMB",
        "other_crew": "UMB",
    }  # fmt: skip
    for authority, kind in (("UMS", "institution"), ("UMC", "institution"), ("UMB", "department"), ("WRB", "department")):
        make_organisation(COUNTY, authority, name=f"测试区{authority}", kind=kind)
    people: dict[str, Any] = {
        name: make_official(COUNTY, office, [name.removeprefix("other_")], name=name) for name, office in roles.items()
    }
    people["shift_leader"] = make_official(COUNTY, "UMS", ["acceptor", "shift_leader"], name="shift_leader2")
    people["water"] = make_official(COUNTY, "WRB", ["department_desk", "crew"], name="water")
    people["firm"] = make_enterprise(name="测试市政工程有限公司", region=COUNTY)
    if mode:
        people |= add_city(mode)
    people["resident"], people["neighbour"] = make_resident("王居民"), make_resident("李邻居")
    shape = Polygon.from_bbox((WEST, SOUTH, WEST + 0.001, SOUTH + 0.001))
    shape.srid = 4490
    grid = Grid.objects.create(
        code=COMMUNITY + "001",
        community=COMMUNITY,
        region_code=COMMUNITY,
        boundary=shape,
        area_m2=10_600,
        valid_from=date(2021, 1, 1),
    )
    umb = Organisation.objects.get(region_code=COUNTY, authorities=["UMB"])
    wrb = Organisation.objects.get(region_code=COUNTY, authorities=["WRB"])
    for kind in ("event", "component"):
        Responsibility.objects.create(
            kind=kind,
            area=COUNTY,
            role="last_resort",
            organisation=umb,
            region_code=COUNTY,
            valid_from=date(2021, 1, 1),
            basis="测试",
        )
    memory.forget()
    umc = Organisation.objects.get(region_code=COUNTY, authorities=["UMC"])
    return SimpleNamespace(**people, grid=grid, umb=umb, wrb=wrb, umc=umc)


def condition(kind: str, code: str, number: int = 1) -> Condition:
    """The default condition of a class."""
    item = classes.item(kind, code, COUNTY)
    assert item is not None
    return next(one for one in city.conditions(item, COUNTY) if one.number == number)


class Loop:
    """The verbs; every one acts as one of the city's people, in that person's own scope."""

    def __init__(self, people: SimpleNamespace) -> None:
        self.people = people

    def act(self, name: str | Account) -> Any:
        """The scope of one of the city's people."""
        return scope.acting(scope_of(getattr(self.people, name) if isinstance(name, str) else name))

    def report(
        self, who: str = "resident", source: str = "public_web", lon: float = HERE[0], lat: float = HERE[1], **more: Any
    ) -> Report:
        values = {"kind": "event", "class_code": "0110", "description": "路边有一堆垃圾", **more}
        with self.act(who):
            return services.do_report(source=source, lon=lon, lat=lat, **values)

    def accept(
        self, report: Report, who: str = "acceptor", kind: str = "event", code: str = "0110", number: int = 1, **more: Any
    ) -> Case:
        chosen = condition(kind, code, number)
        with self.act(who):
            return services.do_accept(report.pk, kind, code, chosen.pk, **more)

    def patrol(self, **more: Any) -> Case:
        """An inspector's own find, filed directly: waits for the dispatcher."""
        return self.accept(self.report("inspector", "patrol"), **more)

    def see(self, case: Case) -> Case:
        with scope.system("test"):
            return Case.objects.get(pk=case.pk)

    def task(self, case: Case) -> Task:
        with scope.system("test"):
            return Task.objects.get(pk=self.see(case).task)

    def do(self, case: Case, who: str | Account, outcome: str, *, comment: str = "", **data: Any) -> Case:
        """Complete the one open task of the case."""
        task = self.task(case)
        with self.act(who):
            workflow.do_complete(task.pk, outcome=outcome, comment=comment, data=data)
        return self.see(case)

    def dispatch(self, case: Case, org: Organisation | None = None, **more: Any) -> Case:
        return self.do(case, "dispatcher", "dispatch", org_code=(org or self.people.umb).code, **more)

    def to_department(self, **more: Any) -> Case:
        return self.dispatch(self.patrol(**more))

    def assign(self, case: Case) -> Case:
        return self.do(case, "department_desk", "assign", handler=self.people.crew.pk)

    def handle(self, case: Case, who: str = "crew", colour: int = 1) -> Case:
        return self.do(case, who, "done", files=[photo("before", colour=colour), photo("after", colour=colour + 1)])

    def feed_back(self, case: Case) -> Case:
        """From the department's desk to the feedback."""
        return self.do(self.handle(self.assign(case)), "department_desk", "pass")

    def check(self, case: Case, outcome: str = "pass", who: str = "other_inspector", colour: int = 5) -> Case:
        """Send for checking and check."""
        case = self.do(case, "acceptor", "send", inspector=getattr(self.people, who).pk)
        return self.do(case, who, outcome, comment="现场已查看", files=[photo("check", colour=colour)])

    def close(self, case: Case) -> Case:
        return self.do(case, "acceptor", "close")

    def whole(self) -> Case:
        """A case from a patrol to its end."""
        return self.close(self.check(self.feed_back(self.to_department())))
