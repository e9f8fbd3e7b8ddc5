"""Registers the process of a unit's part (`services.tasks`) at start."""

from __future__ import annotations

from zhujian.boards.city_management.supervision.services import tasks

__all__ = ["tasks"]
