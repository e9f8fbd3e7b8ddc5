"""`python -m zhujian import_step JOB HOLDER MEMORY_MB WORKER`: one step of a large import, started by the worker's lane."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from zhujian.foundation.resources.background import child, steps

PR_SET_PDEATHSIG = 1
MB = 1 << 20


class Command(BaseCommand):
    """Do one step and end; progress goes to standard output, a line of JSON each."""

    help = "处理一次大批量导入的一步（由后台工作进程启动）"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The job, who holds it, the memory it may take, and the process it ends with."""
        parser.add_argument("job", type=int)
        parser.add_argument("holder")
        parser.add_argument("memory_mb", type=int)
        parser.add_argument("worker", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Work within the limits; ends with its parent."""
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != options["worker"]:
            return  # it died while this was starting
        resource.setrlimit(resource.RLIMIT_AS, (options["memory_mb"] * MB,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(5)
        try:
            steps.perform(options["job"], options["holder"], say)
        except MemoryError:
            sys.exit(child.MEMORY)


def say(progress: int, text: str) -> None:
    """Tell the parent how far the work is."""
    sys.stdout.write(json.dumps({"progress": progress, "text": text}) + "\n")
    sys.stdout.flush()
