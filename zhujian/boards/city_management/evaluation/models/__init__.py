"""Tables of evaluation: rules as data, frozen results, comprehensive evaluation tasks."""

from zhujian.boards.city_management.evaluation.models.campaigns import (
    Campaign,
    CityTask,
    Filing,
    FilingFile,
    IndicatorResult,
)
from zhujian.boards.city_management.evaluation.models.definitions import Composite, CompositePart, Indicator
from zhujian.boards.city_management.evaluation.models.fieldwork import Sample, SamplePoint, Survey, SurveyAnswer
from zhujian.boards.city_management.evaluation.models.results import Deviation, FrozenRows, Provisional, Run, Standing

__all__ = [
    "Campaign", "CityTask", "Composite", "CompositePart", "Deviation", "Filing", "FilingFile", "FrozenRows", "Indicator", "IndicatorResult",
    "Provisional", "Run", "Sample", "SamplePoint", "Standing", "Survey", "SurveyAnswer",
]  # fmt: skip
