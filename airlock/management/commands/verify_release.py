"""`manage.py verify_release EXP-2026-0001`: the receipt's signature, and the bytes of every released file, anew."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from airlock.models import Release
from airlock.services.receipts import problems_of, public_key


class Command(BaseCommand):
    help = "Verify the receipt of a release and the bytes of its files"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", help="such as EXP-2026-0001")
        parser.add_argument("--public-key", default="", help="in hex; of an earlier key, by default today's")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what is right; fail with what is wrong."""
        release = Release.objects.filter(request__reference=options["reference"]).exclude(finished_at=None).last()
        if release is None:
            raise CommandError("There is no release of this reference.")
        problems = problems_of(release.receipt, release.signature, options["public_key"] or public_key())
        promised = {file["sha256"] for file in json.loads(release.receipt)["files"]}
        kept = list(release.files.filter(removed_at=None))
        for file in kept:
            with default_storage.open(file.storage_name, "rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() not in promised:
                    problems.append(f"File {file.file_id} outside is not what the receipt says.")
        if problems:
            raise CommandError(" ".join(problems))
        self.stdout.write(f"The receipt is signed by this portal, and {len(kept)} files outside are as it says.")
