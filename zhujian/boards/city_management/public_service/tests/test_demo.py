"""The demo's reports, orders and answers."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import Point

from zhujian.boards.city_management.digital_city.demo import START, TOWN
from zhujian.boards.city_management.digital_city.models import Place
from zhujian.boards.city_management.public_service import demo, selectors
from zhujian.boards.city_management.public_service.models import Submission, WorkOrder
from zhujian.foundation.cim import generator
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db


def test_the_demo_loads_and_its_pages_have_something_to_show() -> None:
    with scope.system("test"):
        assert "未载入" in demo.load(), "nothing without addresses"
        Place.objects.bulk_create(
            Place(name=f"{n}号楼", kind="door", address=f"湖北省武汉市洪山区关山大道{n}号", region_code=TOWN, valid_from=START, source="演示数据",
                  location=Point(114.40 + n / 10_000, 30.49, srid=4490))
            for n in range(1, 200)
        )  # fmt: skip
        said = demo.load()
        assert "12 条回访" in said and WorkOrder.objects.count() == len(demo.CALLS)
        assert {"case", "registered"} <= set(WorkOrder.objects.values_list("state", flat=True))
        hidden = WorkOrder.objects.exclude(secrecy="").values_list("submission__number", flat=True)
        assert Submission.objects.filter(number__in=[n for n in hidden if n], shown=True).count() == 0
        from django.utils import timezone

        today = timezone.localdate()
        line = selectors.satisfaction(today.replace(year=today.year - 1), today, generator.DEMO.region_code)[0]
        assert (line.rate.numerator, line.rate.denominator, line.rate.asked) == (9, 10, 12)
