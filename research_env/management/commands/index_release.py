"""Make the columns of a release, from which questions are answered without decoding VCF lines, and fine indexes."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ngrl.models import Release
from research_env import engine
from research_env.cohorts import release_source


class Command(BaseCommand):
    """Chunk by chunk: what is current is passed over, so a command that was stopped goes on where it was."""

    help = "Make the columns of a release; without them its VCFs are read, with the same answers."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which release."""
        parser.add_argument("reference")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, and say how far it is after each file."""
        release = Release.objects.filter(reference=options["reference"]).first()
        if release is None:
            raise CommandError(f"There is no release {options['reference']}.")
        source = release_source(release)
        began = time.monotonic()
        total = sum(chunk.record_count or 1 for chunk in source.chunks)
        done = 0
        for number, chunk in enumerate(source.chunks, 1):
            try:
                engine.build_fine_index(chunk)
                made = engine.build_columns(chunk, source.sample_count, chunk.columns_path, ploidy=source.ploidy)
            except engine.EngineError as error:
                raise CommandError(f"{error} The columns of the files before it are ready.") from error
            done += chunk.record_count or 1
            left = (time.monotonic() - began) * (total - done) / done
            self.stdout.write(
                f"{number} of {len(source.chunks)} files, {made.rows:,} alleles in this one; about {left:,.0f} s left"
            )
        self.stdout.write(f"{release.reference} is answered from columns.")
