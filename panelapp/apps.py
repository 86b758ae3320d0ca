"""Registers what this app declares."""

from django.apps import AppConfig


class PanelAppConfig(AppConfig):
    name = "panelapp"
    verbose_name = "Gene panels"

    def ready(self) -> None:
        from panelapp import events, notices  # noqa: F401 (importing registers them)
