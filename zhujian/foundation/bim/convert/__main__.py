"""`python -m zhujian.foundation.bim.convert INPUT FOLDER`: see the package. Exit 0 with ``result.json``, whatever the verdict."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path

CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
MB = 1 << 20


def confine(memory_mb: int, seconds: int, file_mb: int) -> None:
    """Limits that the file cannot lift: memory, processor time, size of what is written, no core, no network; ends with its parent."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)  # where the system lets nobody do this, the missing routes of the code remain
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * MB, memory_mb * MB))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_mb * MB, file_mb * MB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        os.nice(5)


def main() -> int:
    """Confine, work, write the result."""
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    limits = json.loads((folder / "limits.json").read_text(encoding="utf-8"))
    confine(limits["memory_mb"], limits["seconds"], limits["file_mb"])
    # Only now: these load the libraries that read foreign bytes.
    from zhujian.foundation.bim.convert.report import Refused, say
    from zhujian.foundation.bim.convert.work import Job, convert, refused

    try:
        result = convert(source, folder, Job.read(folder), say)
    except Refused as error:
        result = refused(error)
    except MemoryError:
        text = f"模型过大：处理时超过了 {limits['memory_mb']} MB 内存上限。请按专业或楼栋拆分后分别上传。"
        result = {"refused": {"code": "bim.memory", "message": text}}
    (folder / "result.part").write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
    os.replace(folder / "result.part", folder / "result.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
