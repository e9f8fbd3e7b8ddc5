"""The demo tells of every state, through the services, the same every time."""

from __future__ import annotations

import pytest

from zhujian.boards.city_management.command import demo
from zhujian.boards.city_management.command.models import (
    Appeal,
    Case,
    DuplicateProposal,
    Errand,
    Extension,
    Photo,
    Report,
    Supervision,
    Suspension,
)
from zhujian.boards.city_management.digital_city import demo as city
from zhujian.boards.city_management.digital_city.models import CompositeGrid
from zhujian.foundation.identity import demo as people
from zhujian.foundation.kernel import scope
from zhujian.foundation.regions import reference as regions

pytestmark = pytest.mark.django_db


def test_the_demo_has_every_state_and_every_kind_of_trouble() -> None:
    regions.load()
    with scope.system("test"):
        assert "未载入" in demo.load()
        people.load()
        city.load()
        said = demo.load()
        states = set(Case.objects.values_list("state", flat=True))
        assert states == set(Case.State.values), f"missing: {set(Case.State.values) - states}; {said}"
        assert set(Report.objects.values_list("state", flat=True)) == set(Report.State.values)
        assert Case.objects.filter(suspended=True).exists() and Case.objects.filter(reworks__gt=0).exists()
        assert Case.objects.filter(returns__gt=0).exists() and Case.objects.exclude(previous=None).exists()
        for model in (Appeal, DuplicateProposal, Extension, Supervision, Suspension):
            assert model.objects.exists(), model.__name__
        assert Photo.objects.count() > 100 and Errand.objects.exclude(inspector=None).count() > 20
        assert len({h for row in CompositeGrid.objects.values_list("holders", flat=True) for h in row}) == 3
        assert Case.objects.filter(org_name="武汉东湖市政工程有限公司").exists(), "firms dispose too"
        assert not Case.objects.filter(number__regex=r"^\d{18}$").exists()
