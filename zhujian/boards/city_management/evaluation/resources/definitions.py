"""Declarations: what is measured and how it is weighed."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from zhujian.boards.city_management.evaluation.models import Composite, CompositePart, Deviation, Indicator
from zhujian.boards.city_management.evaluation.resources.structures import Structure
from zhujian.boards.city_management.evaluation.services import definitions
from zhujian.boards.city_management.evaluation.services.deviations import check_deviation
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.resources import Action, Catalogue, Group, Resource, Share, Update


class IndicatorResource(Resource):
    """评价指标. GB/T 30428.4, CJJ/T 312. A new version is registered; none is ever changed."""

    model = Indicator
    label = "name"
    columns = (
        "name",
        "code",
        "number",
        "family",
        "formula",
        "unit",
        "source",
        "region_code",
        "valid_from",
        "valid_to",
        "confidence",
    )
    search = ("name", "code")
    filters = ("family", "source", "region_code", "valid_from")
    order = "id"
    groups = (
        Group("指标", "code", "name", "family", "parent", "order"),
        Group("计算", "formula", "inputs", "unit", "direction", "source", "cycle"),
        Group("计分", "full", "scoring"),
        Group("适用", "region_code", "valid_from", "valid_to", "basis", "confidence", "note"),
    )
    form = (
        "code", "name", "family", "parent", "order", "formula", "inputs", "unit", "direction", "source", "cycle", "full", "scoring",
        "region_code", "valid_from", "basis", "confidence", "note",
    )  # fmt: skip
    code_lists = {
        "family": "evaluation.family", "direction": "evaluation.direction", "source": "evaluation.source", "cycle": "evaluation.cycle",
    }  # fmt: skip

    kinds = {"inputs": Structure(), "scoring": Structure()}
    actions = (Action("规则、版本和走势", "evaluation:indicator", ("evaluation.indicator", "view")),)
    catalogue = Catalogue(share=Share.OPEN, update=Update.IRREGULAR, basis="GB/T 30428.4-2016")
    empty = "载入默认指标后，各市可登记本市的版本：代码相同、施行日期更晚即为新版本。"

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """The formula over known counts, inputs, the scoring rule."""
        return definitions.check_indicator(values)

    def create(self, values: dict[str, Any]) -> Model:
        """By the service: the former version ends on the day this one begins."""
        return definitions.do_revise_indicator(**values)


class CompositeResource(Resource):
    """综合评分办法. Weights differ by city; a new version takes over the parts of the last."""

    model = Composite
    label = "name"
    columns = ("name", "code", "number", "target", "region_code", "valid_from", "valid_to", "confidence")
    search = ("name", "code")
    filters = ("target", "region_code", "valid_from")
    order = "id"
    groups = (
        Group("评分办法", "code", "name", "target"),
        Group("适用", "region_code", "valid_from", "valid_to", "basis", "confidence", "note"),
    )
    form = ("code", "name", "target", "region_code", "valid_from", "basis", "confidence", "note")
    code_lists = {"target": "evaluation.composite_target"}
    catalogue = Catalogue(share=Share.OPEN, update=Update.IRREGULAR, basis="GB/T 30428.4-2016")
    empty = "载入默认评分办法后，各市以相同代码登记本市版本，评分项自动带出，再逐项修改。"

    def create(self, values: dict[str, Any]) -> Model:
        """By the service: versions follow each other, parts are taken over."""
        return definitions.do_revise_composite(**values)


class CompositePartResource(Resource):
    """评分项. Points and the rule by which a value earns them; fixed once a frozen result used it."""

    model = CompositePart
    label = "indicator"
    columns = ("indicator", "composite", "full", "scoring", "role", "required")
    filters = ("role",)
    order = "id"
    groups = (Group("评分项", "composite", "indicator", "full", "scoring", "role", "required", "order"),)
    code_lists = {"role": "evaluation.part_role"}
    kinds = {"scoring": Structure()}
    examples = {"scoring": '{"kind": "steps", "target": 70, "per": 1, "each": 1}'}

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """The indicator exists, the rule is one."""
        return definitions.check_part(values)

    def create(self, values: dict[str, Any]) -> Model:
        """By the service: not into a version that results were made with."""
        return definitions.do_part(**values)

    def change(self, record: Model, values: dict[str, Any], expected: int | None) -> Model:
        """The same."""
        assert isinstance(record, CompositePart)
        values = {"composite": record.composite, **values}
        return definitions.do_part(part=record, **values)


class DeviationResource(Resource):
    """抽查差错: what assessors found that nobody reported, or that was filed or handled falsely."""

    model = Deviation
    label = "description"
    columns = ("kind", "found_on", "description", "grid_code", "case_number", "org_code", "region_code")
    search = ("case_number",)
    filters = ("kind", "found_on", "region_code")
    groups = (
        Group("问题", "kind", "found_on", "description", "region_code", "grid_code", "class_code", "photo"),
        Group("责任", "case_number", "org_code", "person"),
    )
    form = ("kind", "found_on", "description", "region_code", "grid_code", "class_code", "case_number", "org_code")
    code_lists = {"kind": "evaluation.deviation_kind"}
    tags = {"kind": {"falsified": "error", "misfiled": "warn", "missed": "info"}}
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="绩效考评", update=Update.DAILY, basis="GB/T 30428.4-2016")
    empty = "考评员复巡或抽查发现漏报、错立、弄虚作假时在此登记，计入当期评价。"

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """A fault of a case names the case; a missed problem its grid."""
        return check_deviation(values)
