"""Turn other systems' files into a folder that load_clinical takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ngrl.conversions import CONVERTERS
from portal.kernel.command_line import refusals_as_errors


class Command(BaseCommand):
    """Convert, or say what is wrong with the source."""

    help = "Convert Beacon v2 individuals, phenopackets, a PED file or a wide sheet into clinical tables."

    def add_arguments(self, parser: CommandParser) -> None:
        """What it is, where it is, where to put the folder."""
        parser.add_argument("kind", choices=sorted(CONVERTERS))
        parser.add_argument("source", type=Path)
        parser.add_argument("target", type=Path)
        parser.add_argument("--dataset", required=True, help="the dataset that these people are in, such as biobank")

    def handle(self, *args: Any, **options: Any) -> None:
        """Convert and count."""
        with refusals_as_errors():
            made = CONVERTERS[options["kind"]](options["source"], options["target"], options["dataset"])
        for note in made.notes:
            self.stdout.write(note)
        for name, rows in made.rows.items():
            self.stdout.write(f"{name}: {rows:,} rows.")
        self.stdout.write(f"Load them with: manage.py load_clinical {options['target']} --release …")
