"""Registers what this app declares."""

from django.apps import AppConfig


class ResearchEnvConfig(AppConfig):
    name = "research_env"
    verbose_name = "Research environment"

    def ready(self) -> None:
        from research_env import events, notices, subscribers  # noqa: F401 (importing registers them)
