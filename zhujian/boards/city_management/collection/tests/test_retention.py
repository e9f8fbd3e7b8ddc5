"""Track points by the month: every point finds its month, the policy cannot be gone around, and what is past is dropped."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.test import Client
from django.utils import timezone

from zhujian.boards.city_management.collection import jobs, services
from zhujian.boards.city_management.collection.models import Shift, TrackPoint
from zhujian.boards.city_management.collection.services import retention
from zhujian.boards.city_management.collection.tests import world
from zhujian.foundation.audit.models import Record
from zhujian.foundation.identity.testing import login, make_official, scope_of
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db
OLD = datetime(2025, 3, 10, 9, tzinfo=timezone.get_default_timezone())


def put(at: datetime, shift: int = 1, region: str = world.COUNTY) -> TrackPoint:
    with scope.system("测试"):
        return TrackPoint.objects.create(
            shift_id=shift, at=at, location="SRID=4490;POINT(114.4 30.5)", accuracy=5, state=0, region_code=region
        )


def months() -> dict[str, int]:
    """Month (or ``rest``) → points, by the table that holds them."""
    with scope.system("测试"), connection.cursor() as cursor:
        cursor.execute("SELECT right(tableoid::regclass::text, 6), count(*) FROM collection_trackpoint GROUP BY 1 ORDER BY 1")
        return dict(cursor.fetchall())


def make(*moments: datetime) -> None:
    with scope.system("测试"):
        retention.make_months(moments)


def test_a_point_lies_in_its_month_as_china_counts_it() -> None:
    edge = datetime.fromisoformat("2026-05-01T00:00:00+08:00")
    make(edge, edge - timedelta(seconds=1))
    put(edge), put(edge - timedelta(seconds=1))
    assert months() == {"202604": 1, "202605": 1}
    put(datetime.fromisoformat("2026-06-02T08:00:00+08:00"))
    assert months()["t_rest"] == 1, "no month is made for it yet, and nothing is lost"
    make(datetime.fromisoformat("2026-06-20T08:00:00+08:00"))
    make(datetime.fromisoformat("2026-06-20T08:00:00+08:00"))
    assert months() == {"202604": 1, "202605": 1, "202606": 1}, "made once; what waited has moved in"
    make(datetime.fromisoformat("1999-01-01T00:00:00+08:00"), timezone.now() + timedelta(days=400))
    assert len(months()) == 3, "no months for moments that are no patrol's"


def test_the_policy_cannot_be_gone_around() -> None:
    make(OLD)
    put(OLD), put(OLD + timedelta(minutes=1), region="420502000000")
    with scope.acting(scope_of(make_official(world.COUNTY, "UMS", roles=("shift_leader",)))):
        assert [one.region_code for one in TrackPoint.objects.all()] == [world.COUNTY]
    with scope.acting(scope_of(make_official("420502000000", "UMS", roles=("shift_leader",)))):
        assert [one.region_code for one in TrackPoint.objects.all()] == ["420502000000"]
        for table in ("zj_months.collection_trackpoint_202503", "zj_months.collection_trackpoint_rest"):
            with pytest.raises(Error, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
        with pytest.raises(Error, match="row-level security"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO collection_trackpoint (shift_id, at, location, accuracy, state, region_code) "
                "VALUES (1, %s, ST_SetSRID(ST_MakePoint(114, 30), 4490), 1, 0, %s)",
                [OLD + timedelta(minutes=2), world.COUNTY],
            )
        with pytest.raises(Error, match="background work"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT collection_track_forget('2025-06-01')")
    with scope.system("测试"), pytest.raises(Error, match="90 days"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT collection_track_forget(current_date)")


def test_what_is_no_longer_needed_goes_and_its_figures_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    inspector = world.make_inspector()
    grids = world.make_grids()
    world.make_beat(grids, inspector)
    began = timezone.now() - timedelta(hours=1)
    key = uuid.uuid4()
    with scope.acting(scope_of(inspector)):
        services.do_start(key, at=began)
        services.do_track(key, [[int((began.timestamp() + 10 * n) * 1000), *world.middle(n / 10, 0), 8] for n in range(1, 9)])
        shift = services.do_end(key, at=began + timedelta(minutes=5))
    kept = (shift.visited_count, shift.walked_m, shift.gap_count, shift.valid_points)
    make(OLD)
    with scope.system("测试"):
        moved: Any = TrackPoint.objects.filter(shift_id=shift.pk).order_by("at")
        for number, point in enumerate(moved):
            put(OLD + timedelta(seconds=number), shift.pk, point.region_code)
        moved.filter(at__gte=began).delete()
        Shift.objects.filter(pk=shift.pk).update(day=OLD.date())
    put(OLD - timedelta(days=60), 2)  # in no month of its own
    put(timezone.now(), 3)
    client = Client()
    login(client, make_official(world.COUNTY, "UMS", roles=("shift_leader",)))
    assert "保存期限" not in client.get(f"/collection/shifts/{shift.pk}/").content.decode()
    assert jobs.tracks() == 9, "a month of eight points, and one of the rest"
    assert sum(months().values()) == 1 and jobs.tracks() == 0
    page = client.get(f"/collection/shifts/{shift.pk}/").content.decode()
    assert "保存期限（180天）" in page
    with scope.system("测试"):
        again = Shift.objects.get(pk=shift.pk)
        told = list(Record.objects.filter(act="collection.tracks_forgotten").order_by("pk").values_list("target", flat=True))
    assert (again.visited_count, again.walked_m, again.gap_count, again.valid_points) == kept
    assert told == ["collection_trackpoint_202503", "collection_trackpoint_rest"]
