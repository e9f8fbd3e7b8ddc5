"""Declarations of the exchange (`exchange`) and of the registers a city fills for it (`registers`)."""

from zhujian.boards.city_management.data_reporting.resources import exchange, registers

__all__ = ["exchange", "registers"]
