"""Registers: codes on creation, three bodies, versions, papers, scope, and what the access matrix says."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from zhujian.boards.urban_rural.municipal_assets.models import AssetFile, Lamp, Manhole, PipePoint, Road
from zhujian.boards.urban_rural.municipal_assets.services import versions
from zhujian.boards.urban_rural.municipal_assets.tests.world import HONGSHAN, START, WUCHANG, make
from zhujian.foundation.events.models import Event
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity.testing import login, make_enterprise, make_official, scope_of, uscc
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import roles_for
from zhujian.foundation.kernel.errors import Conflict, Refusal
from zhujian.foundation.resources import registry

COVER = {"kind": "YS", "class_code": "0103", "geom": "114.33,30.53", "region_code": WUCHANG, "valid_from": "2026-01-01", "status": "in_use",
         "source": "manual", "cover_state": "normal"}  # fmt: skip
FIRM = uscc("420106", 18)


@pytest.fixture
def clerk(client: Client, db) -> Client:
    login(client, make_official(WUCHANG, roles=("reviewer",)))
    return client


def test_a_new_cover_gets_its_code_and_no_owner(clerk: Client) -> None:
    """§21-18: nobody is owner by default."""
    for _ in range(2):
        answer = clerk.post("/r/municipal_assets/manhole/new/", COVER)
        assert answer.status_code == 302, answer.content.decode()[:4000]
    found = list(
        Manhole.objects.order_by("code").values_list("code", "owner_name", "ownership", "maintainer_name", "regulator_name")
    )
    assert found == [("4201060103000001", "", "unknown", "", ""), ("4201060103000002", "", "unknown", "", "")]
    wrong = clerk.post("/r/municipal_assets/manhole/new/", COVER | {"code": "4201110103000009"})
    assert wrong.status_code == 422 and "不一致" in wrong.content.decode()
    login(clerk, make_official("420100000000", roles=("reviewer",)))
    city = clerk.post("/r/municipal_assets/manhole/new/", COVER | {"region_code": "420100000000"})
    assert city.status_code == 422 and "选到县级" in city.content.decode() and Manhole.objects.count() == 2
    answer = clerk.post("/r/municipal_assets/road/new/", {"name": "中南路", "grade": "arterial", "region_code": WUCHANG, "valid_from": "2026-01-01", "status": "in_use",
                        "source": "manual", "geom": '{"type":"LineString","coordinates":[[114.33,30.53],[114.34,30.53]]}'})  # fmt: skip
    assert answer.status_code == 302 and Road.objects.get().code == "DL420106000001" and 955 < Road.objects.get().length_m < 965


def test_an_owned_cover_names_its_owner_and_heights_name_their_datum(db) -> None:
    for name, values in (("Manhole", {"ownership": "owned"}), ("PipePoint", {"ground_elev": 21})):
        with pytest.raises(IntegrityError), transaction.atomic():
            make(name, **values)
    assert make("PipePoint", code="YS1", ground_elev=21, source_datum="1985").pk


def test_a_condition_says_what_it_comes_from(clerk: Client) -> None:
    answer = clerk.post("/r/municipal_assets/manhole/new/", COVER | {"condition": "3"})
    assert answer.status_code == 422 and "原评价结果" in answer.content.decode()
    assert (
        clerk.post(
            "/r/municipal_assets/manhole/new/", COVER | {"condition": "3", "condition_original": "CJJ 181 结构性 2级"}
        ).status_code
        == 302
    )


def test_what_changed_becomes_a_version_and_the_row_keeps_its_id(clerk: Client) -> None:
    cover = make("Manhole", code="4201060103000001", class_code="0103", cover_material="grey_iron", material="cast_iron")
    page = f"/municipal-assets/manhole/{cover.pk}/version/"
    assert "变化依据" in clerk.get(page).content.decode()
    form = {"kind": "YS", "class_code": "0103", "geom": "114.33,30.53", "valid_from": "2024-05-01", "status": "in_use", "source": "patrol", "cover_state": "normal",
            "cover_material": "ductile", "cover_class": "D400", "version": "1"}  # fmt: skip
    assert clerk.post(page, form).status_code == 422
    assert clerk.post(page, form | {"basis": "改造工程", "valid_from": "2019-01-01"}).status_code == 422
    answer = clerk.post(page, form | {"basis": "2024年井盖改造工程"})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    rows = list(
        Manhole.objects.order_by("valid_from").values_list("id", "cover_material", "valid_from", "valid_to", "feature_id")
    )
    assert [row[1:4] for row in rows] == [("grey_iron", START, date(2024, 5, 1)), ("ductile", date(2024, 5, 1), None)]
    assert rows[1][0] == cover.pk and rows[0][4] == rows[1][4]
    with scope.system("test"):
        assert Event.objects.get(name="asset.versioned").payload["basis"] == "2024年井盖改造工程"
        assert Entry.objects.filter(kind="municipal_assets.versioned").count() == 1
    stale = clerk.post(page, form | {"basis": "又一次", "valid_from": "2025-05-01", "cover_class": "C250"})
    assert stale.status_code == 422 and "刷新" in stale.content.decode()
    history = rows[0][0]
    assert (
        clerk.post(
            f"/municipal-assets/manhole/{history}/end/", {"on": "2026-01-01", "status": "removed", "basis": "x"}
        ).status_code
        == 422
    )


def test_unchanged_and_ended_facilities(db) -> None:
    lamp = make("Lamp", code="x", power_w=100)
    with scope.acting(scope_of(make_official(WUCHANG, roles=("reviewer",)))):
        with pytest.raises(Conflict) as refusal:
            versions.new_version(lamp, date(2024, 1, 1), {"power_w": 100}, basis="无")
        assert refusal.value.code == "asset.unchanged"
        with pytest.raises(Refusal):
            versions.retire(lamp, date(2024, 1, 1), basis=" ")
        versions.retire(lamp, date(2024, 1, 1), basis="道路改造")
        gone = Lamp.objects.get(pk=lamp.pk)
        assert (gone.status, gone.valid_to) == ("removed", date(2024, 1, 1))
        with pytest.raises(Conflict):
            versions.new_version(lamp, date(2025, 1, 1), {"power_w": 60}, basis="无")


def test_papers_stay_with_the_facility_through_its_versions(clerk: Client) -> None:
    road = make("Road", code="DL1", name="中南路")
    page = f"/municipal-assets/road/{road.pk}/file/"
    pdf = SimpleUploadedFile(
        "竣工图.pdf",
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj trailer<</Root 1 0 R>>",
    )
    answer = clerk.post(page, {"file": SimpleUploadedFile("a.exe", b"MZ"), "kind": "drawing"})
    assert answer.status_code == 422 and AssetFile.objects.count() == 0
    png = SimpleUploadedFile("现场.png", PNG)
    assert clerk.post(page, {"file": png, "kind": "photo", "title": "路口照片"}).status_code == 302
    assert "路口照片" in clerk.get(f"/r/municipal_assets/road/{road.pk}/").content.decode()
    with scope.system("test"):
        versions.new_version(road, date(2024, 1, 1), {"lanes": 4}, basis="拓宽")
    assert "路口照片" in clerk.get(f"/r/municipal_assets/road/{road.pk}/").content.decode()
    assert pdf.size


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def test_a_county_sees_only_its_own_and_a_firm_only_what_it_is_body_of(client: Client, db) -> None:
    make("Road", code="A", name="武昌路")
    make("Road", code="B", name="洪山路", region_code=HONGSHAN)
    make("Road", code="C", name="企业路", region_code=HONGSHAN, owner_org=FIRM, owner_name="某公司", parties=[f"org:{FIRM}"])
    login(client, make_official(WUCHANG, roles=("viewer",)))
    text = client.get("/r/municipal_assets/road/").content.decode()
    assert "武昌路" in text and "洪山路" not in text
    assert [f["properties"]["name"] for f in client.get("/api/v1/municipal_assets/road/items.geojson").json()["features"]] == [
        "武昌路"
    ]
    other = Road._default_manager
    with scope.system("test"):
        pk = other.get(code="B").pk
    assert client.get(f"/r/municipal_assets/road/{pk}/").status_code == 404
    login(client, make_official(WUCHANG, roles=("reviewer",)))
    assert client.get(f"/municipal-assets/road/{pk}/version/").status_code == 404
    login(client, make_enterprise(FIRM))
    text = client.get("/r/municipal_assets/road/").content.decode()
    assert "企业路" in text and "洪山路" not in text and "武昌路" not in text


@pytest.mark.parametrize(
    "name", ["road", "bridge", "tunnel", "pipe_point", "pipe_line", "gallery", "facility", "lamp", "manhole"]
)
def test_rows_of_the_access_matrix(name: str) -> None:
    key = f"municipal_assets.{name}"
    assert roles_for(key, "change") == {"data_admin", "reviewer"} and roles_for(key, "import") == {"data_admin"}
    assert "public" not in roles_for(key, "view") and "resident" not in roles_for(key, "view")
    secret = name in ("pipe_point", "pipe_line", "gallery")
    assert ("viewer" in roles_for(key, "export")) is not secret  # §20c: export of pipes needs approval
    assert registry.get(key).layer is not None


def test_viewers_look_and_do_not_write(client: Client, db) -> None:
    road = make("Road", code="A", name="武昌路")
    login(client, make_official(WUCHANG, roles=("viewer",)))
    for part in ("version", "end", "file"):
        assert client.get(f"/municipal-assets/road/{road.pk}/{part}/").status_code == 403
    assert client.get("/r/municipal_assets/pipe_line/export/?format=csv").status_code == 403
    assert PipePoint.objects.count() == 0


def test_a_correction_of_the_owner_changes_who_sees_the_facility(clerk: Client, client: Client) -> None:
    lamp = make("Lamp", code="4201060137000001", class_code="0137")
    form = {"code": "4201060137000001", "class_code": "0137", "geom": "114.33,30.53", "region_code": WUCHANG, "valid_from": "2020-01-01", "version": "1",
            "status": "in_use", "source": "manual", "owner_org": FIRM, "owner_name": "某公司"}  # fmt: skip
    answer = clerk.post(f"/r/municipal_assets/lamp/{lamp.pk}/edit/", form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    with scope.system("test"):
        assert Lamp.objects.get().parties == [f"org:{FIRM}"]
    login(client, make_enterprise(FIRM))
    assert "4201060137000001" in client.get("/r/municipal_assets/lamp/").content.decode()
