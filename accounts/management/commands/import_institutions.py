"""Take institutions into the register from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.command_line import acting, add_by
from accounts.services import import_institutions
from portal.kernel.command_line import refusals_as_errors


class Command(BaseCommand):
    """The same as the page does: all of the file or nothing."""

    help = "Take institutions from a JSON list (may be gzipped), whole or not at all; each bad row is named."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which file."""
        parser.add_argument("file", type=Path)
        add_by(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Take it in, or name each bad row and column."""
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        with refusals_as_errors():
            added, grown = import_institutions(actor=acting(options["by"]), content=content)
        self.stdout.write(f"{added:,} institutions are new, {grown:,} have more domains.")
