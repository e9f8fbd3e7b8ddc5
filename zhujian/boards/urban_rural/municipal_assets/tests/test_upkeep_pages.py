"""Pages of checks, traces, assessments, inspections and orders."""

from __future__ import annotations

import pytest
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import InspectionDue, PipeLine, TopologyFinding, WorkOrder
from zhujian.boards.urban_rural.municipal_assets.tests import network_world as world
from zhujian.boards.urban_rural.municipal_assets.tests.upkeep_world import picture, place
from zhujian.foundation.identity.testing import login
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources.testing import assert_queries

pytestmark = pytest.mark.django_db
__all__ = ["place"]

PAGES = ("topology/", "trace/", "nearby/", "bridges/", "plans/", "overdue/")


@pytest.mark.parametrize("path", PAGES)
def test_pages_open_within_their_budget(place, client, path: str) -> None:
    login(client, place["one"])
    client.get(f"/municipal-assets/{path}")  # fills what is kept in memory
    with assert_queries(40):
        answer = client.get(f"/municipal-assets/{path}")
    assert answer.status_code == 200, answer.content[:500]


def test_check_page_to_finding_to_order(place, client) -> None:
    with scope.system("测试"):
        _, lines = world.drain()
        PipeLine.objects.filter(pk=lines[0].pk).update(start_invert=21)
    login(client, place["one"])
    answer = client.post("/municipal-assets/topology/", {"region_code": world.WUCHANG})
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "倒坡" in page and "下游管底比上游高 0.80 米" in page
    found = TopologyFinding.objects.get()
    items = client.get(f"/api/v1/municipal_assets/topology_finding/items.geojson?last_run={found.last_run_id}").json()
    assert [f["properties"]["severity"] for f in items["features"]] == ["error"]
    answer = client.post(f"/municipal-assets/findings/{found.pk}/order/", {"kind": "topology", "text": "请复测"})
    assert answer.status_code == 302
    assert "请复测" in client.get(answer["Location"]).content.decode()
    asset = client.get(f"/r/municipal_assets/pipe_line/{lines[0].pk}/").content.decode()
    assert "倒坡" in asset and "GD4201" in asset and "mode=down" in asset
    bad = client.post("/municipal-assets/topology/", {"region_code": world.WUCHANG, "area": "1,2,3"})
    assert bad.status_code == 422 and "四个经纬度" in bad.content.decode()


def test_trace_page_map_and_file(place, client) -> None:
    with scope.system("测试"):
        points, lines = world.main()
    login(client, place["desk"])
    page = client.get(f"/municipal-assets/trace/?line={lines[2].pk}&mode=burst").content.decode()
    assert "应关阀门" in page and "J1" in page and "J4" in page
    shapes = client.get(f"/municipal-assets/trace.geojson?line={lines[2].pk}&mode=burst").json()
    roles = [f["properties"]["role"] for f in shapes["features"]]
    assert roles.count("应关阀门") == 2 and roles.count("关阀后停供管段") == 3
    facts = client.get(f"/municipal-assets/trace.json?line={lines[2].pk}&mode=burst").json()
    assert {v["code"] for v in facts["valves"]} == {"J1", "J4"} and facts["sources_known"]
    table = client.get(f"/municipal-assets/trace/?line={lines[2].pk}&mode=burst&format=csv")
    assert "失去来源的管段" in table.content.decode("utf-8-sig")
    login(client, place["one"])
    assert client.get(f"/municipal-assets/trace/?line={lines[2].pk}&mode=burst&format=csv").status_code == 403
    assert client.get("/municipal-assets/trace/?q=nichts").status_code == 422
    assert client.get("/municipal-assets/trace/?q=J2&mode=all").status_code == 200
    near = client.get(f"/municipal-assets/nearby/?lon={world.LON}&lat={world.LAT + 2 * world.STEP}&radius=60&format=json").json()
    assert near["nearby"][0]["metres"] == 0
    assert client.get(f"/municipal-assets/nearby/?line={lines[0].pk}").status_code == 200


def test_assessment_and_inspection_pages(place, client) -> None:
    login(client, place["one"])
    day = str(timezone.localdate())
    answer = client.post(
        f"/municipal-assets/bridges/{place['bridge'].pk}/assess/",
        {"kind": "regular", "inspected_on": day, "org_name": "院", "inspector": "王", "spans": 2},
    )
    assert answer.status_code == 302
    page = answer["Location"]
    bad = client.post(page, {"group": "s", "place": "9", "part": "girder", "points": "5", "description": "裂缝"})
    assert bad.status_code == 422 and "孔号" in bad.content.decode()
    assert (
        client.post(
            page, {"group": "s", "place": "1", "part": "girder", "points": "20", "description": "裂缝", "photo": picture()}
        ).status_code
        == 302
    )
    assert "第1孔主梁" in client.get(page).content.decode()
    assert client.post(page + "finish/").status_code == 302
    assert "97.60" in client.get(page).content.decode()
    assert "97.60" in client.get(f"/r/municipal_assets/bridge/{place['bridge'].pk}/").content.decode()
    client.post("/municipal-assets/plans/", {"region_code": world.WUCHANG, "starts_on": "2026-01-01", "classes": ["bridge"]})
    event = client.post(
        "/municipal-assets/plans/", {"act": "special", "event-region_code": world.WUCHANG, "event-cause": "flood"}
    )
    assert event.status_code == 302 and InspectionDue.objects.filter(kind="special").count() == 1
    due = InspectionDue.objects.filter(kind="routine").get()
    assert "超期" in client.get("/municipal-assets/overdue/").content.decode()
    login(client, place["firm"])
    assert client.post(f"/municipal-assets/dues/{due.pk}/", {"done_on": day, "result": "repair", "note": ""}).status_code == 422
    answer = client.post(
        f"/municipal-assets/dues/{due.pk}/", {"done_on": day, "result": "repair", "note": "破损", "photos": [picture()]}
    )
    assert answer.status_code == 302 and WorkOrder.objects.count() == 1
    assert client.get(f"/municipal-assets/orders/{WorkOrder.objects.get().pk}/").status_code == 200
