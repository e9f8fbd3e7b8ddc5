"""T3: a housing project in 武昌 by Wuhan's variant, from registration to 灭失, with the people of every side in a real browser."""

from __future__ import annotations

import pytest

from tests import axe, journey
from tests.browser import picture
from zhujian.boards.construction.project_management.models import Building, Project
from zhujian.foundation.certificates.models import Certificate
from zhujian.foundation.workflow.models import Task

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_housing_project_from_registration_to_extinction(new_page, tmp_path) -> None:
    journey.settle()
    firm, window = new_page(account=journey.account("dev01")), new_page(account=journey.account("window.gsc.420106"))

    # Registration: first with mistakes, then right.
    firm.goto("/project-management/register/")
    firm.get_by_role("button", name="提交登记").click()
    summary = firm.locator("[data-error-summary]")
    summary.wait_for()
    assert "项目名称" in summary.inner_text() and "行政区划" in summary.inner_text() + firm.locator("main").inner_text()
    axe.check(firm)
    picture(firm, "journey-register-errors", full=True)
    firm.locator("#id_name").fill("武昌江畔新苑")
    for name, value in {
        "category": "01", "invest_type": "ENT", "object_kind": "BUILDING", "approval_mode": "FILING", "land_mode": "GRANTED", "nature": "NEW",
        "eia_class": "REGISTRATION",
    }.items():  # fmt: skip
        firm.locator(f"#id_{name}").select_option(value)
    firm.evaluate("document.querySelector('#id_region_code').value = '420106000000'")
    for name, value in {"address": "武昌区和平大道100号", "gfa_m2": "58200", "total_investment_wan": "32000"}.items():
        firm.locator(f"#id_{name}").fill(value)
    for name in ("is_residential", "is_presale", "has_civil_defence"):
        firm.locator(f"#id_{name}").check()
    firm.get_by_label("必须招标").check()
    firm.get_by_role("button", name="提交登记").click()
    firm.wait_for_url("**/project-management/*/")
    with journey.everything():
        project = Project.objects.get(name="武昌江畔新苑")
    assert project.type_code == "T3" and project.code in firm.locator("main").inner_text()
    axe.check(firm)

    # The first stage's one form, by clicking.
    journey.open_task(firm, project, "A02", "step_A02")
    journey.fill_empty(firm, tmp_path)
    firm.locator("#id_outcome button").first.click()
    firm.wait_for_load_state()
    with journey.everything():
        form = Task.objects.get(subject=project.subject, node="application_P1", status__in=("ready", "claimed"))
    firm.goto(f"/workflow/tasks/{form.pk}/")
    journey.fill_empty(firm, tmp_path, number="58200")
    firm.locator("#id_outcome button").first.click()
    firm.wait_for_load_state()
    assert not firm.locator("[data-error-summary]").count()

    # One approval wholly by clicking: 建设用地规划许可证 (A13), asked to supplement once.
    journey.walk(project, until=lambda task: task.step == "A13")
    journey.open_task(firm, project, "A13", "apply")
    firm.locator("#id_outcome button").first.click()  # nothing handed in yet
    firm.locator("[data-error-summary]").wait_for()
    assert "请上传" in firm.locator("[data-error-summary]").inner_text()
    axe.check(firm)
    picture(firm, "journey-task-errors", full=True)
    journey.fill_empty(firm, tmp_path)
    journey.press(firm, "提交申请")
    journey.open_task(window, project, "A13", "accept")
    assert "材料" in window.locator("main").inner_text()
    journey.press(window, "一次性告知补正", "申请表缺少法定代表人签字，请补齐后重新上传。")
    journey.open_task(firm, project, "A13", "supplement")
    assert "缺少法定代表人签字" in firm.locator("main").inner_text()
    journey.fill_empty(firm, tmp_path)
    journey.press(firm, "提交补正材料")
    journey.open_task(window, project, "A13", "accept_again")
    assert not window.get_by_role("button", name="一次性告知补正").count()  # 行政许可法 第三十二条: asked once
    journey.press(window, "受理", "材料齐全，予以受理。")
    reviewer = new_page(account=journey.account("reviewer.nrp.420106"))
    journey.open_task(reviewer, project, "A13", "review")
    axe.check(reviewer)
    journey.press(reviewer, "建议准予", "经审查，符合规划条件。")
    approver = new_page(account=journey.account("approver.nrp.420106"))
    journey.open_task(approver, project, "A13", "decide")
    journey.press(approver, "准予", "同意。")

    # The certificate, in the project's file and for everybody who holds its number.
    firm.goto(f"/project-management/{project.pk}/?tab=papers")
    firm.get_by_role("link", name="建设用地规划许可证").first.click()
    assert "有效" in firm.locator("main").inner_text()
    with journey.everything():
        certificate = Certificate.objects.get(subject=project.subject, type__name="建设用地规划许可证")
    public = new_page()
    public.goto(f"/certificates/verify/{certificate.identifier}")
    assert certificate.cert_no in public.locator("main").inner_text() and "真实有效" in public.locator("main").inner_text()

    # The rest of its life as people would do it, then 注销 by clicking.
    journey.walk(project, until=lambda task: task.step == "G10")
    journey.open_task(firm, project, "G10", "apply")
    journey.fill_empty(firm, tmp_path)
    journey.press(firm, "提交申请")
    journey.open_task(window, project, "G10", "accept")
    journey.press(window, "受理")
    for name, node, label in (("reviewer.red.420100", "review", "建议准予"), ("approver.red.420100", "decide", "准予")):
        officer = new_page(account=journey.account(name))
        journey.open_task(officer, project, "G10", node)
        journey.press(officer, label, "同意注销。")
    firm.goto(f"/project-management/{project.pk}/")
    text = firm.locator("main").inner_text()
    assert "灭失" in firm.locator("h1").inner_text() and "只读" in text
    assert not firm.get_by_role("link", name="去办理").count() and not firm.get_by_role("link", name="登记参建单位").count()
    axe.check(firm)
    picture(firm, "journey-extinct")
    with journey.everything():
        assert set(Building.objects.filter(project=project).values_list("status", flat=True)) == {"extinct"}
    for tab in ("steps", "papers", "firms", "timers", "links", "trace", "diagram"):  # stays readable
        assert firm.goto(f"/project-management/{project.pk}/?tab={tab}").status == 200
