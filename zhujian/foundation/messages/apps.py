"""Application set-up; the label differs because Django has its own `messages`."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """The message centre."""

    name = "zhujian.foundation.messages"
    label = "inbox"
    verbose_name = "消息中心"
    default_auto_field = "django.db.models.BigAutoField"
