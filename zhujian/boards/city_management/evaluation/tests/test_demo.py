"""The demo makes what it says."""

from __future__ import annotations

import pytest

from zhujian.boards.city_management.evaluation import demo
from zhujian.boards.city_management.evaluation.models import Campaign, CityTask, Run
from zhujian.boards.city_management.evaluation.tests import world
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db


def test_the_demo_freezes_months_and_sends_a_task() -> None:
    with scope.system("演示数据"):
        testing.make_organisation(demo.PROVINCE, "HUD")
        for city in demo.CITIES:
            testing.make_organisation(city, "HUD")
        world.case()
        assert demo.load() == "3 个冻结周期，1 项综合评价任务"
        assert Run.objects.count() == 3 and Campaign.objects.get().state == "issued" and CityTask.objects.count() == 3
