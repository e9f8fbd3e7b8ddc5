"""Declarations: bridge assessments, conditions, inspection plans and dues, work orders."""

from __future__ import annotations

from typing import ClassVar

from zhujian.boards.urban_rural.municipal_assets.models import (
    BridgeDefect,
    BridgeInspection,
    ConditionRecord,
    InspectionDue,
    InspectionPlan,
    WorkOrder,
)
from zhujian.foundation.resources import Catalogue, Group, Layer, Resource, Share, Update

LIST = "municipal_assets."
GRADE_TAGS = {"A": "ok", "B": "ok", "C": "warn", "D": "error", "E": "error", "pass": "ok", "fail": "error"}
CONDITION_TAGS = {"1": "ok", "2": "ok", "3": "warn", "4": "error", "5": "error"}


class BridgeInspectionResource(Resource):
    """桥梁评估. BCI and grade of each inspection, with the versions of the parameters."""

    model = BridgeInspection
    label = "inspected_on"
    columns = ("bridge", "inspected_on", "kind", "state", "bci", "grade", "condition", "org_name", "region_code")
    filters = ("kind", "state", "grade", "condition", "inspected_on", "bridge", "region_code")
    groups = (
        Group("检查", "bridge", "kind", "inspected_on", "org_name", "inspector", "state", "spans", "region_code"),
        Group(
            "评定", "bci_m", "bci_s", "bci_x", "bci", "computed_grade", "grade", "reason", "condition", "measures", "measures_due"
        ),
    )
    code_lists: ClassVar = {
        "kind": LIST + "inspection_kind", "grade": LIST + "bci_grade", "computed_grade": LIST + "bci_grade", "condition": LIST + "condition",
    }  # fmt: skip
    tags: ClassVar = {"grade": GRADE_TAGS, "condition": CONDITION_TAGS, "state": {"draft": "info", "final": "ok"}}
    own_page = "municipal_assets:bridge_inspection"
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市运行安全需要", update=Update.IRREGULAR)
    empty = "在桥梁的页面上点“新的评估”开始。"


class BridgeDefectResource(Resource):
    """桥梁病害. Defects by part and place."""

    model = BridgeDefect
    label = "description"
    columns = ("description", "inspection", "group", "place", "part", "points", "critical")
    filters = ("inspection", "part", "critical")
    code_lists: ClassVar = {"part": LIST + "bridge_part", "critical": LIST + "bridge_critical"}


class ConditionRecordResource(Resource):
    """状况评价. Indices of roads, lighting and bridges with their grades."""

    model = ConditionRecord
    label = "label"
    columns = ("label", "index", "value", "grade", "condition", "measured_on", "measured_by", "standard", "region_code")
    search = ("label",)
    filters = ("index", "grade", "condition", "measured_on", "region_code")
    code_lists: ClassVar = {"index": LIST + "condition_index", "condition": LIST + "condition"}
    tags: ClassVar = {"condition": CONDITION_TAGS}
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市运行安全需要", update=Update.IRREGULAR)


class InspectionPlanResource(Resource):
    """巡查计划. What is inspected how often, by whom, on what basis."""

    model = InspectionPlan
    label = "label"
    columns = ("label", "patrol", "kind", "every", "unit", "org_name", "starts_on", "active", "basis", "region_code")
    search = ("label", "org_name")
    filters = ("patrol", "kind", "active", "region_code")
    groups = (
        Group(
            "计划",
            "label",
            "patrol",
            "kind",
            "every",
            "unit",
            "basis",
            "starts_on",
            "org_name",
            "org_code",
            "active",
            "region_code",
        ),
    )
    code_lists: ClassVar = {"kind": LIST + "inspection_kind", "patrol": LIST + "patrol_class"}
    empty = "按类别和养护等级自动生成：在“巡查计划”页点“生成计划”。"


class InspectionDueResource(Resource):
    """巡查任务. Each inspection that is due, and what was found."""

    model = InspectionDue
    label = "label"
    columns = ("label", "patrol", "kind", "due_on", "state", "org_name", "done_on", "result", "region_code")
    search = ("label", "org_name")
    filters = ("state", "patrol", "kind", "result", "due_on", "plan", "region_code")
    code_lists: ClassVar = {
        "kind": LIST + "inspection_kind", "patrol": LIST + "patrol_class", "state": LIST + "due_state", "result": LIST + "inspection_result", "cause": LIST + "special_cause",
    }  # fmt: skip
    tags: ClassVar = {
        "state": {"open": "info", "done": "ok", "cancelled": "muted"},
        "result": {"good": "ok", "minor": "info", "repair": "warn", "danger": "error"},
    }
    own_page = "municipal_assets:due"


class WorkOrderResource(Resource):
    """养护工单. Defects from report to closure."""

    model = WorkOrder
    label = "number"
    columns = ("number", "label", "kind", "urgent", "state", "org_name", "due_at", "source", "region_code")
    search = ("number", "label")
    filters = ("state", "kind", "urgent", "source", "due_at", "region_code")
    code_lists: ClassVar = {"kind": LIST + "order_kind", "state": LIST + "order_state", "source": LIST + "order_source"}
    tags: ClassVar = {
        "state": {
            "reported": "info",
            "dispatched": "warn",
            "handled": "info",
            "closed": "ok",
            "linked": "muted",
            "dropped": "muted",
        }
    }
    layer = Layer("geom", min_zoom=9, colour_by="state", title="养护工单", thin=False)
    processes = ("asset_work_order",)
    own_page = "municipal_assets:order"
    empty = "还没有工单。在设施页面、巡查结果或拓扑问题上点“报修”或“转为工单”。"
