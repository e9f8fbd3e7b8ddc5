"""Recomputes the whole ledger from its entries and compares it with tiles, heads and signatures."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from zhujian.foundation.evidence.integrity import verify
from zhujian.foundation.kernel import scope


class Command(BaseCommand):
    """Verify the evidence ledger."""

    help = "从存证记录重新计算整个账本，核对树块、树头与签名"

    def handle(self, *args: object, **options: object) -> None:
        """Print the result; exit status 1 when something does not fit."""
        with transaction.atomic(), scope.system("账本核查"):
            faults, count = verify()
        if faults:
            raise CommandError("账本核查不通过：\n" + "\n".join(faults))
        self.stdout.write(f"账本核查通过：{count} 条记录。")
