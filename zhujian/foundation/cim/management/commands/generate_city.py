"""Fills the registers with a generated city: one district, or a whole province for a benchmark."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from zhujian.foundation.cim import generator
from zhujian.foundation.cim.services import city
from zhujian.foundation.cim.services.bulk import bypasses_policies
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.models import ScopedModel


class Command(BaseCommand):
    """`python -m zhujian generate_city --buildings 1000000` (as the owner of the database: straight COPY, no history of each row)."""

    help = "生成演示城市：建筑物与市政设施（确定性生成，同样的种子得到同样的城市）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--buildings", type=int, default=2_000, help="建筑物数量，设施约为其两倍")
        parser.add_argument("--seed", type=int, default=1, help="种子")
        parser.add_argument("--only", default="", help="只写这些模块，用逗号隔开，例如 cim")

    def handle(self, *args: object, buildings: int, seed: int, only: str, **options: object) -> None:
        began = time.monotonic()
        chosen = {name: write for name, write in city.writers().items() if not only or name in only.split(",")}
        with transaction.atomic(), scope.system("生成演示城市"):
            towns = city.places(timezone.localdate())
        done = dict.fromkeys(chosen, 0)
        with _without_history(chosen):
            for made in generator.province(buildings, towns, seed):
                try:
                    with transaction.atomic(), scope.system("生成演示城市"):
                        for name, write in chosen.items():
                            done[name] += write(made)
                except DatabaseError as error:  # a code that is taken: two cities on one ground
                    text = f"“{made.name}”一片没有写入，之前的已写入：这里可能已经生成过城市。请在空库中运行，或只写其他模块（--only）。"
                    raise CommandError(f"{text}（{error.__cause__ or error}）") from error
        text = "，".join(f"{name} {count:,}" for name, count in done.items())
        self.stdout.write(f"{text}；{time.monotonic() - began:.1f} 秒")


@contextmanager
def _without_history(modules: Iterable[str]) -> Iterator[None]:
    """As the owner, leave out the history of each row while a city is poured in: what is generated has none worth keeping."""
    tables = []
    if bypasses_policies():
        models = [model for name in modules for model in apps.get_app_config(name).get_models()]
        tables = [f'"{model._meta.db_table}"' for model in models if issubclass(model, ScopedModel) and not model.append_only]
    _switch(tables, "DISABLE")
    try:
        yield
    finally:
        _switch(tables, "ENABLE")


def _switch(tables: list[str], way: str) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} {way} TRIGGER zj_history")
