"""Prints one login per role of the demo."""

from __future__ import annotations

import unicodedata

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from zhujian.foundation.identity import demo
from zhujian.foundation.identity.models import Account


def width(text: str) -> int:
    """Columns a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows as aligned columns, the first as heading."""
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(row)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * w for w in widths), *lines[1:]])


class Command(BaseCommand):
    """One login per role."""

    help = "列出演示环境的登录账号（每种角色一个）"

    def handle(self, *args: object, **options: object) -> None:
        """Print login name, person, roles; password and second factor below."""
        if settings.PRODUCTION:
            raise CommandError("生产环境没有演示账号。")
        rows = {row["username"]: row for row in demo.people()}
        known = set(Account.objects.filter(username__in=rows).values_list("username", flat=True))
        lines: list[tuple[str, ...]] = [("登录名", "姓名", "角色", "可以做什么")]
        lines += [
            (name, rows[name]["name"], demo.role_titles(rows[name]), about) for _, name, about in demo.picks() if name in known
        ]
        if len(lines) == 1:
            raise CommandError("还没有演示数据，请先运行 ./run demo。")
        self.stdout.write(table(lines))
        self.stdout.write(f"\n密码都是 {demo.DEMO_PASSWORD}；工作人员还需动态码：登录页显示当前动态码，")
        self.stdout.write(f"也可把密钥 {demo.DEMO_TOTP} 加入手机认证器。登录页可一键登录以上账号。")
