"""The workbench: groups by urgency, counters, search, recently viewed; each page within its query budget."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from zhujian.foundation.identity.testing import login, make_enterprise, make_official, make_resident
from zhujian.foundation.workflow.models import Task
from zhujian.portals.workbench import recent, selectors

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def task(pk: int, due: datetime | None, yellow: datetime | None = None, paused: datetime | None = None) -> Task:
    return Task(pk=pk, title="受理", subject_title="滨江花园", due=due, yellow_at=yellow, paused_at=paused, created_at=NOW)


def test_tasks_are_grouped_by_urgency_most_urgent_first():
    hours = timedelta(hours=1)
    rows = [
        task(1, None), task(2, NOW + 240 * hours, NOW + 100 * hours), task(3, NOW - hours), task(4, NOW + 5 * hours, NOW - hours),
        task(5, NOW + 30 * hours, NOW - hours), task(6, NOW + 30 * hours, None, NOW),
    ]  # fmt: skip
    groups = [(group.code, [line.task.pk for line in group.lines]) for group in selectors.day(rows, NOW)]
    assert groups == [("red", [3]), ("today", [4]), ("yellow", [5]), ("green", [2]), ("grey", [6]), ("", [1])]


def test_an_official_without_tasks_is_told_so(client: Client, django_assert_max_num_queries):
    login(client, make_official("420106000000", name="周科长"))
    with django_assert_max_num_queries(22):
        page = client.get("/workbench/").content.decode()
    assert "周科长，今天要办的都办完了" in page and "现在没有待办" in page and "武昌" not in page


def test_whoever_enters_holidays_is_told_in_november_that_the_next_year_is_missing(client: Client, monkeypatch):
    monkeypatch.setattr("zhujian.portals.workbench.views.worktime.missing_years", lambda today: [2031])
    login(client, make_official("420000000000", roles=("parameter_admin",)))
    assert "尚未录入2031年节假日安排" in client.get("/workbench/").content.decode()
    login(client, make_official("420000000000", roles=("reviewer",)))
    assert "尚未录入2031年" not in client.get("/workbench/").content.decode()


def test_the_root_leads_each_kind_of_person_home(client: Client):
    login(client, make_official("420106000000"))
    assert client.get("/").headers["Location"] == "/workbench/"
    login(client, make_enterprise())
    assert client.get("/").headers["Location"] == "/enterprise/"
    login(client, make_resident())
    assert client.get("/").status_code == 200


def test_counters_are_numbers_for_the_signed_in_only(client: Client):
    assert client.get("/workbench/counters/", headers={"Accept": "application/json"}).status_code == 403
    login(client, make_official("420106000000"))
    assert client.get("/workbench/counters/").json() == {"todo": 0, "late": 0, "unread": 0}


def test_search_needs_words_and_says_when_nothing_fits(client: Client):
    login(client, make_official("420106000000"))
    assert "输入至少" in client.get("/workbench/search/?q=甲").content.decode()
    assert "没有找到" in client.get("/workbench/search/?q=不存在的名字").content.decode()


def test_recent_pages_keep_titles_newest_first_and_once(rf):
    request = rf.get("/r/project-management/project/3/")
    request.session = {}
    recent.note(request, "<title>滨江 &amp; 花园 · 工程项目 · 数字住建</title>".encode())
    request.path = "/r/project-management/project/4/"
    recent.note(request, "<title>光谷 · 数字住建</title>".encode())
    request.path = "/r/project-management/project/3/"
    recent.note(request, "<title>滨江 &amp; 花园 · 工程项目 · 数字住建</title>".encode())
    assert [one["title"] for one in recent.recent(request)] == ["滨江 & 花园 · 工程项目", "光谷"]
