"""From 提交 to 入CIM: states, tasks, evidence, who sees what; versions compared; BCF; rule packs."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from zhujian.foundation.bim import samples, services
from zhujian.foundation.bim.models import Finding, RulePack, Version
from zhujian.foundation.bim.tests.conftest import COUNTY, fresh, work
from zhujian.foundation.cim import services as cim
from zhujian.foundation.cim.models import Building, Link
from zhujian.foundation.events.models import Event
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.testing import login, make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.workflow import subjects
from zhujian.foundation.workflow.testing import complete

pytestmark = pytest.mark.django_db
BAD = ("narrow_door", "no_fire_rating", "unknown_crs")


def tasks(version: Version) -> dict[str, Any]:
    with scope.system("测试"):
        return {task.node: task for task in subjects.open_tasks(version.model.subject)}


def house() -> Building:
    ring = ((114.305, 30.592), (114.306, 30.592), (114.306, 30.593), (114.305, 30.593), (114.305, 30.592))
    with scope.system("测试"):
        return cim.register_building(
            region_code=COUNTY,
            outline=MultiPolygon(Polygon(ring, srid=4490), srid=4490),
            name="测试楼",
            use="10",
            on=date(2026, 1, 1),
        )


def test_the_whole_way(hand_in: Callable[..., Version], firm: Account, reviewer: Account, client: Client) -> None:
    building = house()
    version = hand_in(samples.building("IFC4", name="测试楼"), building_code=building.code)
    assert (version.state, version.errors_count, version.level) == ("review", 0, 6), version.verdict
    assert version.lon == pytest.approx(114.3055, abs=1e-6) and version.job.progress == 100
    login(client, reviewer)
    page = client.get(f"/workflow/tasks/{tasks(version)['review'].pk}/").content.decode()
    assert "自动检查结果" in page and "ND-12" in page and version.verdict in page
    with pytest.raises(Refusal) as told:
        complete(reviewer, tasks(version)["review"], "return")
    assert told.value.code == "bim.return_reason"
    complete(reviewer, tasks(version)["review"], "pass", comment="同意。")
    version = fresh(version)
    assert version.state == "archived" and version.archived_at and version.opinion == "同意。"
    answer = client.post(
        f"/workflow/tasks/{tasks(version)['publish'].pk}/", {"outcome": "publish", "building_code": building.code}
    )
    assert answer.status_code == 302
    version = fresh(version)
    assert version.state == "published" and version.published_at and not tasks(version)
    with scope.system("测试"):
        links = Link.objects.filter(building=building, kind="ifc")
        assert links.count() > 10 and all(link.found and len(link.target) == 22 for link in links)
        assert Building.objects.get(pk=building.pk).cim_level_verified is not None
        told = set(Event.objects.filter(subject=version.subject).values_list("name", flat=True))
        assert told >= {"bim.submitted", "bim.checked", "bim.passed", "bim.archived", "bim.published"}
        kinds = set(Entry.objects.filter(object_id=version.subject).values_list("kind", flat=True))
        assert kinds >= {"bim.submitted", "bim.checked", "bim.passed", "bim.archived", "bim.published"}
    state = client.get(f"/bim/versions/{version.pk}/state.json").json()
    assert state["state"] == "published" and state["finished"] and state["origin"]["lon"] == pytest.approx(114.3055, abs=1e-6)
    with pytest.raises(Refusal) as told, scope.acting(scope_of(reviewer)):
        services.do_recheck(version, reason="规则更新")
    assert told.value.code == "bim.recheck_state"


def test_failed_check_goes_back_and_comes_again(
    hand_in: Callable[..., Version], firm: Account, reviewer: Account, client: Client
) -> None:
    version = hand_in(samples.building("IFC4X3", name="二号楼", faults=BAD))
    assert version.state == "failed_check" and version.errors_count >= 3 and "未通过" in version.verdict
    assert set(tasks(version)) == {"resubmit"}
    login(client, firm)
    page = client.get(f"/bim/models/{version.model_id}/")
    assert "补正后重新提交" in page.content.decode()
    # By the page of the model: the open task is answered, the next version is checked.
    upload = SimpleUploadedFile("二号楼v2.ifc", samples.building("IFC4X3", name="二号楼", moved=0.5, extra=2))
    answer = client.post(
        f"/bim/models/{version.model_id}/versions/", {"file": upload, "note": "按问题清单修改"}, HTTP_ACCEPT="application/json"
    )
    assert answer.status_code == 201 and answer.json()["number"] == 2, answer.content.decode()
    work()
    second = fresh(Version(pk=answer.json()["id"]))
    assert second.state == "review" and second.note == "按问题清单修改"
    found = client.get(f"/bim/versions/{version.pk}/compare/{second.pk}.json").json()
    assert len(found["added"]) == 2 and not found["removed"]  # two columns
    changed = {row["global_id"]: row["fields"] for row in found["changed"]}
    with scope.system("测试"):
        inner = second.elements.get(name="1层内墙")
        door = second.elements.get(name="1层内门M0921")
    assert "placement" in changed[inner.global_id] and "placement" in changed[door.global_id]
    assert client.get(f"/bim/versions/{version.pk}/compare/{second.pk}/").status_code == 200
    same = client.get(f"/bim/versions/{second.pk}/compare/{second.pk}.json").json()
    assert (same["added"], same["removed"], same["changed"]) == ([], [], []) and same["same"] == second.elements_count
    complete(reviewer, tasks(second)["review"], "return", comment="楼梯间防火门请核对。")
    second = fresh(second)
    assert second.state == "rejected" and second.opinion == "楼梯间防火门请核对。" and set(tasks(second)) == {"resubmit"}
    complete(firm, tasks(second)["resubmit"], "withdraw")
    assert not tasks(second)
    with scope.acting(scope_of(firm)):  # after the end of the process a new version starts it anew
        third = services.do_new_version(second.model, SimpleUploadedFile("v3.ifc", samples.building("IFC4X3", name="二号楼")))
    assert third.number == 3 and set(tasks(third)) == {"check"}
    with scope.acting(scope_of(firm)), pytest.raises(Refusal) as told:
        services.do_new_version(second.model, SimpleUploadedFile("v4.ifc", samples.building("IFC4X3")))
    assert told.value.code == "bim.running"


def test_who_sees_it(hand_in: Callable[..., Version], firm: Account, reviewer: Account, client: Client) -> None:
    version = hand_in(samples.building("IFC4", storeys=1))
    addresses = [
        f"/bim/versions/{version.pk}/{part}"
        for part in ("", "state.json", "tree.json", "tileset.json", "findings.json", "storeys/0.glb", "elements/0.json", "issues.bcf",
                     "quantities.xlsx", "progress/", "rules/ND-12/", f"compare/{version.pk}.json")
    ]  # fmt: skip
    for who, status in (
        (firm, 200),
        (reviewer, 200),
        (make_official("420502000000", roles=("viewer",)), 404),
        (make_enterprise(), 404),
    ):
        login(client, who)
        found = {address: client.get(address).status_code for address in addresses}
        assert set(found.values()) == {status}, found
    with scope.acting(scope_of(make_official("420502000000", roles=("viewer",)))):
        assert not Version.objects.exists() and not Finding.objects.exists()


def test_form_and_api_say_what_is_wrong(firm: Account, client: Client) -> None:
    login(client, firm)
    page = client.get("/bim/submit/").content.decode()
    assert 'data-max-bytes="524288000"' in page and "data-progress" in page
    good = {"name": "楼", "discipline": "arch", "region_code": COUNTY}
    for values, code in (
        ({**good, "region_code": "420100000000"}, "bim.region"), ({**good, "building_code": "4201"}, "bim.building"), ({**good, "lon": "114.3"}, "bim.position"),
        ({**good, "lon": "30.6", "lat": "114.3", "reason": "放线成果"}, "bim.lon"), ({**good, "lon": "114.3", "lat": "30.6"}, "bim.position_reason"),
    ):  # fmt: skip
        upload = SimpleUploadedFile("a.ifc", b"ISO-10303-21;")
        answer = client.post("/bim/submit/", {**values, "file": upload}, HTTP_ACCEPT="application/json")
        assert answer.status_code == 422 and code in {e["code"] for e in answer.json()["errors"]}, answer.content.decode()
    answer = client.post(
        "/bim/submit/", {**good, "file": SimpleUploadedFile("a.ifc", b"MZ not a model")}, HTTP_ACCEPT="application/json"
    )
    assert answer.status_code == 422 and answer.json()["errors"][0]["code"].startswith("documents.")
    answer = client.post("/bim/submit/", good)
    assert answer.status_code == 422 and "请选择 IFC 文件" in answer.content.decode()
    with scope.system("测试"):
        assert not Version.objects.exists()


def test_position_by_hand_is_kept_with_its_reason(hand_in: Callable[..., Version]) -> None:
    hand = {"lon": 114.31, "lat": 30.6, "height": 21.0, "rotation": 12.0, "reason": "放线成果 2026-003"}
    version = hand_in(samples.building("IFC4", storeys=1, faults=["no_georef"]), hand=hand)
    assert (version.lon, version.lat, version.rotation, version.georef["kind"]) == (
        114.31,
        30.6,
        12.0,
        "hand",
    ) and version.state == "review"
    with scope.system("测试"):
        event = Event.objects.get(subject=version.subject, name="bim.submitted")
    assert event.payload["hand"]["reason"] == "放线成果 2026-003"


def test_quantities_as_a_workbook(hand_in: Callable[..., Version], firm: Account, client: Client) -> None:
    version = hand_in(samples.building("IFC4", storeys=2))
    login(client, firm)
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/bim/versions/{version.pk}/quantities.xlsx").content))
    lines = list(book.active.values)
    assert lines[0][:2] == ("楼层", "类别") and any(line[1] == "墙" and line[3] == "外墙240" and line[4] == 4 for line in lines)


def test_new_edition_of_a_pack(hand_in: Callable[..., Version], firm: Account, reviewer: Account, client: Client) -> None:
    """An official's edition is in force from its first day; a version in review can be checked again by it."""
    version = hand_in(samples.building("IFC4", storeys=1))
    assert version.state == "review"
    admin = make_official(COUNTY, roles=("parameter_admin", "viewer"))
    login(client, admin)
    with scope.system("测试"):
        pack = RulePack.objects.get(key="fire_egress")
    strict = pack.source.replace('value="1.1"', 'value="1.4"').replace("1.10 m", "1.40 m")
    values = {"key": "fire_egress", "title": "消防疏散规则包", "edition": "武昌2026.2", "region_code": COUNTY, "valid_from": timezone.localdate(),
              "basis": "武昌建〔2026〕3号", "advisory": "FE-08"}  # fmt: skip
    broken = client.post(
        "/bim/packs/new/", {**values, "file": SimpleUploadedFile("x.ids", strict.replace("<entity>", "<entiti>", 1).encode())}
    )
    assert broken.status_code == 422
    answer = client.post("/bim/packs/new/", {**values, "file": SimpleUploadedFile("x.ids", strict.encode())})
    assert answer.status_code == 302, answer.content.decode()
    assert "FE-02" in client.get(answer["Location"]).content.decode()
    again = client.post("/bim/packs/new/", {**values, "file": SimpleUploadedFile("x.ids", strict.encode())})
    assert again.status_code == 422 and "已经登记过" in again.content.decode()
    with scope.acting(scope_of(reviewer)):
        services.do_recheck(version, reason="规则包更新")
    work()
    version = fresh(version)
    assert version.state == "review" and version.errors_count and "武昌2026.2" in json.dumps(version.checks, ensure_ascii=False)
    with scope.system("测试"):
        assert services.packs_in_force("420502000000")[0].region_code == "420000000000"
        assert not services.packs_in_force(COUNTY, date(1999, 1, 1))
        later = timezone.localdate() + timedelta(days=1)
        assert {p.edition for p in services.packs_in_force(COUNTY, later)} == {"2026.1", "武昌2026.2"}


@pytest.mark.parametrize(
    ("text", "code"),
    [("not xml", "bim.pack_xml"), ("<ids/>", "bim.pack_schema"), ('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "bim.pack_xml")],
)
def test_foreign_packs(text: str, code: str) -> None:
    from zhujian.foundation.bim.services.packs import check_source

    assert check_source(text)[0][0].code == code


def test_costly_pattern_is_refused() -> None:
    from zhujian.foundation.bim.services.packs import check_source

    text = (Path(services.__file__).parents[1] / "ids" / "fire_egress.ids").read_text(encoding="utf-8")
    assert check_source(text)[0] == []
    assert check_source(text.replace(r"[0-9]+(\.[0-9]+)?\s*[hH].*", "(a+)+b"))[0][0].code == "bim.pack_pattern"


def test_page_is_read_with_few_statements(hand_in: Callable[..., Version], firm: Account, client: Client) -> None:
    from zhujian.foundation.resources.testing import assert_queries

    version = hand_in(samples.building("IFC4"))
    login(client, firm)
    client.get(f"/bim/versions/{version.pk}/")
    with assert_queries(40):
        assert client.get(f"/bim/versions/{version.pk}/").status_code == 200
    with assert_queries(16):
        assert client.get(f"/bim/versions/{version.pk}/tree.json").status_code == 200
