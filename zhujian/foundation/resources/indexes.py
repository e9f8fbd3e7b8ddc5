"""Indexes for lists that can be sorted by a column; for use in a model's ``Meta.indexes``."""

from __future__ import annotations

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q


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


def present_indexes(model: str, geometry: str) -> list[models.Index]:
    """Two partial indexes for a layer whose past versions outnumber the present ones: the map of today then reads no history.

    The condition of the present, ``valid_to IS NULL OR valid_to > today``, is answered by both together (a BitmapOr). Below some five
    versions a thing the geometry's own index does as well; keep that one for other times.
    """
    return [
        GistIndex(fields=[geometry], condition=Q(valid_to=None), name=f"{model}_{geometry}"[:22] + "_present"),
        models.Index(fields=["valid_to"], condition=Q(valid_to__isnull=False), name=f"{model}_{geometry}"[:22] + "_past"),
    ]
