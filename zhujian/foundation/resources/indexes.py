"""Indexes for lists that can be sorted by a column; for use in a model's ``Meta.indexes``."""

from __future__ import annotations

from django.db import models
from django.db.models import F


def sort_indexes(model: str, name: str, *, nullable: bool = False) -> list[models.Index]:
    """Two indexes that make ``sorts = (name,)`` fast: for a county's list and for the whole table.

    `model` is the model's name in snake case (index names need it). For a `nullable` column they fit the order that lists use: empty
    values last going down, first going up.
    """
    key = F(name).desc(nulls_last=True) if nullable else F(name).desc()
    return [
        models.Index(F("county_key"), key, F("id").desc(), name=f"{model}_{name}"[:25] + "_cty"),
        models.Index(key, F("id").desc(), name=f"{model}_{name}"[:25] + "_all"),
    ]
