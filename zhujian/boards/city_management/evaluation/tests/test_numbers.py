"""Every number of the board and of a target opens its sides, its rows and its rule."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import numbers
from zhujian.boards.city_management.evaluation.services import freezing
from zhujian.boards.city_management.evaluation.tests import world
from zhujian.boards.city_management.evaluation.tests.world import CITY, COUNTY, MONTH, NOW, at
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("frozen", [False, True], ids=["counted", "frozen"])
def test_every_number_opens_its_rows(client: Client, frozen: bool) -> None:
    with scope.system("测试"):
        first = world.case(called_back_at=at(6), satisfaction="1")
        world.case(handled_at=at(6), closed_at=at(7))
        world.report(case=first)
        if frozen:
            freezing.do_freeze(CITY, MONTH, now=NOW)
        testing.login(client, testing.make_official(CITY, "UMS", roles=["assessor"]))
    query = f"region={CITY}&period=2025-11"
    followed = 0
    for target in ("county", "org", "acceptor"):
        followed += numbers.walk(client, f"/evaluation/?{query}&target={target}", ("/evaluation/rows/",))
    for target, code in (("county", COUNTY), ("city", CITY), ("org", "A" * 18)):
        followed += numbers.walk(client, f"/evaluation/targets/{code}/?{query}&target={target}", ("/evaluation/rows/",))
    assert followed > 30
