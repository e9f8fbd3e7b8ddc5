"""The partition of a county against its managed area and its communities' outlines: a passing and a failing example of each rule."""

from __future__ import annotations

from datetime import date, timedelta

import orjson
import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from zhujian.boards.city_management.digital_city import selectors, services
from zhujian.boards.city_management.digital_city.models import Grid, ManagedArea
from zhujian.boards.city_management.digital_city.rules import areas
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.resources import mappages
from zhujian.foundation.resources.models import ImportBatch

pytestmark = pytest.mark.django_db
COUNTY, TOWN = "420106000000", "420106001000"
START, LATER = date(2026, 1, 1), date(2026, 6, 1)
CELL = (10_400, 10_800)  # m² of one cell of the tests


def box(column: float, width: float = 1, height: float = 1) -> Polygon:
    shape = Polygon.from_bbox((114.3 + column * 0.001, 30.5, 114.3 + (column + width) * 0.001, 30.5 + height * 0.001))
    shape.srid = 4490
    return shape


@pytest.fixture
def communities() -> tuple[str, str]:
    first, second = [one.code for one in regions.children(TOWN)][:2]
    return first, second


@pytest.fixture
def county(communities):
    """Three cells side by side, two in the first community and one in the second, which fill the managed area."""
    with scope.system("test"):
        for column, community in enumerate((communities[0], communities[0], communities[1])):
            services.do_register(community, box(column), START)
        services.do_set_area("managed", COUNTY, box(0, 3), START, name="武昌区管理区域", basis="武昌政办〔2026〕1号")
        services.do_set_area("community", communities[0], box(0, 2), START, name="第一社区", basis="社区勘界成果")
        services.do_set_area("community", communities[1], box(2), START, name="第二社区", basis="社区勘界成果")
        yield communities


def found(rule: str, prefix: str = "420106", on: date = LATER) -> list[selectors.Fault]:
    return selectors.check(prefix, on).of(rule)


def test_a_sound_partition_has_no_faults_as_a_whole_and_in_each_community(county) -> None:
    whole = selectors.check("420106", LATER)
    assert whole.sound and whole.area is not None and whole.communities == 2
    assert selectors.check(county[0], LATER).sound and selectors.check(TOWN[:9], LATER).sound


def test_rule_no_gap(county) -> None:
    Grid.objects.filter(community=county[1]).update(valid_to=date(2026, 2, 1))
    [gap] = found("gap")
    assert CELL[0] < gap.size < CELL[1] and gap.grids == ()
    assert orjson.loads(gap.shape)["type"] == "Polygon"
    assert not found("gap", on=date(2026, 1, 15)), "the grids were there then"
    assert [round(one.size) for one in found("gap", county[1])] == [round(gap.size)], "the community alone"
    assert not found("gap", county[0])


def test_rule_no_gap_where_there_is_no_grid_at_all(county) -> None:
    Grid.objects.all().update(valid_to=date(2026, 2, 1))
    assert sum(one.size for one in found("gap")) == pytest.approx(ManagedArea.objects.get(kind="managed").area_m2, abs=2)


def test_rule_no_overlap(county) -> None:
    grid = Grid.objects.get(code=county[0] + "001")
    Grid.objects.filter(pk=grid.pk).update(boundary=box(0, 1.5))
    [over] = found("overlap")
    assert over.grids == (county[0] + "001", county[0] + "002") and CELL[0] / 2 < over.size < CELL[1] / 2


def test_rule_inside_one_community(county) -> None:
    Grid.objects.filter(code=county[0] + "002").update(boundary=box(1, 1.25))
    [astray] = found("community")
    assert (astray.grids, astray.community) == ((county[0] + "002",), county[0]) and CELL[0] / 4 < astray.size < CELL[1] / 4


def test_rule_within_the_managed_area(county) -> None:
    Grid.objects.filter(code=county[1] + "001").update(boundary=box(2, 1, 2))
    [beyond] = found("beyond")
    assert beyond.grids == (county[1] + "001",) and CELL[0] < beyond.size < CELL[1]


def test_what_is_smaller_than_the_tolerance_is_the_surveys(county) -> None:
    Grid.objects.filter(code=county[0] + "002").update(boundary=box(1, 1.000001))
    assert selectors.check("420106", LATER).sound


def test_split_and_merge_leave_the_partition_sound(county) -> None:
    grid = Grid.objects.get(code=county[0] + "001")
    parts = services.do_split(grid, [box(0, 0.5), box(0.5, 0.5)], LATER, grid.version)
    assert selectors.check("420106", LATER).sound
    services.do_merge(parts, LATER + timedelta(days=1))
    assert selectors.check("420106", LATER + timedelta(days=1)).sound


def test_a_new_version_of_the_area_ends_the_one_before_and_both_are_kept(county) -> None:
    wider = MultiPolygon(box(0, 3), box(5), srid=4490)
    made = services.do_set_area("managed", COUNTY, wider, LATER, name="武昌区管理区域", basis="武昌政办〔2026〕9号")
    first, second = ManagedArea.objects.filter(kind="managed").order_by("valid_from")
    assert (first.valid_to, first.feature_id, second.pk) == (LATER, second.feature_id, made.pk)
    assert [CELL[0] < one.size < CELL[1] for one in found("gap", on=LATER)] == [True], "the part that was added has no grid yet"
    assert not found("gap", on=date(2026, 5, 31))
    assert Entry.objects.filter(kind="area.set", object_id=f"digital_city.managed_area:{made.pk}").count() == 1
    with pytest.raises(Refusal, match="应晚于"):
        services.do_set_area("managed", COUNTY, box(0), LATER, name="甲", basis="乙")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""), ({"region_code": TOWN}, "area.county"), ({"region_code": "420100000000"}, "area.county"), ({"region_code": "42x"}, "area.region"),
        ({"kind": "community"}, "area.community"), ({"kind": "community", "region_code": "420106001001"}, ""), ({"sound": False}, "area.boundary"),
        ({"basis": " "}, "area.basis"), ({"former": LATER}, "area.date"), ({"former": START}, ""),
    ],
)  # fmt: skip
def test_what_an_outline_must_say(change: dict, code: str) -> None:
    values = {"kind": "managed", "region_code": COUNTY, "basis": "文件", "sound": True, "former": None, "on": LATER} | change
    assert [r.code for r in areas.check(**values)] == ([code] if code else [])


def test_pages_draw_import_and_show_what_is_wrong(client, communities) -> None:
    login(client, make_official(COUNTY, roles=("data_admin",)))
    with scope.system("test"):
        grid = services.do_register(communities[0], box(0), START)
    assert "还没有登记管理区域" in client.get("/digital-city/partition/").content.decode()
    form = {"kind": "managed", "name": "武昌区管理区域", "region_code": COUNTY, "valid_from": "2026-01-01", "basis": "武昌政办〔2026〕1号",
            "boundary": '{"type":"MultiPolygon","coordinates":[[[[114.3,30.5],[114.302,30.5],[114.302,30.501],[114.3,30.501],[114.3,30.5]]]]}'}  # fmt: skip
    assert client.post("/r/digital_city/managed_area/new/", {**form, "region_code": TOWN}).status_code == 422
    assert client.post("/r/digital_city/managed_area/new/", form).status_code == 302
    page = client.get("/digital-city/partition/").content.decode()
    assert "1处缝隙" in page and "武昌政办〔2026〕1号" in page and "缝隙1" in page
    [fault] = client.get("/digital-city/partition.geojson").json()["features"]
    assert fault["properties"]["rule"] == "缝隙" and CELL[0] < fault["properties"]["size"] < CELL[1]
    with scope.system("test"):
        services.do_set_area("community", communities[0], box(0, 0.5), START, name="社区", basis="勘界")
    page = client.get("/digital-city/partition/").content.decode()
    assert "1处跨社区" in page and f'href="/r/digital_city/grid/{grid.pk}/"' in page


def test_an_outline_is_imported_from_geojson(client) -> None:
    login(client, make_official(COUNTY, roles=("data_admin",)))
    ring = [[114.3, 30.5], [114.302, 30.5], [114.302, 30.501], [114.3, 30.501], [114.3, 30.5]]
    today = str(timezone.localdate())
    feature = {
        "type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"类别": "管理区域", "名称": "武昌区管理区域", "区县或社区": COUNTY, "启用日期": today, "依据文件": "武昌政办〔2026〕1号"},
    }  # fmt: skip
    data = orjson.dumps({"type": "FeatureCollection", "features": [feature]})
    sent = client.post("/r/digital_city/managed_area/import/", {"file": SimpleUploadedFile("area.geojson", data)})
    assert sent.status_code == 302, sent.content.decode()[:2000]
    batch = ImportBatch.objects.get()
    heads = mappages.source_of(batch).heads
    given = {f"column-{at}": batch.options["columns"].get(head, "") for at, head in enumerate(heads)}
    report = client.post(sent["Location"], {**given, "frame": "4490", "confirmed": "1"})
    assert report.status_code == 302, report.content.decode()[:2000]
    assert "全部通过检查" in client.get(report["Location"]).content.decode()
    assert client.post(report["Location"], {"choice": "all"}).status_code == 302
    made = ManagedArea.objects.get()
    assert (made.kind, made.region_code, made.boundary.geom_type) == ("managed", COUNTY, "MultiPolygon")
    assert 2 * CELL[0] < made.area_m2 < 2 * CELL[1], "measured, not believed"
