"""Readers of the data sets; importing this registers all of them."""

from zhujian.boards.city_management.data_reporting.services.readers import appeals, base, cases, components, evaluations, industry

__all__ = ["appeals", "base", "cases", "components", "evaluations", "industry"]
