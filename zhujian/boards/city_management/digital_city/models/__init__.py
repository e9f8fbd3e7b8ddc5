"""Tables of 数字化城市管理: grids, filing conditions, places, responsibilities."""

from zhujian.boards.city_management.digital_city.models.conditions import Condition
from zhujian.boards.city_management.digital_city.models.grids import CompositeGrid, Grid
from zhujian.boards.city_management.digital_city.models.places import Place, Responsibility

__all__ = ["CompositeGrid", "Condition", "Grid", "Place", "Responsibility"]
