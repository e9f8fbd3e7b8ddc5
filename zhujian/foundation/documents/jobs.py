"""Clearing content that no row names: uploads whose business was never submitted."""

from __future__ import annotations

from django.db import connection

from zhujian.foundation import events
from zhujian.foundation.documents import services, vault
from zhujian.foundation.documents.models import StoredFile


@events.jobs.every(seconds=6 * 3600, name="documents.sweep")
def sweep() -> int:
    """Remove content that is older than the parameter says and belongs to no row; never while somebody stores."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [services.SWEEP_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    removed = 0
    for path in list(vault.old_content(services._parameter("orphan_days"))):
        if path.parent.name == "drafts" or not StoredFile.objects.filter(sm3=path.name).exists():
            path.unlink(missing_ok=True)
            removed += 1
    return removed
