"""Panels on a facility's page: network faults and traces, inspections, orders, conditions, BCI over the years."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import BridgeInspection, ConditionRecord, InspectionDue, WorkOrder
from zhujian.boards.urban_rural.municipal_assets.rules.upkeep import overdue_days
from zhujian.boards.urban_rural.municipal_assets.selectors import traces
from zhujian.boards.urban_rural.municipal_assets.services.findings import open_of
from zhujian.boards.urban_rural.municipal_assets.services.values import label
from zhujian.foundation import resources
from zhujian.foundation.kernel import access

PREFIX = "municipal_assets."
REGISTERS = ("road", "bridge", "tunnel", "pipe_line", "pipe_point", "gallery", "facility", "lamp", "manhole")
GRAVITY = ("PS", "YS", "WS", "HS")
SHOWN = 6


def pipe(request: HttpRequest, record: Any) -> str:
    """Traces to start from here and the faults found here."""
    if not access.allowed(PREFIX + "network", "view"):
        return ""
    line = record._meta.model_name == "pipeline"
    wet = record.kind in GRAVITY
    modes = [traces.UP, traces.DOWN] if wet else [traces.ALL, *([traces.BURST] if line else [])]
    findings = open_of(line_id=record.pk) if line else open_of(point_id=record.pk)
    context = {
        "record": record, "about": "line" if line else "point", "modes": [(mode, traces.MODES[mode]) for mode in modes],
        "findings": [(f, label("topology_rule", f.rule)) for f in findings],
    }  # fmt: skip
    return render_to_string("municipal_assets/parts/pipe_panel.html", context, request)


def upkeep(name: str) -> Any:
    """The panel of inspections, orders and conditions of the register `name`."""

    def fill(request: HttpRequest, record: Any) -> str:
        if not access.allowed(PREFIX + "work_order", "view"):
            return ""
        about = {"resource": PREFIX + name, "asset_id": record.pk}
        today = timezone.localdate()
        orders = WorkOrder.objects.filter(**about).order_by("-id")[:SHOWN]
        dues = InspectionDue.objects.filter(**about).exclude(state="cancelled").order_by("-due_on", "-id")[:SHOWN]
        conditions = ConditionRecord.objects.filter(**about).order_by("-measured_on", "-id")[:SHOWN]
        context = {
            "record": record, "name": name, "road": name == "road", "may_report": access.allowed(PREFIX + "work_order", "report"),
            "may_plan": name in ("bridge", "tunnel") and access.allowed(PREFIX + "inspection_plan", "plan"),
            "may_measure": access.allowed(PREFIX + "condition_record", "record"),
            "orders": [(o, label("order_kind", o.kind), label("order_state", o.state)) for o in orders],
            "dues": [
                (d, label("inspection_kind", d.kind), label("due_state", d.state), overdue_days(d.due_on, today) if d.state == "open" else 0)
                for d in dues
            ],
            "conditions": [(c, label("condition_index", c.index)) for c in conditions],
        }  # fmt: skip
        return render_to_string("municipal_assets/parts/upkeep_panel.html", context, request)

    return fill


def bridge(request: HttpRequest, record: Any) -> str:
    """BCI over the years and the way to the next assessment."""
    rows = BridgeInspection.objects.filter(bridge=record)
    context = {
        "record": record, "may_assess": access.allowed(PREFIX + "bridge_inspection", "assess"),
        "draft": rows.filter(state="draft").exists(), "history": list(reversed(rows.filter(state="final").order_by("-inspected_on", "-id")[:20])),
    }  # fmt: skip
    return render_to_string("municipal_assets/parts/bridge_panel.html", context, request)


for _name in ("pipe_line", "pipe_point"):
    resources.add_panel(PREFIX + _name, pipe, title="管网分析", order=20)
for _name in REGISTERS:
    resources.add_panel(PREFIX + _name, upkeep(_name), title="养护", order=40)
resources.add_panel(PREFIX + "bridge", bridge, title="桥梁状况", order=30)
