"""Make a key to sign visas with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.visas.keys import add_key


class Command(BaseCommand):
    """Make a key, which signs from now on; the one before it stays published."""

    help = "Make a key to sign GA4GH visas with. The one before it stays published, so that its visas can be checked."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it into the file of the settings."""
        name = add_key(Path(settings.VISA_KEYS_FILE))
        self.stdout.write(f"Visas are signed with the key {name} from now on. The key before it stays published.")
