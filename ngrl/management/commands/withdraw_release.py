"""Withdraw a release."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from ngrl.models import Release
from ngrl.services import withdraw_release
from portal.kernel.refusals import Refusal


class Command(BaseCommand):
    """Withdraw a published release in the name of a data manager."""

    help = "Withdraw a release: it stays listed with the reason, and no query reads it any more."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which release, why, and who says so."""
        parser.add_argument("reference")
        parser.add_argument("--reason", required=True, help="a sentence that researchers will read")
        parser.add_argument("--actor", required=True, help="e-mail address of the data manager who withdraws it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Withdraw, or say why not."""
        release = Release.objects.filter(reference=options["reference"]).first()
        actor = User.objects.filter(email=options["actor"].strip().lower()).first()
        if release is None:
            raise CommandError(f"There is no release {options['reference']}.")
        if actor is None:
            raise CommandError("Nobody has an account with this e-mail address.")
        try:
            withdraw_release(actor=actor, release=release, reason=options["reason"])
        except Refusal as refusal:
            raise CommandError(f"The release was not withdrawn. {refusal.sentence}") from refusal
        self.stdout.write(f"{release.reference} was withdrawn.")
