"""Whole lives in a real browser: what people click, from registration to 灭失; the long middle is walked by the same services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from tests import axe
from tests.browser import PHONE, picture
from zhujian.boards.construction.project_management.demo.walk import sample_pdf
from zhujian.boards.construction.project_management.models import Project
from zhujian.boards.construction.project_management.tests.world import (
    WUCHANG,
    XILING,
    World,
    is_open,
    make_world,
    run_to,
    status_of,
)
from zhujian.foundation.kernel import scope

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PDF = "application/pdf"


@contextmanager
def stored():
    """A committed transaction, as a request is."""
    with transaction.atomic():
        yield


def task_url(walker: Any, step: str, node: str) -> str:
    """Where a step's open task is; walks there first."""
    with stored():
        task = run_to(walker, step, node)
    return f"/workflow/tasks/{task.pk}/"


def fill(page: Any) -> None:
    """Fill what is still empty, the way a careful clerk would: every list, date, number, text and file."""
    form = page.locator("main form[data-guard]")
    for select in form.locator("select").all():
        if not select.input_value():
            select.select_option(index=1)
    for box in form.locator("input[type=date]").all():
        if not box.input_value():
            box.fill(dt.date.today().isoformat())
    for box in form.locator("input[type=number]").all():
        if not box.input_value():
            box.fill("2")
    for box in form.locator("input[type=text], input:not([type])").all():
        if not box.input_value():
            box.fill("符合规划条件")
    for box in form.locator("input[type=file]").all():
        box.set_input_files({"name": "材料.pdf", "mimeType": PDF, "buffer": sample_pdf("材料").read()})


def press(page: Any, label: str) -> None:
    """Press an outcome button and wait for the next page."""
    page.get_by_role("button", name=label, exact=True).click()
    page.wait_for_load_state()


def decide(page: Any, url: str, label: str, opinion: str = "") -> None:
    """An official opens a task, writes an opinion and decides."""
    page.goto(url)
    if opinion:
        page.get_by_label("办理意见").fill(opinion)
    press(page, label)


@pytest.fixture
def wuhan(live: str) -> World:
    with stored():
        return make_world(WUCHANG)


@pytest.fixture
def yichang(live: str) -> World:
    with stored():
        return make_world(XILING)


Open = Callable[..., Any]


def test_a_housing_project_from_registration_to_extinction(new_page: Open, wuhan: World) -> None:
    firm = new_page(account=wuhan.developer)
    firm.goto("/project-management/register/")
    firm.get_by_role("button", name="提交登记").click()
    firm.wait_for_selector("[data-error-summary]")
    assert "请选择建设地点所在的县" in firm.locator(".error-summary").inner_text()
    axe.check(firm)
    picture(firm, "journey-register-errors")
    firm.get_by_label("项目名称").fill("武昌江城花园")
    firm.evaluate("document.querySelector('select[name=region_code]').value = '420106000000'")
    for label, code in {
        "项目类别": "01", "投资类型": "ENT", "工程对象": "BUILDING", "立项方式": "FILING", "用地方式": "GRANTED", "建设性质": "NEW", "环评类别": "EXEMPT",
    }.items():  # fmt: skip
        firm.get_by_label(label, exact=False).first.select_option(code)
    firm.get_by_label("总建筑面积").fill("58200")
    firm.get_by_label("总投资").fill("32000")
    firm.get_by_label("住宅工程").check()
    firm.get_by_role("button", name="提交登记").click()
    firm.wait_for_selector(".stagebar")
    assert "武昌江城花园" in firm.locator("h1").inner_text()
    axe.check(firm)
    picture(firm, "journey-project", full=True)
    with scope_system():
        project = Project.objects.get(name="武昌江城花园")
        assert project.type_code == "T3"
    walker = wuhan.walker(project)

    # One approval completely by clicking: refused while incomplete, files, a supplement asked once, accepted, reviewed, decided.
    firm.goto(task_url(walker, "A13", "apply"))
    press(firm, "提交申请")
    firm.wait_for_selector("[data-error-summary]")
    assert "请上传" in firm.locator(".error-summary").inner_text()
    axe.check(firm)
    picture(firm, "journey-task-errors", full=True)
    fill(firm)
    press(firm, "提交申请")
    window = new_page(account=wuhan.officials["GSC"])
    url = task_url(walker, "A13", "accept")
    decide(window, url, "一次性告知补正")
    assert "请在“办理意见”中写明理由" in window.locator("main").inner_text()
    axe.check(window)
    window.get_by_label("办理意见").fill("补充宗地图\n用地红线坐标应为2000国家大地坐标系")
    press(window, "一次性告知补正")
    firm.goto(task_url(walker, "A13", "supplement"))
    fill(firm)
    press(firm, "提交补正材料")
    url = task_url(walker, "A13", "accept_again")
    window.goto(url)
    assert not window.get_by_role("button", name="一次性告知补正").count(), "a supplement is asked for once"
    press(window, "受理")
    planner = new_page(account=wuhan.officials["NRP"])
    decide(planner, task_url(walker, "A13", "review"), "建议准予", "符合规划条件。")
    decide(planner, task_url(walker, "A13", "decide"), "准予", "同意。")
    with scope_system():
        project.refresh_from_db()
        assert project.land_plan_number.startswith("地字第420")
    firm.goto(f"/project-management/{project.pk}/?tab=papers")
    assert project.land_plan_number in firm.locator("main").inner_text()
    assert "一次性补正材料告知书" in firm.locator("main").inner_text()
    for tab in ("overview", "steps", "diagram", "firms", "timers", "links", "trace"):
        assert firm.goto(f"/project-management/{project.pk}/?tab={tab}").status == 200
    stranger = new_page(account=wuhan.officials["other"])
    assert stranger.goto(f"/project-management/{project.pk}/").status == 404

    # The middle is walked; 注销 is decided by clicking.
    decide_url = task_url(walker, "G10", "decide")
    registrar = new_page(account=wuhan.officials["RED"])
    decide(registrar, decide_url, "准予", "同意注销。")
    firm.goto(f"/project-management/{project.pk}/")
    assert "灭失" in firm.locator("h1").inner_text()
    assert "全部档案只读" in firm.locator("main").inner_text()
    picture(firm, "journey-extinct")
    resident = new_page(PHONE)
    resident.goto(f"/public/progress/?number={project.code}")
    assert "武昌江城花园" in resident.locator("main").inner_text()
    axe.check(resident)


def test_a_government_project_with_a_rejected_branch_and_a_pause(new_page: Open, wuhan: World) -> None:
    with stored():
        walker = wuhan.walker(wuhan.register("T1"))
    project = walker.project
    review = task_url(walker, "A05", "review")
    official = new_page(account=wuhan.officials["DRC"])
    official.goto(review + "pause/")
    official.locator("main select").first.select_option(index=1)
    for box in official.locator("main form textarea, main form input[type=text]").all():
        box.fill("组织专家评审")
    official.locator("main form button.btn-primary, main form .form-actions button").first.click()
    official.wait_for_load_state()
    official.goto(review)
    assert "暂停计时" in official.locator("main").inner_text()
    axe.check(official)
    official.goto(review + "resume/")
    official.locator("main form .form-actions button, main form button.btn-primary").first.click()
    official.wait_for_load_state()
    decide(official, review, "建议不予准予", "投资估算依据不足。")
    decide(official, task_url(walker, "A05", "decide"), "不予准予", "投资估算依据不足，请补充论证。")
    with scope_system():
        assert is_open(walker, "A05", "rectify"), "only the rejected branch goes back to the applicant"
        assert status_of(project, "A05") == "rejected"
    firm = new_page(account=wuhan.developer)
    firm.goto(f"/project-management/{project.pk}/?tab=papers")
    assert "不予行政许可决定书" in firm.locator("main").inner_text()
    firm.goto(task_url(walker, "A05", "rectify"))
    fill(firm)
    press(firm, "整改完成，重新申报")
    with stored():
        run_to(walker, "B01", "apply")
    with scope_system():
        assert status_of(project, "A05") == "passed"


def test_a_fit_out_in_another_city_goes_its_own_way(new_page: Open, yichang: World) -> None:
    with stored():
        walker = yichang.walker(yichang.register("T6"))
    decide_url = task_url(walker, "C07", "decide")
    official = new_page(account=yichang.officials["HUD"])
    official.goto(decide_url)
    assert "申报内容" in official.locator("main").inner_text()
    press(official, "准予")
    phone = new_page(PHONE, account=yichang.developer, is_mobile=True, has_touch=True, device_scale_factor=2)
    phone.goto(f"/project-management/{walker.project.pk}/")
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    axe.check(phone)
    picture(phone, "journey-phone", full=True)
    elder = new_page(account=yichang.developer, elder=True)
    elder.goto(f"/project-management/{walker.project.pk}/")
    axe.check(elder)
    picture(elder, "journey-elder")
    with stored():
        walker.run()
    with scope_system():
        walker.project.refresh_from_db()
        assert walker.project.status == "extinct"


@contextmanager
def scope_system():
    """Read everything, as a test may."""
    with transaction.atomic(), scope.system("test"):
        yield
