"""Pages: what people see and press, without JavaScript."""

from __future__ import annotations

import json

import pytest
from django import forms
from django.test import Client

from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.workflow import handlers_api
from zhujian.foundation.workflow.models import Definition, Instance, Task
from zhujian.foundation.workflow.testing import complete, open_tasks, task_at
from zhujian.foundation.workflow.tests import samples

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser_of():
    def go(account) -> Client:
        client = Client()
        login(client, account)
        return client

    return go


def test_todo_shows_what_is_mine_and_completing_moves_it_to_done(office, begin, browser_of) -> None:
    instance = begin("t_simple")
    task = task_at(instance, "a")
    one, window = browser_of(office.one), browser_of(office.window)
    assert "办理a" in one.get("/workflow/todo/").content.decode()
    assert "办理a" not in window.get("/workflow/todo/").content.decode()
    page = one.get(f"/workflow/tasks/{task.pk}/").content.decode()
    assert "同意" in page and "不予同意" in page
    answer = one.post(f"/workflow/tasks/{task.pk}/", {"outcome": "pass", "comment": "符合要求", "version": task.version})
    assert answer.status_code == 302
    assert "符合要求" in one.get("/workflow/done/").content.decode()
    again = one.post(f"/workflow/tasks/{task.pk}/", {"outcome": "pass", "version": task.version})
    assert again.status_code == 409 and "审查甲" in again.content.decode()


def test_wrong_outcome_is_answered_on_the_page_with_the_comment_kept(office, begin, browser_of) -> None:
    task = task_at(begin("t_simple"), "a")
    answer = browser_of(office.one).post(f"/workflow/tasks/{task.pk}/", {"outcome": "", "comment": "写了很多"})
    assert answer.status_code == 422
    assert "请选择办理结论" in answer.content.decode() and "写了很多" in answer.content.decode()


def test_outsiders_get_404_on_every_page(office, begin, browser_of) -> None:
    task = task_at(begin("t_simple"), "a")
    far = browser_of(office.far)
    for url in (f"/workflow/tasks/{task.pk}/", f"/workflow/tasks/{task.pk}/urge/", f"/workflow/instances/{task.instance_id}/",
                f"/workflow/instances/{task.instance_id}/diagram.json"):  # fmt: skip
        assert far.get(url).status_code in (403, 404), url
    assert far.post(f"/workflow/tasks/{task.pk}/", {"outcome": "pass"}).status_code == 404


def test_registered_form_is_shown_checked_and_handed_to_the_handler(office, begin, browser_of, monkeypatch) -> None:
    class AreaForm(forms.Form):
        skip_outcomes = ("reject",)
        area = forms.IntegerField(label="建筑面积", min_value=1, error_messages={"required": "请填写建筑面积。"})

    class Handler(handlers_api.ProcessHandler):
        key = "t_form"

        def check(self, task, outcome, data):
            return [Reason("t.big", "面积超过上限。", "area")] if data.get("area", 0) > 1000 else []

        def did(self, task, outcome, data):
            return {"area": data.get("area")}

    monkeypatch.setitem(handlers_api._handlers, "t_form", Handler())
    monkeypatch.setitem(handlers_api._forms, "t.area", AreaForm)
    with scope.system("测试"):
        samples.publish(samples.bpmn("t_form", [samples.start(), samples.user("a", outcomes=samples.YESNO, form="t.area"), samples.end()],
                                     [("s", "a"), ("a", "e")]))  # fmt: skip
    task = task_at(begin("t_form"), "a")
    one = browser_of(office.one)
    assert "建筑面积" in one.get(f"/workflow/tasks/{task.pk}/").content.decode()
    for value, words in (("", "请填写建筑面积"), ("1001", "面积超过上限")):
        answer = one.post(f"/workflow/tasks/{task.pk}/", {"outcome": "pass", "area": value})
        assert answer.status_code == 422 and words in answer.content.decode()
    assert one.post(f"/workflow/tasks/{task.pk}/", {"outcome": "pass", "area": "900"}).status_code == 302
    with scope.system("测试"):
        assert Instance.objects.get(pk=task.instance_id).facts == {"area": 900}


def test_claim_return_and_urge_by_their_small_pages(office, begin, browser_of) -> None:
    instance = begin("t_stage")
    complete(office.firm, task_at(instance, "apply", "C01"), "done")
    complete(office.window, task_at(instance, "accept", "C01"), "accept")
    task = task_at(instance, "review", "C01")
    one = browser_of(office.one)
    assert one.post(f"/workflow/tasks/{task.pk}/claim/").status_code == 302
    assert "退回到" in one.get(f"/workflow/tasks/{task.pk}/return/").content.decode()
    answer = one.post(f"/workflow/tasks/{task.pk}/return/", {"node": "accept", "reason": ""})
    assert answer.status_code == 422 and "请填写退回原因" in answer.content.decode()
    assert one.post(f"/workflow/tasks/{task.pk}/return/", {"node": "accept", "reason": "材料不齐"}).status_code == 302
    waiting = task_at(instance, "accept", "C01")
    boss = browser_of(office.supervisor)
    assert boss.post(f"/workflow/tasks/{waiting.pk}/urge/", {"message": "请今天办结"}).status_code == 302
    assert "督办" in browser_of(office.window).get(f"/workflow/tasks/{waiting.pk}/").content.decode()


@pytest.mark.parametrize("name", ["transfer", "delegate", "countersign"])
def test_handing_over_by_page(office, begin, browser_of, name: str) -> None:
    task = task_at(begin("t_simple"), "a")
    one = browser_of(office.one)
    page = one.get(f"/workflow/tasks/{task.pk}/{name}/").content.decode()
    assert "审查乙" in page
    data = {"account": office.two.pk, "reason": "出差", "accounts": [office.two.pk], "question": "请提意见"}
    assert one.post(f"/workflow/tasks/{task.pk}/{name}/", data).status_code == 302
    assert "办理a" in browser_of(office.two).get("/workflow/todo/").content.decode()


def test_instance_page_and_live_diagram_drill_down(office, begin, browser_of) -> None:
    instance = begin("t_stage")
    complete(office.firm, task_at(instance, "apply", "C01"), "done")
    one = browser_of(office.one)
    assert "C01" in one.get(f"/workflow/instances/{instance.pk}/").content.decode()
    live = one.get(f"/workflow/instances/{instance.pk}/diagram.json").json()
    assert live["nodes"]["f"]["state"] == "done" and live["nodes"]["c1"]["state"] == "now"
    assert "BPMNDiagram" in live["xml"]
    inner = one.get(live["called"]["c1"]).json()
    assert inner["nodes"]["apply"]["state"] == "done" and inner["nodes"]["accept"]["state"] == "now"
    assert inner["nodes"]["accept"]["link"] == f"/workflow/tasks/{task_at(instance, 'accept', 'C01').pk}/"
    assert one.get(f"/workflow/instances/{instance.pk}/diagram.json?spec=t_approval").json()["nodes"]["apply"]["state"] == "next"
    assert one.get(f"/workflow/instances/{instance.pk}/diagram.json?spec=secret").status_code == 404


def test_suspend_and_resume_by_page(office, begin, browser_of) -> None:
    instance = begin("t_simple")
    boss = browser_of(office.supervisor)
    assert boss.post(f"/workflow/instances/{instance.pk}/suspend/", {"reason": ""}).status_code == 422
    assert boss.post(f"/workflow/instances/{instance.pk}/suspend/", {"reason": "司法查封"}).status_code == 302
    assert "司法查封" in boss.get(f"/workflow/instances/{instance.pk}/").content.decode()
    assert boss.post(f"/workflow/instances/{instance.pk}/resume/", {"reason": "解除"}).status_code == 302
    assert browser_of(office.one).get(f"/workflow/instances/{instance.pk}/suspend/").status_code == 403


def test_lists_page_by_key_and_filter(office, begin, browser_of) -> None:
    for number in range(35):
        begin("t_simple", f"test.thing:{number}")
    one = browser_of(office.one)
    page = one.get("/workflow/todo/")
    assert len(page.context["rows"]) == 30 and page.context["counts"]["todo"] == 35
    rest = one.get(page.context["next"])
    assert len(rest.context["rows"]) == 5 and not rest.context["next"]
    assert not {t.pk for t, _ in page.context["rows"]} & {t.pk for t, _ in rest.context["rows"]}
    assert one.get("/workflow/todo/?q=没有这个").context["rows"] == []
    assert one.get("/workflow/todo/?after=x~y&light=blue").status_code == 200


def test_lists_ask_the_database_little(office, begin, browser_of, django_assert_max_num_queries) -> None:
    for number in range(12):
        begin("t_simple", f"test.thing:{number}")
    one = browser_of(office.one)
    one.get("/workflow/todo/")
    with django_assert_max_num_queries(20):
        one.get("/workflow/todo/")


def test_supervision_lists_the_regions_late_tasks_only(office, begin, browser_of) -> None:
    from datetime import timedelta

    from django.utils import timezone

    task = task_at(begin("t_simple"), "a")
    with scope.system("测试"):
        Task.objects.filter(pk=task.pk).update(
            due=timezone.now() - timedelta(days=2), yellow_at=timezone.now() - timedelta(days=3)
        )
        elsewhere = make_official("420500000000", "HUD", ["supervisor"])
    page = browser_of(office.supervisor).get("/workflow/supervision/").content.decode()
    assert "办理a" in page and "超期2天" in page
    assert "办理a" not in browser_of(elsewhere).get("/workflow/supervision/").content.decode()
    assert browser_of(office.one).get("/workflow/supervision/").status_code == 403


@pytest.fixture
def editor(db):
    with scope.system("测试"):
        return make_official("420100000000", "HUD", ["process_admin"], name="流程管理")


def test_a_city_drafts_checks_and_publishes_its_variant(office, begin, editor, browser_of) -> None:
    with scope.system("测试"):
        (default,) = samples.publish(samples.bpmn(
            "t_city", [samples.start(), samples.user("a", mandatory="true"), samples.user("b"), samples.end()], [("s", "a"), ("a", "b"), ("b", "e")]
        ))  # fmt: skip
    client = browser_of(editor)
    assert client.get("/workflow/definitions/").status_code == 200
    assert client.get(f"/workflow/definitions/{default.pk}/edit/").status_code == 200
    given = client.get(f"/workflow/definitions/{default.pk}/editor.json").json()
    assert given["findings"] == [] and ["reviewer", "审查人员"] in given["options"]["roles"]
    without = samples.bpmn("t_city", [samples.start(), samples.user("b"), samples.end()], [("s", "b"), ("b", "e")])
    saved = client.post(
        f"/workflow/definitions/{default.pk}/save", json.dumps({"xml": without}), content_type="application/json"
    ).json()
    assert [f["code"] for f in saved["findings"]] == ["variant.mandatory"]
    draft = Definition.objects.get(key="t_city", region_code="420100000000")
    refused = client.post(f"/workflow/definitions/{draft.pk}/publish/")
    assert refused.status_code == 422 and "必经环节" in refused.content.decode()
    short = samples.bpmn(
        "t_city", [samples.start(), samples.user("a", mandatory="true"), samples.end()], [("s", "a"), ("a", "e")]
    )
    saved = client.post(
        f"/workflow/definitions/{default.pk}/save", json.dumps({"xml": short}), content_type="application/json"
    ).json()
    assert saved["findings"] == [] and saved["url"] == f"/workflow/definitions/{draft.pk}/"
    assert "删除任务“办理b”" in client.get(saved["url"]).content.decode()
    assert client.post(f"/workflow/definitions/{draft.pk}/publish/").status_code == 302
    instance = begin("t_city")
    complete(office.one, task_at(instance, "a"), "done")
    assert not open_tasks(instance)
    assert client.post(f"/workflow/definitions/{draft.pk}/retire/").status_code == 302


def test_definitions_are_changed_only_with_the_right_and_in_the_own_region(office, editor, browser_of) -> None:
    default = Definition.objects.get(key="t_simple", status="published")
    body = json.dumps({"xml": samples.SIMPLE})
    assert (
        browser_of(office.one).post(f"/workflow/definitions/{default.pk}/save", body, content_type="application/json").status_code
        == 403
    )
    with scope.system("测试"):
        (far,) = samples.publish(samples.SIMPLE, region="420500000000")
    assert (
        browser_of(editor).post(f"/workflow/definitions/{far.pk}/save", body, content_type="application/json").status_code == 403
    )
    assert (
        browser_of(editor).post(f"/workflow/definitions/{default.pk}/save", "{", content_type="application/json").status_code
        == 422
    )


def test_decision_is_shown_as_a_table(office, browser_of) -> None:
    row = Definition.objects.get(key="t_kind")
    page = browser_of(office.one).get(f"/workflow/definitions/{row.pk}/").content.decode()
    assert "[300..10000]" in page and "&quot;T1&quot;" in page
