"""`python -m zhujian worker`: delivers events, seals evidence, runs timers."""

from __future__ import annotations

import signal
import threading

from django.core.management.base import BaseCommand, CommandParser

from zhujian.foundation.events import services, worker


class Command(BaseCommand):
    """Run the background worker."""

    help = "后台工作进程：投递事件、封存证据、刷新时限"

    def add_arguments(self, parser: CommandParser) -> None:
        """`--once` does everything due once and stops."""
        parser.add_argument("--once", action="store_true", help="处理一轮后退出")

    def handle(self, *args: object, **options: object) -> None:
        """Work until SIGTERM or SIGINT."""
        if options["once"]:
            while services.deliver_all():
                pass
            self.stdout.write(str(worker.run_jobs()))
            worker.run_lanes()
            return
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        worker.loop(stop.is_set)
