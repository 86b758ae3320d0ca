"""Load the clinical tables of a release from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ngrl.models import Release
from ngrl.services import load_clinical
from portal.kernel.command_line import OPERATOR
from portal.kernel.refusals import Refusal


class Command(BaseCommand):
    """Load the tables that a folder's dictionary declares, or say what is wrong and change nothing."""

    help = "Load clinical tables: a folder with dictionary.json and its files (docs/bring-your-own-clinical-tables.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder and the release."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--release", required=True, help="reference of the release, such as v2026-09")
        parser.add_argument("--publish", action="store_true", help="open the release at once, without two people")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, telling how far it is and how long it will take."""
        release = Release.objects.filter(reference=options["release"]).first()
        if release is None:
            raise CommandError(f"There is no release {options['release']}. Load its genomes first (load_release).")
        try:
            loaded = load_clinical(
                actor=OPERATOR,
                folder=options["folder"],
                release=release,
                publish=options["publish"],
                progress=self.stdout.write,
            )
        except Refusal as refusal:
            raise CommandError(f"No clinical table was loaded.\n{refusal.sentence}") from refusal
        for note in loaded.notes:
            self.stdout.write(note)
        if not loaded.changed:
            self.stdout.write("These tables were loaded before from the same files. Nothing was changed.")
            return
        tables = loaded.edition.tables.count()
        self.stdout.write(f"{release.reference}: {tables} clinical tables with {loaded.edition.row_count:,} rows.")
