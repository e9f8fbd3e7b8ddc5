"""The official pages of the loop: every step by its page, from the report to the closed case."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from zhujian.boards.city_management.command.models import Case, Report
from zhujian.boards.city_management.command.tests.kit import Loop, condition, png
from zhujian.foundation.identity.testing import login
from zhujian.foundation.kernel import scope

Browse = Callable[[str], Client]


@pytest.fixture
def browse(loop: Loop) -> Browse:
    """A client signed in as one of the city's people."""

    def sign_in(name: str) -> Client:
        client = Client()
        login(client, getattr(loop.people, name))
        return client

    return sign_in


def file(name: str = "after.png", colour: int = 7) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, png(colour), "image/png")


def text(answer) -> str:
    return answer.content.decode()


def report_of(case: Case) -> Report:
    with scope.system("test"):
        return Report.objects.filter(case=case).order_by("id").first()


PAGES = ("", "todo/", "cases/", "wall/", "leader/", "rules/", "maintain/", "desk/", "intake/", "wall/cases.geojson")


@pytest.mark.parametrize("path", PAGES)
def test_pages_open_for_whom_they_are_for(loop: Loop, browse: Browse, path: str) -> None:
    loop.to_department()
    loop.report()
    answer = browse("shift_leader").get(f"/command/{path}")
    assert answer.status_code == 200, answer.content[:400]


def test_a_report_goes_through_the_desk_and_the_next_one_opens(loop: Loop, browse: Browse) -> None:
    first, second = (
        loop.report("inspector", "patrol", description="第一件"),
        loop.report("inspector", "patrol", description="第二件", class_code="0112"),
    )
    desk = browse("acceptor")
    answer = desk.post("/command/desk/next/")
    assert answer.headers["Location"] == f"/command/desk/{first.pk}/"
    page = text(desk.get(f"/command/desk/{first.pk}/"))
    assert "第一件" in page and "暴露生活垃圾" in page and "4个工作时" in page
    chosen = condition("event", "0110")
    answer = desk.post(
        f"/command/desk/{first.pk}/accept/", {"class_key": "event:0110", "condition": chosen.pk, "act": "register"}
    )
    assert answer.headers["Location"] == f"/command/desk/{second.pk}/", "the next report opens by itself"
    with scope.system("test"):
        assert Report.objects.get(pk=second.pk).taken_by == loop.people.acceptor.pk
        assert Case.objects.get(reports=first).state == "to_dispatch"


def test_an_incomplete_decision_is_shown_again_and_nothing_is_saved(loop: Loop, browse: Browse) -> None:
    report = loop.report()
    desk = browse("acceptor")
    answer = desk.post(f"/command/desk/{report.pk}/accept/", {"class_key": "event:9999"})
    assert answer.status_code == 422 and "请从列表中选择小类" in text(answer)
    answer = desk.post(f"/command/desk/{report.pk}/refuse/", {"reason_code": "outside", "text": ""})
    assert answer.status_code == 422 and "理由将答复上报人" in text(answer)
    answer = desk.post(f"/command/desk/{report.pk}/merge/", {"case_number": "1"})
    assert answer.status_code == 422 and "没有找到要并入的案件" in text(answer)
    with scope.system("test"):
        assert Report.objects.get(pk=report.pk).state == "waiting" and not Case.objects.exists()


def test_a_duplicate_is_compared_and_merged(loop: Loop, browse: Browse) -> None:
    case = loop.to_department()
    report = loop.report("neighbour", lon=114.3006, description="门口垃圾没人管")
    desk = browse("acceptor")
    desk.post("/command/desk/take/", {"report": report.pk})
    page = text(desk.get(f"/command/desk/{report.pk}/"))
    assert "是不是同一件事" in page and case.number in page
    desk.post(f"/command/desk/{report.pk}/merge/", {"case": case.pk})
    with scope.system("test"):
        assert Report.objects.get(pk=report.pk).state == "merged" and Case.objects.get(pk=case.pk).report_count == 2


def test_somebody_else_s_report_is_not_decided(loop: Loop, browse: Browse) -> None:
    report = loop.report()
    browse("acceptor").post("/command/desk/take/", {"report": report.pk})
    answer = browse("other_acceptor").post(f"/command/desk/{report.pk}/refuse/", {"reason_code": "outside", "text": "不在本区"})
    assert answer.status_code == 409 and "已由acceptor领取" in text(answer)


def test_a_call_shows_what_the_caller_reported_before(loop: Loop, browse: Browse) -> None:
    loop.report("acceptor", "public_phone", reporter_phone="13800001234", description="上次的井盖")
    client = browse("acceptor")
    page = text(client.post("/command/intake/", {"look": "caller", "phone": "138 0000 1234"}, headers={"X-Part": "caller"}))
    assert "上次的井盖" in page and "13800001234" not in page
    values = {
        "client_key": "2b1f7d5c-0000-4000-8000-000000000009", "source": "public_phone", "phone": "13800001234", "name": "赵大妈",
        "description": "路灯不亮", "lon": "114.3005", "lat": "30.5005", "address": "测试路1号", "then": "desk",
    }  # fmt: skip
    answer = client.post("/command/intake/", values)
    with scope.system("test"):
        report = Report.objects.get(description="路灯不亮")
    assert answer.headers["Location"] == f"/command/desk/{report.pk}/" and report.taken_by == loop.people.acceptor.pk
    page = text(client.get(f"/command/desk/{report.pk}/"))
    assert "赵**" in page and "138****1234" in page and "赵大妈" not in page and "13800001234" not in page
    answer = client.post("/command/intake/", {**values, "lon": "", "client_key": "2b1f7d5c-0000-4000-8000-00000000000a"})
    assert answer.status_code == 422 and "请确定问题发生的地点" in text(answer)


def test_every_step_has_its_panel_and_leads_on(loop: Loop, browse: Browse) -> None:
    case = loop.patrol()
    steps = [
        ("dispatcher", "dispatch", {"org_code": loop.people.umb.code}, "建议"),
        ("department_desk", "assign", {"handler": loop.people.crew.pk}, "处置人员"),
        ("crew", "done", {"after": file()}, "处置后照片"),
        ("department_desk", "pass", {}, "打回"),
        ("acceptor", "send", {"inspector": loop.people.other_inspector.pk}, "监督员"),
        ("other_inspector", "pass", {"photos": file("check.png", 9), "comment": "已清理"}, "核查"),
        ("acceptor", "close", {}, "结案条件"),
    ]  # fmt: skip
    for who, outcome, data, shown in steps:
        client, task = browse(who), loop.task(case)
        listed = text(client.get("/command/todo/"))
        assert case.number in listed, (who, outcome)
        page = text(client.get(f"/command/cases/{case.pk}/"))
        assert shown in page and f"/command/tasks/{task.pk}/" in page, (who, outcome)
        answer = client.post(f"/command/tasks/{task.pk}/", {"outcome": outcome, "version": task.version, **data})
        assert answer.status_code == 302, (who, outcome, text(answer)[:3000])
    assert loop.see(case).state == "closed"
    page = text(browse("acceptor").get(f"/command/cases/{case.pk}/"))
    assert "处置前" in page and "处置后" in page and "按期办结" in page and "申诉" not in page


def test_what_is_missing_is_said_beside_its_field_and_kept(loop: Loop, browse: Browse) -> None:
    case = loop.assign(loop.to_department())
    task = loop.task(case)
    answer = browse("crew").post(f"/command/tasks/{task.pk}/", {"outcome": "done", "comment": "清完了"})
    assert answer.status_code == 422 and "请上传处置后照片" in text(answer) and "清完了" in text(answer)
    answer = browse("crew").post(f"/command/tasks/{task.pk}/", {"outcome": "back", "comment": ""})
    assert answer.status_code == 422 and "请写明退给部门的理由" in text(answer)
    assert loop.see(case).state == "handling"


def test_the_reporter_is_hidden_from_whoever_disposes(loop: Loop, browse: Browse) -> None:
    """Pitfall 21: a citizen's name and number are not visible to departments and firms, on no page and in no list."""
    report = loop.report("acceptor", "order", reporter_name="钱秘密", reporter_phone="13912345678")
    case = loop.dispatch(loop.accept(report, "other_acceptor"))
    for who in ("department_desk", "crew", "dispatcher"):
        client = browse(who)
        page = text(client.get(f"/command/cases/{case.pk}/"))
        assert "已保密" in page and "钱" not in page and "5678" not in page, who
        for path in (
            f"/command/reports/{report.pk}/",
            "/r/command/report/",
            f"/r/command/report/{report.pk}/reveal/",
            "/api/v1/command/report",
        ):
            assert client.get(path).status_code in (403, 404, 405), (who, path)
    page = text(browse("acceptor").get(f"/command/cases/{case.pk}/"))
    assert "钱**" in page and "139****5678" in page


def test_find_by_number(loop: Loop, browse: Browse) -> None:
    case = loop.patrol()
    client = browse("dispatcher")
    assert client.get("/command/find/", {"number": case.number}).headers["Location"] == f"/command/cases/{case.pk}/"
    assert client.get("/command/find/", {"number": report_of(case).number}).status_code == 404, (
        "reports are the supervision centre's"
    )
    assert client.get("/command/find/", {"number": "x" * 400}).status_code == 404


def test_photos_are_reduced_without_metadata_and_only_for_whom_the_case_concerns(loop: Loop, browse: Browse) -> None:
    case = loop.feed_back(loop.to_department())
    with scope.system("test"):
        photo = case.photos.first()
    answer = browse("department_desk").get(f"/command/photos/{photo.pk}/small")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/jpeg" and b"Exif" not in answer.content[:200]
    again = browse("department_desk").get(f"/command/photos/{photo.pk}/small", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert browse("firm").get(f"/command/photos/{photo.pk}/small").status_code == 404
