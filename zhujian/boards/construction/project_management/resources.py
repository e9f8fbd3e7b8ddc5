"""Declarations: projects, buildings, firms, permits, timers, step records."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from zhujian.boards.construction.project_management import rules
from zhujian.boards.construction.project_management.models import Building, Participation, Permit, Project, StepRecord, Timer
from zhujian.boards.construction.project_management.services import imports, registration
from zhujian.foundation.kernel.codes import clean, platform_number_check, project_code_check, uscc_check
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.resources import Catalogue, Group, Layer, Resource, Share, Update

LIST = "project_management."
STATUS_TAGS = {
    "draft": "muted", "approval": "info", "building": "info", "suspended": "warn", "accepted": "ok", "in_use": "ok", "demolition": "warn",
    "extinct": "muted", "withdrawn": "muted",
}  # fmt: skip


NEVER_CHANGED = ("code", "region_code", "developer_code")
WHILE_RUNNING = (
    "invest_type", "object_kind", "approval_mode", "land_mode", "nature", "eia_class", "status",
)  # fmt: skip


def fixed_reasons(record: Project, values: dict[str, Any]) -> list[Reason]:
    """Why a registered project's row may not be changed like this."""
    if record.readonly:
        return [Reason("project.readonly", "项目已灭失或终止，只能查看，不能修改。")]
    fixed = NEVER_CHANGED + (WHILE_RUNNING if record.process_id else ())
    return [
        Reason(
            "project.fixed",
            f"“{Project._meta.get_field(name).verbose_name}”登记后不能修改；确需改变的，请办理相应事项或者用新代码登记。",
            name,
        )
        for name in fixed
        if name in values and values[name] != getattr(record, name)
    ]


class ProjectResource(Resource):
    """工程建设项目. One row for life; fields of TBProjectInfo and the 24-character code (construction.md §1.7, §2.1)."""

    model = Project
    own_page = "project_management:project"
    label = "name"
    columns = (
        "name",
        "code",
        "type_code",
        "region_code",
        "developer_name",
        "total_investment_wan",
        "stage",
        "status",
        "created_at",
    )
    search = ("code", "name", "developer_name")
    filters = ("type_code", "stage", "status", "nature", "is_residential", "planned_start", "total_investment_wan", "region_code")
    sorts = ("code", "total_investment_wan", "created_at")
    groups = (
        Group("项目", "code", "name", "platform_number", "provincial_number", "category", "invest_type", "object_kind", "approval_mode", "land_mode", "nature", "usage"),
        Group("地点和规模", "region_code", "address", "location", "gfa_m2", "land_area_m2", "length_m", "total_investment_wan", "scale"),
        Group("建设单位", "developer_code", "developer_name"),
        Group("批准文件", "approval_number", "approval_level", "land_plan_number", "works_plan_number"),
        Group("计划", "planned_start", "planned_end", "eia_class"),
        Group("办理", "type_code", "stage", "status"),
    )  # fmt: skip
    form = (
        "code", "name", "platform_number", "provincial_number", "category", "invest_type", "object_kind", "approval_mode", "land_mode", "nature",
        "usage", "region_code", "address", "gfa_m2", "land_area_m2", "length_m", "total_investment_wan", "scale", "developer_code", "developer_name",
        "approval_number", "approval_level", "land_plan_number", "works_plan_number", "planned_start", "planned_end", "eia_class", "status",
    )  # fmt: skip
    code_lists = {
        name: LIST + name for name in ("category", "invest_type", "object_kind", "approval_mode", "land_mode", "nature", "usage", "eia_class", "stage")
    } | {"type_code": LIST + "project_type"}  # fmt: skip
    tags = {"status": STATUS_TAGS}
    cleaners = {"code": clean, "developer_code": clean, "platform_number": clean}
    validators = {
        "code": [project_code_check], "developer_code": [uscc_check],
        "platform_number": [lambda text, **kw: platform_number_check(text, **kw) if text else []],
    }  # fmt: skip
    examples = {
        "code": "2109-420106-04-01-123456",
        "name": "武昌滨江花园一期",
        "developer_code": "91420106MA4K2B7T5G",
        "region_code": "420106000000",
    }
    natural_key = ("code",)
    on_duplicate = "refuse"
    layer = Layer("location", min_zoom=6, colour_by="status", themes=("total_investment_wan",), at_first=True)
    catalogue = Catalogue(
        share=Share.CONDITIONAL,
        condition="依法履行职责需要",
        update=Update.REALTIME,
        basis="一数一源：项目代码由发展改革部门赋码",
    )
    processes = ("project_lifecycle",)
    empty = "企业可以从“项目登记”发起新项目；数据管理员可以批量导入历史项目。"

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """Dates must ascend; the place must be a county or below; what a running process rests on stays."""
        found = fixed_reasons(record, values) if isinstance(record, Project) else []
        start, finish = values.get("planned_start"), values.get("planned_end")
        if start and finish and finish < start:
            found.append(Reason("project.dates.order", "计划竣工日期不能早于计划开工日期。", "planned_end"))
        if values.get("region_code"):
            found += registration.region_reasons(values["region_code"])
        return found

    def parties(self, values: dict[str, Any]) -> list[str]:
        """The developer sees its projects."""
        return [f"org:{values['developer_code']}"]

    def imported(self, created: list[Model], updated: list[Model]) -> None:
        """Type, participants, events and evidence of imported projects."""
        imports.complete(created)  # type: ignore[arg-type]


class BuildingResource(Resource):
    """单体工程. Buildings of a project; retired, never deleted."""

    model = Building
    columns = ("name", "code", "project", "floors_above", "floors_below", "height_m", "gfa_m2", "status")
    search = ("code", "name")
    filters = ("status", "floors_above", "region_code")
    groups = (
        Group("基本信息", "project", "code", "name", "structure", "status"),
        Group("规模和位置", "floors_above", "floors_below", "height_m", "gfa_m2", "location"),
    )
    form = ("project", "code", "name", "structure", "floors_above", "floors_below", "height_m", "gfa_m2", "location")
    tags = {"status": {"planned": "muted", "building": "info", "built": "ok", "extinct": "muted"}}
    natural_key = ("code",)
    layer = Layer("location", min_zoom=12, colour_by="status")
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="依法履行职责需要", update=Update.REALTIME)

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """A building takes its project's code as prefix and can only join a project that still lives."""
        project = Project.objects.filter(pk=values.get("project")).first()
        if project is None:
            return []
        if project.readonly or (isinstance(record, Building) and record.project.readonly):
            return [Reason("project.readonly", "项目已灭失或终止，只能查看，不能再登记、修改单体。", "project")]
        if isinstance(record, Building) and record.project_id != project.pk:
            return [Reason("building.project", "单体不能移到其他项目。", "project")]
        return rules.unit_code_reasons(values.get("code") or "", project.code, field="code")

    def create(self, values: dict[str, Any]) -> Model:
        """A building lies where its project lies and is seen by the same parties."""
        project = Project.objects.get(pk=values["project"])
        fields = {**values, "project": project}
        fields.pop("region_code", None)
        return Building.objects.create(**fields, region_code=project.region_code, parties=project.parties)


class ParticipationResource(Resource):
    """参建单位."""

    model = Participation
    label = "org_name"
    columns = ("org_name", "role", "project", "org_code", "manager_name", "valid_from", "valid_to")
    search = ("org_code", "org_name")
    filters = ("role", "valid_from", "region_code")
    code_lists = {"role": LIST + "party"}
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="依法履行职责需要", update=Update.REALTIME)


class PermitResource(Resource):
    """建筑工程施工许可证."""

    model = Permit
    own_page = "project_management:permit"
    label = "number"
    columns = ("number", "project", "phase", "contractor_name", "contract_wan", "issued_on", "start_deadline", "status")
    search = ("number", "contractor_name")
    filters = ("status", "phase", "issued_on", "start_deadline", "region_code")
    sorts = ("issued_on", "start_deadline")
    groups = (
        Group("许可证", "number", "project", "phase", "issued_on", "start_deadline", "extensions", "started_on", "status"),
        Group("内容", "contractor_name", "contract_wan", "gfa_m2"),
    )
    code_lists = {"phase": LIST + "permit_phase"}
    tags = {"status": {"valid": "ok", "suspended": "warn", "cancelled": "muted", "revoked": "error", "lapsed": "muted"}}
    catalogue = Catalogue(share=Share.OPEN, update=Update.REALTIME, basis="建筑工程施工许可管理办法")


class TimerResource(Resource):
    """期限与保修."""

    model = Timer
    label = "title"
    columns = ("title", "project", "kind", "starts_on", "due_on", "done_on", "basis")
    filters = ("kind", "due_on", "region_code")
    sorts = ("due_on",)
    order = "due_on"


class StepRecordResource(Resource):
    """办理步骤."""

    model = StepRecord
    own_page = "project_management:step"
    label = "step"
    columns = ("step", "project", "round", "status", "applied_at", "decided_at", "decided_org")
    filters = ("status", "step", "decided_at", "region_code")
    groups = (
        Group(
            "办理",
            "project",
            "step",
            "round",
            "status",
            "applied_at",
            "accepted_at",
            "decided_at",
            "decided_by",
            "decided_org",
            "opinion",
        ),
    )
    code_lists = {"step": LIST + "step"}
    tags = {
        "status": {
            "working": "info",
            "supplement": "warn",
            "passed": "ok",
            "promised": "ok",
            "recorded": "ok",
            "rejected": "error",
            "withdrawn": "muted",
            "not_needed": "muted",
        }
    }
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="依法履行职责需要", update=Update.REALTIME)
