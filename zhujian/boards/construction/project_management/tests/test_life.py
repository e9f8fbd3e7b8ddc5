"""A project's whole life through the real engine, handler, forms, papers and permits."""

from __future__ import annotations

import pytest

from zhujian.boards.construction.project_management.demo.walk import Walker
from zhujian.boards.construction.project_management.models import Building, Permit, Project, StepRecord, Timer
from zhujian.boards.construction.project_management.services.registration import do_register
from zhujian.foundation.identity import testing as people
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db

OFFICES = ("DRC", "NRP", "EEB", "WRB", "HUD", "CAD", "QSS", "HRS", "UMB", "UCA", "RED", "PTC", "CHK", "UTL", "GOV")


@pytest.fixture
def world(db):
    """Offices of a city and its county window, a developer and firms."""
    with scope.system("test"):
        for authority in OFFICES:
            people.make_official("420100", authority, ("reviewer", "approver"), name=f"{authority}承办")
        people.make_official("420100", "GSC", ("window",), name="窗口受理")
        people.make_official("420000", "HUD", ("reviewer", "approver"), name="省厅承办")
        developer = people.make_enterprise(name="武汉江城置业有限公司")
        firms = {
            name: people.make_enterprise(name=f"湖北{name}工程有限公司")
            for name in ("contractor", "supervisor", "designer", "surveyor", "other")
        }
        orgs = {name: Organisation.objects.get(posts__account=account) for name, account in firms.items()}
    return {"developer": developer, "orgs": orgs}


def register(world, **values) -> Project:
    firm = Organisation.objects.get(posts__account=world["developer"])
    base = {
        "name": "江城花园一期", "region_code": "420106000000", "invest_type": "ENT", "object_kind": "BUILDING", "approval_mode": "FILING",
        "land_mode": "GRANTED", "nature": "NEW", "eia_class": "TABLE", "category": "01", "is_residential": True, "is_presale": True,
        "has_civil_defence": True, "gfa_m2": 58200, "total_investment_wan": 32000, "developer_code": firm.code, "developer_name": firm.name,
        "conditions": ["utilities_needed", "tender_required", "has_high_risk_works", "site_permits_needed"],
    }  # fmt: skip
    with scope.acting(people.scope_of(world["developer"])):
        return do_register({**base, **values})


def test_a_housing_project_lives_from_code_to_extinction(world) -> None:
    project = register(world)
    assert project.type_code == "T3"
    walker = Walker(project, world["orgs"])
    walker.run()
    with scope.system("test"):
        project.refresh_from_db()
        assert project.status == Project.Status.EXTINCT
        assert set(Building.objects.filter(project=project).values_list("status", flat=True)) == {"extinct"}
        assert Permit.objects.get(project=project).number.startswith("420106")
        assert Timer.objects.filter(project=project, kind="warranty").count() >= 4
        done = dict(StepRecord.objects.filter(project=project).values_list("step", "status"))
    assert {"A02", "A07", "B02", "C07", "D01", "E06", "E08", "E09", "G10"} <= set(done)
