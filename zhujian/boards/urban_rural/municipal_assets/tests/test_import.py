"""Layers of surveys come in: mapped, projected, heights converted, previewed, reported, saved whole or not at all."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
import shapefile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook
from pyproj import CRS

from zhujian.boards.urban_rural.municipal_assets.models import Manhole, PipeLine, PipePoint
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources.models import ImportBatch, ImportProfile

POINTS = "/r/municipal_assets/pipe_point/import/"
LINES = "/r/municipal_assets/pipe_line/import/"
WUCHANG = "420106000000"
FIXED = {"fixed-region_code": WUCHANG, "fixed-valid_from": "2026-01-01", "fixed-source": "census"}


@pytest.fixture
def keeper(client: Client, db) -> Client:
    login(client, make_official(WUCHANG, roles=("data_admin",)))
    return client


def points(count: int = 4, *, epsg: int | None = 4547, kind: str = "YS", x: float = 530_000) -> bytes:
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.POINT, encoding="gbk") as writer:
        for name in ("物探点号", "管类", "附属物", "备注说明"):
            writer.field(name, "C", 20)
        writer.field("地面高程", "N", 10, 3)
        for number in range(count):
            writer.point(x + 20 * number, 3_380_000)
            writer.record(f"{kind}420106{number:06d}", kind, "检查井", "补测", 21.5 + number / 10)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in (("p.shp", shp), ("p.shx", shx), ("p.dbf", dbf)):
            archive.writestr(name, body.getvalue())
        if epsg:
            archive.writestr("p.prj", CRS.from_epsg(epsg).to_wkt("WKT1_ESRI"))
    return out.getvalue()


def lines(count: int = 3) -> bytes:
    features = [
        {
            "type": "Feature", "properties": {"管线编号": f"L{n}", "管类": "雨水", "起点点号": f"YS420106{n:06d}", "终点点号": f"YS420106{n + 1:06d}", "管径": 500},
            "geometry": {"type": "LineString", "coordinates": [[530_000 + 20 * n, 3_380_000], [530_020 + 20 * n, 3_380_000]]},
        }
        for n in range(count)
    ]  # fmt: skip
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
    return json.dumps({"type": "FeatureCollection", "features": features, "crs": crs}).encode()


def upload(client: Client, address: str, data: bytes, name: str) -> str:
    answer = client.post(address, {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return answer["Location"]


def chosen(client: Client, page: str, **changes: str) -> dict[str, str]:
    """What the mapping page would send: its own proposals and `changes`."""
    text = client.get(page).content.decode()
    batch = ImportBatch.objects.get(pk=int(page.rstrip("/").split("/")[-2]))
    from zhujian.foundation.resources import mappages

    heads = mappages.source_of(batch).heads
    sent = {f"column-{at}": batch.options["columns"].get(head, "") for at, head in enumerate(heads)}
    assert "坐标系" in text
    return {**sent, "frame": batch.options["frame"], "confirmed": "1", **FIXED, **changes}


def test_points_and_lines_of_a_survey_come_in(keeper: Client) -> None:
    page = upload(keeper, POINTS, points(), "管点.zip")
    assert page.endswith("/mapping/")
    refused = keeper.post(page, chosen(keeper, page))
    assert refused.status_code == 422 and "高程基准" in refused.content.decode()
    refused = keeper.post(page, {**chosen(keeper, page, datum="1985"), "confirmed": ""} | {})
    report = keeper.post(page, chosen(keeper, page, datum="1985"))
    assert report.status_code == 302
    shown = keeper.get(report["Location"]).content.decode()
    assert "全部通过检查" in shown and "preview.geojson" in shown
    preview = keeper.get(report["Location"] + "preview.geojson").json()
    lon, lat = preview["features"][0]["geometry"]["coordinates"]
    assert (round(lon, 4), round(lat, 4)) == (114.3126, 30.5398) and PipePoint.objects.count() == 0
    assert keeper.post(report["Location"], {"choice": "all"}).status_code == 302
    first = PipePoint.objects.order_by("code").first()
    assert (first.code, first.kind, first.attachment, str(first.ground_elev), first.source_datum, first.source) == (
        "YS420106000000", "YS", "manhole", "21.500", "1985", "census",
    )  # fmt: skip
    page = upload(keeper, LINES, lines(), "管线.geojson")
    report = keeper.post(page, chosen(keeper, page))
    assert report.status_code == 302 and keeper.post(report["Location"], {"choice": "all"}).status_code == 302
    pipe = PipeLine.objects.select_related("start", "end").order_by("code").first()
    assert (pipe.start.code, pipe.end.code, pipe.diameter_mm) == ("YS420106000000", "YS420106000001", 500)
    assert 19.9 < pipe.length_m < 20.1


def test_depth_and_elevation_are_not_mixed_and_the_datum_is_present(keeper: Client) -> None:
    """urban-rural-construction.md §21-17. Another datum is converted; one nobody publishes a shift for is refused by row."""
    page = upload(keeper, POINTS, points(2), "管点.zip")
    report = keeper.post(page, chosen(keeper, page, datum="1956"))
    keeper.post(report["Location"], {"choice": "all"})
    low = PipePoint.objects.order_by("code").first()
    assert (str(low.ground_elev), low.source_datum) == ("21.471", "1956")
    page = upload(keeper, POINTS, points(2, kind="WS"), "管点.zip")
    report = keeper.post(page, chosen(keeper, page, datum="wusong"))
    assert "改正数" in keeper.get(report["Location"]).content.decode()
    assert PipePoint.objects.filter(kind="WS").count() == 0


def test_nothing_is_assumed_about_the_frame(keeper: Client) -> None:
    page = upload(keeper, POINTS, points(2, epsg=None), "管点.zip")
    text = keeper.get(page).content.decode()
    assert "没有 .prj 文件" in text and "6位、不带带号" in text
    sent = chosen(keeper, page, datum="1985")
    assert keeper.post(page, {k: v for k, v in sent.items() if k != "confirmed"}).status_code == 422
    assert keeper.post(page, sent | {"frame": ""}).status_code == 422
    old = keeper.post(page, sent | {"frame_other": "2383"})
    assert old.status_code == 422 and "已知精度" in old.content.decode()
    page = upload(keeper, POINTS, points(2, epsg=None, x=38_530_000), "管点.zip")
    assert "带号" in keeper.get(page).content.decode()
    assert ImportBatch.objects.latest("id").options["frame"] == "4526"


def test_faulty_rows_come_back_marked_and_the_rest_may_go_in(keeper: Client) -> None:
    line = {"type": "LineString", "coordinates": [[114, 30], [114.1, 30]]}
    point = {"type": "Point", "coordinates": [114.33, 30.53]}
    given = (("雨水", point), ("不知道", point), ("雨水", line), ("雨水", None))
    features = [
        {
            "type": "Feature",
            "properties": {"编号": f"420106010300000{n}", "井盖类型": kind, "分类代码": "雨水井盖", "地址": "中南路1号"},
            "geometry": shape,
        }
        for n, (kind, shape) in enumerate(given, 1)
    ]
    body = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    page = upload(keeper, "/r/municipal_assets/manhole/import/", body, "井盖.geojson")
    report = keeper.post(page, chosen(keeper, page))["Location"]
    text = keeper.get(report).content.decode()
    assert "其中 3 行有问题" in text and "这里需要点，收到的是线" in text and "没有图形" in text
    states = [f["properties"]["state"] for f in keeper.get(report + "preview.geojson").json()["features"]]
    assert states == ["可以导入", "有问题"]
    sheet = load_workbook(io.BytesIO(keeper.get(report + "faults.xlsx").content)).active
    assert [cell.value for cell in sheet[1]][:2] == ["编号", "井盖类型"] and sheet.max_row == 4
    keeper.post(report, {"choice": "good"})
    cover = Manhole.objects.get()
    assert (cover.address, cover.owner_name, cover.ownership) == ("中南路1号", "", "unknown")  # §21-18: no owner by default


def test_a_table_with_its_own_headings_is_mapped_and_remembered_for_the_office(keeper: Client) -> None:
    table = "物探点号,管类,经度,纬度,埋设日期\nYS00001,YS,114.33,30.53,2001-05-01\nYS00002,YS,114.34,30.53,\n".encode()
    page = upload(keeper, POINTS, table, "点.csv")
    sent = chosen(keeper, page)
    assert sent["column-2"] == "@x" and sent["column-3"] == "@y"
    sent["column-4"] = "built_on"
    report = keeper.post(page, sent)["Location"]
    keeper.post(report, {"choice": "all"})
    assert PipePoint.objects.get(code="YS00001").built_on.year == 2001
    page = upload(keeper, POINTS, table.replace(b"YS00001,", b"YS00003,").replace(b"YS00002,", b"YS00004,"), "点2.csv")
    assert chosen(keeper, page)["column-4"] == "built_on"
    with scope.system("test"):
        assert ImportProfile.objects.count() == 1


def test_region_by_place_gives_each_feature_its_county(client: Client, db) -> None:
    login(client, make_official("420100000000", roles=("data_admin",)))
    table = "物探点号,管类,经度,纬度\nYS00001,YS,114.31,30.55\nYS00002,YS,114.40,30.50\n".encode()
    page = upload(client, POINTS, table, "点.csv")
    report = client.post(page, chosen(client, page, **{"fixed-region_code": "@place"}))["Location"]
    client.post(report, {"choice": "all"})
    assert set(PipePoint.objects.values_list("code", "region_code")) == {("YS00001", "420106000000"), ("YS00002", "420111000000")}


def test_nobody_sees_or_uses_another_persons_file(keeper: Client, client: Client) -> None:
    page = upload(keeper, POINTS, points(2), "管点.zip")
    login(client, make_official(WUCHANG, roles=("data_admin",)))
    assert client.get(page).status_code == 404
    assert client.get(page.replace("mapping/", "preview.geojson")).status_code == 404


def test_a_table_of_lines_is_drawn_between_its_points(keeper: Client) -> None:
    page = upload(keeper, POINTS, points(3), "管点.zip")
    report = keeper.post(page, chosen(keeper, page, datum="1985"))["Location"]
    keeper.post(report, {"choice": "all"})
    table = "管线编号,管类,起点点号,终点点号,管径\nL1,YS,YS420106000000,YS420106000001,300\nL2,YS,YS420106000001,YS420106000002,400\nL3,YS,YS420106000002,没有这个点,400\n"
    page = upload(keeper, LINES, table.encode(), "线表.csv")
    report = keeper.post(page, chosen(keeper, page, frame=""))["Location"]
    assert "没有找到管点" in keeper.get(report).content.decode()
    keeper.post(report, {"choice": "good"})
    assert [19 < pipe.length_m < 21 for pipe in PipeLine.objects.order_by("code")] == [True, True]


def test_covers_of_an_import_get_their_class_by_kind_and_their_codes(keeper: Client) -> None:
    table = "井盖类型,经度,纬度\n雨水,114.33,30.53\n污水,114.34,30.53\n雨水,114.35,30.53\n".encode()
    page = upload(keeper, "/r/municipal_assets/manhole/import/", table, "井盖.csv")
    report = keeper.post(page, chosen(keeper, page))["Location"]
    keeper.post(report, {"choice": "all"})
    found = sorted(Manhole.objects.values_list("code", "class_code"))
    assert found == [("4201060102000001", "0102"), ("4201060103000001", "0103"), ("4201060103000002", "0103")]
