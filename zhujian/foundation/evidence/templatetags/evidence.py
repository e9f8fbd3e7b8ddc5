"""Evidence on other rooms' pages."""

from __future__ import annotations

from django import template

from zhujian.foundation.evidence import selectors
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.kernel import access

register = template.Library()


@register.simple_tag
def evidence_of(subject: str) -> list[Entry]:
    """Visible entries about a subject key, newest first; none for people who may not see evidence."""
    return selectors.entries_of(subject, 20) if subject and access.allowed("evidence.entry", "view") else []


@register.filter
def kind_title(kind: str) -> str:
    """Chinese title of a kind of entry; the kind itself when no module names it."""
    return selectors.kind_titles().get(kind, kind)
