"""What people see: the board and its drill-down on a desk and a phone, a questionnaire answered with the thumb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from tests.axe import check as axe
from tests.browser import PHONE, picture
from zhujian.boards.city_management.evaluation.services import freezing, surveys
from zhujian.boards.city_management.evaluation.tests import world
from zhujian.boards.city_management.evaluation.tests.world import CITY, COUNTY, MONTH, NOW, at
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope


def wide(page: Any) -> None:
    """No page is broader than its window."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"), page.url


def fill() -> Any:
    with transaction.atomic(), scope.system("测试"):
        world.cases(12, called_back_at=at(6), satisfaction="1")
        world.cases(3, handled_at=at(6), closed_at=at(7))
        other = {"community": "420106001001", "region_code": "420106001001", "grid_code": "420106001001001", "org_code": "B" * 18}
        world.cases(9, **other, urgent=True)
        world.cases(6, **{**world.UNDONE, **other})
        for period in (MONTH.previous, MONTH):
            freezing.do_freeze(CITY, period, now=NOW)
        freezing.do_freeze(CITY, MONTH, reason="申诉成立后重新计算", now=NOW)
        return testing.make_official(CITY, "UMS", roles=["assessor"])


def test_from_the_board_to_the_cases(new_page: Callable[..., Any]) -> None:
    who = fill()
    for name, viewport in (("desk", {"width": 1440, "height": 900}), ("phone", PHONE)):
        page = new_page(viewport, account=who)
        page.goto(f"/evaluation/?region={CITY}&period=2025-11&target=county")
        assert page.locator("svg.trend").count() == 1 and page.get_by_text("已冻结 第2版").is_visible()
        wide(page)
        axe(page)
        picture(page, f"evaluation-board-{name}", full=True)
        page.get_by_role("link", name="洪山区").first.click()
        wide(page)
        picture(page, f"evaluation-target-{name}", full=True)
        page.get_by_role("link", name="超期结案数 3").first.click() if page.get_by_role(
            "link", name="超期结案数 3"
        ).count() else page.goto(f"/evaluation/rows/?region={CITY}&period=2025-11&target=county&code={COUNTY}&count=closed_late")
        assert page.locator("tbody tr").count() == 3
        wide(page)
        picture(page, f"evaluation-rows-{name}", full=True)
        page.goto(f"/evaluation/runs/?region={CITY}")
        page.get_by_role("link", name="2025年11月").first.click()
        wide(page)
        picture(page, f"evaluation-run-{name}", full=True)
        page.get_by_role("link", name="对比", exact=True).first.click()
        wide(page)
        picture(page, f"evaluation-compare-{name}", full=True)


def test_a_resident_answers_with_the_thumb(new_page: Callable[..., Any]) -> None:
    from zhujian.boards.city_management.evaluation.tests import test_campaign as kit

    with transaction.atomic():
        people = kit.make_people()
        campaign = kit.begin(people)
        task = kit.to_survey(people, campaign)
        with kit.acting(people.province):
            survey = surveys.do_open(task.pk)
    page = new_page(PHONE, has_touch=True, is_mobile=True)
    page.goto(f"/evaluation/survey/{survey.token}/")
    wide(page)
    axe(page)
    picture(page, "evaluation-survey-phone", full=True)
    for code, said in kit.GOOD.items():
        page.locator(f"label:has(input[name={code}][value={said}])").tap()
    page.get_by_role("button", name="提交答卷").tap()
    page.get_by_text("谢谢您").wait_for()
    office = new_page(account=people.province)
    office.goto(f"/evaluation/cities/{task.pk}/")
    wide(office)
    picture(office, "evaluation-city-desk", full=True)
    office.goto(f"/evaluation/campaigns/{campaign.pk}/")
    wide(office)
    picture(office, "evaluation-campaign-desk", full=True)
    clerk = new_page(PHONE, account=people.province)
    clerk.goto(f"/evaluation/cities/{task.pk}/")
    wide(clerk)
    picture(clerk, "evaluation-city-phone", full=True)
