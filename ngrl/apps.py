"""Registers what this app declares."""

from django.apps import AppConfig


class NgrlConfig(AppConfig):
    name = "ngrl"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from celery.signals import task_postrun, task_prerun
        from django.core.signals import request_finished, request_started

        from ngrl import events, limits, notices  # noqa: F401 (importing registers them)
        from ngrl.selectors import stop_reading_cells

        # What one request or task may see, the next one on the same connection may not.
        for signal in (request_started, request_finished, task_prerun, task_postrun):
            signal.connect(stop_reading_cells)
