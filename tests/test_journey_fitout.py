"""T6: a fit-out needs no land and no planning; from registration to the permit, on a desktop, a phone and in 长辈版."""

from __future__ import annotations

import pytest

from tests import axe, journey
from tests.browser import PHONE, picture
from zhujian.boards.construction.project_management.demo.shows import FITOUT
from zhujian.boards.construction.project_management.models import Permit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_fit_out_from_registration_to_its_permit(new_page) -> None:
    journey.settle()
    project = journey.registered("dev02", FITOUT, name="知音商业广场装修", gfa_m2=6800, total_investment_wan=2100)
    assert project.type_code == "T6"
    journey.walk(project, until=lambda task: task.step == "C07" and task.node == "decide")
    firm = new_page(account=journey.account("dev02"))
    firm.goto(f"/project-management/{project.pk}/?tab=steps")
    skipped = firm.locator("main").inner_text()
    assert "不需要办理" in skipped and "建设用地规划许可证" not in "".join(firm.locator("main tbody tr").all_inner_texts())
    axe.check(firm)

    phone = new_page(PHONE, account=journey.account("approver.hud.420106"), is_mobile=True, has_touch=True, device_scale_factor=2)
    journey.open_task(phone, project, "C07", "decide")
    assert fits(phone)
    axe.check(phone)
    picture(phone, "journey-task-phone")
    journey.press(phone, "准予", "同意。")
    with journey.everything():
        permit = Permit.objects.get(project=project)

    elder = new_page(account=journey.account("dev02"), elder=True)
    elder.goto(f"/project-management/permits/{permit.pk}/")
    assert permit.number in elder.locator("h1").inner_text() and "有效" in elder.locator("h1").inner_text()
    axe.check(elder)
    elder.goto(f"/project-management/{project.pk}/")
    assert fits(elder)
    axe.check(elder)
    picture(elder, "journey-project-elder")
    phone.goto(f"/project-management/{project.pk}/?tab=papers")
    assert fits(phone) and permit.number in phone.locator("main").inner_text()
