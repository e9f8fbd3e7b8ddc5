"""Declarations: models, suggestions, forecasts."""

from __future__ import annotations

from zhujian.boards.city_management.advice.models import Forecast, LearnedModel, Suggestion
from zhujian.boards.city_management.advice.selectors import class_words
from zhujian.foundation.resources import Catalogue, Group, Layer, Resource, Share, Update
from zhujian.foundation.resources.kinds import Text


class ClassWords(Text):
    """``event:0110`` read out for people."""

    def show(self, value: object) -> str:
        """Code and name."""
        return class_words(str(value)) if value else ""


class LearnedModelResource(Resource):
    """模型. Every training with its judgement on cases it never saw."""

    model = LearnedModel
    label = "purpose"
    columns = ("purpose", "number", "state", "accuracy", "train_rows", "test_rows", "trained_at", "region_code")
    filters = ("purpose", "state", "region_code")
    tags = {"state": {"wanted": "info", "refused": "warn", "trained": "info", "in_use": "ok", "retired": "muted"}}
    own_page = "advice:model"
    empty = "还没有训练过模型。到“智能辅助”页选择用途，提出训练。"


class SuggestionResource(Resource):
    """建议记录. What was suggested, and what the person did with it."""

    model = Suggestion
    label = "report"
    columns = ("report", "first", "share", "decision", "chosen", "made_at", "model", "region_code")
    filters = ("decision", "model", "made_at", "region_code")
    groups = (
        Group("建议", "report", "first", "share", "made_at", "model"),
        Group("采纳", "decision", "chosen", "case", "decided_at"),
    )
    kinds = {"first": ClassWords(15), "chosen": ClassWords(15)}
    tags = {"decision": {"accepted": "ok", "listed": "info", "overridden": "warn", "unused": "muted"}}
    catalogue = Catalogue(share=Share.NONE, basis="内部工作记录", update=Update.DAILY)
    empty = "启用模型后，新到的上报会带上建议，这里逐条记录采纳情况。"


class ForecastResource(Resource):
    """热点预测. Unit grids where a week may bring the most reports; the truth stands beside it afterwards."""

    model = Forecast
    label = "grid_code"
    columns = ("rank", "grid_code", "week", "expected", "recent", "actual", "region_code")
    search = ("grid_code",)
    filters = ("week", "region_code")
    order = "-id"
    layer = Layer("boundary", min_zoom=12, group="智能辅助", title="上报热点预测", themes=("expected",))
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市管理用途", update=Update.IRREGULAR)
    empty = "启用热点预测模型后，每周一生成本周预测。"
