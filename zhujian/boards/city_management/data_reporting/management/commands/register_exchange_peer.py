"""Registers a platform to exchange with; prints this platform's public keys for the other side."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from zhujian.boards.city_management.data_reporting.services import transport
from zhujian.boards.city_management.data_reporting.services.peers import do_register
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto import provider
from zhujian.foundation.kernel.errors import Refusal


class Command(BaseCommand):
    """Register a platform by its application id and key."""

    help = "登记数据交换的对接平台，并输出本平台的公钥"

    def add_arguments(self, parser: CommandParser) -> None:
        """What both sides have agreed."""
        parser.add_argument("direction", choices=["up", "down"], help="up 本平台上报，down 本平台接收")
        parser.add_argument("code", help="应用标识")
        parser.add_argument("--name", required=True)
        parser.add_argument("--region", required=True, help="12 位行政区划代码：谁的数据")
        parser.add_argument("--datasets", required=True, help="数据集代码，逗号分隔")
        parser.add_argument("--url", default="", help="对方接口地址（上报时）")
        parser.add_argument("--public-key", default="", help="对方 SM2 公钥")
        parser.add_argument("--secret", default="", help="共享密钥（HMAC-SM3）")

    def handle(self, *args: object, **options: str) -> None:
        """Register and print the keys."""
        signing = "hmac" if options["secret"] else "sm2"
        try:
            with transaction.atomic(), scope.system("登记对接平台"):
                peer = do_register(
                    direction=options["direction"], code=options["code"], name=options["name"], region_code=options["region"],
                    datasets=options["datasets"].split(","), url=options["url"], signing=signing, public_key=options["public_key"],
                    secret=options["secret"],
                )  # fmt: skip
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"request-key {transport.own_public_key(peer)}")
        self.stdout.write(f"reply-key {provider().public_key(transport.REPLY_KEY).hex()}")
