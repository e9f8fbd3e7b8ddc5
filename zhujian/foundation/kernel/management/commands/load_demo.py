"""Loads the demo province: each module's ``demo.py`` has a ``load()``, called exactly once per database."""

from __future__ import annotations

import importlib

from django.core.management.base import BaseCommand
from django.db import transaction

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.models import LoadedDemo
from zhujian.foundation.kernel.registry import modules


class Command(BaseCommand):
    """Load demo data of every module that has not been loaded yet."""

    help = "载入演示数据（每个模块只载入一次，可重复执行）"

    def handle(self, *args: object, **options: object) -> None:
        """Call every module's `demo.load()` in registry order; the data and the note that they are loaded commit together."""
        for mod in modules():
            if not mod.has("demo"):
                continue
            with transaction.atomic(), scope.system("演示数据装载"):
                self.stdout.write(f"{mod.title} …")  # what takes long is named while it does
                _, first = LoadedDemo.objects.get_or_create(module=mod.code)
                done = importlib.import_module(f"{mod.package}.demo").load() if first else "已载入过"
            self.stdout.write(f"{mod.title}：{done or '完成'}")
