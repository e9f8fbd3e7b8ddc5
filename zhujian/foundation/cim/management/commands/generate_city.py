"""Fills the registers with a generated city: one district, or a whole province for a benchmark."""

from __future__ import annotations

import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from zhujian.foundation.cim.models import Building
from zhujian.foundation.cim.services import city, province
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal


class Command(BaseCommand):
    """`python -m zhujian generate_city --buildings 1000000` (as the owner of the database: straight COPY, no history of each row).

    Run again it goes on where it ended, with the same seed; a larger number adds districts.
    """

    help = "生成演示城市：建筑物与市政设施（确定性生成，同样的种子得到同样的城市；中断后再执行即续写）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--buildings", type=int, default=2_000, help="建筑物数量，设施约为其两倍")
        parser.add_argument("--seed", type=int, default=1, help="种子")
        parser.add_argument("--only", default="", help="只写这些模块，用逗号隔开，例如 cim")

    def handle(self, *args: object, buildings: int, seed: int, only: str, **options: object) -> None:
        began = time.monotonic()
        known = city.writers()
        unknown = set(filter(None, only.split(","))) - known.keys()
        if unknown:
            raise CommandError(f"没有模块 {'、'.join(sorted(unknown))}；可选：{'、'.join(known)}。")
        chosen = {name: write for name, write in known.items() if not only or name in only.split(",")}
        with transaction.atomic(), scope.system(province.WHY):
            towns = city.places(timezone.localdate())
        if not towns:
            raise CommandError("没有县级区划的示意界线，不知道城市建在哪里。请先执行 load_reference。")
        try:
            done = province.pour(buildings, towns, seed, chosen, self.tell)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        if not done.made:
            self.tell(f"已有 {done.buildings:,} 幢（{done.found} 片），没有需要写入的")
            return
        text = "，".join(f"{name} {count:,}" for name, count in done.rows.items())
        before = f"原有 {done.found} 片，" if done.found else ""
        self.tell(f"{before}写入 {done.made} 片：{text}；共 {done.buildings:,} 幢，{time.monotonic() - began:.1f} 秒；{_size()}")

    def tell(self, text: str) -> None:
        """One line at once, also into a file."""
        self.stdout.write(text)
        self.stdout.flush()


def _size() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_size_pretty(pg_database_size(current_database())), pg_size_pretty(pg_total_relation_size(%s))",
            [f'"{Building._meta.db_table}"'],
        )
        return "数据库 {}，其中建筑物 {}".format(*cursor.fetchone())
