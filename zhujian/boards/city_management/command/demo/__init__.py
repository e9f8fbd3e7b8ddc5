"""Demonstration of 指挥协调: a past year of closed cases."""

from __future__ import annotations

from zhujian.boards.city_management.command.demo import history


def load() -> str:
    """Load it; returns what there is."""
    return f"{history.load()} 件已结案件"
