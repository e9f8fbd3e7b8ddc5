"""What a registration refuses, each with its code, a Chinese sentence and the field; what it leaves behind; what stays fixed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from zhujian.boards.construction.project_management.models import Participation, Project
from zhujian.boards.construction.project_management.services import registration
from zhujian.boards.construction.project_management.tests.world import BUILDING, WUCHANG, World, codes_of
from zhujian.foundation.events.models import Event
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity import testing as people
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

pytestmark = pytest.mark.django_db


def values_of(world: World, **values) -> dict:
    firm = world.firm
    return {
        **BUILDING, "name": "滨江花园", "region_code": WUCHANG, "developer_code": firm.code, "developer_name": firm.name,
        "planned_start": date(2026, 4, 1), "planned_end": date(2027, 4, 1), **values,
    }  # fmt: skip


WRONG = [
    ({"code": "210942010604-01123456"}, "code", "project.code."),
    ({"code": "2113-420106-04-01-123456"}, "code", "project.code."),
    ({"name": "  "}, "name", "project.name.missing"),
    ({"name": "长" * 201}, "name", "project.name.long"),
    ({"region_code": "420106"}, "region_code", "region.format"),
    ({"region_code": "420199000000"}, "region_code", "project.region.unknown"),
    ({"region_code": "420100000000"}, "region_code", "project.region.coarse"),
    ({"developer_code": "91420106MA4K2B7T5A"}, "developer_code", "uscc."),
    ({"developer_code": "91420106MA4K2B7T5G"}, "developer_code", "project.developer.other"),
    ({"developer_name": ""}, "developer_name", "project.developer.missing"),
    ({"invest_type": "X"}, "invest_type", "project.invest_type.choice"),
    ({"land_mode": ""}, "land_mode", "project.land_mode.choice"),
    ({"gfa_m2": Decimal(-1)}, "gfa_m2", "project.gfa_m2.negative"),
    ({"gfa_m2": None}, "gfa_m2", "project.gfa_m2.missing"),
    ({"planned_end": date(2026, 3, 31)}, "planned_end", "project.dates.order"),
    ({"low_risk": True, "usage": "310"}, "low_risk", "project.low_risk.not"),
    ({"low_risk": True, "usage": "100", "gfa_m2": Decimal(900)}, "low_risk", "project.low_risk.not"),
]


@pytest.mark.parametrize("change, field, code", WRONG, ids=[f"{c[1]}-{c[2]}-{n}" for n, c in enumerate(WRONG)])
def test_what_cannot_be_registered(wuhan: World, change: dict, field: str, code: str) -> None:
    with scope.acting(people.scope_of(wuhan.developer)):
        with pytest.raises(Refusal) as told:
            registration.do_register(values_of(wuhan, **change))
        codes_of(told.value)
        assert [r for r in told.value.reasons if r.field == field and r.code.startswith(code)], told.value.reasons
        assert not Project.objects.exists(), "nothing half saved"


def test_a_code_is_used_once_also_where_one_cannot_see_it(wuhan: World, yichang: World) -> None:
    code = "2109-420106-04-01-123456"
    with scope.acting(people.scope_of(yichang.developer)):
        theirs = values_of(wuhan, code=code, developer_code=yichang.firm.code, developer_name=yichang.firm.name)
        registration.do_register(theirs)
    with scope.acting(people.scope_of(wuhan.developer)):
        assert not Project.objects.filter(code=code).exists()
        with pytest.raises(Refusal) as told:
            registration.do_register(values_of(wuhan, code=code))
    assert codes_of(told.value) == {"project.code.used"} and told.value.reasons[0].field == "code"


def test_an_official_registers_only_in_the_own_place(wuhan: World) -> None:
    with scope.system("test"):
        window = people.make_official("420106000000", "GSC", ("window",), name="武昌窗口")
    with scope.acting(people.scope_of(window)):
        with pytest.raises(Refusal) as told:
            registration.do_register(values_of(wuhan, region_code="420502000000"))
        assert codes_of(told.value) == {"project.region.outside"}
        project = registration.do_register(values_of(wuhan, code="2017-420106-47-03-012345"))
    with scope.system("test"):
        assert project.type_code == "T3" and project.parties == [f"org:{wuhan.firm.code}"]
        assert Participation.objects.get(project=project).role == "DEV"
        assert Event.objects.filter(name="project.registered", subject=project.subject).count() == 1
        assert Entry.objects.filter(kind="project.registered", object_id=project.subject).count() == 1


def test_a_new_code_has_the_layout_of_the_place_and_month(wuhan: World) -> None:
    project = wuhan.register("T5")
    assert project.code.startswith("2603-420106-") and len(project.code) == 24


def test_the_page_shows_every_fault_at_its_field_and_keeps_what_was_typed(wuhan: World) -> None:
    client = Client()
    people.login(client, wuhan.developer)
    page = client.get("/project-management/register/")
    assert page.status_code == 200 and wuhan.firm.code in page.text
    answer = client.post(
        "/project-management/register/", {"name": "滨江花园", "region_code": WUCHANG, "planned_start": "2026-02-30"}
    )
    assert answer.status_code == 422
    for words in ("请填写正确的日期", "请选择“投资类型”", "请填写“建设单位代码”", 'value="滨江花园"', "error-summary"):
        assert words in answer.text, words
    assert "Enter a" not in answer.text and "This field" not in answer.text


def test_what_a_running_process_rests_on_cannot_be_edited(wuhan: World) -> None:
    project = wuhan.register("T5")
    with scope.system("test"):
        keeper = people.make_official("420100", "HUD", ("data_admin",), name="数据管理员")
    client = Client()
    people.login(client, keeper)
    address = f"/api/v1/project_management/project/{project.pk}"
    for change, code in (
        ({"code": "2603-420106-04-01-999999"}, "project.fixed"), ({"region_code": "420111000000"}, "project.fixed"),
        ({"invest_type": "GOV"}, "project.fixed"), ({"status": "building"}, "project.fixed"),
    ):  # fmt: skip
        answer = client.patch(address, {**change, "version": project.version}, content_type="application/json")
        assert answer.status_code == 422 and code in answer.text, answer.text
    good = client.patch(address, {"scale": "两栋厂房", "version": project.version}, content_type="application/json")
    assert good.status_code == 200, good.text
    stale = client.patch(address, {"scale": "三栋厂房", "version": project.version}, content_type="application/json")
    assert stale.status_code == 409 and "刚刚被" in stale.text
    with scope.system("test"):
        Project.objects.filter(pk=project.pk).update(status="extinct")
        project.refresh_from_db()
        assert project.scale == "两栋厂房" and project.parties, "sharing stays as it was"
    dead = client.patch(address, {"scale": "改一改", "version": project.version}, content_type="application/json")
    assert dead.status_code == 422 and "project.readonly" in dead.text
    firm = Client()
    people.login(firm, wuhan.developer)
    assert firm.patch(address, {"scale": "企业改"}, content_type="application/json").status_code == 403
