"""Who sees which frozen figures: rows are filed where their target belongs, and the database shows each place its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from zhujian.boards.city_management.evaluation.models import Run, Standing
from zhujian.boards.city_management.evaluation.selectors import names, tallies
from zhujian.boards.city_management.evaluation.services import freezing
from zhujian.boards.city_management.evaluation.tests import world
from zhujian.boards.city_management.evaluation.tests.world import CITY, COUNTY, MONTH, NOW, at
from zhujian.foundation.identity import testing
from zhujian.foundation.identity.models import Account, Organisation
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db
OTHER = "420106000000"
QUERY = f"region={CITY}&period=2025-11"


class City:
    """Two counties of one city, each with a department and an acceptor, and one firm that works in both; November is frozen by the city."""

    def __init__(self) -> None:
        self.here, self.there = (testing.make_organisation(code, "UMB", name=f"{code}城管局") for code in (COUNTY, OTHER))
        self.acceptors = [
            testing.make_official(code, "UMS", roles=["acceptor"], name=f"受理{code[:6]}") for code in (COUNTY, OTHER)
        ]
        self.firm = Organisation.objects.get(posts__account=testing.make_enterprise(region=COUNTY))
        place = {"community": "420106001001", "region_code": "420106001001", "grid_code": "420106001001001"}
        world.cases(2, org_code=self.here.code, accepted_by=self.acceptors[0].pk)
        world.case(org_code=self.here.code, handled_at=at(6), closed_at=at(7))
        world.cases(3, **place, org_code=self.there.code, accepted_by=self.acceptors[1].pk)
        world.case(org_code=self.firm.code)
        world.case(**place, org_code=self.firm.code)
        self.run = freezing.do_freeze(CITY, MONTH, now=NOW)
        self.official = testing.make_official(COUNTY, "UMS", roles=["assessor"])


@pytest.fixture
def city() -> Iterator[City]:
    with scope.system("测试"):
        made = City()
    yield made


def seen_by(account: Account) -> dict[str, set[str]]:
    """Targets of all frozen results that the database shows to somebody: kind → codes."""
    with scope.acting(testing.scope_of(account)):
        found: dict[str, set[str]] = {}
        for target, code in Standing.objects.values_list("target", "code"):
            found.setdefault(target, set()).add(code)
        return found


def test_a_county_sees_its_own_departments_and_posts_in_the_citys_run(city: City) -> None:
    found = seen_by(city.official)
    assert found["county"] == {COUNTY} and found["org"] == {city.here.code}
    assert found["acceptor"] == {str(city.acceptors[0].pk)}
    assert "city" not in found and all(code.startswith("420111") for code in found["street"] | found["community"] | found["grid"])
    assert seen_by(testing.make_official(OTHER, "UMS", roles=["assessor"]))["org"] == {city.there.code}
    assert seen_by(testing.make_official(CITY, "UMS", roles=["assessor"]))["org"] == {
        city.here.code,
        city.there.code,
        city.firm.code,
    }


def test_a_firm_sees_its_own_result_and_nothing_else(city: City) -> None:
    agent = city.firm.posts.get().account
    assert seen_by(agent) == {"org": {city.firm.code}}


def test_the_place_among_all_is_seen_and_the_others_are_not(city: City, client: Client) -> None:
    with scope.system("测试"):
        testing.login(client, city.official)
        mine = Standing.objects.get(target="org", code=city.here.code)
    text = client.get(f"/evaluation/?{QUERY}&target=org").content.decode()
    assert "已冻结 第1版" in text and city.here.name in text and city.there.name not in text and city.firm.name not in text
    assert "名次为全武汉市的名次" in text
    assert {score["rank"] for score in mine.scores.values()} & {2, 3}, "behind those that it does not see"
    text = client.get(f"/evaluation/targets/{city.here.code}/?{QUERY}&target=org").content.decode()
    assert "按期结案数 2" in text and "应结案数 3" in text
    rows = client.get(f"/evaluation/rows/?{QUERY}&target=org&code={city.here.code}&count=closed_late").content.decode()
    assert rows.count("4201112025110") == 1
    assert client.get(f"/evaluation/targets/{city.there.code}/?{QUERY}&target=org").status_code == 404
    text = client.get(f"/evaluation/runs/{city.run.pk}/").content.decode()
    assert "与冻结时一致" in text, "what is hidden is checked all the same"
    assert client.get(f"/evaluation/runs/?region={CITY}").status_code == 200
    assert client.get("/evaluation/runs/").content.decode().count(f"?region={CITY}") == 1


def test_nobody_freezes_or_counts_for_those_above(city: City, client: Client) -> None:
    with scope.system("测试"):
        testing.login(client, city.official)
    assert client.post(f"/evaluation/runs/?region={CITY}", {"period": "2025-11", "reason": "县里重算"}).status_code == 404
    assert client.get(f"/evaluation/?region={CITY}&period=2025-10").status_code == 404, "what is not frozen is the city's own"
    with scope.system("测试"):
        assert Run.objects.count() == 1


def test_where_targets_belong(city: City) -> None:
    """A body to its region, a post to the body somebody served in during the period, a firm and a stranger to the whole."""
    with scope.system("测试"):
        window = tallies.window(CITY, MONTH, now=NOW)
        assert names.homes("org", [city.here.code, city.firm.code, "X" * 18], window) == {
            city.here.code: COUNTY, city.firm.code: CITY, "X" * 18: CITY,
        }  # fmt: skip
        both = city.acceptors[0]
        assert names.homes("acceptor", [str(both.pk), "0"], window) == {str(both.pk): COUNTY, "0": CITY}
        both.posts.create(organisation=city.there, title="兼任", roles=["acceptor"], valid_from=MONTH.start)
        assert names.homes("acceptor", [str(both.pk)], window) == {str(both.pk): CITY}, "served in two counties: the whole city's"
        assert names.homes("org", [city.there.code], tallies.window(COUNTY, MONTH, now=NOW)) == {city.there.code: COUNTY}
