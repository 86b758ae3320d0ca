"""Registers what this app declares."""

from django.apps import AppConfig


class AirlockConfig(AppConfig):
    name = "airlock"
    verbose_name = "Airlock"

    def ready(self) -> None:
        from airlock import events, limits, notices, subscribers  # noqa: F401 (importing registers them)
