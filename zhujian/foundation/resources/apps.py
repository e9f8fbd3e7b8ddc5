"""Application set-up: the checks."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ResourcesConfig(AppConfig):
    """The resource room."""

    name = "zhujian.foundation.resources"
    label = "resources"
    verbose_name = "资源声明"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks."""
        from zhujian.foundation.resources import checks  # noqa: F401

        post_migrate.connect(_install_maps, dispatch_uid="zj_maps", sender=self)


def _install_maps(**_: object) -> None:
    """After the kernel's guards: what the database does for maps."""
    from zhujian.foundation.resources.maps import install

    install.install()
