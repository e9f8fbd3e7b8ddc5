"""Counting failures and locking: five wrong passwords, fifteen minutes (both parameters)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.utils import timezone

from zhujian.foundation.identity.models import LoginLock
from zhujian.foundation.identity.policy import policy


def key(*parts: object) -> str:
    """Key of a lock; hashed, so that the table does not list login names somebody tried."""
    return hashlib.sha256("\0".join(str(part).casefold() for part in parts).encode()).hexdigest()


def hold(name: str) -> LoginLock:
    """The lock's row, held until the transaction ends: parallel guesses for one key wait for each other."""
    LoginLock.objects.bulk_create([LoginLock(key=name, first_at=timezone.now())], ignore_conflicts=True)
    return LoginLock.objects.select_for_update().get(key=name)


def locked_until(name: str) -> datetime | None:
    """Until when a key is locked, None when it is not."""
    until = LoginLock.objects.filter(key=name).values_list("locked_until", flat=True).first()
    return until if until and until > timezone.now() else None


def fail(lock: LoginLock, limit: int) -> int:
    """Count one failure; lock at `limit` failures within the window. Returns how many tries are left."""
    now, window = timezone.now(), timedelta(minutes=policy().lock_minutes)
    if now - lock.first_at > window or (lock.locked_until and lock.locked_until <= now):
        lock.failures, lock.first_at, lock.locked_until = 0, now, None
    lock.failures += 1
    if lock.failures >= limit:
        lock.locked_until = now + window
    lock.save(update_fields=["failures", "first_at", "locked_until"])
    return max(0, limit - lock.failures)


def clear(*names: str) -> None:
    """Forget the failures of some keys."""
    LoginLock.objects.filter(key__in=names).delete()


def sentence(until: datetime) -> str:
    """What a locked-out person reads."""
    at = timezone.localtime(until + timedelta(seconds=59))
    return f"连续输错次数过多，已暂时锁定。请在{at:%H:%M}之后再试；忘记密码请联系本单位系统管理员重置。"
