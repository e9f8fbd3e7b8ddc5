"""System checks: what a declaration promises must be backed by indexes, or lists become slow when the register grows."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Warning, register
from django.db import models

from zhujian.foundation.resources import registry
from zhujian.foundation.resources.declaration import Resource


@register("models")
def sorted_columns_have_indexes(**_: Any) -> list[CheckMessage]:
    """Every column one may sort by begins an index (by itself, or after the county or city key)."""
    found: list[CheckMessage] = []
    for resource in registry.resources():
        first = indexed(resource)
        for name in {*resource.sorts, resource.order.removeprefix("-")} - {"id"}:
            if name not in first:
                hint = f'Add models.Index(fields=["{name}", "id"]) to {resource.model.__name__}.'
                found.append(Warning(f"{resource.key} sorts by {name}, which begins no index.", hint=hint, id="resources.W001"))
    return found


def indexed(resource: Resource) -> set[str]:
    """Fields that begin an index of the model."""
    meta = resource.model._meta
    lists = [[name.lstrip("-") for name in index.fields] for index in meta.indexes if index.fields]
    lists += [list(one.fields) for one in meta.constraints if isinstance(one, models.UniqueConstraint) and one.fields]
    lists += [list(names) for names in meta.unique_together]
    found = {names[1] if names[0] in ("county_key", "city_key") and len(names) > 1 else names[0] for names in lists}
    return found | {f.name for f in meta.concrete_fields if f.unique or f.db_index}
