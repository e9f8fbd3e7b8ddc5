"""Periodic work: old import files, drawn shapes and surplus tiles go."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from zhujian.foundation.events.jobs import every, lane
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources.background.lane import run
from zhujian.foundation.resources.maps import cache
from zhujian.foundation.resources.models import DrawnShape, ImportBatch


@every(seconds=3600, name="resources.forget_imports")
def forget_imports() -> int:
    """Delete uploaded import files and their reports after their keeping time; returns how many."""
    days = int(parameters.value("resources.import_keep_days", on=timezone.localdate()).value)
    return ImportBatch.objects.filter(created_at__lt=timezone.now() - timedelta(days=days)).delete()[0]


@every(seconds=300, name="resources.prune_tiles")
def prune_tiles() -> int:
    """Keep the tile cache within its size; returns how many tiles went."""
    megabytes = int(parameters.value("resources.tile_cache_megabytes", on=timezone.localdate()).value)
    return cache.prune(megabytes)


@every(seconds=86400, name="resources.forget_shapes")
def forget_shapes() -> int:
    """Delete drawn shapes after their keeping time; returns how many."""
    days = int(parameters.value("resources.shape_keep_days", on=timezone.localdate()).value)
    return DrawnShape.objects.filter(created_at__lt=timezone.now() - timedelta(days=days)).delete()[0]


lane(name="resources.imports")(run)
