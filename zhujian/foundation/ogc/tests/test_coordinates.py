"""Coordinate tools: the vectors of foundation.md §17-13, refusals with their reason, the page, the API and a clerk's table."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.ogc.coordinates import rules
from zhujian.foundation.ogc.coordinates.convert import convert, frame, point

PAGE, API = "/ogc/coordinates/", "/ogc/coordinates/convert"
FRAMES = rules.frames()


def to(target: str, *values: float, source: str = "EPSG:4490") -> tuple[str, ...]:
    """`values` of `source` in `target`."""
    return convert(FRAMES[source], FRAMES[target], *values).values


def test_foundation_17_13_through_the_tool() -> None:
    """lon 114.3055 lat 30.5928: 4547, 4526, geocentric with h = 25, GCJ-02 and back."""
    assert [round(float(v), 3) for v in to("EPSG:4547", 114.3055, 30.5928)] == [529299.860, 3385869.453]
    assert [round(float(v), 3) for v in to("EPSG:4526", 114.3055, 30.5928)] == [38529299.860, 3385869.453]
    # The tool gives a digit more than the sheet: -2261804.0745 is its -2261804.074.
    geocentric = [float(v) for v in to("EPSG:4479", 114.3055, 30.5928, 25)]
    assert geocentric == pytest.approx([-2261804.074, 5008058.910, 3227127.448], abs=0.0006)
    shifted = [float(v) for v in to("GCJ-02", 114.3055, 30.5928)]
    assert [round(v, 6) for v in shifted] == [114.310945, 30.590391]
    back = [float(v) for v in to("EPSG:4490", *shifted, source="GCJ-02")]
    assert back == pytest.approx([114.3055, 30.5928], abs=2e-9)


def test_both_forms_of_a_zone_and_back() -> None:
    east, north = (float(v) for v in to("EPSG:4547", 114.3055, 30.5928))
    assert [float(v) for v in to("EPSG:4526", east, north, source="EPSG:4547")] == pytest.approx(
        [38_000_000 + east, north], abs=0.0002
    )
    geocentric = [float(v) for v in to("EPSG:4479", 114.3055, 30.5928, 25)]
    assert [float(v) for v in to("EPSG:4490", *geocentric, source="EPSG:4479")] == pytest.approx(
        [114.3055, 30.5928, 25], abs=1e-4
    )


@given(
    st.floats(108.5, 116), st.floats(29, 33.2), st.sampled_from([one for one in FRAMES.values() if one.epsg not in (4610, 4214)])
)
def test_there_and_back_is_the_same_place(lon: float, lat: float, target: rules.Frame) -> None:
    if target.kind == "zone" and abs(lon - target.meridian) > 3:
        return
    there = [float(v) for v in convert(FRAMES["EPSG:4490"], target, lon, lat, 10.0).values]
    back = [float(v) for v in convert(target, FRAMES["EPSG:4490"], *there).values]
    assert back[:2] == pytest.approx([lon, lat], abs=1e-8)


def test_internet_frames_are_labelled() -> None:
    for key in ("GCJ-02", "BD-09"):
        assert all(rules.EDGE_ONLY in label for label in FRAMES[key].labels)
        assert rules.EDGE_ONLY in convert(FRAMES["EPSG:4490"], FRAMES[key], 114.3, 30.5).remark
        assert rules.EDGE_ONLY in convert(FRAMES[key], FRAMES["EPSG:4490"], 114.3, 30.5).remark


@pytest.mark.parametrize(
    ("source", "target", "values", "code"),
    [
        ("EPSG:4610", "EPSG:4490", (114.3, 30.5), "geo.accuracy"), ("EPSG:4214", "EPSG:4547", (114.3, 30.5), "geo.accuracy"),
        ("EPSG:4490", "EPSG:4610", (114.3, 30.5), "geo.accuracy"), ("EPSG:4490", "EPSG:4547", (30.5, 114.3), "coordinates.swapped"),
        ("EPSG:4490", "EPSG:4547", (2.3, 48.8), "coordinates.outside"), ("EPSG:4490", "EPSG:4479", (114.3, 30.5), "coordinates.height"),
        ("EPSG:4547", "EPSG:4490", (38529299.86, 3385869.453), "coordinates.zone"), ("EPSG:4526", "EPSG:4490", (529299.86, 3385869.453), "coordinates.zone"),
        ("EPSG:4526", "EPSG:4490", (39529299.86, 3385869.453), "coordinates.zone"), ("EPSG:4547", "EPSG:4490", (3385869.453, 529299.86), "coordinates.swapped"),
        ("EPSG:4526", "EPSG:4490", (3385869.453, 38529299.86), "coordinates.swapped"), ("EPSG:4547", "EPSG:4490", (5.0, 5.0), "coordinates.outside"),
        ("EPSG:4479", "EPSG:4490", (1.0, 2.0, 3.0), "coordinates.outside"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_the_reason(source: str, target: str, values: tuple[float, ...], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        convert(FRAMES[source], FRAMES[target], *values)
    assert refused.value.code == code and refused.value.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("114.3055", 114.3055),
        ("114°18′19.8″", 114.3055),
        ("114°18'19.8\"", 114.3055),
        ("114度18分19.8秒", 114.3055),
        ("114:18:19.8", 114.3055),
        ("114°", 114),
    ],
)
def test_degrees_as_people_write_them(text: str, value: float) -> None:
    assert rules.number(text, degrees=True) == pytest.approx(value, abs=1e-9)


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_a_refusal(text: str) -> None:
    for degrees in (True, False):
        try:
            assert isinstance(rules.number(text, degrees=degrees), float)
        except Refusal as refusal:
            assert refusal.code == "coordinates.number"


def test_unknown_frame_and_wrong_count() -> None:
    with pytest.raises(Refusal, match="请选择坐标系"):
        frame("EPSG:1", "source")
    for cells in ([], ["1"], ["1", "2", "3", "4"]):
        with pytest.raises(Refusal, match="每行应有"):
            point(FRAMES["EPSG:4490"], FRAMES["EPSG:4547"], cells, north_first=False)


def test_page_converts_a_pasted_list_and_says_per_line_what_is_wrong(official) -> None:
    text = "114.3055,30.5928\n30.5928 114.3055\n\n114°18′19.8″，30°35′34.08″，25\nabc"
    page = official.post(PAGE, {"source": "EPSG:4490", "target": "EPSG:4547", "order": "east", "points": text})
    assert page.status_code == 200
    html = page.content.decode()
    assert (
        html.count("529299.86") >= 2
        and "3385869.45" in html
        and "有 2 行没有转换" in html
        and "写反" in html
        and "25.0000" in html
    )
    north = official.post(
        PAGE, {"source": "EPSG:4490", "target": "EPSG:4526", "order": "north", "points": "30.5928 114.3055"}
    ).content.decode()
    assert "38529299.86" in north
    edge = official.post(PAGE, {"source": "EPSG:4490", "target": "GCJ-02", "points": "114.3055 30.5928"}).content.decode()
    assert "114.3109" in edge and f"{rules.EDGE_ONLY}。业务数据" in edge


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ({"points": ""}, "每行一个点"), ({"points": "1,2\n" * 600}, "最多 500 行"), ({"points": "114.3 30.5", "source": "EPSG:4610"}, "已知精度"),
        ({"points": "114.3 30.5", "target": "x"}, "请选择坐标系"), ({"what": "file"}, "请选择要转换的表格"),
    ],
)  # fmt: skip
def test_page_refuses(official, given_: dict[str, str], words: str) -> None:
    page = official.post(PAGE, {"source": "EPSG:4490", "target": "EPSG:4547", **given_})
    assert page.status_code == 422 and words in page.content.decode()


def table(heads: list[str], *rows: list[Any]) -> SimpleUploadedFile:
    """A clerk's workbook."""
    book = Workbook()
    for row in (heads, *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("井盖.xlsx", out.getvalue())


def test_a_table_comes_back_with_labelled_columns(official) -> None:
    upload = table(["编号", "经度", "纬度"], ["A1", 114.3055, 30.5928], ["A2", 30.5928, 114.3055], ["A3", None, 30])
    answer = official.post(PAGE, {"what": "file", "source": "EPSG:4490", "target": "EPSG:4547", "file": upload})
    assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert rows[0] == (
        "编号",
        "经度",
        "纬度",
        "东坐标（CGCS2000 3度带 114°E，不带带号，米）",
        "北坐标（CGCS2000 3度带 114°E，不带带号，米）",
        "转换说明",
    )
    assert (
        rows[1][3:5] == pytest.approx((529299.860, 3385869.453), abs=0.0006)
        and rows[2][5].startswith("未转换：经度和纬度")
        and rows[3][5].startswith("未转换")
    )


def test_columns_by_letter_and_csv(official) -> None:
    upload = SimpleUploadedFile("点.csv", "名,甲,乙\n=1+1,38529299.860,3385869.453\n".encode("gb18030"))
    given_ = {"what": "file", "source": "EPSG:4526", "target": "BD-09", "east": "B", "north": "乙", "file": upload}
    answer = official.post(PAGE, given_)
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert rules.EDGE_ONLY in lines[0] and lines[1].startswith("'=1+1,")
    assert float(lines[1].split(",")[3]) == pytest.approx(114.317, abs=0.01)


@pytest.mark.parametrize(
    ("upload", "more", "words"),
    [
        (lambda: table(["a", "b"], [1, 2]), {}, "认不出"), (lambda: table(["经度", "纬度"], [1, 2]), {"east": "Z"}, "没有“Z”这一列"),
        (lambda: table(["经度", "纬度"], [1, 2]), {"east": "A", "north": "A"}, "同一列"), (lambda: table(["经度", "纬度"]), {}, "没有坐标"),
        (lambda: SimpleUploadedFile("x.xlsx", b"PK\x03\x04rubbish"), {}, "损坏"), (lambda: SimpleUploadedFile("x.csv", b""), {}, "空的"),
        (lambda: table(["经度", "纬度"], [114, 30]), {"target": "EPSG:4214"}, "已知精度"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_refused(official, upload: Any, more: dict[str, str], words: str) -> None:
    answer = official.post(PAGE, {"what": "file", "source": "EPSG:4490", "target": "EPSG:4547", "file": upload(), **more})
    assert answer.status_code == 422 and words in answer.content.decode()


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_refusal(data: bytes) -> None:
    from zhujian.foundation.ogc.coordinates import tables

    for name in ("a.csv", "a.xlsx"):
        try:
            _, rows = tables.converted(data, name, FRAMES["EPSG:4490"], FRAMES["EPSG:4547"], {"east": "A", "north": "B"})
            list(rows)
        except Refusal as refusal:
            assert refusal.code.startswith(("import.", "coordinates."))


def test_api_lists_frames_and_converts(official) -> None:
    frames = official.get(API).json()["frames"]
    assert {"EPSG:4547", "EPSG:4526", "EPSG:4479", "GCJ-02", "BD-09"} <= {one["key"] for one in frames}
    body = {"from": "EPSG:4490", "to": "EPSG:4547", "points": [[114.3055, 30.5928], [114.4, 30.6, 12.5]]}
    answer = official.post(API, json.dumps(body), content_type="application/json")
    assert answer.status_code == 200
    made = answer.json()
    assert (
        made["points"][0]["values"] == pytest.approx([529299.860, 3385869.453], abs=0.0006)
        and len(made["points"][1]["values"]) == 3
    )
    edge = official.post(API, json.dumps({**body, "to": "GCJ-02"}), content_type="application/json").json()
    assert edge["edge_only"] is True and rules.EDGE_ONLY in edge["points"][0]["remark"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[", 400), ("[]", 400), ('{"x":1}', 400), ('{"from":"EPSG:4490","to":"EPSG:4547","points":[]}', 422), ('{"from":"EPSG:4490","to":"EPSG:4547","points":[["a",1]]}', 422),
        ('{"from":"EPSG:4610","to":"EPSG:4547","points":[[114,30]]}', 422), ('{"from":"x","to":"EPSG:4547","points":[[114,30]]}', 422),
        ('{"from":"EPSG:4490","to":"EPSG:4547","points":[[1e308,1e308]]}', 422),
    ],
)  # fmt: skip
def test_api_refuses(official, body: str, status: int) -> None:
    answer = official.post(API, body, content_type="application/json")
    assert answer.status_code == status and answer["Content-Type"] == "application/problem+json"


def test_visitors_are_turned_away_from_the_tools(client, db) -> None:
    assert client.get(PAGE, headers={"Accept": "text/html"}).status_code == 302
    assert client.post(API, "{}", content_type="application/json", headers={"Accept": "application/json"}).status_code == 403
