"""Buildings in versions: registered, changed, retired; units and levels; pages; imports; scope."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from zhujian.foundation.cim import selectors, services
from zhujian.foundation.cim.models import Building, Unit
from zhujian.foundation.cim.rules import codes, floors
from zhujian.foundation.cim.selectors import table
from zhujian.foundation.cim.services import levels
from zhujian.foundation.cim.tests.conftest import REGION, box
from zhujian.foundation.events.models import Event
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity.testing import login, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources import registry

pytestmark = pytest.mark.django_db
Make = Callable[..., Building]
HOMES = floors.Template(1, 6, 1, 2, "10", (Decimal(90),), Decimal("0.8"))


@pytest.fixture(autouse=True)
def everything(db: None):
    with transaction.atomic(), scope.system("test"):
        yield


def errors_in(html: str) -> str:
    """The sentences of a page that refuses."""
    return (
        "".join(re.findall(r"<li>.*?</li>", html.split("error-summary")[-1][:3000])) if "error-summary" in html else html[-500:]
    )


def acts(building: Building) -> list[str]:
    return list(Entry.objects.filter(object_id=building.subject).order_by("id").values_list("kind", flat=True))


def test_a_building_gets_the_code_of_its_place_and_leaves_event_and_evidence(make_building: Make) -> None:
    building = make_building()
    assert codes.code_reasons(building.code, unit=False) == [] and building.code.startswith("420106000")
    assert building.cim_level_verified == 3
    assert acts(building) == ["cim.building_registered"]
    assert Event.objects.filter(name="cim.building_registered", subject=building.subject).count() == 1


def test_wrong_codes_are_refused_with_the_reason(make_building: Make) -> None:
    known = make_building()
    for code, reason in (
        (known.code, "house_code.used"), (known.code[:-1] + str((int(known.code[-1]) + 1) % 10), "house_code.check_digit"),
        (known.code[:-1], "house_code.length"), (codes.building_code("420102000000", 529000, 3381000), "house_code.place"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as caught:
            make_building(code=code)
        assert caught.value.code == reason


def test_a_new_version_keeps_the_former_and_the_id(make_building: Make) -> None:
    building = make_building()
    services.add_units(building, [{"floor": 1, "room_no": "101", "use": "10"}])
    made = services.new_version(building, date(2023, 5, 1), floors_above=7, height_m=21)
    assert made.pk == building.pk and made.code == building.code and made.valid_from == date(2023, 5, 1)
    former, present = selectors.versions(made)[1], selectors.versions(made)[0]
    assert present.pk == building.pk and (former.floors_above, former.valid_to) == (6, date(2023, 5, 1))
    assert former.feature_id == present.feature_id
    then = selectors.building(building.code, date(2021, 1, 1))
    assert then is not None and then.floors_above == 6
    assert selectors.units(made).count() == 1 and selectors.units(former, date(2021, 1, 1)).count() == 1
    assert acts(building)[-1] == "cim.building_changed"
    assert selectors.at(*building.outline.centroid.coords, on=date(2021, 1, 1)) == former


def test_a_version_must_come_later_and_change_something(make_building: Make) -> None:
    building = make_building()
    with pytest.raises(Refusal, match="没有任何变化"):
        services.new_version(building, date(2023, 1, 1), floors_above=6)
    with pytest.raises(Refusal, match="晚于现状版本"):
        services.new_version(building, date(2020, 1, 1), floors_above=7)
    with pytest.raises(TypeError):
        services.new_version(building, date(2023, 1, 1), code="x")
    assert selectors.versions(building).count() == 1


def test_retiring_ends_everything_and_deletes_nothing(make_building: Make) -> None:
    building = make_building()
    services.add_units(building, [{"floor": 1, "room_no": "101", "use": "10"}])
    gone = services.retire(building, date(2024, 3, 1), "鄂A 2024-1号")
    again = services.retire(building, date(2025, 3, 1), "again")
    assert again.valid_to == gone.valid_to == date(2024, 3, 1) and gone.status == "demolished"
    assert Unit.objects.get(building=building).valid_to == date(2024, 3, 1)
    assert acts(building).count("cim.building_retired") == 1
    assert selectors.building(building.code) == gone and selectors.at(*building.outline.centroid.coords) is None
    assert selectors.units(gone).count() == 1, "what was there last stays to be seen"
    for act in (lambda: services.new_version(gone, date(2026, 1, 1), name="x"), lambda: services.add_units(gone, [])):
        with pytest.raises(Refusal, match="灭失"):
            act()
    with pytest.raises(Refusal, match="不能再用"):
        make_building(code=building.code)
    fresh = make_building(outline=building.outline)
    assert fresh.code != building.code, "the ground gets another code"


def test_the_database_keeps_codes_and_floors(make_building: Make) -> None:
    building = make_building()
    row = {"name": "x", "use": "10", "outline": box(9), "valid_from": date(2020, 1, 1), "region_code": REGION}
    with pytest.raises(IntegrityError), transaction.atomic():
        Building.objects.create(code=building.code, **row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Building.objects.create(code="4201", **row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.create(
            building=building, code="0" * 26, floor=0, room_no="1", use="10", valid_from=date(2020, 1, 1), region_code=REGION
        )


def test_units_from_a_template_get_codes_of_their_building(make_building: Make) -> None:
    building = make_building(area_m2=1080)
    made = services.add_units(building, map(asdict, floors.expand(HOMES)))
    assert len(made) == 12 and made[0].code[21:25] == "0101" and made[-1].code[21:25] == "0602"
    assert all(codes.code_reasons(unit.code, unit=True) == [] and codes.belongs(unit.code, building.code) for unit in made)
    with pytest.raises(Refusal) as caught:
        services.add_units(building, [{"floor": 6, "entrance": "", "room_no": "601", "use": "10"}])
    assert caught.value.code == "unit.taken"
    free = services.add_units(building, [{"floor": -1, "room_no": "B1-01", "use": "50"}])
    assert free[0].code[21:25] == "0001", "the first free number"
    other = codes.unit_code(codes.building_code(REGION, 1, 1), 1)
    with pytest.raises(Refusal) as caught:
        services.add_units(building, [{"floor": 2, "room_no": "299", "use": "10", "code": other}])
    assert caught.value.code == "house_code.building"


def test_sums_of_areas_and_overlaps_are_told(make_building: Make) -> None:
    building = make_building(area_m2=1080)
    services.add_units(building, map(asdict, floors.expand(HOMES)))
    found = table.floor_table(building)
    assert found.reasons == [] and found.count == 12 and found.area_m2 == 1080
    assert [row.label for row in found.parts[0].rows] == ["6层", "5层", "4层", "3层", "2层", "1层"]
    building.area_m2 = Decimal(1081)
    building.save_version(building.version, fields=["area_m2"])
    assert [reason.code for reason in table.floor_table(building).reasons] == ["area.sum"]
    assert table.overlaps(building) == []
    other = make_building(outline=box(0, 0, 0.0002), name="压盖楼")
    assert [one.name for one in table.overlaps(building)] == ["压盖楼"] and table.overlaps(other)[0].area_m2 == pytest.approx(
        426, abs=5
    )
    services.retire(other, date(2024, 1, 1), "test")
    assert table.overlaps(building) == []


def test_shops_fill_the_columns_that_homes_have(make_building: Make) -> None:
    building = make_building()
    homes = floors.Template(2, 3, 2, 2, "10", numbering="entrance")
    for template in (homes, floors.Template(1, 1, 1, 5, "20"), floors.Template(-1, -1, 1, 30, "50")):
        services.add_units(building, map(asdict, floors.expand(template)))
    above, below = table.floor_table(building).parts
    assert above.heads == [("1单元", 2), ("2单元", 2), ("", 1)]
    rooms = {row.label: [cell.unit.room_no if cell.unit else "" for cell in row.cells] for row in above.rows}
    assert rooms["3层"] == ["301", "302", "301", "302", ""] and rooms["1层"] == ["101", "102", "103", "104", "105"]
    assert rooms["6层"] == [""] * 5, "a floor without units still stands in the table"
    assert below.wide and len(below.rows[0].cells) == 30 and below.rows[0].label == "地下1层"


def test_levels_are_checked_again_when_the_building_changes(make_building: Make) -> None:
    building = make_building(cim_level=5)
    assert building.cim_level_verified == 3
    codes_of = [verdict.lacking[0].code for verdict in levels.verdicts(building) if not verdict.met]
    assert codes_of == ["cim.texture", "cim.storey", "cim.component", "cim.part"]
    lower = services.new_version(building, date(2022, 1, 1), accuracy_m=3)
    assert lower.cim_level_verified == 2
    Building.objects.filter(pk=building.pk).update(cim_level_verified=None)
    assert levels.verify_all(timezone.localdate()) == 1
    Building.objects.filter(pk=building.pk).update(cim_level_verified=7)
    today = timezone.localdate()
    assert sum(levels.verify_turn(today + timedelta(days=n)) for n in range(30)) == 1, "everybody's turn comes within 30 days"


# Pages ----------------------------------------------------------------------------------------------------------------


def test_the_page_shows_floor_table_and_what_each_level_lacks(as_keeper: Client, make_building: Make) -> None:
    building = make_building(project_code="2109-420106-04-01-123456", cim_level=5)
    services.add_units(building, map(asdict, floors.expand(HOMES)))
    html = as_keeper.get(f"/r/cim/building/{building.pk}/").content.decode()
    assert "申报 <strong>CIM5</strong>，核验达到 <strong>CIM3</strong>" in html and "没有带材质的外观模型" in html
    assert html.count('class="use-10"') == 12 and "标记灭失" in html and "打印楼盘表" in html
    page = as_keeper.get(f"/cim/buildings/{building.pk}/table/")
    assert page.status_code == 200 and "1080.00" in page.content.decode()


def test_units_are_previewed_then_made(as_keeper: Client, make_building: Make) -> None:
    building = make_building()
    address = f"/cim/buildings/{building.pk}/units/"
    given = {
        "first": "1",
        "last": "6",
        "entrances": "2",
        "per_floor": "2",
        "use": "10",
        "areas": "98.5 120.25",
        "numbering": "entrance",
    }
    page = as_keeper.post(address, given)
    assert page.status_code == 200 and "生成 24 户" in page.content.decode() and Unit.objects.count() == 0
    assert as_keeper.post(address, {**given, "save": "1"}).status_code == 302
    assert Unit.objects.filter(building=building).count() == 24
    again = as_keeper.post(address, given)
    assert again.status_code == 422 and "已经登记" in again.content.decode()
    for wrong, text in (
        ({"last": "9"}, "高于本幢的地上层数"),
        ({"areas": "NaN"}, "最多两位小数"),
        ({"areas": "x"}, "用数字填写面积"),
        ({"skip": "y"}, "用数字填写层号"),
    ):
        page = as_keeper.post(address, {**given, **wrong})
        assert page.status_code == 422 and text in page.content.decode()


def test_version_and_retire_pages(as_keeper: Client, make_building: Make) -> None:
    building = make_building()
    address = f"/cim/buildings/{building.pk}/version/"
    html = as_keeper.get(address).content.decode()
    given = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', html)) | {
        "use": "10",
        "structure": "2",
        "source": "",
        "cim_level": "3",
        "status": "in_use",
    }
    page = as_keeper.post(address, {**given, "floors_above": "8", "on": "2025-01-01"})
    assert page.status_code == 302
    building.refresh_from_db()
    assert (building.floors_above, building.structure) == (8, "2") and selectors.versions(building).count() == 2
    early = as_keeper.post(address, {**given, "floors_above": "9", "on": "2019-01-01"})
    assert early.status_code == 422 and "晚于现状版本" in early.content.decode()
    bad = as_keeper.post(address, {**given, "new_outline": '{"type":"Point","coordinates":[114,30]}', "on": "2025-06-01"})
    assert bad.status_code == 422 and "图形类型" in bad.content.decode()
    address = f"/cim/buildings/{building.pk}/retire/"
    future = (timezone.localdate() + timedelta(days=2)).isoformat()
    assert as_keeper.post(address, {"on": future, "basis": "x"}).status_code == 422
    assert as_keeper.post(address, {"on": "2025-06-01", "basis": "武拆〔2025〕1号"}).status_code == 302
    building.refresh_from_db()
    assert building.valid_to == date(2025, 6, 1)
    assert as_keeper.get(address).status_code == 409
    html = as_keeper.get(f"/r/cim/building/{building.pk}/").content.decode()
    assert "标记灭失" not in html


def test_the_form_registers_through_the_service(as_keeper: Client) -> None:
    outline = '{"type":"Polygon","coordinates":[[[114.3,30.5],[114.301,30.5],[114.301,30.501],[114.3,30.5]]]}'
    given = {"name": "新楼", "region_code": REGION, "use": "10", "status": "in_use", "outline": outline, "cim_level": "2", "valid_from": "2021-01-01",
             "floors_below": "0", "accuracy_m": "1"}  # fmt: skip
    page = as_keeper.post("/r/cim/building/new/", given)
    assert page.status_code == 302, errors_in(page.content.decode())
    building = Building.objects.get(name="新楼")
    assert building.cim_level_verified == 2 and acts(building) == ["cim.building_registered"]
    edit = f"/r/cim/building/{building.pk}/edit/"
    given["outline"] = building.outline.json
    page = as_keeper.post(edit, {**given, "version": "1", "code": codes.building_code(REGION, 5, 5)})
    assert page.status_code == 422 and "登记后不能修改" in page.content.decode()
    page = as_keeper.post(edit, {**given, "version": "1", "code": building.code, "accuracy_m": "9"})
    assert page.status_code == 302, errors_in(page.content.decode())
    building.refresh_from_db()
    assert building.cim_level_verified == 1


def test_import_gives_codes_and_tells_what_is_wrong(as_keeper: Client) -> None:
    heads = ["房屋代码", "名称", "行政区划", "用途", "状态", "轮廓", "申报 CIM 级别", "启用日期", "地下层数"]
    shape = '{"type":"Polygon","coordinates":[[[114.3%d,30.5],[114.3%d1,30.5],[114.3%d1,30.501],[114.3%d,30.5]]]}'
    book = Workbook()
    sheet = book.active
    sheet.append(heads)
    for n in (1, 2, 3):
        sheet.append(["", f"导入{n}", "武昌区", "住宅", "使用中", shape % (n, n, n, n), "CIM1 地表模型", "2020-01-01", 0])
    sheet.append(
        [
            "42010600052882337560200008",
            "坏代码",
            "武昌区",
            "住宅",
            "使用中",
            shape % (4, 4, 4, 4),
            "CIM1 地表模型",
            "2020-01-01",
            0,
        ]
    )
    out = io.BytesIO()
    book.save(out)
    page = as_keeper.post("/r/cim/building/import/", {"file": SimpleUploadedFile("幢.xlsx", out.getvalue())})
    assert page.status_code == 302
    report = as_keeper.get(page["Location"]).content.decode()
    assert "校验码不正确" in report
    as_keeper.post(page["Location"], {"choice": "good"})
    found = Building.objects.filter(name__startswith="导入")
    assert found.count() == 3, errors_in(as_keeper.get(page["Location"]).content.decode())
    assert all(codes.code_reasons(one.code, unit=False) == [] and one.cim_level_verified == 1 for one in found)
    assert Entry.objects.filter(kind="cim.building_imported").count() == 3


def test_a_county_sees_its_own_buildings_only(client: Client, make_building: Make) -> None:
    here, there = make_building(), make_building(region_code="420102000000")
    services.add_units(there, [{"floor": 1, "room_no": "101", "use": "10"}])
    viewer = make_official(REGION, roles=("viewer",))
    with scope.acting(scope_of(viewer)):
        assert list(Building.objects.values_list("pk", flat=True)) == [here.pk] and Unit.objects.count() == 0
        assert selectors.building(there.code) is None and selectors.at(*there.outline.centroid.coords) is None
    login(client, viewer)
    for address in (f"/r/cim/building/{there.pk}/", f"/cim/buildings/{there.pk}/table/"):
        assert client.get(address).status_code == 404
    assert client.post(f"/cim/buildings/{here.pk}/retire/", {}).status_code == 403
    assert registry.get("cim.building").layer.height == "height_m"  # type: ignore[union-attr]
