"""Loads what the platform cannot run without: each module's ``reference.py`` has a ``load()``; idempotent."""

from __future__ import annotations

import importlib

from django.core.management.base import BaseCommand
from django.db import transaction

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.registry import modules


class Command(BaseCommand):
    """Load reference data of every module."""

    help = "载入行政区划、参数、流程定义等基础数据（可重复执行）"

    def handle(self, *args: object, **options: object) -> None:
        """Call every module's `reference.load()` in registry order, one transaction each."""
        for mod in modules():
            if not mod.has("reference"):
                continue
            with transaction.atomic(), scope.system("基础数据装载"):
                done = importlib.import_module(f"{mod.package}.reference").load()
            self.stdout.write(f"{mod.title}：{done or '完成'}")
