"""Tables of field collection: plans, duties, shifts, track points, receipts."""

from zhujian.boards.city_management.collection.models.plans import Duty, PatrolPlan
from zhujian.boards.city_management.collection.models.shifts import Receipt, Shift, TrackPoint

__all__ = ["Duty", "PatrolPlan", "Receipt", "Shift", "TrackPoint"]
