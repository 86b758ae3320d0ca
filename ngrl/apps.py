"""Registers what this app declares."""

from django.apps import AppConfig


class NgrlConfig(AppConfig):
    name = "ngrl"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from ngrl import events, limits, notices  # noqa: F401 (importing registers them)
