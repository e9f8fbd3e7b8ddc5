"""项目赋码与登记: a project enters the platform and its life-cycle process starts."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.construction.project_management.models import Participation, Project
from zhujian.boards.construction.project_management.services import facts
from zhujian.boards.construction.project_management.services import ledger as evidence
from zhujian.boards.construction.project_management.services.sharing import owned
from zhujian.foundation.events import services as events
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.codes import project_code_check, region_code_check, uscc_check
from zhujian.foundation.kernel.errors import Conflict, Reason, refuse_if
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.workflow import services as workflow

CHOICES = ("invest_type", "object_kind", "approval_mode", "land_mode", "nature", "eia_class", "category")
POSITIVE = ("gfa_m2", "land_area_m2", "length_m", "total_investment_wan", "contract_wan")


def check_register(values: dict[str, Any], *, on: date) -> list[Reason]:
    """Reasons why a project cannot be registered with these field values (names of `Project`)."""
    reasons: list[Reason] = []
    if code := values.get("code"):
        reasons += project_code_check(code, on=on, field="code")
        if not reasons and Project.objects.filter(code=code).exists():
            reasons.append(Reason("project.code.used", f"项目代码 {code} 已经登记过。同一项目终身只用一个代码，请在项目列表中查找。", "code"))
    if not (values.get("name") or "").strip():
        reasons.append(Reason("project.name.missing", "请填写项目名称，与立项文件一致。", "name"))
    reasons += region_code_check(values.get("region_code") or "", field="region_code")
    if not any(r.field == "region_code" for r in reasons):
        reasons += region_reasons(values["region_code"])
    reasons += uscc_check(values.get("developer_code") or "", field="developer_code")
    if not (values.get("developer_name") or "").strip():
        reasons.append(Reason("project.developer.missing", "请填写建设单位名称，与营业执照一致。", "developer_name"))
    for name in CHOICES:
        allowed = dict(parameters.code_list(f"project_management.{name}", on))
        if values.get(name) not in allowed:
            label = Project._meta.get_field(name).verbose_name
            reasons.append(Reason(f"project.{name}.choice", f"“{label}”请从列表中选择：{'、'.join(allowed.values())}。", name))
    for name in POSITIVE:
        if values.get(name) is not None and values[name] < 0:
            label = Project._meta.get_field(name).verbose_name
            reasons.append(Reason(f"project.{name}.negative", f"“{label}”不能为负数。", name))
    start, finish = values.get("planned_start"), values.get("planned_end")
    if start and finish and finish < start:
        reasons.append(Reason("project.dates.order", "计划竣工日期不能早于计划开工日期。", "planned_end"))
    return reasons


def region_reasons(region_code: str) -> list[Reason]:
    """Reasons against a place: it must be a known county (市、区) or below, so that the deciding offices are known."""
    if regions.region(region_code) is None:
        return [Reason("project.region.unknown", "行政区划代码不存在或已撤销，请重新选择建设地点所在的县（市、区）。", "region_code")]
    if len(scope.region_prefix(region_code)) <= 4:
        return [Reason("project.region.coarse", "请选择到县（市、区）一级，以便确定办理部门。", "region_code")]
    return []


def issue_code(region_code: str, on: date, *, type_part: str = "04", department: str = "01") -> str:
    """A fresh national project code for a project that has none yet.

    The local counterpart of the national online approval platform: layout ``YYMM-RRRRRR-DD-TT-NNNNNC`` (GB/T 40058-2021,
    construction.md §1.7), random serial. The public standard does not give the check digit, so the last digit is drawn
    like the others unless a verifier is plugged in (`codes.use_project_check_digit`).
    """
    for _ in range(50):
        code = f"{on:%y%m}-{region_code[:6]}-{department}-{type_part}-{secrets.randbelow(10**6):06d}"
        with scope.system("项目代码查重"):
            if not project_code_check(code, on=on) and not Project.objects.filter(code=code).exists():
                return code
    raise Conflict("project.code.exhausted", "本月该区域的项目代码已用尽，请联系平台管理员。")


@transaction.atomic
def do_register(values: dict[str, Any]) -> Project:
    """Register a project, give it a code if it has none, decide its type, and start its process.

    `values` are fields of `Project`. Publishes ``project.registered`` and records evidence. Raises Refusal.
    """
    today = timezone.localdate()
    refuse_if(check_register(values, on=today))
    values = {**values, "code": values.get("code") or issue_code(values["region_code"], today)}
    project = Project(**values, created_by=scope.current().actor_id, parties=[f"org:{values['developer_code']}"])
    project.facts = facts.of_project(project, on=today)
    project.type_code = project.facts["project_type"]
    project.save()
    Participation.objects.create(
        **owned(project), role="DEV", org_code=project.developer_code, org_name=project.developer_name, valid_from=today
    )
    instance = workflow.start(
        "project_lifecycle", subject=project.subject, region_code=project.region_code, parties=project.parties,
        facts=project.facts, title=project.name,
    )  # fmt: skip
    project.process_id = instance.pk
    project.save(update_fields=["process_id"])
    payload = {"projectCode": project.code, "type": project.type_code, "name": project.name}
    events.publish("project.registered", subject=project.subject, region_code=project.region_code, parties=project.parties, payload=payload)
    evidence.record(
        "project.registered", object_id=project.code, region_code=project.region_code, parties=project.parties, payload=payload
    )
    return project
