"""The kernel as a Django app: audit, outbox, notifications, references."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "portal.kernel"
    label = "kernel"
    verbose_name = "Kernel"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from portal.kernel.privileges import grant_web_role

        # Not business flow: database privileges follow the schema, so they are laid anew after each migration.
        post_migrate.connect(grant_web_role, sender=self, dispatch_uid="kernel.grant_web_role")
