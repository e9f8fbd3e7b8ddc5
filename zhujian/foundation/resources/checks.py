"""System checks: what a declaration promises must be backed by indexes, or lists become slow when the register grows."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Warning, register
from django.db import models

from zhujian.foundation.resources import registry
from zhujian.foundation.resources.declaration import Resource


@register("models")
def sorted_columns_have_indexes(**_: Any) -> list[CheckMessage]:
    """Every column one may sort by has an index that begins with it and, for scoped rows, one for a county's list."""
    found: list[CheckMessage] = []
    for resource in registry.resources():
        begun = indexed(resource)
        for name in {*resource.sorts, resource.order.removeprefix("-")} - {"id"}:
            if (name,) not in begun or (resource.scoped and ("county_key", name) not in begun):
                hint = (
                    f'Add *sort_indexes("{resource.model._meta.model_name}", "{name}") to {resource.model.__name__}.Meta.indexes.'
                )
                found.append(
                    Warning(f"{resource.key} sorts by {name}, which has no fitting index.", hint=hint, id="resources.W001")
                )
    return found


def indexed(resource: Resource) -> set[tuple[str, ...]]:
    """What the model's indexes begin with: their first column, and their first two."""
    meta = resource.model._meta
    lists = [
        [name.lstrip("-") for name in index.fields] or [_column(part) for part in index.expressions] for index in meta.indexes
    ]
    lists += [list(one.fields) for one in meta.constraints if isinstance(one, models.UniqueConstraint) and one.fields]
    lists += [[f.name] for f in meta.concrete_fields if f.unique or f.db_index]
    return {tuple(names[:size]) for names in lists for size in (1, 2) if names}


def _column(part: Any) -> str:
    """The column of one expression of an index."""
    while not isinstance(part, models.F):
        parts = part.get_source_expressions()
        if not parts:
            return ""
        part = parts[0]
    return part.name
