"""Tables of 数字化城市管理: managed areas, grids, filing conditions, places, responsibilities."""

from zhujian.boards.city_management.digital_city.models.areas import ManagedArea
from zhujian.boards.city_management.digital_city.models.conditions import Condition
from zhujian.boards.city_management.digital_city.models.grids import CompositeGrid, Grid
from zhujian.boards.city_management.digital_city.models.places import Place, Responsibility

__all__ = ["CompositeGrid", "Condition", "Grid", "ManagedArea", "Place", "Responsibility"]
