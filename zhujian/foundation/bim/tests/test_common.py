"""Provincial rule packs are read by officials below and changed by nobody below; an element without a rule has not passed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from zhujian.foundation.bim import samples, selectors
from zhujian.foundation.bim.models import Element, RulePack, Version
from zhujian.foundation.identity.testing import login, make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope

PROVINCE, CITY, COUNTY, OTHER = "420000000000", "420100000000", "420106000000", "421100000000"


def pack(region: str, key: str = "demo") -> RulePack:
    with scope.system("test"):
        return RulePack.objects.create(
            key=key,
            edition="1",
            title=f"{key} 规则包",
            valid_from=date(2024, 1, 1),
            source="<ids/>",
            sm3="0" * 64,
            rules_count=1,
            region_code=region,
        )


@pytest.mark.django_db
def test_what_stands_above_is_read_not_what_stands_beside_or_below() -> None:
    for region, key in (
        (PROVINCE, "province"),
        (CITY, "city"),
        (COUNTY, "county"),
        (OTHER, "other"),
        ("420111000000", "neighbour"),
    ):
        pack(region, key)
    seen = {}
    for region in (PROVINCE, CITY, COUNTY, OTHER):
        with scope.acting(scope_of(make_official(region, roles=("viewer",)))):
            mine = RulePack.objects.filter(key__in=["province", "city", "county", "other", "neighbour"])
            seen[region] = set(mine.values_list("key", flat=True))
    assert seen[PROVINCE] == {"province", "city", "county", "other", "neighbour"}
    assert seen[CITY] == {"province", "city", "county", "neighbour"}  # 4201 and 4211 begin alike and are two cities
    assert seen[COUNTY] == {"province", "city", "county"} and seen[OTHER] == {"province", "other"}
    with scope.acting(scope_of(make_enterprise(region=CITY))):
        assert not RulePack.objects.filter(key="province").exists()


@pytest.mark.django_db
def test_what_is_read_from_above_is_neither_changed_nor_deleted_nor_taken() -> None:
    made = pack(PROVINCE)
    with scope.acting(scope_of(make_official(COUNTY, roles=("data_admin",)))):
        assert RulePack.objects.get(pk=made.pk).title == "demo 规则包"
        for change in ({"title": "改了"}, {"region_code": COUNTY}):
            assert RulePack.objects.filter(pk=made.pk).update(**change) == 0
        assert RulePack.objects.filter(pk=made.pk).delete()[0] == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            RulePack.objects.create(
                key="x",
                edition="1",
                title="x",
                valid_from=date(2024, 1, 1),
                source="<ids/>",
                sm3="0" * 64,
                rules_count=1,
                region_code=PROVINCE,
            )
    with scope.system("test"):
        assert RulePack.objects.get(pk=made.pk).title == "demo 规则包"


@pytest.mark.django_db
def test_the_county_s_list_shows_the_province_s_packs(client: Any) -> None:
    pack(PROVINCE, "province")
    login(client, make_official(COUNTY, roles=("viewer", "reviewer")))
    assert "province 规则包" in client.get("/r/bim/rule_pack/").content.decode()


def test_an_element_no_rule_applied_to_has_neither_passed_nor_failed(hand_in: Callable[..., Version]) -> None:
    version = hand_in(samples.building("IFC4", storeys=1))
    with scope.system("test"):
        known = dict(Element.objects.filter(version=version).values_list("feature_index", "checked"))
        told = {
            row[0]: row[3]
            for storey in selectors.tree(version)["storeys"]
            for kind in storey["types"]
            for row in kind["elements"]
        }
    assert told == known and True in known.values() and False in known.values()
