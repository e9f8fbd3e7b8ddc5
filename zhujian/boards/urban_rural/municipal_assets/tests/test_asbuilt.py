"""The completion filing of a project asks for the as-built survey: one task, on time or overdue, delivered, checked, stored."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import AsBuilt
from zhujian.boards.urban_rural.municipal_assets.services import asbuilt
from zhujian.boards.urban_rural.municipal_assets.tests.world import WUCHANG
from zhujian.foundation.events import services as events
from zhujian.foundation.events.models import Event
from zhujian.foundation.identity.selectors import posts_of
from zhujian.foundation.identity.testing import login, make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.messages.models import Message
from zhujian.foundation.workflow.models import Instance
from zhujian.foundation.workflow.testing import complete, open_tasks, task_at

pytestmark = pytest.mark.django_db
CODE = "2305-420106-04-01-123456"


def zipped() -> SimpleUploadedFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("管线.geojson", '{"type": "FeatureCollection", "features": []}')
    return SimpleUploadedFile("成果.zip", out.getvalue())


@pytest.fixture
def people(db: None) -> dict[str, Any]:
    """The developer's agent, and the department's reviewer and data administrator."""
    firm = make_enterprise(name="测试置业公司", region=WUCHANG)
    with scope.system("test"):
        org = posts_of(firm)[0].organisation
    return {
        "firm": firm, "org": org, "reviewer": make_official(WUCHANG, roles=("reviewer",)), "keeper": make_official(WUCHANG, roles=("reviewer", "data_admin")),
    }  # fmt: skip


def filed(people: dict[str, Any], *, type: str = "T2", on: str = "", code: str = CODE) -> None:
    """What project management publishes when a completion filing is done."""
    payload = {
        "projectCode": code, "name": "光谷三路改造工程", "type": type, "developer": people["org"].code, "developerName": people["org"].name,
        "step": "E09", "number": "X-1", "occurredAt": timezone.now().isoformat(), "told": {"accepted_on": on} if on else {},
    }  # fmt: skip
    with scope.system("test"):
        events.publish(
            "filing.done",
            subject="project_management.project:1",
            region_code=WUCHANG,
            parties=[f"org:{people['org'].code}"],
            payload=payload,
        )
    while events.deliver_all():
        pass


def rows() -> list[AsBuilt]:
    with scope.system("test"):
        return list(AsBuilt.objects.order_by("id"))


def test_the_filing_asks_the_developer_once(people: dict[str, Any]) -> None:
    filed(people, on="2026-01-10")
    [row] = rows()
    assert (row.name, row.project_code, row.completed_on, row.due_on, row.origin) == (
        "光谷三路改造工程", CODE, date(2026, 1, 10), date(2026, 2, 9), "filing",
    )  # fmt: skip
    with scope.system("test"):
        instance = Instance.objects.get(subject=asbuilt.subject(row))
        assert [task.node for task in open_tasks(instance)] == ["deliver"]
        assert Message.objects.filter(account=people["firm"], title__contains="请提交竣工测量成果").count() == 1
        assert Event.objects.filter(name="asbuilt.asked").count() == 1
    filed(people, on="2026-01-20")  # filed anew: the same survey, counted from the new day
    assert [(one.pk, one.due_on) for one in rows()] == [(row.pk, date(2026, 2, 19))]
    with scope.system("test"):
        assert Instance.objects.filter(subject=asbuilt.subject(row)).count() == 1


def test_what_needs_no_survey_is_not_asked_and_the_day_is_never_to_come(people: dict[str, Any]) -> None:
    filed(people, type="T6")
    assert rows() == []
    filed(people, on=str(timezone.localdate() + timedelta(days=9)))
    assert rows()[0].completed_on == timezone.localdate()
    filed(people, on="不是日期", code=CODE[:-1] + "7")
    assert rows()[1].completed_on == timezone.localdate()


def test_delivered_returned_checked_and_stored(people: dict[str, Any], client: Any) -> None:
    filed(people)
    [row] = rows()
    with scope.system("test"):
        instance = Instance.objects.get(subject=asbuilt.subject(row))
    with pytest.raises(Refusal) as said:
        complete(people["firm"], task_at(instance, "deliver"), "done")
    assert {reason.field for reason in said.value.reasons} == {"kinds", "frame", "files"}
    sent = {"kinds": ["YS"], "frame": "CGCS2000 114°，1985", "files": [zipped()]}
    complete(people["firm"], task_at(instance, "deliver"), "done", **sent)
    with pytest.raises(Refusal, match="补测"):
        complete(people["reviewer"], task_at(instance, "check"), "return")
    complete(people["reviewer"], task_at(instance, "check"), "return", comment="缺少检查井高程")
    assert rows()[0].state == "due"
    complete(people["firm"], task_at(instance, "deliver"), "done", **{**sent, "files": []})
    complete(people["reviewer"], task_at(instance, "check"), "pass")
    assert rows()[0].state == "checked"
    login(client, people["keeper"])
    store = task_at(instance, "store")
    assert "成果.zip" in client.get(f"/workflow/tasks/{store.pk}/").content.decode()
    complete(people["keeper"], store, "done")
    assert rows()[0].state == "stored" and rows()[0].files.count() == 1
    with scope.system("test"):
        assert Event.objects.filter(name="asbuilt.delivered").count() == 2


def test_a_project_without_facilities_says_so_and_is_checked(people: dict[str, Any]) -> None:
    filed(people)
    with scope.system("test"):
        instance = Instance.objects.get(subject=asbuilt.subject(rows()[0]))
    with pytest.raises(Refusal, match="为什么没有"):
        complete(people["firm"], task_at(instance, "deliver"), "none")
    complete(people["firm"], task_at(instance, "deliver"), "none", comment="只改造室内")
    complete(people["reviewer"], task_at(instance, "check"), "pass")
    assert rows()[0].state == "none" and not open_tasks(instance)


def test_the_overdue_list_and_the_reminder(people: dict[str, Any], client: Any) -> None:
    filed(people, on=str(timezone.localdate() - timedelta(days=31)))
    filed(people, code=CODE[:-1] + "7")
    login(client, people["reviewer"])
    page = client.get("/municipal-assets/as-built/overdue/").content.decode()
    assert "1 天" in page and page.count("光谷三路改造工程") == 2
    with scope.system("test"):
        assert asbuilt.remind() == 1 and asbuilt.remind() == 0
    login(client, make_official("420111000000", roles=("reviewer",)))
    assert "光谷三路改造工程" not in client.get("/municipal-assets/as-built/overdue/").content.decode()
    with scope.acting(scope_of(people["firm"])):
        assert AsBuilt.objects.count() == 2
