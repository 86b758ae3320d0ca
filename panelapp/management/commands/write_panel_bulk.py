"""Write the bulk files of all public panels."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from panelapp.bulk import write_panel_bulk


class Command(BaseCommand):
    """Write the files, and say what was written."""

    help = "Write all public panels as JSONL, TSV and BED, with a manifest of hashes; served at /api/v1/panels/bulk/."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, then print the manifest."""
        manifest = write_panel_bulk()
        for file in manifest["files"]:
            self.stdout.write(f"{file['sha256']}  {file['name']}  {file['size_bytes']:,} bytes")
        self.stdout.write(f"{manifest['panels']:,} panels.")
