"""Template tags and filters available on every page."""

from django import template

from zhujian.foundation.kernel import access

register = template.Library()


@register.simple_tag
def may(resource: str, action: str) -> bool:
    """Whether the current actor may do `action` on `resource`."""
    return access.allowed(resource, action)
