"""A county official sees nothing of another city through any door that a declaration opens (issue paragraph D)."""

from __future__ import annotations

import io

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client
from openpyxl import load_workbook

from zhujian.boards.construction.project_management.models import Project
from zhujian.foundation.identity.testing import login, make_enterprise, make_official, scope_of, uscc
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources import registry, search_all

WUCHANG, XILING = "420106000000", "420502000000"
OWN_ROUTES = {"resources.api", "resources.catalogue", "resources.statistics"}  # of the resource room itself
MINE, THEIRS = "2401-420106-04-01-111111", "2401-420502-04-01-222222"


@pytest.fixture
def projects(db) -> dict[str, Project]:
    """One project in 武昌区 and one in 宜昌's 西陵区, side by side on the map."""
    made = {}
    with scope.system("test"):
        for number, (code, region) in enumerate(((MINE, WUCHANG), (THEIRS, XILING))):
            firm = uscc(region, 700 + number)
            made[code] = Project.objects.create(
                code=code, name=f"同名花园{number}", type_code="T3", region_code=region, parties=[f"org:{firm}"], developer_code=firm,
                developer_name="开发公司", invest_type="x", object_kind="x", approval_mode="x", land_mode="x", nature="x", eia_class="x",
                location=Point(114.3 + number / 1000, 30.55, srid=4490),
            )  # fmt: skip
    return made


@pytest.fixture
def official(db):
    """A data administrator of 武昌区, who may export."""
    return make_official(WUCHANG, roles=("reviewer", "data_admin"))


def test_every_door_shows_one_county_only(client: Client, projects, official) -> None:
    login(client, official)
    doors = [
        "/r/project_management/project/", "/r/project_management/project/?q=同名", f"/r/project_management/project/?region_code={XILING}",
        "/r/project_management/project/?sort=-code", "/api/v1/project_management/project", f"/api/v1/project_management/project?q={THEIRS}",
        "/api/v1/project_management/project/items.geojson?bbox=114,30,115,31", "/r/project_management/project/export/?format=csv",
    ]  # fmt: skip
    for door in doors:
        answer = client.get(door)
        assert answer.status_code == 200, door
        text = answer.content.decode()
        assert "同名花园1" not in text and (THEIRS not in text or "q=" in door), door
    assert MINE in client.get(doors[0]).content.decode() and "同名花园0" in client.get(doors[6]).content.decode()
    assert MINE in client.get(doors[7]).content.decode("utf-8-sig")
    theirs = projects[THEIRS].pk
    for address in (f"/r/project_management/project/{theirs}/", f"/api/v1/project_management/project/{theirs}"):
        assert client.get(address).status_code == 404
    assert client.get(f"/api/v1/project_management/project/items.geojson?id={theirs}").json()["features"] == []
    tile = client.get("/tiles/project_management/project/12/3348/1682.mvt")
    assert tile.status_code == 200 and "同名花园0".encode() in tile.content and "同名花园1".encode() not in tile.content
    sheet = load_workbook(io.BytesIO(client.get("/r/project_management/project/export/").content)).active
    assert [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)] == [MINE]


def test_search_and_raw_sql(projects, official) -> None:
    with scope.acting(scope_of(official)):
        hits = [hit.label for group in search_all("同名花园") for hit in group.hits]
        assert hits == ["同名花园0"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT code FROM project_management_project")
            assert cursor.fetchall() == [(MINE,)]


def test_a_firm_sees_its_own_wherever_it_lies(client: Client, projects) -> None:
    login(client, make_enterprise(projects[THEIRS].developer_code))
    page = client.get("/api/v1/project_management/project").json()
    assert [item["code"] for item in page["items"]] == [THEIRS]


def test_every_generated_route_has_its_row() -> None:
    from zhujian.foundation.resources.urls import routes

    for route in routes():
        row = route.callback.access_row
        assert row[0] in {resource.key for resource in registry.resources()} | OWN_ROUTES
        for granted in getattr(route.callback, "access_rows", {"": row}).values():
            from zhujian.foundation.kernel.access import roles_for

            assert roles_for(*granted), route.name
