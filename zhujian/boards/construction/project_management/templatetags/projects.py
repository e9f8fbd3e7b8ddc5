"""Words for codes on the project pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils import timezone

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.models import Project
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

register = template.Library()

STATUS_TAGS = {
    "draft": "tag-muted", "approval": "tag-info", "building": "tag-info", "suspended": "tag-warn", "accepted": "tag-ok", "in_use": "tag-ok",
    "demolition": "tag-warn", "extinct": "tag-muted", "withdrawn": "tag-muted",
}  # fmt: skip


@register.filter
def status_tag(project: Project) -> str:
    """CSS class of a project's state."""
    return STATUS_TAGS.get(project.status, "tag-muted")


@register.filter
def project_type(code: str) -> str:
    """``T3 社会投资核准（备案）类``."""
    return f"{code} {steps.PROJECT_TYPES.get(code, '')}".strip()


@register.filter
def region_name(code: str) -> str:
    """Full name of a region."""
    return regions.full_name(code) or code


@register.filter
def permit_phase(code: str) -> str:
    """Scope of a phased permit; the whole when it is empty."""
    names = dict(parameters.code_list("project_management.permit_phase", timezone.localdate()))
    return names.get(code or "W", code)


@register.filter
def step_title(code: str, region: str = "") -> str:
    """``C07 建筑工程施工许可证``."""
    return f"{code} {steps.step(code, region).title}"


@register.filter
def item(mapping: Mapping[str, Any], key: str) -> Any:
    """Value of a mapping, or the key itself."""
    return mapping.get(key, key)
