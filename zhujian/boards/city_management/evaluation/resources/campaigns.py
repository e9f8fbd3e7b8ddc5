"""Declarations: tasks of the comprehensive evaluation and what cities do in them."""

from __future__ import annotations

from zhujian.boards.city_management.evaluation.models import Campaign, CityTask, Filing, IndicatorResult, Run, Sample, SamplePoint
from zhujian.boards.city_management.evaluation.resources.structures import Structure
from zhujian.foundation.resources import Catalogue, Group, Resource, Share, Update

STATES = {"draft": "muted", "issued": "info", "calculated": "info", "published": "warn", "archived": "ok"}
CITY_STATES = {
    "filing": "info", "city_review": "info", "province_review": "info", "field": "info", "survey": "info", "done": "warn", "scored": "ok",
}  # fmt: skip


class CampaignResource(Resource):
    """综合评价任务: set, sent, filed, reviewed, seen on site, asked, calculated, published, archived."""

    model = Campaign
    label = "title"
    columns = ("title", "number", "period", "state", "file_by", "publish_until", "region_code")
    search = ("number", "title")
    filters = ("state", "region_code")
    groups = (Group("任务", "number", "title", "period", "state", "file_by", "publish_until", "region_code", "requirement"),)
    tags = {"state": STATES}
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="公示后公开", update=Update.YEARLY, basis="CJJ/T 312-2021")
    processes = ("evaluation_campaign",)
    own_page = "evaluation:campaign"
    empty = "省级先建立任务：选择参评城市和指标版本，再下发。"


class CityTaskResource(Resource):
    """城市评价任务: the part of one city."""

    model = CityTask
    label = "city_name"
    columns = ("city_name", "campaign", "state", "score", "full", "rank")
    filters = ("state", "region_code")
    groups = (Group("城市任务", "city_name", "campaign", "state", "score", "full", "rank", "returned", "region_code"),)
    tags = {"state": CITY_STATES}
    processes = ("evaluation_city",)
    own_page = "evaluation:city"


class FilingResource(Resource):
    """指标填报."""

    model = Filing
    label = "indicator"
    columns = ("indicator", "task", "source_note", "updated_at", "region_code")
    filters = ("region_code",)
    kinds = {"inputs": Structure()}
    groups = (Group("填报", "indicator", "task", "inputs", "source_note", "region_code"),)


class IndicatorResultResource(Resource):
    """指标得分: numerator, denominator, value, source and version of every indicator of every city."""

    model = IndicatorResult
    label = "indicator"
    columns = ("indicator", "task", "number", "numerator", "denominator", "value", "points", "full", "source", "region_code")
    filters = ("source", "region_code")
    groups = (
        Group(
            "得分",
            "indicator",
            "task",
            "number",
            "numerator",
            "denominator",
            "value",
            "points",
            "full",
            "source",
            "inputs",
            "region_code",
        ),
    )
    code_lists = {"source": "evaluation.source"}
    kinds = {"inputs": Structure()}
    catalogue = Catalogue(
        share=Share.CONDITIONAL, condition="公示后公开", update=Update.YEARLY, basis="CJ/T 545-2021 综合评价数据"
    )


class SampleResource(Resource):
    """抽样: seed and population, so that the draw can be repeated."""

    model = Sample
    label = "kind"
    columns = ("kind", "task", "size", "population", "seed", "fingerprint", "region_code")
    filters = ("region_code",)
    groups = (Group("抽样", "kind", "task", "size", "population", "strata", "seed", "fingerprint", "region_code"),)
    code_lists = {"kind": "evaluation.sample_kind"}
    kinds = {"strata": Structure()}


class SamplePointResource(Resource):
    """抽查点位."""

    model = SamplePoint
    label = "name"
    columns = ("name", "stratum", "result", "remark", "checked_at", "checked_name", "region_code")
    filters = ("result", "region_code")
    groups = (
        Group("点位", "name", "code", "stratum", "order", "location", "region_code"),
        Group("检查", "result", "remark", "checked_at", "checked_name", "photo"),
    )
    code_lists = {"result": "evaluation.point_result"}
    tags = {"result": {"pass": "ok", "fail": "error"}}


class RunResource(Resource):
    """冻结结果. One row for each calculation, earlier versions stay."""

    model = Run
    label = "period"
    columns = ("period", "region_code", "number", "reason", "complete_until", "by_name", "digest")
    search = ("period",)
    filters = ("kind", "starts_on", "region_code")
    groups = (Group("冻结结果", "period", "region_code", "number", "reason", "complete_until", "by_name", "digest"),)
    code_lists = {"kind": "evaluation.cycle"}
    own_page = "evaluation:run"

    catalogue = Catalogue(
        share=Share.CONDITIONAL, condition="绩效考评", update=Update.MONTHLY, basis="GB/T 30428.4-2016；CJ/T 545-2021"
    )
