"""Declarations: data sets, platforms, what went out, what came in, and the daily figures."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from zhujian.boards.city_management.data_reporting.models import (
    Batch,
    Dataset,
    Outgoing,
    Peer,
    Reconciliation,
    Record,
    Reject,
)
from zhujian.boards.city_management.data_reporting.services import peers
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.resources import Action, Catalogue, Group, Resource, Share, Update

SETS = {"dataset": "data_reporting.dataset"}
TAGS = {"accepted": "ok", "rejected": "error", "batched": "info", "waiting": "muted"}


class DatasetResource(Resource):
    """交换数据集. The table of §3.2 as data."""

    model = Dataset
    columns = ("title", "code", "schema_version", "group", "frequency", "source", "confidence")
    filters = ("group", "frequency")
    order = "id"
    groups = (
        Group("数据集", "title", "code", "schema_version", "group", "frequency", "keys", "source", "region_field"),
        Group("依据", "basis", "confidence", "valid_from"),
    )
    code_lists = {"group": "data_reporting.group", "frequency": "data_reporting.frequency"}
    own_page = "data_reporting:dataset"
    catalogue = Catalogue(share=Share.OPEN, update=Update.IRREGULAR, basis="CJ/T 545-2021")


class PeerResource(Resource):
    """对接平台. Whom we push to and who pushes to us."""

    model = Peer
    columns = ("name", "direction", "code", "region_code", "is_active", "last_ok_at", "last_error")
    filters = ("direction", "region_code")
    groups = (
        Group("平台", "direction", "name", "code", "region_code", "url", "datasets", "is_active"),
        Group("安全", "signing", "public_key", "secret", "addresses", "daily_quota"),
        Group("情况", "last_ok_at", "last_error"),
    )
    form = (
        "direction",
        "name",
        "code",
        "region_code",
        "url",
        "datasets",
        "is_active",
        "signing",
        "public_key",
        "secret",
        "addresses",
        "daily_quota",
    )
    code_lists = {"datasets": "data_reporting.dataset"}
    masked = {"secret": lambda text: "已设置" if text else ""}
    actions = (Action("对接情况", "data_reporting:peer", ("data_reporting.peer", "view")),)
    empty = "先与对方平台约定应用标识、数据集和密钥，再在这里登记。"

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """Key, address and data sets must fit together; what a form leaves out stays as it is."""
        kept = {name: getattr(record, name) for name in self.form} if record is not None else {}
        return peers.check_peer(kept | values)

    def stored(self, records: list[Model]) -> None:
        """Evidence of every new one."""
        for record in records:
            peers.tell(record)  # type: ignore[arg-type]

    def change(self, record: Model, values: dict[str, Any], expected: int | None) -> Model:
        """Evidence of every change; an empty secret leaves the present one."""
        if not values.get("secret"):
            values = {**values, "secret": record.secret}  # type: ignore[attr-defined]
        changed = super().change(record, values, expected)
        peers.tell(changed)  # type: ignore[arg-type]
        return changed


class OutgoingResource(Resource):
    """上报记录. The rejected ones are the reject list: filter by state and export."""

    model = Outgoing
    columns = ("business_key", "dataset", "op", "event_time", "push_time", "state", "code", "message", "peer")
    search = ("business_key",)
    filters = ("state", "dataset", "code", "peer", "push_time")
    groups = (
        Group("记录", "business_key", "dataset", "schema_version", "op", "event_time", "peer", "region_code"),
        Group("回执", "state", "push_time", "receipt_at", "code", "message", "corrections"),
    )
    code_lists = {"code": "data_reporting.reject", **SETS}
    tags = {"state": TAGS}
    own_page = "data_reporting:outgoing"


class BatchResource(Resource):
    """上报批次."""

    model = Batch
    label = "batch_id"
    columns = ("batch_id", "dataset", "count", "state", "accepted", "rejected", "attempts", "next_at", "error", "peer")
    filters = ("state", "dataset", "peer")
    groups = (
        Group("批次", "batch_id", "peer", "dataset", "schema_version", "count", "region_code"),
        Group("发送", "state", "attempts", "next_at", "answered_at", "accepted", "rejected", "error"),
    )
    code_lists = SETS
    tags = {"state": {"done": "ok", "failed": "error", "sending": "info", "waiting": "warn"}}
    actions = (
        Action(
            "重新发送",
            "data_reporting:resend",
            ("data_reporting.batch", "resend"),
            when=lambda b: b.state in ("waiting", "failed"),
        ),
    )


class RecordResource(Resource):
    """接收的数据: the newest state of everything received."""

    model = Record
    columns = ("business_key", "dataset", "source", "op", "event_time", "deleted", "region_code", "updated_at")
    search = ("business_key",)
    filters = ("dataset", "source", "deleted", "region_code")
    code_lists = SETS
    labels = {"updated_at": "接收时间"}
    own_page = "data_reporting:record"


class RejectResource(Resource):
    """退回的记录, on the receiving side."""

    model = Reject
    label = "business_key"
    columns = ("business_key", "dataset", "source", "code", "message", "field", "event_time", "resolved", "created_at")
    search = ("business_key",)
    filters = ("dataset", "source", "code", "resolved")
    code_lists = {"code": "data_reporting.reject", **SETS}


class ReconciliationResource(Resource):
    """每日对账: sent − rejected = stored, on whichever side."""

    model = Reconciliation
    label = "day"
    columns = ("day", "dataset", "peer", "state", "sent", "rejected", "stored", "missing", "extra", "different")
    code_lists = SETS
    groups = (
        Group("对账", "day", "dataset", "peer", "state", "checked_at"),
        Group("本方", "sent", "rejected", "pending"),
        Group("接收方", "stored", "rejected_there"),
        Group("差异", "missing", "extra", "different", "rate"),
    )
    filters = ("day", "dataset", "state", "peer")
    order = "-day"
    tags = {"state": {"balanced": "ok", "different": "error", "unreachable": "warn", "pending": "info", "due": "muted"}}
