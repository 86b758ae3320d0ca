"""Close an account."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.command_line import acting, add_by, person
from accounts.services import close_account
from portal.kernel.command_line import refusals_as_errors


class Command(BaseCommand):
    """Close an account with its sessions and tokens."""

    help = "Close an account: its sessions and tokens end at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and why."""
        parser.add_argument("email")
        parser.add_argument("--reason", required=True)
        add_by(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Close it, or say why not."""
        with refusals_as_errors():
            closed = close_account(
                actor=acting(options["by"]), person=person(options["email"]), reason=options["reason"]
            )
        self.stdout.write(f"The account of {closed.display_name} is closed.")
