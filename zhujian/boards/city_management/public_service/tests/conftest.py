"""The loop's small city, a citizen's browser, and an SMS operator that writes into a list."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from zhujian.boards.city_management.command.tests.kit import Loop, at, build
from zhujian.boards.city_management.public_service.models import Peer
from zhujian.boards.city_management.public_service.services import peers
from zhujian.boards.city_management.public_service.tests.counterpart import Counterpart, running
from zhujian.foundation.events import services as events
from zhujian.foundation.kernel import scope
from zhujian.foundation.messages import services as messages
from zhujian.foundation.messages.channels import SmsRefused


class Operator:
    """An operator that keeps what it is given; `down` makes it refuse."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.down = False

    def send(self, phone: str, text: str) -> str:
        if self.down:
            raise SmsRefused("down")
        self.sent.append((phone, text))
        return str(len(self.sent))

    @property
    def code(self) -> str:
        """The newest six-digit code."""
        return re.findall(r"\d{6}", self.sent[-1][1])[0]


@pytest.fixture
def sms(monkeypatch: pytest.MonkeyPatch) -> Operator:
    operator = Operator()
    monkeypatch.setattr(messages, "provider", lambda: operator)
    return operator


@pytest.fixture
def now(db: None) -> Iterator[time_machine.Coordinates]:
    """Friday 2025-11-07, 09:30 in China."""
    with time_machine.travel(at("2025-11-07 09:30"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def loop(now: time_machine.Coordinates) -> Loop:
    with scope.system("test"):
        return Loop(build())


@pytest.fixture
def citizen(loop: Loop) -> Client:
    """Somebody with a phone's browser and no account."""
    return Client(REMOTE_ADDR="10.1.1.1")


@pytest.fixture
def hotline(loop: Loop) -> Iterator[tuple[Peer, str, Counterpart]]:
    """A registered 12345 platform with a counterpart that takes states."""
    with running(Counterpart()) as side, scope.system("test"):
        peer, secret = peers.do_register(
            code="wh12345",
            name="武汉12345",
            kind="hotline",
            source="hotline_12345",
            push_url=side.url,
            region_code="420106000000",
        )
        side.secret = secret
        yield peer, secret, side


def deliver() -> None:
    """Let the worker deliver what is waiting."""
    events.deliver_all()
