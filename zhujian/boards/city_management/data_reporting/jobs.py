"""What the worker does: look for changes, push, reconcile, forget old random numbers."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.data_reporting.models import Capture, Dataset, Nonce, Peer
from zhujian.boards.city_management.data_reporting.services import capture, push, readers, reconcile, schemas
from zhujian.foundation.events import jobs
from zhujian.foundation.kernel.crypto.requests import NONCE_KEPT_S

__all__ = ["capture_changes", "forget_nonces", "plan_reconciliation", "readers"]
log = logging.getLogger("zhujian.exchange")
DAY = timedelta(days=1)
LOOK_EVERY = {"daily": timedelta(hours=1), "task": timedelta(hours=1)}  # besides what events tell; others as the parameter says
FULL_EVERY = {"change": DAY, "hourly": DAY, "daily": DAY, "realtime": DAY, "task": DAY, "quarterly": timedelta(days=90)}

jobs.lane(name="data_reporting.push")(push.push_next)
jobs.lane(name="data_reporting.reconcile")(reconcile.reconcile_next)


@jobs.every(seconds=60, name="data_reporting.capture")
def capture_changes() -> int:
    """Look through one data set of one platform that is due; a full comparison once a day (geocodes: once a quarter)."""
    now = timezone.now()
    for peer in Peer.objects.filter(direction="up", is_active=True).order_by("id"):
        pause = timedelta(minutes=schemas.number("capture_minutes", peer.region_code))
        known = {row.dataset: row for row in Capture.objects.filter(peer=peer)}
        for code in peer.datasets:
            row, dataset = known.get(code), schemas.dataset(code)
            wait = max(pause, LOOK_EVERY.get(dataset.frequency, pause)) if dataset is not None else pause
            if dataset is None or (row is not None and row.looked_at is not None and now - row.looked_at < wait):
                continue
            every = FULL_EVERY.get(dataset.frequency, DAY)
            if every > DAY and row is not None and row.full_at is not None and now - row.full_at < every:
                continue
            full = row is None or row.full_at is None or now - row.full_at >= every
            if found := _look(peer, dataset, full):
                return found
    return 0


def _look(peer: Peer, dataset: Dataset, full: bool) -> int:
    """One look; a register that cannot be read does not keep the others waiting, and is said on the platform's page."""
    try:
        with transaction.atomic():
            return capture.look(peer, dataset, full=full)
    except Exception as error:
        log.exception("capture of %s for %s failed", dataset.code, peer.code)
        Capture.objects.update_or_create(peer=peer, dataset=dataset.code, defaults={"looked_at": timezone.now()})
        Peer.objects.filter(pk=peer.pk).update(
            last_error=f"“{dataset.title}”取数失败（{type(error).__name__}），请联系系统管理员。"[:300]
        )
        return 0


@jobs.every(seconds=600, name="data_reporting.plan")
def plan_reconciliation() -> int:
    """Put yesterday, and older days that are not balanced, onto the list."""
    return reconcile.plan(timezone.localdate())


@jobs.every(seconds=600, name="data_reporting.nonces")
def forget_nonces() -> int:
    """Random numbers are kept longer than a request stays valid, and no longer."""
    return Nonce.objects.filter(at__lt=timezone.now() - timedelta(seconds=2 * NONCE_KEPT_S)).delete()[0]
