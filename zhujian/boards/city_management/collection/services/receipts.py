"""Everything a device sends carries a key of its own; what was done once under a key is answered, not done again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from zhujian.boards.city_management.collection.models import Receipt
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed

# Two deliveries of one key at the same moment: the second waits for the first and then finds its receipt.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 304287))"


@transaction.atomic
def once(client_key: uuid.UUID, act: str, do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer of `do`, or the kept one when `client_key` was done before. A refusal leaves no receipt: it may be mended and sent again.

    Conflict when the key was used by another account or for another act.
    """
    who = scope.current()
    if who.actor_id is None:
        raise NotAllowed("field.signed_out", "请先登录。")
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [str(client_key)])
    with scope.system("查找上传回执"):
        kept = Receipt.objects.filter(client_key=client_key).first()
    if kept is not None:
        if kept.account != who.actor_id or kept.act != act:
            raise Conflict("field.key", "这条记录的编号已被使用，请重新填写后提交。")
        return {**kept.answer, "repeated": True}
    answer = do()
    with scope.system("保存上传回执"):
        Receipt.objects.create(
            client_key=client_key, account=who.actor_id, act=act, answer=answer, parties=[f"person:{who.actor_id}"]
        )
    return answer
