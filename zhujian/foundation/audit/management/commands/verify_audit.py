"""Recomputes the audit chain and compares it with the records and with the anchors in the evidence ledger."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from zhujian.foundation.audit.services import verify
from zhujian.foundation.kernel import scope


class Command(BaseCommand):
    """Verify the audit chain."""

    help = "重新计算审计链，核对审计记录与证据账本中的锚点"

    def handle(self, *args: object, **options: object) -> None:
        """Print the result; exit status 1 when something does not fit."""
        with transaction.atomic(), scope.system("审计链核查"):
            faults, count = verify()
        if faults:
            raise CommandError("审计链核查不通过：\n" + "\n".join(faults))
        self.stdout.write(f"审计链核查通过：{count} 条记录。")
