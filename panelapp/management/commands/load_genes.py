"""Load a table of genes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from panelapp.services import load_genes
from portal.kernel.access import SystemActor
from portal.kernel.refusals import Refusal


class Command(BaseCommand):
    """Load genes from a table, or say which line is wrong."""

    help = "Load genes (names, ids, places) from a tab-separated table; panelapp/gene_table.py lists the columns."

    def add_arguments(self, parser: CommandParser) -> None:
        """One argument: the file."""
        parser.add_argument("file", type=Path, help="tab-separated text, plain or gzipped")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, then print what changed."""
        try:
            loaded = load_genes(actor=SystemActor("Gene loader"), path=options["file"])
        except Refusal as refusal:
            raise CommandError(f"Nothing was loaded.\n{refusal.sentence}") from refusal
        told = f"{loaded.added:,} added, {loaded.changed:,} changed, {loaded.unchanged:,} as they were"
        self.stdout.write(f"Genes: {told}.")
