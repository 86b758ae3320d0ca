"""Load panels from files or from another server."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from panelapp.services.loading import load_panels
from portal.kernel.access import SystemActor
from portal.kernel.refusals import Refusal


class Command(BaseCommand):
    """Load panels, and say what became of each."""

    help = (
        "Load panels from a folder or file of the API's JSON (panels, signed-off versions, monthly records), "
        "or from the address of a compatible API, such as https://panels.example.org/api/v1/."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One argument: where the panels are."""
        parser.add_argument("source", help="folder, file, or address of an API")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, then print what was loaded, known, unusual and refused."""
        try:
            report = load_panels(actor=SystemActor("Panel loader"), source=options["source"], origin=options["source"])
        except Refusal as refusal:
            raise CommandError(f"Nothing was loaded.\n{refusal.sentence}") from refusal
        for problem in report.problems:
            self.stdout.write(str(problem))
        for sentence in report.refused:
            self.stderr.write(sentence)
        told = f"{len(report.loaded):,} loaded, {len(report.known):,} as they were, {len(report.refused):,} refused"
        self.stdout.write(f"Panels: {told}; {len(report.problems):,} remarks.")
        if report.refused:
            raise CommandError("Some panels were refused, whole. Correct them and load them again.")
