"""The duty roster of the demo county: two shifts a day of the centres' people, and a leader in charge."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from zhujian.boards.city_management.command.models import DutyRoster
from zhujian.foundation.identity import selectors as identity

POSTS = (("UMC", "leader"), ("UMS", "shift_leader"), ("UMS", "acceptor"), ("UMC", "dispatcher"), ("UMC", "superviser"))
SHIFTS = (("08:00", "20:00"), ("20:00", "08:00"))
BEHIND, AHEAD = 7, 60  # days


def load(county: str) -> int:
    """Roster everybody in turn from a week ago on; how many shifts there are."""
    today = timezone.localdate()
    rows = []
    for authority, role in POSTS:
        centre = identity.organisation_for(authority, county)
        people = identity.people_with(role, centre.pk) if centre else []
        if not people:
            continue
        for offset in range(-BEHIND, AHEAD):
            for number, (starts, ends) in enumerate(SHIFTS):
                person = people[(offset * len(SHIFTS) + number) % len(people)]
                rows.append(
                    DutyRoster(
                        day=today + timedelta(days=offset), role=role, name=person.name, account=person.pk, starts=starts, ends=ends,
                        region_code=county,
                    )
                )  # fmt: skip
    return len(DutyRoster.objects.bulk_create(rows))
