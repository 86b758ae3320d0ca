"""Load an edition of the national test directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from panelapp.services.directory import load_directory
from portal.kernel.access import SystemActor
from portal.kernel.refusals import Refusal


class Command(BaseCommand):
    """Load the tests of the directory with the panels and genes that they ask for."""

    help = "Load the national test directory from JSON: which code (R67.1) asks for which panels or genes."

    def add_arguments(self, parser: CommandParser) -> None:
        """One argument: the file."""
        parser.add_argument("file", help="JSON with a list of indications")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, then say how many tests there are."""
        try:
            count = load_directory(actor=SystemActor("Test directory loader"), path=Path(options["file"]))
        except Refusal as refusal:
            raise CommandError(f"Nothing was changed.\n{refusal.sentence}") from refusal
        self.stdout.write(f"Test directory: {count:,} tests.")
