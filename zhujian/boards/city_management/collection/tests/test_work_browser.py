"""Reports and tasks on a phone with a camera: photographed without a network, kept through a reload, arrived once."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from PIL import Image

from tests import axe
from tests.browser import picture
from zhujian.boards.city_management.collection.tests.kit import CONTROLLED, SMALL, STORED, rows, shoot, until
from zhujian.boards.city_management.command import services as command
from zhujian.boards.city_management.command.models import Photo, Report
from zhujian.boards.city_management.command.tests.kit import COUNTY, HERE, Loop, build
from zhujian.foundation import resources
from zhujian.foundation.documents import vault
from zhujian.foundation.kernel import scope
from zhujian.foundation.messages import services as messages

pytestmark = pytest.mark.django_db(transaction=True)


class Live(Loop):
    """The loop's verbs, each committed, so that the browser sees it."""

    def report(self, *given: Any, **more: Any) -> Any:
        with transaction.atomic():
            return super().report(*given, **more)

    def accept(self, *given: Any, **more: Any) -> Any:
        with transaction.atomic():
            return super().accept(*given, **more)

    def do(self, *given: Any, **more: Any) -> Any:
        with transaction.atomic():
            return super().do(*given, **more)

    def see(self, case: Any) -> Any:
        with transaction.atomic():
            return super().see(case)


@pytest.fixture
def loop(live: str) -> Loop:
    with transaction.atomic(), scope.system("测试"):
        made = Live(build())
        resources.get("municipal_assets.lamp").model.objects.create(
            code="4201060137000001", class_code="0137", name="关东路灯01", geom=f"SRID=4490;POINT({HERE[0] + 0.0001} {HERE[1]})", region_code=COUNTY,
            valid_from="2020-01-01",
        )  # fmt: skip
    return made


def test_a_report_made_without_a_network_survives_a_reload_and_arrives_once(loop: Loop, field: Any) -> None:
    page = field(loop.people.inspector, HERE)
    page.evaluate(CONTROLLED)
    page.get_by_role("button", name="路灯").wait_for()  # the lamp of a register this module does not know
    page.get_by_role("button", name="选择问题类别").click()  # classes are on the device once they were seen
    page.get_by_role("button", name="返回").click()
    page.context.set_offline(True)
    page.get_by_role("button", name="离线").wait_for()
    page.get_by_role("button", name="提交上报").click()
    page.get_by_text("还缺全景照片、近景照片、问题类别。").wait_for()
    page.get_by_role("button", name="拍全景").click()
    page.wait_for_function("() => document.querySelector('dialog.camera video')?.videoWidth > 0")
    picture(page, "field-camera")
    page.get_by_role("button", name="拍照").click()
    page.get_by_role("img", name="全景照片").wait_for()
    page.reload()  # the draft with its photo is still there
    page.get_by_role("img", name="全景照片").wait_for()
    shoot(page, "近景")
    page.get_by_role("button", name="选择问题类别").click()
    page.get_by_label("查找类别").fill("暴露")
    picture(page, "field-classes")
    axe.check(page)
    page.get_by_role("button", name="暴露生活垃圾").click()
    page.get_by_label("描述").fill("路口有一堆建筑垃圾")
    picture(page, "field-report", full=True)
    axe.check(page)
    assert page.evaluate(SMALL) == []
    page.get_by_role("button", name="提交上报").click()
    page.get_by_text("已保存在本机，联网后自动上传。").wait_for()
    (item,) = page.evaluate(STORED, "queue")
    assert rows(Report) == []
    page.reload()
    page.get_by_text("待传 1").wait_for()
    page.context.set_offline(False)
    report = until(lambda: rows(Report), "the report")[0]
    until(lambda: page.evaluate(STORED, "queue") == [], "an empty queue")
    assert (str(report.client_key), report.source, report.class_code, report.description) == (
        item["key"],
        "patrol",
        "0110",
        "路口有一堆建筑垃圾",
    )
    assert report.location.coords == HERE and report.grid_code == loop.people.grid.code
    photos = {photo.role: photo for photo in rows(Photo)}
    assert set(photos) == {"wide", "close"}
    for shot in item["shots"]:
        photo = photos[shot["role"]]
        with transaction.atomic(), scope.system("测试"):
            file = photo.file
        with vault.open_content(file.sm3) as stream:  # type: ignore[attr-defined]
            assert hashlib.sha256(stream.read()).hexdigest() == shot["sha256"] == file.sha256
        assert round(photo.captured_at.timestamp() * 1000) == shot["at"]
        assert photo.location.coords == HERE
    assert page.get_by_role("img", name="全景照片").count() == 0  # the form is empty again
    page.get_by_role("button", name="我的上报记录").click()
    page.get_by_text(report.number).wait_for()
    axe.check(page)
    page.get_by_role("button", name="返回").click()
    # The same item once more, as a device sends it whose answer was lost: the first one's number comes back.
    page.evaluate(
        """item => new Promise(done => { const asked = indexedDB.open('zhujian-field'); asked.onsuccess = () => {
          const work = asked.result.transaction('queue', 'readwrite'); work.objectStore('queue').put(item); work.oncomplete = () => { asked.result.close(); done(); }; }; })""",
        {**item, "shots": []},
    )
    page.reload()
    until(
        lambda: page.evaluate(STORED, "queue") == [] or any("refused" in one for one in page.evaluate(STORED, "queue")),
        "an answer",
    )
    assert len(rows(Report)) == 1


def test_the_nearest_component_is_taken_over_with_its_code(loop: Loop, field: Any) -> None:
    page = field(loop.people.inspector, HERE)
    page.get_by_role("button", name="路灯").click()
    page.get_by_role("button", name="路灯（部件0137）").wait_for()
    shoot(page, "全景", "近景")
    page.get_by_role("button", name="提交上报").click()
    report = until(lambda: rows(Report), "the report")[0]
    assert (report.kind, report.class_code, report.component_code) == ("component", "0137", "4201060137000001")


def test_what_is_refused_is_shown_with_its_reason(loop: Loop, field: Any) -> None:
    case = loop.assign(loop.to_department())
    crew = field(loop.people.crew, HERE, "tasks")
    crew.get_by_role("button", name="处置 暴露生活垃圾").click()
    shoot(crew, "处置前", "处置后")
    crew.context.set_offline(True)
    with transaction.atomic(), loop.act("department_desk"):
        command.do_revoke_assignment(case.pk, "改派二班")
    crew.get_by_role("button", name="处置完成").click()
    crew.context.set_offline(False)
    crew.get_by_text("未被接收").first.wait_for()
    crew.locator(".status").click()
    crew.get_by_role("button", name="删除").wait_for()
    picture(crew, "field-refused")
    axe.check(crew)


def test_an_old_picture_of_the_phone_is_refused_as_proof(loop: Loop, field: Any, tmp_path: Path) -> None:
    """Pitfall 22, from the device to the service: without a camera in the app a file is chosen, and its own time counts."""
    case = loop.assign(loop.to_department())
    crew = field(loop.people.crew, HERE, "tasks")
    crew.evaluate("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('denied')); }")
    crew.get_by_role("button", name="处置 暴露生活垃圾").click()
    for name, hours in (("处置前", 0), ("处置后", 30)):
        path = tmp_path / f"{hours}.jpg"
        Image.new("RGB", (1200, 900), (90, 60, hours)).save(path, "JPEG")
        os.utime(path, (time.time() - 3600 * hours,) * 2)
        with crew.expect_file_chooser() as chooser:
            crew.get_by_role("button", name=f"拍{name}").click()
        chooser.value.set_files(path)
        crew.get_by_role("img", name=f"{name}照片").wait_for()
    crew.get_by_role("button", name="处置完成").click()
    crew.get_by_text("早于任务下达").first.wait_for()
    assert loop.see(case).state == "handling" and rows(Photo, case=case.pk) == []


def test_messages_are_read_on_the_device(loop: Loop, field: Any) -> None:
    with transaction.atomic(), scope.system("测试"):
        messages.send(
            [f"person:{loop.people.inspector.pk}"],
            title="核查任务：暴露垃圾",
            body="测试路1号，请于15:00前完成。",
            link="/workflow/todo/",
        )
    page = field(loop.people.inspector, HERE, "inbox")
    page.locator('[data-tab="inbox"] .badge', has_text="1").wait_for()
    page.get_by_role("button", name="核查任务").click()
    page.get_by_text("请于15:00前完成").wait_for()
    picture(page, "field-message")
    axe.check(page)
    page.locator('[data-tab="inbox"] .badge').wait_for(state="hidden")
    page.get_by_role("button", name="返回").click()
    page.locator(".status").click()
    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("button", name="退出", exact=True).click()
    page.get_by_role("heading", name="请登录").wait_for()
    assert page.evaluate(STORED, "kept") == []  # nothing of what was read stays on the device
