"""What the process ``asset_work_order`` does to the order it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import WorkOrder
from zhujian.boards.urban_rural.municipal_assets.rules.upkeep import may_verify
from zhujian.boards.urban_rural.municipal_assets.services import orders
from zhujian.foundation.documents import services as documents
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.messages import services as messages
from zhujian.foundation.workflow import ProcessHandler
from zhujian.foundation.workflow.handlers_api import Assignment, Node, TimeLimit
from zhujian.foundation.workflow.services.clocks import limit_from_parameter


class AssetOrderHandler(ProcessHandler):
    """Dispatch names the body that mends; it hands in photos of before and after; somebody else verifies."""

    key = orders.PROCESS

    def assign(self, node: Node, instance: Any) -> Assignment:
        """The body the order was dispatched to; a department where it has no account of its own."""
        if node.id != "handle":
            return Assignment(role=node.role, authority=node.authority, title=node.name)
        order = orders.order_of(instance.subject)
        if order.org_code:
            return Assignment(party_keys=(f"org:{order.org_code}",), title=node.name)
        return Assignment(role="reviewer", authority="HUD", title=node.name)

    def limit(self, node: Node, instance: Any) -> TimeLimit | None:
        """Urgent orders are mended sooner."""
        if node.id == "handle":
            return limit_from_parameter(
                "municipal_assets.order_fix_urgent" if instance.facts.get("urgent") else "municipal_assets.order_fix", instance
            )
        return super().limit(node, instance)

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """A refusal says why; a repair shows both photos; nobody verifies their own repair."""
        order = orders.order_of(task.subject)
        comment = str(data.get("comment") or "")
        if outcome in ("drop", "return") and not comment:
            return [Reason("order.comment", "请在“办理意见”中写明理由。", "comment")]
        if task.node == "handle":
            had = set(order.photos.values_list("moment", flat=True))
            return [
                Reason("order.photo", f"请上传{label}照片。", moment)
                for moment, label in (("before", "处置前"), ("after", "处置后"))
                if moment not in had and not data.get(moment)
            ]
        if task.node == "verify" and not may_verify(order.fixer, scope.current().actor_id):
            return [Reason("order.same_person", "处置人不能核查自己处置的工单，请由其他人员核查。")]
        return []

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Write the order as far as it has come."""
        order = WorkOrder.objects.select_for_update().get(pk=int(task.subject.rpartition(":")[2]))
        who = scope.current()
        if task.node == "dispatch" and outcome == "pass":
            _dispatch(order, data)
        elif task.node == "handle":
            orders.add_photos(order, "before", [data["before"]] if data.get("before") else [])
            orders.add_photos(order, "after", [data["after"]] if data.get("after") else [])
            order.state, order.fixer, order.fixer_name = "handled", who.actor_id, who.actor_name
            order.fixed_text, order.fixed_at = str(data.get("text") or data.get("comment") or "")[:600], timezone.now()
            orders.tell("order.handled", order, {"number": order.number, "by": who.actor_name})
        elif task.node == "verify":
            order.verifier_name = who.actor_name
            if outcome == "return":
                order.state = "dispatched"
                orders.note(order, f"核查退回：{data.get('comment', '')}")
        order.version += 1
        order.save()
        return {}

    def finished(self, instance: Any) -> None:
        """Closed or dropped; orders linked to it follow, and whoever reported is told."""
        order = WorkOrder.objects.select_for_update().get(pk=int(instance.subject.rpartition(":")[2]))
        order.state = "closed" if instance.result == "pass" else "dropped"
        order.closed_at = timezone.now()
        order.version += 1
        order.save()
        payload = {"number": order.number, "result": order.state, "source": order.source, "source_id": order.source_id}
        orders.tell("order.closed", order, payload)
        reporters = {row.created_by for row in (order, *order.linked.all()) if row.created_by}
        word = "已办结" if order.state == "closed" else "经核实不予处理"
        messages.send(
            [f"person:{pk}" for pk in sorted(reporters)], title=f"您报告的问题{word}：{order.label}", body=order.fixed_text or order.text,
            link=f"/municipal-assets/orders/{order.pk}/", dedupe=f"order-closed:{order.pk}",
        )  # fmt: skip


def _dispatch(order: WorkOrder, data: Mapping[str, Any]) -> None:
    code = str(data.get("org") or "")
    organisation = identity.organisation(code) if code else None
    if organisation is not None:
        order.org_code, order.org_name = organisation.code, organisation.name
        order.parties = sorted({*order.parties, f"org:{organisation.code}"})
        _share(order)
    order.state = "dispatched"
    orders.tell("order.dispatched", order, {"number": order.number, "org": order.org_name})


def _share(order: WorkOrder) -> None:
    """Let whoever the order now concerns see the photos that were handed in before."""
    photos = list(order.photos.all())
    files = documents.for_parties([photo.file_id for photo in photos], order.parties)
    for photo in photos:
        photo.file_id, photo.parties = files[photo.file_id], order.parties
        photo.save(update_fields=["file", "parties"])
