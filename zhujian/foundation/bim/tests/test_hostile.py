"""Whatever is handed in and whatever is killed: a clear verdict, and the service goes on."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from zhujian.foundation.bim import samples, services
from zhujian.foundation.bim.intake import child, claim, lane
from zhujian.foundation.bim.models import Job, Version
from zhujian.foundation.bim.tests.conftest import COUNTY, fresh, work
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

GOOD = samples.building("IFC4", storeys=1)
LIMITS = {"memory_mb": 2048, "seconds": 60, "file_mb": 512}


def prepared(folder: Path, data: bytes = GOOD, **limits: int) -> Path:
    """A folder as the lane prepares it; returns the input."""
    job = {"most_bytes": 300 << 20, "ratio": 40, "most_elements": 10_000, "most_findings": 50, "packs": [], "hand": {}}
    (folder / "limits.json").write_text(json.dumps({**LIMITS, **limits}))
    (folder / "job.json").write_text(json.dumps(job))
    source = folder / "in.ifc"
    source.write_bytes(data)
    return source


def ended(folder: Path, data: bytes = GOOD, *, seconds: float = 60, **limits: int) -> child.Ending:
    return child.run(prepared(folder, data, **limits), folder, seconds=seconds, beat=lambda *_: True, stopped=lambda: False)


def verdict(found: child.Ending) -> str:
    """The code of a refusal, empty when there is a result; always with a sentence."""
    code, message = found.code, found.message
    if found.result and "refused" in found.result:
        code, message = found.result["refused"]["code"], found.result["refused"]["message"]
    assert not code or (code.startswith("bim.") and message.endswith("。")), (code, message)
    return code


# -- files ---------------------------------------------------------------------------------------------------------------


def zipped(name: str, data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("空.ifc", b"", "documents.empty"), ("乱码.ifc", b"\x00\x01\x02 nothing", "documents.kind_unknown"),
        ("假.ifc", b"%PDF-1.4 x", "documents."), ("炸弹.ifczip", zipped("x.ifc", b"ISO-10303-21;" + b"\n" * (80 << 20)), "documents.archive_bomb"),
        ("坏.ifczip", zipped("x.ifc", GOOD)[:300], "documents."),
    ],
)  # fmt: skip
def test_refused_at_the_door(name: str, data: bytes, code: str, hand_in: Callable[..., Version]) -> None:
    with pytest.raises(Refusal) as told:
        hand_in(data, name)
    assert told.value.code.startswith(code) and told.value.message.endswith("。")
    with scope.system("测试"):
        assert not Version.objects.exists()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (GOOD[: len(GOOD) * 2 // 3], "bim.truncated"), (GOOD.replace(b"'IFC4'", b"'IFC9'"), "bim.schema"),
(GOOD.partition(b"DATA;")[0] + b"DATA;\nENDSEC;\nEND-ISO-10303-21;\n", "bim.no_"),
        (b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n#1=IFCWALL(((((;\nENDSEC;\nEND-ISO-10303-21;\n", "bim."),
    ],
)  # fmt: skip
def test_broken_models_get_a_verdict(data: bytes, code: str, hand_in: Callable[..., Version]) -> None:
    version = hand_in(data)
    assert version.state == "failed_check" and version.verdict_code.startswith(code) and version.verdict.endswith("。"), (
        version.verdict
    )
    assert not version.job.waiting and version.errors_count == 1


def test_zipped_model_is_a_model(hand_in: Callable[..., Version]) -> None:
    assert hand_in(zipped("模型.ifc", GOOD), "模型.ifczip").state == "review"


def test_mutated_models_never_end_without_a_verdict(tmp_path: Path) -> None:
    """Bytes turned, lines dropped, doubled and exchanged, numbers blown up: the child ends with a result or a coded sentence."""
    random = Random(20_260_101)
    lines = GOOD.split(b"\n")
    first = next(i for i, line in enumerate(lines) if line.startswith(b"#"))
    for number in range(5):
        made = list(lines)
        for _ in range(random.choice((1, 5, 40))):
            place = random.randrange(first, len(made) - 4)
            kind = number % 5
            if kind == 0:
                raw = bytearray(made[place])
                raw[random.randrange(len(raw))] = random.randrange(32, 127)
                made[place] = bytes(raw)
            elif kind == 1:
                made[place] = b""
            elif kind == 2:
                made[place] = made[random.randrange(first, len(made) - 4)]
            elif kind == 3:
                made[place] = made[place].replace(b".", b"9999999999.", 3)
            else:
                made[place] = made[place].replace(b"$", b"*").replace(b"#", b"#9")
        folder = tmp_path / str(number)
        folder.mkdir()
        found = ended(folder, b"\n".join(made))
        assert verdict(found) or found.result, number
        assert not found.again


# -- limits --------------------------------------------------------------------------------------------------------------


def huge(megabytes: int) -> bytes:
    head, _, tail = GOOD.partition(b"ENDSEC;\nEND-ISO-10303-21;")
    block = b"".join(b"#%d=IFCCARTESIANPOINT((1.5,2.5,3.5));\n" % (1_000_000 + i) for i in range(20_000))
    blocks = (megabytes << 20) // len(block) + 1
    many = (
        b"".join(b"#%d=IFCCARTESIANPOINT((1.5,2.5,3.5));\n" % (1_000_000 + n * 20_000 + i) for i in range(20_000))
        for n in range(blocks)
    )
    return head + b"".join(many) + b"ENDSEC;\nEND-ISO-10303-21;" + tail


def test_memory_limit(tmp_path: Path) -> None:
    found = ended(tmp_path, huge(80), memory_mb=600)
    assert verdict(found) == "bim.memory" and "600 MB" in (found.message or found.result["refused"]["message"])
    # The system counts a child from the moment in which it still was its parent: a test process of its own size.
    inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert found.memory_mb < max(620, inherited + 20)


def test_time_limit(tmp_path: Path) -> None:
    found = ended(tmp_path, seconds=0.3)
    assert verdict(found) == "bim.time" and found.seconds < 5


def test_output_limit(tmp_path: Path) -> None:
    found = ended(tmp_path, samples.building("IFC4", storeys=6), file_mb=0)
    assert verdict(found) in ("bim.output", "bim.failed")


@pytest.mark.slow
def test_three_hundred_megabytes(tmp_path: Path) -> None:
    """300 MB beside a small building: read, checked and drawn under the usual limits."""
    source = prepared(tmp_path, huge(60), memory_mb=3072)
    with source.open("r+b") as stream:  # the rest of the 300 MB is one remark: read to its end like everything else
        tail = stream.read().rpartition(b"ENDSEC;")[2]
        stream.seek(-len(tail) - 7, 2)
        stream.write(b"/*")
        for _ in range(245):
            stream.write(b"-" * (1 << 20))
        stream.write(b"*/\nENDSEC;" + tail)
    assert source.stat().st_size > 300 << 20
    found = child.run(source, tmp_path, seconds=120, beat=lambda *_: True, stopped=lambda: False)
    assert found.result and "refused" not in found.result, verdict(found)
    assert found.result["elements"] == 18 and found.memory_mb < 3072


def test_child_is_confined(tmp_path: Path) -> None:
    """It knows no database, has its limits, and ends when told to."""
    env = child.environment()
    assert not [name for name in env if "DATABASE" in name or "ZHUJIAN" in name or "SECRET" in name]
    source = prepared(tmp_path)
    calls: list[int | None] = []

    def beat(progress: int | None, text: str) -> bool:
        calls.append(progress)
        return len(calls) < 2

    found = child.run(source, tmp_path, seconds=60, beat=beat, stopped=lambda: False)
    assert found.stopped and found.result is None


# -- killed --------------------------------------------------------------------------------------------------------------


def children() -> list[int]:
    """Process ids of children that convert."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            if b"zhujian.foundation.bim.convert" in words and parent == os.getpid():
                found.append(int(entry.name))
    return found


def kill_soon(stop: threading.Event, killed: list[int]) -> None:
    while not stop.is_set():
        for pid in children():
            if pid not in killed:
                time.sleep(0.4)
                try:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                except ProcessLookupError:
                    pass
        time.sleep(0.05)


def test_killed_child_is_tried_again_then_judged(hand_in: Callable[..., Version]) -> None:
    version = hand_in(samples.building("IFC4"), check=False)
    killed: list[int] = []
    stop = threading.Event()
    thread = threading.Thread(target=kill_soon, args=(stop, killed))
    thread.start()
    try:
        for attempt in (1, 2, 3):
            lane.run(lambda: False)
            assert fresh(version).job.attempts == attempt
    finally:
        stop.set()
        thread.join()
    version = fresh(version)
    assert len(killed) == 3 and version.state == "failed_check" and version.verdict_code == "bim.interrupted", version.verdict
    assert not version.job.waiting


def test_stopped_worker_gives_its_job_back(hand_in: Callable[..., Version]) -> None:
    version = hand_in(samples.building("IFC4", storeys=1), check=False)
    lane.run(lambda: True)
    job = fresh(version).job
    assert job.waiting and job.attempts == 0 and job.lease_until is None
    work()
    assert fresh(version).state == "review"


def test_lost_lease_is_taken_over_and_the_loser_writes_nothing(hand_in: Callable[..., Version], tmp_path: Path) -> None:
    version = hand_in(GOOD, check=False)
    first = claim.take()
    assert first is not None and claim.take() is None  # held: nobody else gets it
    with scope.system("测试"):
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    second = claim.take()
    assert second is not None and second.attempts == 2 and not claim.renew(first, 50, "x") and claim.renew(second, 10, "y")
    from zhujian.foundation.bim.intake import load

    load.finish(first, child.Ending(code="bim.time", message="……。"), tmp_path)
    assert fresh(version).state == "checking"


WORKER = """
import os, sys, time, django
os.environ["ZHUJIAN_DB_NAME"] = sys.argv[1]
os.environ["ZHUJIAN_VAR"] = sys.argv[2]
os.environ["DJANGO_SETTINGS_MODULE"] = "zhujian.settings"
django.setup()
from zhujian.foundation.bim.intake import lane
lane.run(lambda: False)
"""


@pytest.mark.django_db(transaction=True)
def test_killed_worker_takes_its_child_along_and_another_goes_on(own_var: Path) -> None:
    from django.conf import settings
    from django.core.files.base import ContentFile

    from zhujian.foundation.identity.testing import make_enterprise, scope_of

    with transaction.atomic(), scope.system("测试"):
        firm = make_enterprise(region="420100000000")
    with transaction.atomic(), scope.acting(scope_of(firm)):
        version = services.do_submit(
            {"name": "楼", "discipline": "arch", "region_code": COUNTY},
            ContentFile(samples.building("IFC4", storeys=4), name="楼.ifc"),
        )
    for name in ("database.json", "secret-key", "keys"):  # the other process is the same platform
        target = Path(os.environ.get("ZHUJIAN_VAR", settings.BASE / "var")) / name
        if target.exists() and not (own_var / name).exists():
            (own_var / name).symlink_to(target)
    name = connection.settings_dict["NAME"]
    worker = subprocess.Popen([sys.executable, "-c", WORKER, name, str(own_var)], cwd=settings.BASE)
    child_pid = None
    until = time.monotonic() + 40
    while child_pid is None and time.monotonic() < until:
        child_pid = _child_of(worker.pid)
        time.sleep(0.05)
    assert child_pid is not None
    time.sleep(0.5)
    worker.kill()
    worker.wait()
    until = time.monotonic() + 5
    while Path(f"/proc/{child_pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{child_pid}").exists()  # it ends with its parent
    assert _state(version).state == "checking"
    assert not lane.run(lambda: False)  # the lease still runs
    with transaction.atomic(), scope.system("测试"):
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert lane.run(lambda: False)
    assert _state(version).state == "review" and _state(version).job.attempts == 2


def _state(version: Version) -> Version:
    with transaction.atomic():
        return fresh(version)


def _child_of(pid: int) -> int | None:
    try:
        found: Any = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    for one in found:
        try:
            if b"zhujian.foundation.bim.convert" in Path(f"/proc/{one}/cmdline").read_bytes():
                return int(one)
        except OSError:
            continue
    return None
