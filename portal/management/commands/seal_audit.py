"""`manage.py seal_audit FILE`: write down where the audit log ends, to be kept away from the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.kernel import clock
from portal.kernel.audit_chain import current_seal, verify_chain


class Command(BaseCommand):
    help = (
        "Write the end of the audit log's hash chain to a new file. Keep it where the database's owner cannot reach it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if fault := next(verify_chain(), None):
            raise CommandError(
                f"The log is not whole, so it was not sealed. {fault} Run manage.py verify_audit for all."
            )
        seal = current_seal()
        content = {
            "sequence": seal.sequence,
            "hash": seal.hash,
            "at": clock.now().isoformat(timespec="seconds"),
            "release": settings.VERSION,
        }
        try:
            with file.open("x", encoding="utf-8") as handle:
                handle.write(json.dumps(content, indent=2) + "\n")
        except FileExistsError as error:
            raise CommandError(
                f"{file} exists and is left as it is: a seal is never replaced. Name a new file."
            ) from error
        except OSError as error:
            raise CommandError(f"{file} could not be written: {error.strerror}.") from error
        self.stdout.write(f"Sealed {seal.sequence} events in {file}.")
