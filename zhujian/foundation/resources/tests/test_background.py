"""Large imports: read, checked and saved by the worker; called off, refused, killed, and never half saved."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from zhujian.foundation.identity.models import Post
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.messages.models import Message
from zhujian.foundation.resources import progress
from zhujian.foundation.resources.background import asking, claim, lane, steps
from zhujian.foundation.resources.models import ImportBatch, ImportJob
from zhujian.foundation.resources.tests.test_import import IMPORT, count, row, upload, xlsx
from zhujian.foundation.standards.models import Standard


def csv(rows: int, *, wrong: int = 0) -> bytes:
    """A table of standards by the template; every `wrong`-th has an impossible day."""
    lines = [
        f"GB/T {n}-2026,标准{n},收集类,国家标准,{'2026-02-30' if wrong and n % wrong == 0 else '2026-03-01'}"
        for n in range(1, rows + 1)
    ]
    return ("标准号,标准名称,类别,级别,实施日期\n" + "\n".join(lines) + "\n").encode()


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows are many."""
    known = asking.number
    monkeypatch.setattr(asking, "number", lambda name: 10 if name == "import_background_rows" else known(name))


def batch() -> ImportBatch:
    with scope.system("test"):
        return ImportBatch.objects.select_related("job").get()


def work() -> int:
    """Do what waits; how many pieces."""
    done = 0
    while lane.run(lambda: False):
        done += 1
    return done


def texts() -> list[str]:
    with scope.system("test"):
        return list(Message.objects.order_by("id").values_list("title", flat=True))


def test_a_large_table_is_checked_and_saved_by_the_worker_with_the_same_report(as_keeper: Client, low: None) -> None:
    small = upload(as_keeper, xlsx([row(1), row(2, effective="2020-02-30"), row(3, effective="2019-01-01")]))
    with scope.system("test"):
        known = ImportBatch.objects.get()
        assert known.state == "checked" and not ImportJob.objects.exists()
        told = [fault[2:] for fault in known.faults]
        known.delete()
    assert small.status_code == 302
    rows = [row(1), row(2, effective="2020-02-30"), row(3, effective="2019-01-01"), *(row(n) for n in range(4, 40))]
    address = upload(as_keeper, xlsx(rows))["Location"]
    assert batch().state == "checking" and batch().faults == []
    page = as_keeper.get(address).content.decode()
    assert "正在检查" in page and "hx-get" in page and "取消" in page and "导入全部" not in page
    assert as_keeper.post(address, {"choice": "all"}).status_code == 409
    assert work() == 1
    assert as_keeper.get(address + "progress/")["HX-Refresh"] == "true"
    assert batch().state == "checked" and [fault[2:] for fault in batch().faults] == told and count() == 0
    assert "只导入没有问题的 37 行" in as_keeper.get(address).content.decode()
    as_keeper.post(address, {"choice": "good"})
    assert batch().state == "importing" and count() == 0
    assert work() == 1
    assert count() == 37 and batch().state == "imported"
    assert "新增 37 条" in as_keeper.get(address).content.decode()
    assert texts() == ["批量导入标准：检查完成，请查看结果", "批量导入标准：导入完成"]
    with scope.system("test"):
        made = Standard.objects.get(no="GB/T 5-2020")
    assert made.region_code == "420106000000" and made.created_by == batch().job.account


def test_what_is_called_off_saves_nothing(as_keeper: Client, low: None) -> None:
    address = upload(as_keeper, csv(20), "a.csv")["Location"]
    assert as_keeper.post(address + "cancel/").status_code == 302
    assert batch().state == "cancelled" and work() == 0
    assert "已取消" in as_keeper.get(address).content.decode()
    assert as_keeper.post(address + "cancel/").status_code == 409
    with scope.system("test"):
        ImportBatch.objects.all().delete()
    address = upload(as_keeper, csv(20), "a.csv")["Location"]
    work()
    as_keeper.post(address, {"choice": "all"})
    as_keeper.post(address + "cancel/")
    assert batch().state == "checked" and work() == 0 and count() == 0
    as_keeper.post(address, {"choice": "all"})  # and may begin again
    assert work() == 1 and count() == 20


def test_called_off_in_the_middle_the_work_is_rolled_back(as_keeper: Client, low: None) -> None:
    address = upload(as_keeper, csv(20), "a.csv")["Location"]
    work()
    as_keeper.post(address, {"choice": "all"})
    held = claim.take()
    assert held is not None

    def interrupt(share: int, text: str) -> None:
        if text == "存入登记簿":
            with scope.system("test"):
                ImportJob.objects.update(waiting=False, claimed_by="")

    # Called off from outside while rows are being stored: its own transaction sees that at the end.
    assert steps.perform(held.job, held.holder, interrupt) is False
    assert count() == 0 and batch().state == "importing"


def test_a_file_that_cannot_be_read_ends_with_a_verdict(as_keeper: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "heavy", lambda data: True)
    address = upload(as_keeper, b"PK\x03\x04broken", "a.xlsx")["Location"]
    assert batch().state == "reading" and work() == 1
    assert batch().state == "failed" and "已损坏" in batch().verdict
    assert "重新上传" in as_keeper.get(address).content.decode() and texts() == ["批量导入标准：没有完成"]


def test_who_lost_the_right_meanwhile_imports_nothing(as_keeper: Client, low: None) -> None:
    address = upload(as_keeper, csv(20), "a.csv")["Location"]
    work()
    as_keeper.post(address, {"choice": "all"})
    with scope.system("test"):
        Post.objects.filter(account=batch().job.account).update(roles=["viewer"])
    assert work() == 1 and count() == 0
    assert batch().state == "checked" and "岗位已变动" in batch().verdict


def test_a_neighbour_neither_sees_nor_stops_it(as_keeper: Client, low: None) -> None:
    address = upload(as_keeper, csv(20), "a.csv")["Location"]
    other = Client()
    login(other, make_official("420106000000", roles=("data_admin",), name="孙同事"))
    for answer in (other.get(address), other.get(address + "progress/"), other.post(address + "cancel/")):
        assert answer.status_code == 404
    assert batch().state == "checking"


def test_after_too_many_interruptions_it_is_judged(as_keeper: Client, low: None) -> None:
    upload(as_keeper, csv(20), "a.csv")
    with scope.system("test"):
        ImportJob.objects.update(attempts=3)
    assert work() == 1
    assert batch().state == "failed" and "多次中断" in batch().verdict


def test_progress_never_goes_back_and_ends_within_the_whole() -> None:
    heard: list[int] = []
    with progress.heard(lambda share, text: heard.append(share)):
        with progress.part(0, 40, "一"):
            for n in range(5):
                progress.tell(n, 5)
        with progress.part(40, 100, "二"), progress.part(50, 100, "三"):
            progress.tell(9, 3)
    assert heard == sorted(heard) and heard[-1] == 100 and 70 in heard


WORKER = """
import os, sys, django
os.environ["ZHUJIAN_DB_NAME"], os.environ["ZHUJIAN_VAR"] = sys.argv[1], sys.argv[2]
os.environ["DJANGO_SETTINGS_MODULE"] = "zhujian.settings"
django.setup()
from zhujian.foundation.resources.background import lane
lane.run(lambda: False)
"""


@pytest.fixture
def worker() -> Iterator[Any]:
    """Starts a worker's lane in a process of its own, on this test's database."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        name = str(connection.settings_dict["NAME"])
        started.append(subprocess.Popen([sys.executable, "-c", WORKER, name, str(settings.VAR)], cwd=settings.BASE))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def child_of(pid: int) -> int | None:
    """Process id of the worker's child that imports."""
    try:
        for one in Path(f"/proc/{pid}/task").iterdir():
            for found in (one / "children").read_text().split():
                if b"import_step" in Path(f"/proc/{found}/cmdline").read_bytes():
                    return int(found)
    except OSError:
        pass
    return None


def progress_now() -> tuple[int, str]:
    with transaction.atomic(), scope.system("test"):
        job = ImportJob.objects.get()
        return job.progress, job.stage_text


def until(what: Any, seconds: float = 60) -> Any:
    """Wait for `what()` to be true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_nothing_and_another_goes_on(client: Client, worker: Any) -> None:
    with transaction.atomic():
        login(client, make_official("420106000000", roles=("data_admin",), name="赵数据"))
    address = client.post(IMPORT, {"file": SimpleUploadedFile("a.csv", csv(6000))})["Location"]
    assert "正在检查" in client.get(address).content.decode()
    with transaction.atomic(), scope.system("test"):  # as a check of it would have left it
        ImportBatch.objects.update(state="checked", created=6000)
        ImportJob.objects.update(waiting=False)
    client.post(address, {"choice": "all"})
    process = worker()
    child = until(lambda: child_of(process.pid))
    until(lambda: progress_now()[1] == "存入登记簿")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    until(lambda: not Path(f"/proc/{child}").exists(), 10)  # it ends with its parent
    with transaction.atomic():
        assert count() == 0 and "正在导入" in client.get(address).content.decode()
    assert not lane.run(lambda: False)  # the lease still runs
    with transaction.atomic(), scope.system("test"):
        ImportJob.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert lane.run(lambda: False)
    with transaction.atomic():
        assert count() == 6000
        done = batch()
        assert done.state == "imported" and done.job.attempts == 2 and done.job.memory_mb
    assert "新增 6000 条" in client.get(address).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_killed_child_is_tried_again_and_calling_off_ends_it(client: Client, worker: Any) -> None:
    with transaction.atomic():
        login(client, make_official("420106000000", roles=("data_admin",), name="赵数据"))
    address = client.post(IMPORT, {"file": SimpleUploadedFile("a.csv", csv(6000))})["Location"]
    process = worker()
    child = until(lambda: child_of(process.pid))
    until(lambda: progress_now()[0] > 5)
    os.kill(child, signal.SIGKILL)
    process.wait()
    assert progress_now()[1] == "处理中断，等待重试"
    process = worker()
    until(lambda: progress_now()[0] > 5)
    client.post(address + "cancel/")
    began = time.monotonic()
    assert process.wait(15) == 0 and time.monotonic() - began < 10
    with transaction.atomic():
        assert batch().state == "cancelled" and count() == 0
