"""`manage.py publish_first_texts`: communities, training, rules of conduct and agreement of a new portal."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts.services import publish_first_texts
from portal.kernel.command_line import OPERATOR


class Command(BaseCommand):
    help = "Publish the first communities, training, rules of conduct and agreement. What is there stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        made = publish_first_texts(actor=OPERATOR)
        self.stdout.write("\n".join(made) if made else "Everything was there already.")
