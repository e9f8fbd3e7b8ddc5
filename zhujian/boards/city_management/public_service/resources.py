"""Registers of the public service: submissions, work orders, transfer rules, call-backs, pushes, further questions."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from zhujian.boards.city_management.public_service.hotline.orders import Order
from zhujian.boards.city_management.public_service.models import (
    CallBack,
    ServiceAttribute,
    StatusPush,
    Submission,
    TransferRule,
    WorkOrder,
)
from zhujian.boards.city_management.public_service.rules.georeport import DATATYPES
from zhujian.boards.city_management.public_service.services import orders
from zhujian.foundation.classification import selectors as classification
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.kernel.masking import mask_name, mask_phone
from zhujian.foundation.resources import Catalogue, Group, Layer, Resource, Share, Update

STAGE_TAGS = {
    "received": "info",
    "registered": "info",
    "dispatched": "info",
    "handled": "info",
    "suspended": "warn",
    "closed": "ok",
    "refused": "muted",
}
STATE_TAGS = {
    "registered": "warn",
    "answering": "info",
    "case": "info",
    "replied": "ok",
    "visited": "ok",
    "returned": "muted",
    "archived": "muted",
}


class SubmissionResource(Resource):
    """公众上报: what people sent in, without who they are."""

    model = Submission
    label = "number"
    columns = ("number", "class_name", "stage", "source", "address", "received_at", "case_no")
    search = ("number", "case_no", "address")
    filters = ("stage", "source", "received_at", "region_code")
    groups = (
        Group("上报", "number", "source", "class_name", "description", "address", "location", "received_at", "region_code"),
        Group("办理", "stage", "case_no", "unit", "expected_at", "merged", "reason", "changed_at", "follow_of"),
        Group("接口来源", "peer", "media_url"),
    )
    code_lists = {"source": "command.source"}
    tags = {"stage": STAGE_TAGS}
    layer = Layer("location", min_zoom=11, colour_by="stage")
    catalogue = Catalogue(
        share=Share.CONDITIONAL, condition="城市管理用途", update=Update.REALTIME, basis="CJ/T 545-2021 公众诉求"
    )
    empty = "公众还没有上报问题。"


class WorkOrderResource(Resource):
    """热线工单: 12345 and 12319."""

    model = WorkOrder
    label = "order_no"
    columns = ("order_no", "source", "kind", "title", "state", "due_at", "called_at", "region_code")
    search = ("order_no", "title", "case_no")
    filters = ("state", "source", "kind", "secrecy", "due_at", "region_code")
    sorts = ("due_at",)
    groups = (
        Group(
            "工单",
            "order_no",
            "source",
            "kind",
            "ext_class",
            "ext_class_name",
            "title",
            "content",
            "address",
            "called_at",
            "region_code",
        ),
        Group("诉求人", "caller_name", "caller_phone", "secrecy"),
        Group("办理", "state", "due_at", "unit", "case_no", "reply", "replied_at", "return_reason", "returned_at"),
    )
    form = (
        "order_no", "source", "kind", "ext_class", "ext_class_name", "title", "content", "address", "caller_name", "caller_phone",
        "secrecy", "called_at", "region_code",
    )  # fmt: skip
    code_lists = {"source": "public_service.hotline", "kind": "public_service.order_kind"}
    tags = {"state": STATE_TAGS, "secrecy": {"anonymous": "warn", "confidential": "warn"}}
    masked = {"caller_name": mask_name, "caller_phone": mask_phone}
    aliases = {
        "order_no": ("工单编号", "受理编号"), "content": ("诉求内容", "工单内容"), "title": ("诉求标题", "工单标题"), "kind": ("工单类型", "诉求类别"),
        "caller_name": ("来电人", "市民姓名"), "caller_phone": ("来电号码", "手机号"), "address": ("诉求地址", "事发地址"),
    }  # fmt: skip
    examples = {"order_no": "12345-20260302-000123", "content": "关山大道105号门前垃圾未清运"}
    natural_key = ("source", "order_no")
    on_duplicate = "skip"
    own_page = "public_service:order"
    catalogue = Catalogue(
        share=Share.CONDITIONAL, condition="热线工单办理", update=Update.REALTIME, basis="CJ/T 545-2021 公众诉求"
    )
    empty = "热线推送的工单会自动出现在这里，也可以从热线导出的表格导入。"

    def create(self, values: dict[str, Any]) -> Model:
        """By the service: a limit is set, the transfer rule applied; the same number is the same order."""
        names = (
            "order_no",
            "source",
            "kind",
            "content",
            "title",
            "ext_class",
            "ext_class_name",
            "address",
            "caller_name",
            "caller_phone",
            "secrecy",
            "region_code",
        )
        texts = {name: str(values.get(name) or "") for name in names}
        order = Order(**texts, called_at=values.get("called_at"))  # type: ignore[arg-type]
        return orders.do_receive(order, peer=None, region_code=texts["region_code"] or scope.current().region_code)[0]


class TransferRuleResource(Resource):
    """转办规则: what becomes of a hotline's orders."""

    model = TransferRule
    label = "prefix"
    columns = ("source", "prefix", "words", "action", "kind", "class_code", "unit", "area", "valid_from")
    search = ("prefix", "unit")
    filters = ("source", "action", "kind", "valid_from")
    order = "id"
    groups = (
        Group("适用于", "source", "prefix", "words", "area"),
        Group("处理", "action", "kind", "class_code", "unit"),
        Group("施行", "valid_from", "valid_to", "basis"),
    )
    code_lists = {"source": "public_service.hotline"}
    empty = "没有规则时，每张工单都由受理员分办。"

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """A class must be one of the standard's; an area a region."""
        reasons = []
        kind, code, area = values.get("kind") or "", values.get("class_code") or "", values.get("area") or ""
        if code and (not kind or classification.item(kind, code, area) is None):
            reasons.append(Reason("transfer_rule.class", "没有这个小类，请核对类型和代码。", "class_code"))
        if area and not (area.isascii() and area.isdigit() and len(area) == 12):
            reasons.append(Reason("transfer_rule.area", "适用区域应为12位行政区划代码。", "area"))
        return reasons


class CallBackResource(Resource):
    """回访: what reporters said about the result."""

    model = CallBack
    label = "case_no"
    columns = ("case_no", "class_name", "unit", "state", "level", "solved", "channel", "asked_at", "answered_at", "region_code")
    search = ("case_no", "unit")
    filters = ("state", "level", "unit", "class_name", "asked_at", "region_code")
    groups = (
        Group("回访", "case_no", "class_name", "unit", "asked_at", "due_at", "state", "attempts"),
        Group("评价", "level", "solved", "note", "channel", "answered_at", "answered_by", "follow_up"),
    )
    tags = {"state": {"waiting": "warn", "answered": "ok", "unreached": "muted", "expired": "muted"}}
    own_page = ""
    empty = "案件办结后，会自动向上报人发起回访。"


class StatusPushResource(Resource):
    """状态推送: what hotlines have been told, and their receipts."""

    model = StatusPush
    label = "status"
    columns = ("order", "status", "state", "attempts", "receipt", "error", "next_at", "done_at")
    filters = ("state", "status", "next_at")
    tags = {"state": {"waiting": "info", "done": "ok", "rejected": "error", "dead": "error"}}


class ServiceAttributeResource(Resource):
    """上报属性: further questions of a service (Open311 service definition)."""

    model = ServiceAttribute
    label = "description"
    columns = ("kind", "class_code", "code", "datatype", "required", "order", "description")
    filters = ("kind", "datatype")
    groups = (
        Group(
            "属性", "kind", "class_code", "code", "datatype", "required", "variable", "order", "description", "hint", "options"
        ),
    )

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """A list needs options, each a pair; nothing else has any."""
        options, lists = values.get("options") or [], ("singlevaluelist", "multivaluelist")
        good = isinstance(options, list) and all(
            isinstance(o, list) and len(o) == 2 and all(isinstance(p, str) and p for p in o) for o in options
        )
        if values.get("datatype") not in DATATYPES:
            return [Reason("attribute.datatype", "请选择填写方式。", "datatype")]
        if not good or bool(options) != (values.get("datatype") in lists):
            return [
                Reason(
                    "attribute.options",
                    '单选、多选要有选项，形如 [["big", "影响通行"], ["small", "不影响通行"]]；其他方式没有选项。',
                    "options",
                )
            ]
        return []


__all__ = [
    "CallBackResource",
    "ServiceAttributeResource",
    "StatusPushResource",
    "SubmissionResource",
    "TransferRuleResource",
    "WorkOrderResource",
]
