"""Registers a witness of the evidence ledger."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from zhujian.foundation.evidence.services import register_witness
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal


class Command(BaseCommand):
    """Register a witness by its public key."""

    help = "登记账本见证方（公钥由见证方用 evidence_witness.py key 生成）"

    def add_arguments(self, parser: CommandParser) -> None:
        """Name and key."""
        parser.add_argument("name", help="见证方名称，与见证方生成密钥时所用的一致")
        parser.add_argument("public_key", help="SM2 公钥，128 位十六进制")
        parser.add_argument("--organisation", default="", help="统一社会信用代码")

    def handle(self, *args: object, **options: str) -> None:
        """Register and say so."""
        try:
            with transaction.atomic(), scope.system("登记见证方"):
                found = register_witness(options["name"], options["public_key"], options["organisation"])
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"已登记见证方：{found.name}")
