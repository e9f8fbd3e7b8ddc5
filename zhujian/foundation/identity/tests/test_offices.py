"""The office that decides in a place, kept in memory and right after every change."""

import pytest

from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.identity.selectors import organisation_for
from zhujian.foundation.kernel import memory

pytestmark = pytest.mark.django_db


def office(code: str, region: str, **more: object) -> Organisation:
    return Organisation.objects.create(
        code=code, name=f"{region}局", kind="department", authorities=["ZZ"], region_code=region, **more
    )


def found(region: str) -> str:
    memory.forget()
    org = organisation_for("ZZ", region)
    return org.region_code if org else ""


def test_nearest_office_and_every_change_at_once() -> None:
    assert found("420106000000") == ""
    office("A" * 18, "420000000000")
    city = office("B" * 18, "420100000000")
    assert found("420106001000") == "420100000000"
    county = office("C" * 18, "420106000000")
    assert found("420106001000") == "420106000000"
    Organisation.objects.filter(pk=county.pk).update(is_active=False)
    assert found("420106001000") == "420100000000"
    Organisation.objects.filter(pk=city.pk).update(authorities=[])
    assert found("420106001000") == "420000000000"
    Organisation.objects.filter(region_code="420000000000", authorities=["ZZ"]).delete()
    assert found("420106001000") == ""


def test_what_a_caller_changes_stays_with_the_caller() -> None:
    office("D" * 18, "420100000000")
    memory.forget()
    mine = organisation_for("ZZ", "420106000000")
    assert mine is not None
    mine.name = "改名"
    assert organisation_for("ZZ", "420106000000").name == "420100000000局"
