"""The portal as a Django app: template tags, shared pages and commands. Its tables are the kernel's."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"
