"""T1: a government building: one branch of the joint review is rejected and only that one comes back; 公示 stops a clock."""

from __future__ import annotations

import pytest

from tests import axe, journey
from tests.browser import picture
from zhujian.boards.construction.project_management.demo.shows import PUBLIC

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OFFICE = "武昌区妇幼保健院新院区"


def test_a_rejected_branch_returns_alone_and_a_special_procedure_stops_the_clock(new_page, tmp_path) -> None:
    journey.settle()
    project = journey.registered("dev03", PUBLIC, name=OFFICE, gfa_m2=42300, total_investment_wan=39800)
    assert project.type_code == "T1"
    journey.walk(project, until=lambda task: task.asked_by_id is None and task.node == "review" and task.step in ("B01", "B05"))

    # B01 is rejected on the screen; B05 is not touched by it.
    reviewer = new_page(account=journey.account("reviewer.nrp.420106"))
    journey.open_task(reviewer, project, "B01", "review")
    axe.check(reviewer)
    journey.press(reviewer, "建议不予准予", "消防车道转弯半径不足，不符合规划条件。")
    approver = new_page(account=journey.account("approver.nrp.420106"))
    journey.open_task(approver, project, "B01", "decide")
    journey.press(approver, "不予准予", "同意不予准予意见，整改后可重新申报。")
    assert journey.places(project) >= {("B01", "rectify"), ("B05", "review")}
    firm = new_page(account=journey.account("dev03"))
    firm.goto(f"/project-management/{project.pk}/")
    assert "整改后重新申报" in firm.locator("main").inner_text()
    axe.check(firm)
    picture(firm, "journey-rejected")

    # A special procedure stops the clock of B05: grey until it is resumed.
    defence = new_page(account=journey.account("reviewer.cad.420106"))
    row = journey.task(project, "B05", "review")
    defence.goto(f"/workflow/tasks/{row.pk}/pause/")
    defence.locator("select[name=kind]").select_option("publicity")
    defence.locator("[name=reason]").fill("审批结果公示十日。")
    defence.locator("main form button.btn-primary").first.click()
    defence.wait_for_load_state()
    defence.goto(f"/project-management/{project.pk}/")
    assert defence.locator(".light-grey").count() and "暂停计时" in defence.locator("main").inner_text()
    picture(defence, "journey-paused")
    defence.goto(f"/workflow/tasks/{row.pk}/resume/")
    defence.locator("main form button.btn-primary").first.click()
    defence.wait_for_load_state()
    defence.goto(f"/project-management/{project.pk}/")
    assert not defence.locator(".light-grey").count()

    # The branch comes back after rectification and passes; the other branch has kept its place.
    journey.open_task(firm, project, "B01", "rectify")
    journey.fill_empty(firm, tmp_path)
    journey.press(firm, "整改完成，重新申报", "已调整车道半径至十二米。")
    assert journey.places(project) >= {("B01", "accept"), ("B05", "review")}
    journey.walk(project, until=lambda task: task.step != "B01")
    firm.goto(f"/project-management/{project.pk}/?tab=steps")
    assert "通过" in firm.locator("tr", has_text="设计方案联合审查").inner_text()
