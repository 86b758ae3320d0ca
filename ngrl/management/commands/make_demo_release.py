"""Make the demo release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ngrl.demo_release import make_demo_release


class Command(BaseCommand):
    """Write a release of invented people into a folder, to be loaded with load_release."""

    help = "Make the demo release: invented people in families, joint VCFs over some dozens of genes, planted findings."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where, how many, and which."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--people", type=int, default=1_200)
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same files")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, and say what was made."""
        try:
            made = make_demo_release(options["folder"], people=options["people"], seed=options["seed"])
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Wrote {made.records:,} variants of {made.people:,} people in {made.chunks} files.")
