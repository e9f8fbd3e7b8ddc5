"""What time does to certificates: expiry, the end of a suspension, reminders."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from zhujian.foundation import events
from zhujian.foundation.certificates import services
from zhujian.foundation.certificates.models import Certificate, Reminder
from zhujian.foundation.certificates.rules import State

BATCH = 200  # rows of one transaction; the next run takes the rest


@events.jobs.every(seconds=600, name="certificates.expiry")
def expire() -> int:
    """有效/暂扣 → 失效 once `valid_to` has passed; 暂扣 → 有效 once its last day has passed."""
    today = timezone.localdate()
    over = Certificate.objects.filter(state__in=[State.VALID, State.SUSPENDED], valid_to__lt=today).order_by("id")[:BATCH]
    done = [services.expire(certificate, today) for certificate in over]
    served = Certificate.objects.filter(state=State.SUSPENDED, suspended_to__lt=today).order_by("id")[:BATCH]
    done += [services.resume(certificate, reason="暂扣期满") for certificate in served]
    return len(done)


@events.jobs.every(seconds=600, name="certificates.reminders")
def remind() -> int:
    """Send the reminders that are due; those of one certificate that were missed are sent as one."""
    from zhujian.foundation.messages import services as messages

    now = timezone.now()
    due = Reminder.objects.filter(sent_at__isnull=True, due_on__lte=timezone.localdate()).order_by("due_on", "id")
    rows = list(due.select_related("certificate__type")[:BATCH])
    for certificate in {row.certificate for row in rows}:
        if certificate.state not in (State.VALID, State.SUSPENDED) or not certificate.valid_to:
            continue
        left = (certificate.valid_to - timezone.localdate()).days
        when = f"还有 {left} 天到期" if left > 0 else "今天到期" if left == 0 else "已经过期"
        messages.send(
            certificate.parties, title=f"{certificate.type.name} {certificate.cert_no} {when}",
            body=f"有效期至 {certificate.valid_to:%Y-%m-%d}。如需继续使用，请在到期前办理延续。",
            link=reverse("certificates:certificate", args=[certificate.pk]), level="warn",
            dedupe=f"certificate-expiry:{certificate.pk}:{left}",
        )  # fmt: skip
    Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(sent_at=now)
    return len(rows)
