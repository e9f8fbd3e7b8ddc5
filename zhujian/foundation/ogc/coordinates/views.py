"""The page and the API of the coordinate tools. Nothing is stored."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.kernel.middleware import problem_document
from zhujian.foundation.ogc import answers
from zhujian.foundation.ogc.coordinates import rules, tables
from zhujian.foundation.ogc.coordinates.convert import Converted, convert, frame, headings, point
from zhujian.foundation.resources import api, sheets
from zhujian.foundation.resources.downloads import CSV, XLSX, attachment

LINES_MOST, POINTS_MOST = 500, 10_000
SOURCE, TARGET = "EPSG:4490", "EPSG:4547"


@access("ogc.coordinates", "use")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The tool: a list typed or pasted gives a table, a file gives a file."""
    given = request.POST if request.method == "POST" else request.GET
    state: dict[str, Any] = {
        "frames": _groups(), "source": given.get("source", SOURCE), "target": given.get("target", TARGET), "order": given.get("order", "east"),
        "points": given.get("points", ""), "columns": {part: given.get(part, "") for part in ("east", "north", "height")},
        "most_lines": LINES_MOST, "most_rows": tables.ROWS_MOST, "most_megabytes": tables.MEGABYTES_MOST, "edge_only": rules.EDGE_ONLY,
    }  # fmt: skip
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST" or given.get("points"):
        try:
            if "file" in request.FILES or request.POST.get("what") == "file":
                return _file(request)
            state |= _list(state)
        except Refusal as refusal:
            reasons = refusal.reasons
    return render(request, "ogc/coordinates.html", {**state, "reasons": reasons}, status=422 if reasons else 200)


def _groups() -> list[tuple[str, list[rules.Frame]]]:
    found = list(rules.frames().values())
    return [
        ("国家大地坐标系", [one for one in found if one.kind in ("degrees", "geocentric") and one.epsg not in (4610, 4214)]),
        ("3度带，不带带号", [one for one in found if one.kind == "zone" and not one.prefixed]),
        ("3度带，带带号", [one for one in found if one.prefixed]), ("互联网地图", [one for one in found if one.kind in ("plane", "shifted")]),
        ("旧坐标系", [one for one in found if one.epsg in (4610, 4214)]),
    ]  # fmt: skip


def _list(state: dict[str, Any]) -> dict[str, Any]:
    """Rows of the typed points: (text, cells of heading and value, remark, refusal)."""
    source, target = frame(state["source"], "source"), frame(state["target"], "target")
    lines = [line for line in state["points"].splitlines() if line.strip()]
    if not lines:
        raise Refusal("coordinates.empty", "请填写坐标，每行一个点，例如 114.3055,30.5928。", "points")
    if len(lines) > LINES_MOST:
        raise Refusal("coordinates.many", f"一次最多 {LINES_MOST} 行，更多请用下面的表格转换。", "points")
    rows: list[tuple[str, Converted | None, str]] = []
    for line in lines:
        cells = [
            part for part in line.replace("，", ",").replace(";", ",").replace("\t", ",").replace(" ", ",").split(",") if part
        ]
        try:
            rows.append((line.strip()[:80], point(source, target, cells, north_first=state["order"] == "north"), ""))
        except Refusal as refusal:
            if refusal.code in ("geo.accuracy", "geo.crs"):  # about the frames, not the line
                raise
            rows.append((line.strip()[:80], None, refusal.message))
    widest = max((len(made.values) for _, made, _ in rows if made), default=2)
    heads = headings(target, height=widest == 3)
    shown = []
    for text, made, wrong in rows:
        values = [*(made.values if made else ()), *[""] * len(heads)]
        shown.append((text, list(zip(heads, values, strict=False)), made.remark if made else "", wrong))
    return {"rows": shown, "heads": heads, "failed": sum(1 for row in rows if row[2]), "result": target}


def _file(request: HttpRequest) -> HttpResponse:
    source, target = frame(request.POST.get("source", ""), "source"), frame(request.POST.get("target", ""), "target")
    upload = request.FILES.get("file")
    if upload is None:
        raise Refusal("import.no_file", "请选择要转换的表格（.xlsx 或 .csv）。", "file")
    if (upload.size or 0) > tables.MEGABYTES_MOST * 1024 * 1024:
        raise Refusal("import.too_large", f"文件超过 {tables.MEGABYTES_MOST} MB，请拆成几个文件。", "file")
    convert_probe(source, target)
    name = upload.name or ""
    wanted = {part: request.POST.get(part, "") for part in ("east", "north", "height")}
    heads, rows = tables.converted(upload.read(), name, source, target, wanted)
    stem = name.rpartition(".")[0][-60:] or "坐标"
    if name.lower().endswith(".csv"):
        return attachment(b"".join(sheets.csv_lines(heads, rows)), f"{stem}-转换结果.csv", CSV)  # type: ignore[return-value]
    return attachment(sheets.workbook("转换结果", heads, rows), f"{stem}-转换结果.xlsx", XLSX)  # type: ignore[return-value]


def convert_probe(source: rules.Frame, target: rules.Frame) -> None:
    """Refuse a pair of frames that no point can be converted between, before a whole table says so line by line."""
    for one in (source, target):
        if one.epsg in (4610, 4214):
            convert(rules.frames()["EPSG:4490"], one, 114.0, 30.0)


def _answer(body: Any) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), content_type="application/json")


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise answers.BadRequest("api.json", "请求体不是有效的 JSON，请核对格式。") from error
    if not isinstance(body, dict) or not {"from", "to", "points"} >= body.keys():
        raise answers.BadRequest(
            "api.object", '请求体应为 {"from": "EPSG:4490", "to": "EPSG:4547", "points": [[114.3055, 30.5928]]}。'
        )
    return body


def _many(request: HttpRequest) -> HttpResponse:
    body = _body(request)
    source, target = frame(str(body.get("from", "")), "from"), frame(str(body.get("to", "")), "to")
    points = body.get("points")
    if not isinstance(points, list) or not 1 <= len(points) <= POINTS_MOST:
        raise Refusal("coordinates.many", f"points 应为 1 到 {POINTS_MOST} 个点的数组。", "points")
    made = []
    for number, one in enumerate(points):
        good = (
            isinstance(one, list)
            and 2 <= len(one) <= 3
            and all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in one)
        )
        if not good:
            raise Refusal(
                "coordinates.number", f"第 {number + 1} 个点应为 [东, 北] 或 [东, 北, 高] 数字数组（经度在前）。", "points"
            )
        try:
            found = convert(source, target, *map(float, one))
        except Refusal as refusal:
            raise Refusal(refusal.code, f"第 {number + 1} 个点：{refusal.message}", "points") from refusal
        made.append({"values": [float(value) for value in found.values], "remark": found.remark or None})
    return _answer(
        {
            "from": source.key,
            "to": target.key,
            "labels": list(target.labels),
            "edge_only": target.kind == "shifted",
            "points": made,
        }
    )


def _frames(request: HttpRequest) -> HttpResponse:
    return _answer({"frames": [
        {"key": one.key, "title": one.title, "kind": one.kind, "labels": list(one.labels), "note": one.note or None} for one in rules.frames().values()
    ]})  # fmt: skip


def _refusing(view: Any) -> Any:
    def serve(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except Refusal as refusal:
            return problem_document(refusal, refusal.status)

    return access("ogc.coordinates", "use")(serve)


# GET lists the frames, POST converts; east (longitude) first in both directions.
convert_api = api.by_method({"GET": _refusing(_frames), "POST": _refusing(_many)})
