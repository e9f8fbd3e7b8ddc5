"""Events of projects retire buildings; what stands alone is told both ways, under scope."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from openpyxl import load_workbook

from zhujian.foundation.cim import selectors, services, sources
from zhujian.foundation.cim.models import Building, Link
from zhujian.foundation.cim.selectors import orphans
from zhujian.foundation.cim.services import links
from zhujian.foundation.cim.tests.conftest import REGION
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

pytestmark = pytest.mark.django_db
Make = Callable[..., Building]
CODE, OTHER = "2109-420106-04-01-123456", "2109-420106-04-01-654321"


@pytest.fixture(autouse=True)
def everything(db: None):
    with transaction.atomic(), scope.system("test"):
        yield


def publish(name: str, **payload: Any) -> None:
    events.publish(name, subject="project_management.project:1", region_code=REGION, payload=payload)
    events.deliver_all()


def state(building: Building) -> tuple[str, date | None]:
    building.refresh_from_db()
    return building.status, building.valid_to


def test_extinct_building_is_retired_once_by_its_code(make_building: Make) -> None:
    gone, stays = make_building(project_code=CODE), make_building(project_code=CODE)
    told = {"buildings": f"1号楼 {gone.code}；", "extinct_on": "2025-04-30"}
    for _ in range(2):  # an event may be heard twice
        publish(
            "building.extinct", projectCode=CODE, number="武注销〔2025〕1号", told=told, occurredAt="2025-05-06T10:00:00+08:00"
        )
    assert state(gone) == ("demolished", date(2025, 4, 30)) and state(stays) == ("in_use", None)
    kept = Entry.objects.filter(object_id=gone.subject, kind="cim.building_retired")
    assert kept.count() == 1
    publish("project.extinct", projectCode=CODE, occurredAt="2025-05-31")
    assert state(stays) == ("demolished", date(2025, 5, 31)) and state(gone)[1] == date(2025, 4, 30)
    assert Building.objects.filter(pk__in=[gone.pk, stays.pk]).count() == 2, "nothing is deleted"


def test_without_names_the_buildings_of_the_project_go(make_building: Make) -> None:
    one, other = make_building(project_code=CODE), make_building(project_code=OTHER)
    publish("building.extinct", projectCode=CODE, occurredAt="2025-05-06T23:30:00+00:00", told={})
    assert state(one) == ("demolished", date(2025, 5, 7)), "the day in China"
    assert state(other) == ("in_use", None)
    publish("building.extinct", projectCode="", told={"buildings": "没有代码"})
    assert state(other) == ("in_use", None)


def test_a_building_registered_after_its_end_is_still_ended(make_building: Make) -> None:
    late = make_building(project_code=CODE, on=date(2026, 1, 1))
    publish("project.extinct", projectCode=CODE, occurredAt="2025-05-31")
    assert state(late) == ("demolished", date(2026, 1, 2))


def test_delivery_makes_a_plan_come_true(make_building: Make) -> None:
    planned = make_building(project_code=CODE, planned=True, status="planned", on=date(2027, 1, 1))
    rising = make_building(project_code=CODE, status="building", on=date(2024, 1, 1))
    for _ in range(2):
        publish("building.delivered", projectCode=CODE, told={"delivered_on": "2026-03-01"})
    assert (
        state(planned) == ("in_use", None) and not planned.planned and planned.valid_from == planned.built_on == date(2026, 3, 1)
    )
    assert state(rising) == ("in_use", None) and selectors.versions(rising).count() == 2
    assert selectors.versions(planned).count() == 1


@pytest.fixture
def projects():
    """A register of projects with one project that has no building."""
    known = {CODE: "甲项目"}
    alone = [sources.Orphan("P-9", "孤项目", "没有房屋", "登记房屋", "/x/", REGION)]
    before = sources.of("project")
    sources._sources["project"] = [
        sources.Source("project", "测试项目库", lambda keys: {k: known[k] for k in keys if k in known}, lambda most: alone[:most])
    ]
    yield known
    sources._sources["project"] = before


def keys(name: str) -> list[str]:
    return [row.key for section in orphans.sections(50, name) for row in section.rows]


def test_orphans_are_found_both_ways(make_building: Make, projects: dict[str, str]) -> None:
    fine = make_building(project_code=CODE, built_on=date(2023, 1, 1))
    old = make_building(built_on=date(2001, 1, 1))
    alone = make_building(built_on=date(2023, 1, 1))
    tied = make_building(built_on=date(2023, 1, 1))
    services.link(tied, "project", CODE)
    lost = make_building(project_code=OTHER)
    proud = make_building(cim_level=6)
    sensor = services.link(fine, "sensor", "DEV-1")
    assert keys("building_project") == [alone.code] and old.code not in keys("building_project")
    assert keys("project_unknown") == [lost.code]
    assert keys("project_building") == ["P-9"]
    assert keys("building_model") == [proud.code]
    assert keys("link_missing") == ["DEV-1"] and not sensor.found
    assert all(row.problem and row.next_step for section in orphans.sections(50) for row in section.rows)
    services.retire(alone, date(2025, 1, 1), "test")
    assert keys("building_project") == []


def test_links_are_looked_up_again_and_only_news_is_written(make_building: Make, projects: dict[str, str]) -> None:
    building = make_building()
    here = services.link(building, "project", CODE)
    assert here.found and here.label == "甲项目"
    again = services.link(building, "project", CODE)
    assert again.pk == here.pk and Entry.objects.filter(kind="cim.linked").count() == 1
    assert links.check_all() == 0
    projects.pop(CODE)
    assert links.check_all() == 1 and not Link.objects.get(pk=here.pk).found
    for kind, target in (("x", "1"), ("sensor", " "), ("sensor", "9" * 101)):
        with pytest.raises(Refusal):
            services.link(building, kind, target)


def test_report_page_and_export_under_scope(client: Client, make_building: Make, projects: dict[str, str]) -> None:
    make_building(built_on=date(2023, 1, 1), name="本区孤楼")
    make_building(built_on=date(2023, 1, 1), name="邻区孤楼", region_code="420102000000")
    login(client, make_official(REGION, roles=("supervisor",)))
    html = client.get("/cim/orphans/").content.decode()
    assert "本区孤楼" in html and "邻区孤楼" not in html and "孤项目" in html and "感知平台尚未接入" in html
    assert "本区孤楼" in client.get("/cim/orphans/?kind=building_project").content.decode()
    book = load_workbook(io.BytesIO(client.get("/cim/orphans/export/").content))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert rows[0][0] == "类别" and {row[2] for row in rows[1:]} == {"本区孤楼", "孤项目"} and all(row[5] for row in rows[1:])
    login(client, make_official(REGION, roles=("window",)))
    assert client.get("/cim/orphans/").status_code == 403
