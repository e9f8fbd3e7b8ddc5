"""Tables of 数字化城市管理: grids, filing conditions."""

from zhujian.boards.city_management.digital_city.models.conditions import Condition
from zhujian.boards.city_management.digital_city.models.grids import CompositeGrid, Grid

__all__ = ["CompositeGrid", "Condition", "Grid"]
