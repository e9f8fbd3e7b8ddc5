"""The demonstration of supervision, guidance and exchange loads, in the order in which the modules do."""

from __future__ import annotations

import pytest

from zhujian.boards.city_management.data_reporting import demo, selectors
from zhujian.boards.city_management.data_reporting.models import Outgoing, Record
from zhujian.boards.city_management.digital_city import demo as grids
from zhujian.boards.city_management.guidance import demo as guidance
from zhujian.boards.city_management.guidance.models import Article
from zhujian.boards.city_management.supervision import demo as supervision
from zhujian.boards.city_management.supervision.models import Camera, Emergency, Opinion, SupervisionTask, UnitTask
from zhujian.foundation.identity import demo as people
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db


def test_the_demonstration_loads_and_shows_something_everywhere() -> None:
    with scope.system("test"):
        people.load()
        grids.load()
        supervision.load()
        guidance.load()
        demo.load()
        assert sorted(SupervisionTask.objects.values_list("state", flat=True)) == [
            "closed",
            "draft",
            "issued",
            "issued",
            "issued",
        ]
        assert UnitTask.objects.filter(state="fed_back").count() == 1
        assert Opinion.objects.count() == Emergency.objects.count() == 3 and Camera.objects.count() == 6
        assert Article.objects.filter(published=True).count() == 4
        assert list(Outgoing.objects.exclude(state="accepted").values_list("dataset", "state", "code")) == [
            ("appeal", "rejected", "type")
        ]
        assert selectors.received("grid").count() > 200 and Record.objects.filter(dataset="opinion").count() == 3
