"""项目赋码与登记: a project enters the platform and its life-cycle process starts."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from zhujian.boards.construction.project_management import rules
from zhujian.boards.construction.project_management.models import Participation, Project
from zhujian.boards.construction.project_management.services import facts
from zhujian.boards.construction.project_management.services.sharing import owned
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
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
        if not reasons and code_used(code):
            reasons.append(Reason("project.code.used", used_text(code), "code"))
    if not (values.get("name") or "").strip():
        reasons.append(Reason("project.name.missing", "请填写项目名称，与立项文件一致。", "name"))
    reasons += length_reasons(values)
    reasons += region_code_check(values.get("region_code") or "", field="region_code")
    if not any(r.field == "region_code" for r in reasons):
        reasons += region_reasons(values["region_code"])
    reasons += actor_reasons(values)
    reasons += uscc_check(values.get("developer_code") or "", field="developer_code")
    if not (values.get("developer_name") or "").strip():
        reasons.append(Reason("project.developer.missing", "请填写建设单位名称，与营业执照一致。", "developer_name"))
    for name in CHOICES:
        allowed = dict(parameters.code_list(f"project_management.{name}", on))
        if values.get(name) not in allowed:
            label = Project._meta.get_field(name).verbose_name
            reasons.append(Reason(f"project.{name}.choice", f"“{label}”请从列表中选择：{'、'.join(allowed.values())}。", name))
    reasons += size_reasons(values, on=on)
    for name in POSITIVE:
        if values.get(name) is not None and values[name] < 0:
            label = Project._meta.get_field(name).verbose_name
            reasons.append(Reason(f"project.{name}.negative", f"“{label}”不能为负数。", name))
    start, finish = values.get("planned_start"), values.get("planned_end")
    if start and finish and finish < start:
        reasons.append(Reason("project.dates.order", "计划竣工日期不能早于计划开工日期。", "planned_end"))
    return reasons


def used_text(code: str) -> str:
    """What a person is told when a code is taken."""
    return f"项目代码 {code} 已经登记过。同一项目终身只用一个代码，请在项目列表中查找，或者核对代码是否填错。"


def code_used(code: str) -> bool:
    """Whether a project with this code is registered anywhere, also where the actor cannot see it."""
    with scope.system("项目代码查重"):
        return Project.objects.filter(code=code).exists()


def length_reasons(values: dict[str, Any]) -> list[Reason]:
    """Texts that are too long to keep."""
    found = []
    for field in Project._meta.concrete_fields:
        text = values.get(field.name)
        if (
            field.max_length
            and isinstance(text, str)
            and len(text) > field.max_length
            and field.name not in ("code", "developer_code", "region_code")
        ):
            found.append(
                Reason(f"project.{field.name}.long", f"“{field.verbose_name}”不超过{field.max_length}个字，请精简。", field.name)
            )
    return found


def actor_reasons(values: dict[str, Any]) -> list[Reason]:
    """Firms register their own projects, officials those of their place."""
    who = scope.current()
    code, region = values.get("developer_code") or "", values.get("region_code") or ""
    if who.kind == "enterprise" and code and f"org:{code}" not in who.keys:
        text = "只能以本单位为建设单位登记项目，请填写本单位的统一社会信用代码；代理其他单位的，请切换到该单位后再登记。"
        return [Reason("project.developer.other", text, "developer_code")]
    if who.kind == "official" and region and not who.region_lo <= region < who.region_hi:
        return [Reason("project.region.outside", "建设地点不在您的管辖范围内，请由当地窗口或者建设单位登记。", "region_code")]
    return []


def size_reasons(values: dict[str, Any], *, on: date) -> list[Reason]:
    """A building has a floor area; 小型低风险 is only what the parameters call so (construction.md §1.5)."""
    found = []
    gfa, height = values.get("gfa_m2"), values.get("height_m")
    if values.get("object_kind") == "BUILDING" and not gfa:
        found.append(Reason("project.gfa_m2.missing", "房屋建筑工程请填写总建筑面积（㎡）。", "gfa_m2"))
    if values.get("low_risk") and gfa:
        region = values.get("region_code") or ""
        area_limit, height_limit = facts.number("low_risk_area", on, region), facts.number("low_risk_height", on, region)
        small = rules.is_low_risk(
            industrial=str(values.get("usage") or "").startswith("3"), hazardous=bool(values.get("fire_special")), gfa_m2=gfa,
            height_m=height or height_limit, area_limit=area_limit, height_limit=height_limit,
        )  # fmt: skip
        if not small:
            text = f"小型低风险只适用于工业、仓储建筑，总建筑面积不超过{area_limit:,}㎡、高度不超过{height_limit}m且不涉及易燃易爆，请取消勾选。"
            found.append(Reason("project.low_risk.not", text, "low_risk"))
    return found


def region_reasons(region_code: str) -> list[Reason]:
    """Reasons against a place: it must be a known county (市、区) or below, so that the deciding offices are known."""
    if regions.region(region_code) is None:
        return [
            Reason("project.region.unknown", "行政区划代码不存在或已撤销，请重新选择建设地点所在的县（市、区）。", "region_code")
        ]
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
        if not project_code_check(code, on=on) and not code_used(code):
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
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError as error:  # registered by somebody else since the check
        raise Conflict("project.code.used", used_text(project.code), "code") from error
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
    events.publish(
        "project.registered", subject=project.subject, region_code=project.region_code, parties=project.parties, payload=payload
    )
    evidence.record(
        "project.registered", object_id=project.subject, region_code=project.region_code, parties=project.parties, payload=payload
    )
    return project
