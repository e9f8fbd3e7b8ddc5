"""Application set-up: the checks."""

from django.apps import AppConfig


class ResourcesConfig(AppConfig):
    """The resource room."""

    name = "zhujian.foundation.resources"
    label = "resources"
    verbose_name = "资源声明"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks."""
        from zhujian.foundation.resources import checks  # noqa: F401
