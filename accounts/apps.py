"""Registers what this app declares."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and access"

    def ready(self) -> None:
        from accounts import events, limits, notices, subscribers, visas  # noqa: F401 (importing registers them)
