"""Rules come as versions: a revision ends the former version on the day the new one begins; nothing is overwritten."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import connection, transaction

from zhujian.boards.city_management.evaluation.models import Composite, CompositePart, Indicator
from zhujian.boards.city_management.evaluation.models.definitions import Dated
from zhujian.boards.city_management.evaluation.rules import formulas, scoring
from zhujian.boards.city_management.evaluation.selectors import counts
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotAllowed, Reason, Refusal, refuse_if

M = TypeVar("M", bound=Dated)
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 304284))"


def check_indicator(values: dict[str, Any]) -> list[Reason]:
    """Reasons against an indicator: its name, formula, inputs and scoring."""
    code, inputs = str(values.get("code") or ""), values.get("inputs") or {}
    reasons = []
    if not (code.isascii() and code.isidentifier() and code.islower()):
        reasons.append(Reason("indicator.code", "指标代码请用小写英文字母、数字和下划线，例如 closed_rate。", "code"))
    if not isinstance(inputs, dict) or any(
        not (str(name).isascii() and str(name).isidentifier()) or not str(label).strip() or name in counts.BY_CODE
        for name, label in inputs.items()
    ):
        return [
            *reasons,
            Reason(
                "indicator.inputs", '填报项应写成 {"swept": "已清扫道路面积（平方米）"}，名称不能与平台统计数相同。', "inputs"
            ),
        ]
    formula, source = values.get("formula") or "", values.get("source")
    if source == "heading":
        return [*reasons, Reason("indicator.heading", "分类标题没有公式，请清空公式。", "formula")] if formula else reasons
    reasons += formulas.check(formula, [*counts.BY_CODE, *counts.FIELDWORK, *inputs])
    if not reasons and source == "filed" and not formulas.parse(formula).names & set(inputs):
        reasons.append(Reason("indicator.filed", "城市填报的指标应在公式里用到填报项。", "inputs"))
    if values.get("family") == "comprehensive":
        reasons += scoring.check(values.get("scoring"), [*counts.BY_CODE, *counts.FIELDWORK, *inputs])
    return reasons


def check_part(values: dict[str, Any]) -> list[Reason]:
    """Reasons against a part of a composite."""
    reasons = scoring.check(values.get("scoring"), counts.BY_CODE)
    if not Indicator.objects.filter(code=values.get("indicator"), family="cases").exclude(formula="").exists():
        reasons.append(Reason("part.indicator", "没有这个案件绩效指标，请填写评价指标中的代码。", "indicator"))
    return reasons


def check_region(region_code: str) -> None:
    """A rule is made for one's own region or below; everybody's only by whoever acts for the whole province."""
    who = scope.current()
    lowest = region_code or "0"
    if not who.is_system and not (who.region_lo <= lowest < who.region_hi) and (region_code or who.region_lo[2:]):
        raise NotAllowed("definition.region", "只能为本辖区制定评价规则；全省通用的规则由省级维护。", "region_code")


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """What was filled in; what was left empty takes its default."""
    return {
        **{name: value for name, value in values.items() if value is not None},
        "region_code": values.get("region_code") or "",
    }


def _next(model: type[M], values: dict[str, Any]) -> int:
    """End the version in force and return the number of the next one; locked per rule, so that numbers follow each other."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"{model._meta.db_table} {values['code']} {values['region_code']}"])
    last = model._default_manager.filter(code=values["code"], region_code=values["region_code"]).order_by("-number").first()
    if last is None:
        return 1
    if values["valid_from"] <= last.valid_from:
        raise Refusal("definition.order", f"新版本的施行日期应晚于现行版本的{last.valid_from}。", "valid_from")
    if last.valid_to is None or last.valid_to > values["valid_from"]:
        last.valid_to = values["valid_from"]
        last.save(update_fields=["valid_to"])
    return last.number + 1


@transaction.atomic
def do_revise_indicator(**values: Any) -> Indicator:
    """A new indicator, or the next version of one; frozen results keep the version they were made with."""
    values = _given(values)
    check_region(values["region_code"])
    refuse_if(check_indicator(values))
    made = Indicator.objects.create(number=_next(Indicator, values), **values)
    _tell("evaluation.indicator", made, {"formula": made.formula})
    return made


@transaction.atomic
def do_revise_composite(parts: list[dict[str, Any]] | None = None, **values: Any) -> Composite:
    """A new composite, or the next version of one; without `parts` the next version takes those of the last."""
    values = _given(values)
    check_region(values["region_code"])
    last = Composite.objects.filter(code=values["code"], region_code=values["region_code"]).order_by("-number").first()
    last = last or Composite.objects.filter(code=values["code"], region_code="").order_by("-number").first()
    made = Composite.objects.create(number=_next(Composite, values), **values)
    if parts is None and last is not None:
        fields = ("indicator", "full", "scoring", "role", "required", "order")
        parts = list(last.parts.values(*fields))
    for part in parts or ():
        refuse_if(check_part(part))
        CompositePart.objects.create(composite=made, **part)
    _tell("evaluation.composite", made, {"target": made.target})
    return made


@transaction.atomic
def do_part(composite: Composite, part: CompositePart | None = None, **values: Any) -> CompositePart:
    """Add or change a part while the composite is not used by a frozen result; afterwards a new version is made."""
    check_region(composite.region_code)
    values = {name: value for name, value in values.items() if value is not None}
    refuse_if(check_part(values))
    if used(composite):
        raise Refusal("composite.used", "这一版评分办法已用于冻结的结果，不能再改；请新增一个版本后修改新版本。")
    if part is None:
        return CompositePart.objects.create(composite=composite, **values)
    for name, value in values.items():
        setattr(part, name, value)
    part.save()
    return part


def used(composite: Composite) -> bool:
    """Whether a frozen result was made with this version."""
    from zhujian.boards.city_management.evaluation.models import Run

    with scope.system("核对评分办法是否已用于冻结结果"):
        return Run.objects.filter(rules__composites__contains=[composite.pk]).exists()


def _tell(kind: str, made: Dated, more: dict[str, Any]) -> None:
    payload = {"code": made.code, "version": made.number, "name": made.name, "valid_from": made.valid_from.isoformat(), **more}
    where = made.region_code or scope.current().region_code or "420000000000"
    evidence.record(f"{kind}.revised", object_id=f"{kind}:{made.pk}", region_code=where, payload=payload)
