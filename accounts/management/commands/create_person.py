"""Make an account."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.command_line import acting, add_by
from accounts.services import create_person
from portal.kernel.command_line import refusals_as_errors


class Command(BaseCommand):
    """Make an account without a password and tell its owner."""

    help = "Make an account. Its owner gets a mail and chooses a password through a link sent to the address."

    def add_arguments(self, parser: CommandParser) -> None:
        """The address and the name."""
        parser.add_argument("email")
        parser.add_argument("name", help="as it is shown to others; quote it")
        add_by(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, or say why not."""
        with refusals_as_errors():
            made = create_person(actor=acting(options["by"]), email=options["email"], display_name=options["name"])
        self.stdout.write(f"{made.display_name} has an account under {made.email}.")
