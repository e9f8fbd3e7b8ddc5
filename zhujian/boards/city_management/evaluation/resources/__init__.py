"""Declarations: indicators, composites and their parts, assessors' findings, tasks."""

from zhujian.boards.city_management.evaluation.resources import campaigns, definitions

__all__ = ["campaigns", "definitions"]
