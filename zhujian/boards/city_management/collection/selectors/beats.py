"""Beats (责任网格): whose they are, their grids, what of them was visited."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from zhujian.boards.city_management.collection.models import Duty
from zhujian.boards.city_management.digital_city.models import CompositeGrid
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotFound
from zhujian.foundation.kernel.valid_time import present


def _present(on: date) -> QuerySet[CompositeGrid]:
    return CompositeGrid.objects.filter(present(on), kind=CompositeGrid.Kind.DUTY)


def of(account: int, on: date) -> CompositeGrid | None:
    """The beat of an inspector on a day: the one on the roster, else the first one they hold."""
    with scope.system("查找责任网格"):
        line = Duty.objects.filter(inspector=account, day=on).select_related("beat").order_by("starts").first()
        return line.beat if line else _present(on).filter(holders__contains=[account]).order_by("code").first()


def named(code: str, on: date | None = None) -> CompositeGrid:
    """The present beat called `code`; NotFound otherwise."""
    found = _present(on or timezone.localdate()).filter(code=code).first()
    if found is None:
        raise NotFound("beat.unknown", "没有找到这个责任网格，可能已停用或不在您的辖区。")
    return found


def visible(on: date) -> list[CompositeGrid]:
    """All present beats the actor may see, by code."""
    return list(_present(on).order_by("code"))
