"""What the building's page shows besides its fields: warnings, floor table, levels, ties."""

from __future__ import annotations

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string

from zhujian.foundation.cim import selectors
from zhujian.foundation.cim.models import Building
from zhujian.foundation.cim.selectors import table
from zhujian.foundation.cim.services import levels
from zhujian.foundation.kernel import access
from zhujian.foundation.resources import registry


def floors(request: HttpRequest, record: Model) -> str:
    """楼盘表, with what does not agree."""
    assert isinstance(record, Building)
    found = table.floor_table(record)
    may = access.allowed("cim.unit", "create") and record.valid_to is None
    context = {"building": record, "table": found, "overlaps": table.overlaps(record), "may_add": may}
    return render_to_string("cim/floors_panel.html", context, request)


def level(request: HttpRequest, record: Model) -> str:
    """Declared and verified level, each level's demand and what is lacking."""
    assert isinstance(record, Building)
    if record.valid_to is not None:
        return ""
    verdicts = levels.verdicts(record)
    reached = next((verdict.level - 1 for verdict in verdicts if not verdict.met), 7)
    return render_to_string("cim/level_panel.html", {"building": record, "verdicts": verdicts, "reached": reached}, request)


def same_project(request: HttpRequest, record: Model) -> str:
    """Other buildings of the same project, and the project where its register is here."""
    assert isinstance(record, Building)
    if not record.project_code:
        return ""
    others = selectors.by_project(record.project_code).exclude(feature_id=record.feature_id)[:20]
    return render_to_string("cim/project_panel.html", {"building": record, "others": others}, request)


registry.add_panel("cim.building", floors, title="楼盘表", order=10)
registry.add_panel("cim.building", level, title="CIM 分级核验", order=20)
registry.add_panel("cim.building", same_project, title="同一项目", order=10, aside=True)
