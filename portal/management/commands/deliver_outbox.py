"""`manage.py deliver_outbox`: send the mail that is due, for hosts without Celery beat and after an outage."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from portal.kernel import outbox


class Command(BaseCommand):
    help = "Send the mail that waits in the outbox and is due."

    def handle(self, *args: Any, **options: Any) -> None:
        sent, failed = outbox.deliver()
        later = "" if not failed else f" {failed} could not be sent and will be tried again; the outbox says why."
        self.stdout.write(f"{sent} sent.{later}")
