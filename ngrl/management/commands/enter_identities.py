"""Fill the vault of identifiers."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError

from ngrl.services import Identity, enter_identities
from portal.kernel.access import SystemActor

OPERATOR = SystemActor("Operator of the vault")
COLUMNS = ("participant", "name", "date_of_birth", "contact")


class Command(BaseCommand):
    """Enter a table of identifiers; the operator runs it with the address of the tables' owner."""

    help = "Put names and contacts of people whom the library knows into the vault, which the web server cannot read."

    def add_arguments(self, parser: CommandParser) -> None:
        """The table."""
        parser.add_argument("file", type=Path, help=f"a TSV with the columns {', '.join(COLUMNS)}")

    def handle(self, *args: Any, **options: Any) -> None:
        """Enter them, or say what is wrong by line, never with a value."""
        try:
            with options["file"].open(encoding="utf-8", newline="") as file:
                reader = csv.DictReader(file, delimiter="\t")
                if not set(COLUMNS) <= set(reader.fieldnames or ()):
                    raise CommandError(f"The first line must name these columns: {', '.join(COLUMNS)}.")
                rows = [self._identity(row, line) for line, row in enumerate(reader, start=2)]
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError("The file cannot be read as text in UTF-8.") from error
        try:
            entered = enter_identities(actor=OPERATOR, rows=rows)
        except ProgrammingError as error:
            raise CommandError(
                "This database role may not write to the vault. Run it with DATABASE_URL of the tables' owner."
            ) from error
        self.stdout.write(
            f"{entered:,} of {len(rows):,} people are in the vault; the library does not know the others."
        )

    @staticmethod
    def _identity(row: dict[str, str], line: int) -> Identity:
        born = (row["date_of_birth"] or "").strip()
        try:
            day = datetime.date.fromisoformat(born) if born else None
        except ValueError:
            raise CommandError(f"Line {line}: the date of birth is no date such as 1980-02-29.") from None
        if not (row["participant"] or "").strip():
            raise CommandError(f"Line {line}: the participant is missing.")
        return Identity(row["participant"].strip(), (row["name"] or "").strip(), day, (row["contact"] or "").strip())
