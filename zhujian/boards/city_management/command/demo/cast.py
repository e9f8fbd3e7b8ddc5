"""The people and places of the demo's stories, and the moment they tell of."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.core.files.base import ContentFile
from django.utils import timezone

from zhujian.boards.city_management.command import services
from zhujian.boards.city_management.command.demo import pictures
from zhujian.boards.city_management.command.models import Case, Report
from zhujian.boards.city_management.command.services import PhotoIn
from zhujian.boards.city_management.command.services.effects import proposed_org
from zhujian.boards.city_management.command.services.errands import barred
from zhujian.boards.city_management.digital_city import selectors as city
from zhujian.boards.city_management.digital_city.models import Place
from zhujian.foundation.classification import selectors as classes
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Account, Organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.models import Task


@dataclass
class Cast:
    """Everybody by login name, the county's places, and the verbs; `moment` is the story's now."""

    county: str
    people: dict[str, Account]
    places: list[Place]
    random: random.Random = field(default_factory=lambda: random.Random("command"))
    moment: datetime = field(default_factory=timezone.now)
    used: int = 0

    @classmethod
    def of(cls, county: str) -> Cast | None:
        """The cast of a county; None when grids, addresses or people are missing."""
        digits = county[:6]
        found = {a.username: a for a in Account.objects.filter(username__endswith=f".{digits}")}
        found |= {
            a.username: a
            for a in Account.objects.filter(
                username__in=[*(f"resident{n}" for n in range(1, 9)), "con10", "utl19", "crew.firm10", "crew.firm19"]
            )
        }
        places = list(Place.objects.filter(kind="door", county_key=digits).exclude(grid_code="").order_by("id")[:1500])
        wanted = {
            f"{name}.{digits}"
            for name in ("inspector.ums", "acceptor.ums", "shift_leader.ums", "dispatcher.umc", "department_desk.umb", "crew.umb")
        }
        return cls(county, found, places) if places and wanted <= set(found) else None

    @property
    def inspectors(self) -> list[int]:
        """Accounts of the county's inspectors."""
        return sorted(a.pk for name, a in self.people.items() if name.startswith("inspector"))

    def named(self, role: str) -> Account:
        """Somebody by login name without the county."""
        return self.people.get(role) or self.people[f"{role}.{self.county[:6]}"]

    @contextmanager
    def acting(self, who: str | Account) -> Iterator[None]:
        """As that person, at the story's moment."""
        account = who if isinstance(who, Account) else self.named(who)
        posts = identity.posts_of(account)
        with (
            mock.patch.object(timezone, "now", lambda: self.moment),
            scope.acting(identity.scope_for(account, posts[0] if posts else None)),
        ):
            yield

    def later(self, minutes: int) -> None:
        """Let time pass in the story."""
        self.moment += timedelta(minutes=minutes)

    def place(self) -> Place:
        """The next place; far enough from the last ones that nothing is a duplicate by accident."""
        self.used += 1
        return self.places[(self.used * 37) % len(self.places)]

    def photo(self, role: str, what: str) -> PhotoIn:
        """A drawn photo of what is told, taken now."""
        data = pictures.draw(what, mended=role in ("after", "check"), seed=self.random.randrange(1 << 30))
        name = {"wide": "全景", "close": "近景", "before": "处置前", "after": "处置后", "check": "核查"}.get(role, role)
        return PhotoIn(ContentFile(data, name=f"{name}.jpg"), role, self.moment)

    # -- verbs ----------------------------------------------------------------------------------------------------------------------------

    def report(
        self,
        who: str,
        source: str,
        kind: str,
        code: str,
        text: str,
        *,
        at: Place | None = None,
        photos: tuple[str, ...] = ("wide", "close"),
        **more: Any,
    ) -> Report:
        """Somebody reports; only those in the field and residents have photos."""
        spot = at or self.place()
        with self.acting(who):
            return services.do_report(
                source=source, lon=spot.location.x, lat=spot.location.y, description=text, kind=kind, class_code=code, address=spot.address,
                captured_at=self.moment, files=[self.photo(role, code) for role in photos], **more,
            )  # fmt: skip

    def accept(self, report: Report, kind: str, code: str, who: str = "acceptor.ums", **more: Any) -> Case:
        """Accept with the class's first condition."""
        item = classes.item(kind, code, self.county)
        assert item is not None, f"class {code} is in the table"
        known = city.conditions(item, self.county)
        with self.acting(who):
            return services.do_accept(report.pk, kind, code, known[0].pk if known else None, **more)

    def do(self, case: Case, outcome: str, comment: str = "", who: str | Account = "", **data: Any) -> Case:
        """Complete the case's open task as whoever it belongs to."""
        case.refresh_from_db()
        task = Task.objects.get(pk=case.task)
        with self.acting(who or self.fit(case, task)):
            workflow.do_complete(task.pk, outcome=outcome, comment=comment, data=data)
        case.refresh_from_db()
        return case

    def fit(self, case: Case, task: Task) -> Account:
        """Whose the task is."""
        if task.assignee:
            return Account.objects.get(pk=task.assignee)
        if task.node in ("department", "handle", "confirm"):
            return self.crew(case) if task.node == "handle" else self.desk(case)
        if task.node in ("verify", "check"):
            far = barred(case)
            return next(
                self.people[one] for one in sorted(self.people) if one.startswith("inspector") and self.people[one].pk not in far
            )
        name = {
            "register": "acceptor.ums", "send_check": "acceptor.ums",
            "close": "acceptor2.ums", "approve_void": "shift_leader.ums", "dispatch": "dispatcher.umc",
            "coordinate": "superviser.umc",
        }[task.node]  # fmt: skip
        return self.named(name)

    def desk(self, case: Case) -> Account:
        """Whoever handles cases at the body that has it."""
        firms = {"武汉东湖市政工程有限公司": "con10", "武汉汉水供水有限公司": "utl19"}
        return self.named(firms[case.org_name]) if case.org_name in firms else self._at(case, "department_desk")

    def crew(self, case: Case) -> Account:
        """Whoever goes out for the body that has it."""
        firms = {"武汉东湖市政工程有限公司": "crew.firm10", "武汉汉水供水有限公司": "crew.firm19"}
        return self.named(firms[case.org_name]) if case.org_name in firms else self._at(case, "crew")

    def _at(self, case: Case, role: str) -> Account:
        office = Organisation.objects.get(code=case.org_code)
        return self.named(f"{role}.{office.authorities[0].lower()}")

    def dispatch(self, case: Case) -> Case:
        """To the body that the duties name."""
        found = proposed_org(case)
        assert found is not None, "the demo's duties name a last resort"
        return self.do(case, "dispatch", org_code=found[0])
