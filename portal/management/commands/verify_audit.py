"""`manage.py verify_audit [--seal FILE]`: is the audit log whole? Each fault is a sentence; the exit code is then 1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.kernel.audit_chain import Seal, current_seal, verify_chain


class Command(BaseCommand):
    help = "Check the audit log: edits, deletions, reordering, and against a seal also truncation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seal", type=Path, help="a file that manage.py seal_audit wrote earlier")

    def handle(self, *args: Any, seal: Path | None, **options: Any) -> None:
        expected = _read(seal) if seal else None
        events = current_seal().sequence  # before the check, which so covers at least these
        faults = 0
        for sentence in verify_chain(expected):
            self.stdout.write(sentence)
            faults += 1
        if faults:
            raise CommandError(f"The log is not whole: {faults} {'fault' if faults == 1 else 'faults'}.")
        self.stdout.write(f"The log is whole: {events} {'event' if events == 1 else 'events'}.")


def _read(file: Path) -> Seal:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        seal = Seal(sequence=content["sequence"], hash=content["hash"])
    except OSError as error:
        raise CommandError(f"{file} could not be read: {error.strerror}.") from error
    except (ValueError, TypeError, KeyError) as error:
        raise CommandError(
            f"{file} is not a seal: it needs a sequence and a hash, as seal_audit writes them."
        ) from error
    if type(seal.sequence) is not int or seal.sequence < 0 or type(seal.hash) is not str or len(seal.hash) != 64:
        raise CommandError(f"{file} is not a seal: its sequence is a number from 0 up, its hash 64 characters.")
    return seal
