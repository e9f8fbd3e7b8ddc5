"""Registers the intake process with the workflow: its handler and its forms."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from zhujian.foundation import workflow
from zhujian.foundation.bim.forms import PublishForm, ResubmitForm
from zhujian.foundation.bim.services.process import IntakeHandler, version_of
from zhujian.foundation.bim.views.version import context_of


def review_panel(request: HttpRequest, task: Any) -> dict[str, Any]:
    """What the reviewer decides on: the model's facts and the findings."""
    return {"template": "bim/parts/review.html", **context_of(version_of(task.instance))}


def publish_panel(request: HttpRequest, task: Any) -> dict[str, Any]:
    """What stands on the page where a model goes onto the city model: its place on the map, and the building it belongs to."""
    version = version_of(task.instance)
    form = PublishForm(request.POST if request.method == "POST" else None, initial={"building_code": version.model.building_code})
    return {"template": "bim/parts/publish.html", "form": form, **context_of(version)}


workflow.register(IntakeHandler())
workflow.register_form("bim_review", review_panel)
workflow.register_form("bim_publish", publish_panel)
workflow.register_form("bim_resubmit", ResubmitForm)
