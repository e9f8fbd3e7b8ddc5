"""What the portals show of one real project to each kind of person, and to nobody else."""

import re

import pytest
from django.test import Client

from zhujian.boards.construction.project_management.models import Project
from zhujian.boards.construction.project_management.services.registration import do_register
from zhujian.foundation.identity import testing as people
from zhujian.foundation.identity.models import Account, Organisation
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db
NAME = "江城花园一期"


@pytest.fixture
def developer(db) -> Account:
    with scope.system("test"):
        for authority in ("DRC", "NRP", "EEB", "HUD", "GOV"):
            people.make_official("420106", authority, ("reviewer", "approver"))
        people.make_official("420106", "GSC", ("window",))
        return people.make_enterprise(name="武汉江城置业有限公司")


@pytest.fixture
def project(developer: Account) -> Project:
    firm = Organisation.objects.get(posts__account=developer)
    values = {
        "name": NAME, "region_code": "420106000000", "invest_type": "ENT", "object_kind": "BUILDING", "approval_mode": "FILING",
        "land_mode": "GRANTED", "nature": "NEW", "eia_class": "TABLE", "category": "01", "is_residential": True, "gfa_m2": 58200,
        "total_investment_wan": 32000, "developer_code": firm.code, "developer_name": firm.name, "conditions": [],
    }  # fmt: skip
    with scope.acting(people.scope_of(developer)):
        return do_register(values)


def seen(account: Account | None, path: str) -> str:
    client = Client()
    if account is not None:
        people.login(client, account)
    return client.get(path).content.decode()


def test_the_developer_sees_its_project_and_task_and_another_firm_does_not(project: Project, developer: Account):
    page = seen(developer, "/enterprise/")
    assert page.count(NAME) >= 2 and project.code in page and 'aria-current="step"><span>立项用地规划许可' in page
    other = people.make_enterprise(name="湖北别家建设有限公司")
    assert NAME not in seen(other, "/enterprise/") and NAME not in seen(other, "/enterprise/projects/")
    link = f'href="/project-management/{project.pk}/"'
    assert link not in seen(other, f"/workbench/search/?q={NAME}") and link in seen(developer, f"/workbench/search/?q={NAME}")


def test_anyone_with_the_code_sees_public_progress_without_persons_or_amounts(project: Project, developer: Account):
    page = seen(None, f"/public/progress/?number={project.code}")
    assert NAME in page and "湖北省武汉市武昌区" in page and "武汉江城置业有限公司" in page
    assert developer.name not in page and "32,000" not in page and "32000" not in page


def test_the_overview_counts_it_where_the_viewer_may_look_and_nowhere_else(project: Project):
    def total(region: str) -> str:
        page = seen(people.make_official(region, roles=("viewer",)), "/overview/")
        return re.search(r"<strong>([\d,]+)<span class=\"kpi-unit\">个", page)[1]

    assert [total("420000000000"), total("420100000000"), total("420106000000"), total("420500000000")] == ["1", "1", "1", "0"]


def test_a_page_looked_at_is_offered_again_on_the_workbench(project: Project):
    client = Client()
    people.login(client, people.make_official("420106", "HUD", ("viewer", "reviewer")))
    assert client.get(f"/project-management/{project.pk}/").status_code == 200
    page = client.get("/workbench/").content.decode()
    assert f'<li><a href="/project-management/{project.pk}/">{NAME}' in page
