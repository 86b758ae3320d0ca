"""Registers what this app declares."""

from django.apps import AppConfig


class PanelAppConfig(AppConfig):
    name = "panelapp"
    verbose_name = "Gene panels"
