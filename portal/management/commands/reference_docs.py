"""`manage.py reference_docs [--check]`: write docs/reference/ from the code, or say which page is stale."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.kernel.reference_pages import reference_pages


class Command(BaseCommand):
    help = "Write docs/reference/states.md, permissions.md and events.md from what the apps declare."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail if a page is stale")
        parser.add_argument("--folder", type=Path, default=settings.BASE_DIR / "docs" / "reference")

    def handle(self, *args: Any, check: bool, folder: Path, **options: Any) -> None:
        pages = {folder / name: text for name, text in reference_pages().items()}
        stale = [path for path, text in pages.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
        if check and stale:
            names = ", ".join(path.name for path in stale)
            raise CommandError(
                f"Stale in docs/reference: {names}. Run manage.py reference_docs and commit what changes."
            )
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages[path], encoding="utf-8")
            self.stdout.write(f"wrote {path.name}")
        if not stale:
            self.stdout.write("The reference pages are up to date.")
