"""Valid time: a thing on the map has versions, each true from a day to a day (历史 / 现状 / 规划).

A change of the thing closes its version and adds the next; a thing that is gone keeps its last version. Nothing is overwritten and
nothing is deleted (CJJ/T 315: 历史、现状、规划切换). Corrections of what was written wrongly are ordinary edits, kept by the history.
"""

from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models import F, Q


class ValidTime(models.Model):
    """Columns that make a row one version of a thing. Put it before `ScopedModel` among a model's bases.

    Half open: true on `valid_from`, no longer on `valid_to`. At most one version that is not planned is open at a time.
    """

    feature_id = models.UUIDField("要素标识", default=uuid.uuid4, editable=False, db_index=True)
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)
    planned = models.BooleanField("规划", default=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="%(class)s_valid_time",
                violation_error_message="停用日期应晚于启用日期。",
            ),
            models.UniqueConstraint(
                fields=["feature_id"], condition=Q(valid_to=None, planned=False), name="%(class)s_one_present"
            ),
        ]


def present(on: date) -> Q:
    """Versions that are true on the day `on`, without what is only planned."""
    return Q(planned=False, valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gt=on))


def stage(valid_from: date, valid_to: date | None, planned: bool, on: date) -> str:
    """``history``, ``present`` or ``planned`` (also a version that only begins after `on`)."""
    if planned or valid_from > on:
        return "planned"
    return "history" if valid_to is not None and valid_to <= on else "present"


__all__ = ["ValidTime", "present", "stage"]
