"""The pages in a real browser: an official works on a task, looks at the diagram; a process administrator edits a variant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from tests import axe
from tests.browser import PHONE, picture
from zhujian.foundation.identity.testing import make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow import services
from zhujian.foundation.workflow.models import Definition, Task
from zhujian.foundation.workflow.testing import complete, task_at
from zhujian.foundation.workflow.tests import samples

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WUCHANG = "420106000000"


@pytest.fixture
def work(live):
    """One project in its first stage at the county office; people; one task overdue, one nearly due."""
    with transaction.atomic(), scope.system("测试"):
        samples.publish(*samples.ALL.values())
        people = {
            n: make_official(WUCHANG, "HUD", [r], name=n)
            for n, r in {
                "王窗口": "window",
                "赵审查": "reviewer",
                "钱审查": "reviewer",
                "孙局长": "approver",
                "李督查": "supervisor",
            }.items()
        }
        people["周流程"] = make_official("420100000000", "HUD", ["process_admin"], name="周流程")
        firm = make_enterprise(name="武汉光谷置业有限公司")
        keys = [scope_of(firm).keys[2]]
        for number, title in enumerate(["光谷中心城A地块住宅项目", "武昌滨江商务区二期", "东湖之滨改造工程"]):
            with scope.acting(scope_of(firm)):
                made = services.start(
                    "t_stage", subject=f"test.thing:{number}", region_code=WUCHANG, title=title, parties=keys, facts={}
                )
            complete(firm, task_at(made, "apply", "C01"), "done", comment="材料已备齐。")
            complete(people["王窗口"], task_at(made, "accept", "C01"), "accept", comment="材料齐全，予以受理。")
            people[f"流程{number}"] = made
        now = timezone.now()
        late, soon, _ = Task.objects.filter(node="review").order_by("id")
        Task.objects.filter(pk=late.pk).update(due=now - timedelta(days=2), yellow_at=now - timedelta(days=4))
        Task.objects.filter(pk=soon.pk).update(due=now + timedelta(days=1), yellow_at=now - timedelta(hours=1))
    return people


def test_an_official_works_through_the_list(work, new_page, live) -> None:
    page = new_page(account=work["赵审查"])
    page.goto("/workflow/todo/")
    assert page.get_by_text("超期2天").is_visible()
    assert not axe.violations(page)
    picture(page, "workflow-todo")
    page.get_by_role("link", name="办理review").first.click()
    page.get_by_role("button", name="领取任务").click()
    assert not axe.violations(page)
    picture(page, "workflow-task", full=True)
    page.get_by_text("更多操作").click()
    page.get_by_role("link", name="退回上一步").click()
    page.get_by_role("button", name="退回").click()
    assert page.get_by_text("请填写退回原因").first.is_visible()
    assert not axe.violations(page)
    picture(page, "workflow-return", full=True)
    page.go_back()
    page.goto(f"/workflow/tasks/{_first_task(work).pk}/")
    page.get_by_label("办理意见").fill("符合规划条件和技术标准。")
    page.get_by_role("button", name="同意", exact=True).click()
    assert page.get_by_text("已办结：同意").is_visible()
    page.goto("/workflow/done/")
    assert page.get_by_text("符合规划条件和技术标准。").is_visible()
    picture(page, "workflow-done")


def _first_task(work) -> Task:
    with transaction.atomic():
        return task_at(work["流程0"], "review", "C01")


def test_the_live_diagram_shows_tokens_and_drills_down(work, new_page) -> None:
    page = new_page(account=work["孙局长"])
    page.goto(f"/workflow/instances/{work['流程0'].pk}/")
    page.wait_for_selector("[data-island=bpmn][data-ready]")
    assert page.locator(".djs-element.zj-late, .djs-element.zj-now").count() >= 2
    picture(page, "workflow-instance", full=True)
    page.get_by_role("button", name="展开", exact=True).first.click()
    page.locator("svg text").filter(has_text="办理review").first.wait_for()
    assert page.locator(".djs-element.zj-done").count() >= 2
    picture(page, "workflow-drill")
    assert not axe.violations(page)


def test_supervision_urges(work, new_page) -> None:
    page = new_page(account=work["李督查"])
    page.goto("/workflow/supervision/")
    picture(page, "workflow-supervision")
    assert not axe.violations(page)
    page.locator("td a", has_text="督办").first.click()
    page.get_by_label("督办意见").fill("请于今日办结。")
    page.get_by_role("button", name="发出督办").click()
    assert page.get_by_text("已被督办 1 次").is_visible()


def test_a_city_edits_its_variant(work, new_page) -> None:
    page = new_page(account=work["周流程"])
    page.goto("/workflow/definitions/")
    assert not axe.violations(page)
    picture(page, "workflow-definitions")
    row = Definition.objects.get(key="t_approval", status="published", region_code="")
    page.goto(f"/workflow/definitions/{row.pk}/")
    page.wait_for_selector("[data-island=bpmn][data-ready]")
    picture(page, "workflow-definition", full=True)
    page.goto(f"/workflow/definitions/{row.pk}/edit/")
    page.wait_for_selector("[data-island=bpmn-editor][data-ready]")
    page.get_by_label("修改说明").first.fill("武汉合并受理")
    page.get_by_role("button", name="保存并检查").click()
    page.wait_for_url("**/definitions/*/")
    page.get_by_role("button", name="发布").click()
    assert page.get_by_text("已发布。新发起的流程使用此版本").is_visible()
    picture(page, "workflow-variant", full=True)
    assert not axe.violations(page)


def test_on_a_phone(work, new_page) -> None:
    page = new_page(PHONE, account=work["赵审查"], has_touch=True, is_mobile=True)
    for name, url in (("todo", "/workflow/todo/"), ("task", f"/workflow/tasks/{_first_task(work).pk}/"),
                      ("instance", f"/workflow/instances/{work['流程0'].pk}/")):  # fmt: skip
        page.goto(url)
        page.wait_for_timeout(700)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        picture(page, f"workflow-phone-{name}", full=True)
