"""Background work: train what was asked for, ask again where a model has grown old, forecast the week."""

from __future__ import annotations

from collections.abc import Callable

from zhujian.boards.city_management.advice.services import forecasting, upkeep
from zhujian.foundation.events import registry


@registry.lane(name="advice.training")
def train(stopped: Callable[[], bool]) -> bool:
    """One training at a time, beside the worker's loop."""
    return not stopped() and upkeep.train_next()


@registry.every(seconds=86400, name="advice.retrain")
def retrain() -> int:
    """Old models."""
    return upkeep.ask_where_due()


@registry.every(seconds=3600, name="advice.forecast")
def forecast() -> int:
    """This week's forecast, last week's truth."""
    return forecasting.run()
