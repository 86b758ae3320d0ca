"""Registers what this app declares."""

from django.apps import AppConfig


class AccessReviewConfig(AppConfig):
    name = "access_review"
    verbose_name = "Access review"

    def ready(self) -> None:
        from access_review import events, limits, notices, subscribers, visas  # noqa: F401 (importing registers them)
