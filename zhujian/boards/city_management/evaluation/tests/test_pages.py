"""Pages: every number leads to its rows and its rule; the region of the address stays within one's own."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from zhujian.boards.city_management.evaluation.models import Composite, Indicator
from zhujian.boards.city_management.evaluation.services import freezing
from zhujian.boards.city_management.evaluation.tests import world
from zhujian.boards.city_management.evaluation.tests.world import CITY, COUNTY, MONTH, NOW, at
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db
QUERY = f"region={CITY}&period=2025-11"


@pytest.fixture
def assessor(client: Client) -> Client:
    """An assessor of the city, signed in, with a month of cases."""
    with scope.system("测试"):
        world.case(called_back_at=at(6), satisfaction="1")
        world.case(handled_at=at(6), closed_at=at(7))
        testing.login(client, testing.make_official(CITY, "UMS", roles=["assessor"]))
    return client


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content[:600]
    return answer.content.decode()


def test_the_board_ranks_and_leads_to_rows_and_rules(assessor: Client) -> None:
    text = page(assessor, f"/evaluation/?{QUERY}&target=county")
    assert "洪山区" in text and "50.00%" in text and "未冻结" in text and "70.00" in text
    links = re.findall(r'href="(/evaluation/rows/\?[^"]+)"', text)
    assert links
    rows = page(assessor, links[-1].replace("&amp;", "&"))
    assert "统计口径" in rows and rows.count("4201112025110") == 2
    target = page(assessor, f"/evaluation/targets/{COUNTY}/?{QUERY}&target=county")
    assert "按期结案数 1" in target and "应结案数 2" in target and "第1版" in target
    rule = Indicator.objects.get(code="closed_on_time_rate", region_code="").pk
    assert f"/evaluation/indicators/{rule}/" in target
    assert "按期结案数 ÷ （应结案数 − 缓办数）" in page(assessor, f"/evaluation/indicators/{rule}/")


@pytest.mark.parametrize("target", ["street", "community", "grid", "org", "inspector", "acceptor", "dispatcher"])
def test_every_kind_of_target_has_its_board(assessor: Client, target: str) -> None:
    text = page(assessor, f"/evaluation/?{QUERY}&target={target}")
    assert ('<th scope="col" class="num">名次</th>' in text) == (target != "inspector")


@pytest.mark.parametrize("composite", ["default", "jinhua", "supervised"])
def test_the_composite_may_be_chosen(assessor: Client, composite: str) -> None:
    text = page(assessor, f"/evaluation/?{QUERY}&target=county&composite={composite}")
    assert Composite.objects.get(code=composite).name in text


def test_frozen_pages_compare_versions(assessor: Client) -> None:
    answer = assessor.post(f"/evaluation/runs/?region={CITY}", {"period": "2025-11", "reason": ""})
    assert answer.status_code == 302
    again = assessor.post(f"/evaluation/runs/?region={CITY}", {"period": "2025-11", "reason": ""})
    assert again.status_code == 422 and "请写明原因" in again.content.decode()
    assert assessor.post(f"/evaluation/runs/?region={CITY}", {"period": "2025-11", "reason": "复核"}).status_code == 302
    with scope.system("测试"):
        second, first = freezing.latest(CITY, "2025-11"), None
        first = type(second).objects.get(region_code=CITY, period="2025-11", number=1)  # type: ignore[union-attr]
    text = page(assessor, f"/evaluation/runs/{first.pk}/")
    assert "已被新版本代替" in text and "与冻结时一致" in text
    assert "已冻结 第2版" in page(assessor, f"/evaluation/?{QUERY}")
    assert "已冻结 第1版" in page(assessor, f"/evaluation/?{QUERY}&version=1")
    text = page(assessor, f"/evaluation/runs/{second.pk}/compare/{first.pk}/?target=county&indicator=closed_rate")  # type: ignore[union-attr]
    assert "洪山区" in text and "100.00%" in text
    assert "冻结时（" in page(assessor, f"/evaluation/rows/?{QUERY}&target=county&code={COUNTY}&count=closed_late")


def test_the_trend_shows_frozen_periods(assessor: Client) -> None:
    with scope.system("测试"):
        freezing.do_freeze(CITY, MONTH.previous, now=NOW)
        freezing.do_freeze(CITY, MONTH, now=NOW)
    assert '<svg class="trend"' in page(assessor, f"/evaluation/?{QUERY}")


@pytest.mark.parametrize("address", [
    "/evaluation/?period=2025-99", "/evaluation/?period=2025-11&target=planet", "/evaluation/rows/?period=2025-11&count=nothing",
    "/evaluation/?region=420500000000", "/evaluation/?region=nowhere", "/evaluation/?region=420100000000&period=2025-11&version=9",
    "/evaluation/targets/nobody/?period=2025-11", "/evaluation/runs/?region=420500000000", "/evaluation/indicators/999999/",
    "/evaluation/rows/?period=2025-11&count=closed&target=org&code='%20OR%201=1",
])  # fmt: skip
def test_bad_addresses_are_refused_or_empty(assessor: Client, address: str) -> None:
    answer = assessor.get(address)
    assert answer.status_code in (200, 404, 422)
    if answer.status_code == 200:
        assert "没有记录" in answer.content.decode()


def test_a_county_sees_no_other_county(client: Client) -> None:
    with scope.system("测试"):
        world.case()
        testing.login(client, testing.make_official("420106000000", "UMS", roles=["assessor"]))
    assert client.get(f"/evaluation/?region={COUNTY}").status_code == 404
    assert client.get(f"/evaluation/?region={CITY}").status_code == 404
    assert "还没有数据" in page(client, "/evaluation/?period=2025-11")


def test_whoever_may_not_see_rows_gets_no_links(client: Client) -> None:
    with scope.system("测试"):
        world.case()
        testing.login(client, testing.make_official(CITY, roles=["viewer"]))
    text = page(client, f"/evaluation/?{QUERY}&target=county")
    assert "/evaluation/rows/?" + f"{QUERY}" not in text.replace("&amp;", "&").split("<table")[1]
    assert client.get(f"/evaluation/rows/?{QUERY}&count=closed").status_code == 403


def test_an_indicator_is_registered_on_its_page_as_a_new_version(assessor: Client) -> None:
    form = {
        "code": "closed_rate", "name": "结案率", "family": "cases", "formula": "closed / to_close", "inputs": "{}", "unit": "%", "direction": "higher",
        "source": "platform", "cycle": "month", "full": "0", "scoring": "{}", "region_code": CITY, "valid_from": "2026-01-01", "basis": "本市办法",
        "confidence": "C", "order": "80",
    }  # fmt: skip
    wrong = assessor.post("/r/evaluation/indicator/new/", {**form, "formula": "closed / nobody"})
    text = wrong.content.decode()
    assert wrong.status_code == 422 and "不是已登记的统计数" in text, text[text.find("error-summary") :][:900]
    assert assessor.post("/r/evaluation/indicator/new/", form).status_code == 302
    made = Indicator.objects.get(code="closed_rate", region_code=CITY)
    assert made.number == 1 and "全省通用" in page(assessor, f"/evaluation/indicators/{made.pk}/")
    other = assessor.post("/r/evaluation/indicator/new/", {**form, "region_code": "420500000000"})
    assert (
        other.status_code in (403, 422) and not Indicator.objects.filter(code="closed_rate", region_code="420500000000").exists()
    )
