"""Application set-up of the kernel: guards after migrate, every module's declarations at start."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class KernelConfig(AppConfig):
    """Kernel application."""

    name = "zhujian.foundation.kernel"
    label = "kernel"
    verbose_name = "内核"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the guards and import what modules declare."""
        from zhujian.foundation.kernel import crypto, guards, registry

        crypto.require_provider()
        post_migrate.connect(guards.install, dispatch_uid="zj_guards", sender=self)
        registry.import_declarations()
