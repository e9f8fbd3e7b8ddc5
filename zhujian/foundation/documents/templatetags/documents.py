"""Documents on other rooms' pages."""

from __future__ import annotations

from django import template

from zhujian.foundation.documents import selectors
from zhujian.foundation.documents.models import Document
from zhujian.foundation.kernel import access

register = template.Library()


@register.simple_tag
def documents_of(subject: str) -> list[Document]:
    """Visible documents of a subject key, newest first; none for people who may not see documents."""
    return selectors.documents_of(subject)[:20] if subject and access.allowed("documents.document", "view") else []
