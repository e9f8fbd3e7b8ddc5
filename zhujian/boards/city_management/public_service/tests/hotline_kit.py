"""What the tests of the hotlines share: one order, and verbs."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client
from django.utils import timezone

from zhujian.boards.city_management.command.tests.kit import HERE
from zhujian.boards.city_management.public_service.hotline import orders as format_
from zhujian.boards.city_management.public_service.hotline import signature
from zhujian.boards.city_management.public_service.models import StatusPush, WorkOrder
from zhujian.boards.city_management.public_service.services import orders
from zhujian.foundation.kernel import scope

DOOR = "/public-service/hotline/orders/"
ORDER: dict[str, Any] = {
    "order_no": "20251107000123", "source": "hotline_12345", "kind": "complaint", "content": "小区门口垃圾没人清，臭气熏天", "address": "民主路8号",
    "lon": HERE[0], "lat": HERE[1], "caller_name": "赵六", "caller_phone": "13900009999", "called_at": "2025-11-07T09:10:00+08:00",
}  # fmt: skip


def push(client: Client, secret: str, order: object, *, app: str = "wh12345", body: bytes | None = None, **headers: str) -> Any:
    data = body if body is not None else json.dumps(order, ensure_ascii=False).encode()
    signed = signature.headers(app, secret, "POST", DOOR, data, now=timezone.now().timestamp()) | headers
    return client.post(DOOR, data, content_type="application/json", headers=signed)


def only() -> WorkOrder:
    with scope.system("test"):
        return WorkOrder.objects.select_related("submission", "peer").get()


def told() -> list[str]:
    with scope.system("test"):
        return list(StatusPush.objects.order_by("pk").values_list("status", flat=True))


def receive(**more: Any) -> WorkOrder:
    raw = {**ORDER, **more}
    order = format_.read(
        {k: v for k, v in raw.items() if v is not None}, sources={"hotline_12345", "hotline_12319"},
        kinds={"consult", "help", "complaint", "suggest"},
    )  # fmt: skip
    return orders.do_receive(order, peer=None, region_code="420106000000")[0]
