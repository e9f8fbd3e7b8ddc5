"""Declarations: runs of the topology checks and their findings."""

from __future__ import annotations

from typing import Any, ClassVar

from zhujian.boards.urban_rural.municipal_assets.models import TopologyFinding, TopologyRun
from zhujian.boards.urban_rural.municipal_assets.selectors import traces
from zhujian.foundation.resources import Action, Group, Layer, Resource, openapi

LIST = "municipal_assets."
FINDING = "municipal_assets.topology_finding"
STATE_TAGS = {"new": "error", "open": "warn", "fixed": "ok", "accepted": "muted"}


class TopologyRunResource(Resource):
    """拓扑检查. One check of a region, an area or a census batch."""

    model = TopologyRun
    columns = (
        "title",
        "state",
        "lines",
        "length_km",
        "errors",
        "warnings",
        "new",
        "fixed",
        "requested_name",
        "finished_at",
        "region_code",
    )
    filters = ("state", "finished_at", "region_code")
    code_lists: ClassVar = {"state": LIST + "run_state", "kinds": LIST + "pipe_kind"}
    tags: ClassVar = {"state": {"queued": "info", "running": "info", "done": "ok", "failed": "error"}}
    units: ClassVar = {"length_km": "km"}
    labels: ClassVar = {"region_code": "行政区划"}
    own_page = "municipal_assets:topology_run"
    empty = "还没有检查过。选择范围后发起检查，几秒内给出结果。"


def _open(finding: Any) -> bool:
    return finding.state in ("new", "open")


class TopologyFindingResource(Resource):
    """拓扑问题. What the checks found, followed from run to run."""

    model = TopologyFinding
    label = "title"
    columns = ("title", "message", "rule", "severity", "state", "kind", "line", "point", "affected", "region_code")
    search = ("message",)
    filters = ("rule", "severity", "state", "kind", "last_run", "affected", "region_code")
    sorts = ()
    groups = (
        Group("问题", "title", "message", "rule", "severity", "state", "kind", "line", "point", "other", "other_point", "affected", "region_code", "geom"),
        Group("检查", "first_run", "last_run", "fixed_on"), Group("确认", "accepted_reason", "accepted_name", "accepted_on"),
    )  # fmt: skip
    code_lists: ClassVar = {
        "rule": LIST + "topology_rule", "severity": LIST + "topology_severity", "state": LIST + "topology_state", "kind": LIST + "pipe_kind",
    }  # fmt: skip
    tags: ClassVar = {"severity": {"error": "error", "warn": "warn"}, "state": STATE_TAGS}
    layer = Layer("geom", min_zoom=8, colour_by="severity", title="拓扑问题", thin=False)
    actions = (
        Action("确认无误", "municipal_assets:finding_accept", (FINDING, "accept"), when=_open),
        Action("撤销确认", "municipal_assets:finding_reopen", (FINDING, "accept"), when=lambda f: f.state == "accepted"),
        Action("转为工单", "municipal_assets:finding_order", ("municipal_assets.work_order", "report"), "primary", when=_open),
    )
    empty = "检查没有发现问题，或者还没有检查过。"


_PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_ASKED = [
    {"name": "line", "in": "query", "schema": {"type": "integer"}, "description": "起始管线的编号（id）；与 point 二选一"},
    {"name": "point", "in": "query", "schema": {"type": "integer"}, "description": "起始管点的编号（id）"},
    {"name": "mode", "in": "query", "schema": {"type": "string", "enum": list(traces.MODES)}, "description": "追溯方式"},
    {"name": "stuck", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}, "description": "关不动的阀门（id，可重复），爆管分析时绕开"},
]  # fmt: skip
_IDS = {"type": "array", "items": {"type": "integer"}}
_FIGURES = {
    "type": "object", "required": ["mode", "limited", "length_m", "lines", "by_kind", "ends", "valves", "stuck", "units", "users"],
    "properties": {
        "mode": {"type": "string"}, "limited": {"type": "boolean", "description": "超过上限，只给出前面的部分"}, "length_m": {"type": "number"},
        "lines": _IDS, "by_kind": {"type": "array", "items": {"type": "object"}}, "ends": _IDS, "stuck": _IDS,
        "valves": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}, "code": {"type": "string"}}}},
        "sources_known": {"type": "boolean"}, "facilities": {"type": "array", "items": {"type": "object"}},
        "buildings": {"type": "array", "items": {"type": "object"}}, "units": {"type": "integer"}, "users": {"type": "integer"},
        "parameters": {"type": "object"},
    },
}  # fmt: skip
for _name, _title, _answer in (
    ("trace.json", "管网追溯：数量、长度、阀门和受影响的用户", {"application/json": {"schema": _FIGURES}}),
    ("trace.geojson", "管网追溯：要素", {"application/geo+json": {"schema": {"type": "object"}}}),
):
    openapi.add_path(
        f"/municipal-assets/{_name}",
        {
            "get": {
                "tags": ["municipal_assets.network"], "operationId": _name.replace(".", "_"), "summary": _title, "parameters": _ASKED,
                "responses": {
                    "200": {"description": "追溯结果", "content": _answer}, "404": {"description": "没有这条管线或管点", **_PROBLEM},
                    "422": {"description": "起点或追溯方式有误", **_PROBLEM},
                },
            }
        },
    )  # fmt: skip
