"""Load a release from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ngrl.manifest import CALLSETS
from ngrl.services import load_release
from portal.kernel.access import SystemActor
from portal.kernel.refusals import Refusal


class Command(BaseCommand):
    """Load a folder of VCFs with a sample table, or say what is wrong with it and change nothing."""

    help = (
        "Load a release: a folder with VCFs and samples.tsv, and perhaps manifest.json (docs/bring-your-own-vcfs.md)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder, and what its manifest may leave open."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--reference", default="", help="what the release is called, such as v2026-09")
        parser.add_argument("--assembly", default="", choices=["GRCh38", "GRCh37"])
        parser.add_argument("--callset", default="", choices=CALLSETS, help="somatic: the files hold tumours")
        parser.add_argument("--dataset", default="", help="dataset of the samples whose row names none")
        parser.add_argument("--sequence", type=Path, help="FASTA file, with .fai, that the files were called against")
        parser.add_argument(
            "--publish", action="store_true", help="publish at once, without two people: for a demo or a trial"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, telling each file that was read."""
        try:
            loaded = load_release(
                actor=SystemActor("Release loader"),
                folder=options["folder"],
                reference=options["reference"],
                assembly=options["assembly"],
                callset=options["callset"],
                dataset=options["dataset"],
                sequence=options["sequence"],
                publish=options["publish"],
                progress=self.stdout.write,
            )
        except Refusal as refusal:
            raise CommandError(f"The release was not loaded and nothing was changed.\n{refusal.sentence}") from refusal
        for note in loaded.notes:
            self.stdout.write(note)
        release = loaded.release
        if not loaded.changed:
            self.stdout.write(f"{release.reference} was loaded before from the same files. Nothing was changed.")
            return
        chunks = release.chunks.count()
        self.stdout.write(
            f"{release.reference}: {release.sample_count:,} samples and {chunks:,} chunks on {release.assembly}, "
            f"{release.get_status_display().lower()}."
        )
