"""Declarations: reports, cases and what is asked for and decided about them, the duty roster."""

from __future__ import annotations

from zhujian.boards.city_management.command.models import (
    Appeal,
    Case,
    Coordination,
    DutyRoster,
    Extension,
    Report,
    Supervision,
    Suspension,
)
from zhujian.foundation.kernel.masking import mask_name, mask_phone
from zhujian.foundation.resources import Catalogue, Group, Layer, Resource, Share, Update
from zhujian.foundation.workflow.handlers_api import register_page

register_page("city_case", "command:task")

STATE_TAGS = {
    "verifying": "info", "to_register": "info", "to_dispatch": "info", "dispatched": "info", "handling": "info", "dept_confirm": "info",
    "to_check": "info", "checking": "info", "to_close": "info", "closed": "ok", "void": "muted", "duplicate": "muted", "forced": "muted",
}  # fmt: skip


class ReportResource(Resource):
    """上报. What came in, from whomever; never deleted. The reporter is seen by the supervision centre only, and masked there."""

    model = Report
    label = "number"
    own_page = "command:report"
    columns = ("number", "state", "source", "description", "address", "received_at", "case", "region_code")
    search = ("number", "external_no")
    filters = ("state", "source", "kind", "urgent", "received_at", "region_code")
    groups = (
        Group("上报", "number", "source", "kind", "class_code", "description", "urgent", "self_handled", "external_no"),
        Group("地点", "address", "location", "accuracy_m", "grid_code", "component_code", "region_code"),
        Group("上报人", "reporter_name", "reporter_phone", "anonymous"),
        Group("办理", "state", "case", "reason_code", "reason", "captured_at", "received_at", "answer", "answered_at"),
    )
    code_lists = {"source": "command.source", "reason_code": "command.refuse_reason"}
    tags = {
        "state": {"waiting": "warn", "taken": "info", "verifying": "info", "registered": "ok", "merged": "muted", "refused": "muted", "self_handled": "ok"},
        "urgent": {"True": "error"},
    }  # fmt: skip
    masked = {"reporter_name": mask_name, "reporter_phone": mask_phone}
    hashed = {"reporter_phone": ("phone_hash", "command.report.phone")}
    empty = "市民、监督员和热线的上报到达后显示在这里。"


class CaseResource(Resource):
    """案件. One problem from registration to closing (GB/T 30428.8); closed cases are never opened again."""

    model = Case
    label = "number"
    own_page = "command:case"
    columns = ("number", "class_name", "state", "address", "org_name", "source", "accepted_at", "due", "closed_at", "region_code")
    search = ("number",)
    filters = (
        "state", "kind", "class_code", "source", "urgent", "suspended", "supervise_level", "appeal", "org_code", "grid_code", "accepted_at",
        "due", "closed_at", "region_code",
    )  # fmt: skip
    groups = (
        Group("案件", "number", "state", "kind", "class_code", "class_name", "description", "source", "urgent", "report_count"),
        Group("地点", "address", "location", "grid_code", "component_code", "region_code"),
        Group(
            "办理",
            "org_name",
            "accepted_at",
            "registered_at",
            "dispatched_at",
            "handled_at",
            "checked_at",
            "closed_at",
            "close_reason",
        ),
        Group("时限", "limit_text", "due", "extensions", "reworks", "returns", "suspended", "supervise_level"),
    )
    code_lists = {"source": "command.source"}
    tags = {"state": STATE_TAGS}
    layer = Layer("location", min_zoom=10, colour_by="state", group="数字城管")
    catalogue = Catalogue(
        share=Share.CONDITIONAL, condition="城市管理用途", update=Update.REALTIME, basis="GB/T 30428.8-2020；CJ/T 545-2021"
    )
    processes = ("city_case",)
    related = ()
    empty = "受理立案后的案件会显示在这里。"


class ExtensionResource(Resource):
    """延期申请."""

    model = Extension
    label = "case"
    columns = ("case", "amount", "state", "asked_at", "asked_org", "reason", "due_before", "due_after", "region_code")
    filters = ("state", "asked_at", "region_code")
    groups = (
        Group("申请", "case", "amount", "reason", "asked_at", "asked_by_name", "asked_org"),
        Group(
            "审核",
            "state",
            "department_by_name",
            "department_at",
            "decided_by_name",
            "decided_at",
            "opinion",
            "due_before",
            "due_after",
        ),
    )
    tags = {"state": {"department": "warn", "centre": "warn", "approved": "ok", "refused": "error", "lapsed": "muted"}}
    empty = "处置单位在到期前申请延期后显示在这里。"


class SuspensionResource(Resource):
    """挂账台账: what cannot be done now, why, the plan and the day it will be done; kept in the open."""

    model = Suspension
    label = "case"
    columns = ("case", "state", "until", "reason", "plan", "asked_org", "started_at", "ended_at", "region_code")
    filters = ("state", "until", "started_at", "region_code")
    groups = (
        Group("申请", "case", "reason", "plan", "until", "asked_at", "asked_by_name", "asked_org"),
        Group("审批与恢复", "state", "decided_by_name", "decided_at", "opinion", "started_at", "ended_at"),
    )
    tags = {"state": {"asked": "warn", "running": "info", "ended": "ok", "refused": "error", "lapsed": "muted"}}
    catalogue = Catalogue(
        share=Share.CONDITIONAL, condition="城市管理用途", update=Update.REALTIME, basis="urban-management.md §2.2：挂账台账公布"
    )
    empty = "经批准挂账的案件在这里列账，到期自动恢复。"


class SupervisionResource(Resource):
    """督办."""

    model = Supervision
    label = "case"
    columns = ("case", "level", "text", "at", "by_name", "due", "replied_at", "reply", "region_code")
    filters = ("level", "at", "due", "region_code")
    groups = (
        Group("督办", "case", "level", "text", "at", "by_name", "due"),
        Group("回复", "replied_at", "replied_by_name", "reply"),
    )
    tags = {"level": {"1": "info", "2": "warn", "3": "error"}}
    empty = "超期、多次返工、媒体关注或领导要求的案件督办后显示在这里。"


class CoordinationResource(Resource):
    """协调会: who met about a case that had been returned too often, and which body has to take it."""

    model = Coordination
    label = "case"
    columns = ("case", "held_on", "convener_name", "participant_names", "outcome", "org_name", "returns", "region_code")
    filters = ("outcome", "held_on", "region_code")
    groups = (
        Group("协调", "case", "held_on", "convener_name", "convener_org", "participant_names", "returns"),
        Group("决定", "outcome", "org_name", "decision"),
    )
    tags = {"outcome": {"designate": "ok", "back": "muted"}}
    empty = "案件回退次数用完后召开协调会，结果登记在这里。"


class AppealResource(Resource):
    """申诉."""

    model = Appeal
    label = "case"
    columns = ("case", "about", "state", "reason", "asked_at", "asked_org", "decided_at", "region_code")
    filters = ("about", "state", "asked_at", "region_code")
    groups = (
        Group("申诉", "case", "about", "reason", "asked_at", "asked_by_name", "asked_org"),
        Group("复核", "state", "first_by_name", "first_at", "first_opinion", "decided_by_name", "decided_at", "opinion"),
    )
    tags = {"state": {"open": "warn", "upheld": "ok", "rejected": "muted"}}
    empty = "结案后，处置单位对超期、返工或派遣记录有异议的，申诉显示在这里。"


class DutyRosterResource(Resource):
    """值班表."""

    model = DutyRoster
    label = "name"
    columns = ("name", "role", "day", "starts", "ends", "phone", "region_code")
    filters = ("day", "role", "region_code")
    groups = (Group("班次", "day", "role", "name", "starts", "ends", "phone", "region_code", "note"),)
    natural_key = ("region_code", "day", "role", "name", "starts")
    on_duplicate = "update"
    examples = {"day": "2026-11-23", "role": "受理员", "name": "李敏", "starts": "08:00", "ends": "20:00"}
    empty = "按天排班，或从表格批量导入；值班大屏据此显示在岗力量。"
